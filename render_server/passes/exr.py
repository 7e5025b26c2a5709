"""Passes as OpenEXR, named as compositing programs name them. Written only; this project never reads an EXR."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from render_server.passes.geometry import Float32, Passes, UInt16

FARTHEST = np.float32(1e10)  # metres, where nothing is: programs that filter cannot live with infinity

Channels = dict[str, NDArray[Any]]


def depth_channels(depth: Float32) -> Channels:
    """Z: planar depth in metres, 1e10 where nothing is."""
    return {"Z": np.where(np.isfinite(depth), depth, FARTHEST)}


def normal_channels(normal: Float32) -> Channels:
    """R, G, B: the unit normal in camera space, x right, y up, z towards the camera; 0 where nothing is."""
    return dict(zip("RGB", np.moveaxis(normal, -1, 0), strict=True))


def motion_channels(passes: Passes) -> Channels:
    """forward and backward, u and v: pixels to where the surface is in the next and in the previous frame; u goes right, v up."""
    both = {"forward": passes.motion_forward, "backward": passes.motion_backward}
    return {f"{way}.{axis}": sign * motion[..., i] for way, motion in both.items() for i, (axis, sign) in enumerate((("u", 1), ("v", -1)))}


def id_channels(object_id: UInt16) -> Channels:
    """id: the object's number, an unsigned integer; 0 where nothing is."""
    return {"id": object_id.astype(np.uint32)}


def encode_exr(channels: Channels) -> bytes:
    """Write channels (H, W) as one scan-line EXR with ZIP compression; the same bytes for the same channels."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    arrays = {name: np.ascontiguousarray(values) for name, values in channels.items()}
    with tempfile.TemporaryDirectory(prefix="paintover-") as folder:  # the package writes to a path only
        path = Path(folder) / "one.exr"
        OpenEXR.File(header, arrays).write(str(path))
        return path.read_bytes()
