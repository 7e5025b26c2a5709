"""Pictures that come with a shot: the captured beauty, and ready-made passes from a renderer."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from render_server.passes.geometry import Passes, UInt8
from render_server.passes.meshes import ReadBlob, World
from shot_format.blobs import image_type, read_array
from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_SIDE
from shot_format.shot import Frame, Shot

ImageArray = NDArray[Any]

_SHAPES = {  # of each ready-made pass: its number of channels (0: none) and its type here
    "depth": (0, np.float32),
    "normal": (3, np.float32),
    "object_id": (0, np.uint16),
    "motion_forward": (2, np.float32),
    "motion_backward": (2, np.float32),
    "occlusion_forward": (0, np.uint8),
    "occlusion_backward": (0, np.uint8),
    "rest_position": (3, np.float32),
}


def read_beauty(blob: bytes, width: int, height: int, frame: int) -> UInt8:
    """Decode a captured frame and scale it to (height, width, 3). Raises FormatError or LimitError naming the frame."""
    kind = image_type(blob)
    try:
        with Image.open(io.BytesIO(blob), formats=[kind]) as picture:
            if max(picture.size) > MAX_SIDE:
                raise LimitError(
                    "image-too-large", f"Frame {frame}: the beauty is {picture.width}x{picture.height}; sides go up to {MAX_SIDE}."
                )
            colours = picture.convert("RGB")
            if colours.size != (width, height):
                colours = colours.resize((width, height), Image.Resampling.LANCZOS)
            return np.array(colours)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError("image-broken", f"Frame {frame}: the beauty cannot be read ({error}); export the frame again.") from error


def with_ready_made(passes: Passes, frame: Frame, shot: Shot, read_blob: ReadBlob, world: World) -> Passes:
    """Put a frame's ready-made passes in place of the computed ones. Raises FormatError naming the pass and the frame."""
    if frame.passes is None:
        return passes
    height, width = passes.depth.shape
    arrays: dict[str, Any] = {}
    for name, blob in vars(frame.passes).items():
        if blob is not None:
            values = _sampled(_read_pass(read_blob(blob), name, frame.number, shot), height, width)
            arrays[name] = _in_our_units(name, values, shot, world).astype(_SHAPES[name][1])
    return dataclasses.replace(passes, **arrays)


def _read_pass(blob: bytes, name: str, frame: int, shot: Shot) -> ImageArray:
    array = read_array(blob)
    channels = _SHAPES[name][0]
    wanted = (shot.height, shot.width) + ((channels,) if channels else ())
    if array.shape != wanted:
        raise FormatError("pass-shape", f"Frame {frame}: the ready-made pass {name} has the shape {array.shape} where {wanted} is needed.")
    values: ImageArray = np.frombuffer(array.values, np.dtype(array.type).newbyteorder("<")).reshape(wanted)
    broken = np.isnan(values) if name == "depth" else ~np.isfinite(values)
    if broken.any():
        raise FormatError(
            "pass-not-finite", f"Frame {frame}: the ready-made pass {name} holds values that are no numbers; render it again."
        )
    return values


def _sampled(values: ImageArray, height: int, width: int) -> ImageArray:
    """The nearest value at each pixel of another size: depths, ids and motions must not be mixed across edges."""
    rows = ((np.arange(height) + 0.5) * values.shape[0] / height).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * values.shape[1] / width).astype(np.int64)
    sampled: ImageArray = values[rows[:, None], columns]
    return sampled


def _in_our_units(name: str, values: ImageArray, shot: Shot, world: World) -> ImageArray:
    """Motion in pixels of the new size, rest positions in a world with +Y up; the rest stands in metres already."""
    ours = values
    if name.startswith("motion"):
        ours = values * np.array([values.shape[1] / shot.width, values.shape[0] / shot.height])
    elif name == "rest_position":
        ours = values @ world.turn
    return ours
