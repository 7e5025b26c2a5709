"""One frame of a shot as arrays in metres: what the rasteriser takes and what it gives back.

Conventions (docs/shot-format.md): matrices are for row vectors (translation in row 3), the camera looks down -Z with +Y up,
image x goes right and y down, pixel centres lie at +0.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]


@dataclass(frozen=True)
class View:
    """A pinhole camera at one frame, already scaled to the size that is to be rasterised.

    A camera-space point (x, y, z), z < 0 in front, lands at pixel (cx + fx * x / -z, cy - fy * y / -z).
    """

    world_to_camera: Float64  # (4, 4)
    fx: float
    fy: float
    cx: float
    cy: float
    near: float  # metres
    far: float  # metres
    width: int
    height: int


@dataclass(frozen=True)
class Mesh:
    """A visible mesh at one frame."""

    name: str
    object_id: int  # 1 to 65535; 0 is "nothing"
    points: Float64  # (V, 3) world space, metres
    triangles: Int32  # (T, 3) indices into points, counter-clockwise seen from outside
    colours: UInt8  # (T, 3) sRGB, one a triangle
    rest: Float32  # (V, 3) where each point stands in the shot's rest state, world space, metres
    topology: str  # two frames' meshes with equal object_id and equal topology correspond vertex by vertex


@dataclass(frozen=True)
class Skeleton:
    """A character's COCO-18 key points at one frame."""

    name: str
    joints: Float64  # (18, 3) world space, metres
    scores: Float32  # (18,) 0 where the rig has no such point


@dataclass(frozen=True)
class FrameGeometry:
    """All that can be seen at one frame."""

    number: int
    view: View
    meshes: tuple[Mesh, ...]
    skeletons: tuple[Skeleton, ...] = ()


@dataclass(frozen=True)
class Passes:
    """The passes of one frame, each aligned with the beauty pixel by pixel.

    Where there is no neighbouring frame (the shot's ends, a cut), its motion is 0 and its occlusion is 1 everywhere.
    Where nothing is seen: depth +inf, object_id 0, normal 0, rest 0; the motion there is that of a point infinitely far away.
    """

    number: int
    depth: Float32  # (H, W) planar, metres, +inf where nothing is
    normal: Float32  # (H, W, 3) unit, camera space, facing the camera
    object_id: UInt16  # (H, W)
    motion_forward: Float32  # (H, W, 2) pixels: where this surface point is in the next frame, minus here
    motion_backward: Float32  # (H, W, 2) pixels: the same for the previous frame
    occlusion_forward: UInt8  # (H, W) 1 where the surface seen here is not visible in the next frame
    occlusion_backward: UInt8  # (H, W) 1 where the surface seen here was not visible in the previous frame
    rest_position: Float32  # (H, W, 3) metres
    albedo: UInt8  # (H, W, 3) sRGB flat colour of the surface
    beauty: UInt8  # (H, W, 3) sRGB: the captured beauty, or flat-shaded blocking where none came
