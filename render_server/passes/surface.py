"""All meshes of one frame joined into flat arrays, so that one triangle index finds everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import Float32, Float64, FrameGeometry, Int32, Mesh, UInt8, UInt16

Int64 = NDArray[np.int64]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Surface:
    """The joined meshes. Triangle t belongs to meshes[triangle_mesh[t]] and indexes straight into points and rest."""

    meshes: tuple[Mesh, ...]
    points: Float64  # (V, 3) world space, metres
    rest: Float32  # (V, 3) world space, metres
    triangles: Int32  # (T, 3) indices into points
    triangle_mesh: Int32  # (T,) index into meshes
    triangle_object: UInt16  # (T,) object ids
    colours: UInt8  # (T, 3) sRGB
    first_point: Int64  # (M + 1,) where each mesh's points begin
    first_triangle: Int64  # (M + 1,) where each mesh's triangles begin


def join(geometry: FrameGeometry) -> Surface:
    """Join the meshes of a frame in their given order."""
    meshes = geometry.meshes
    first_point = _starts([len(mesh.points) for mesh in meshes])
    first_triangle = _starts([len(mesh.triangles) for mesh in meshes])
    counts = np.diff(first_triangle)
    shifted = [mesh.triangles.astype(np.int32) + np.int32(start) for mesh, start in zip(meshes, first_point, strict=False)]
    return Surface(
        meshes=meshes,
        points=_stack([mesh.points for mesh in meshes], np.float64),
        rest=_stack([mesh.rest for mesh in meshes], np.float32),
        triangles=_stack(shifted, np.int32),
        triangle_mesh=np.repeat(np.arange(len(meshes), dtype=np.int32), counts),
        triangle_object=np.repeat(np.array([mesh.object_id for mesh in meshes], dtype=np.uint16), counts),
        colours=_stack([mesh.colours for mesh in meshes], np.uint8),
        first_point=first_point,
        first_triangle=first_triangle,
    )


def _starts(counts: list[int]) -> Int64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(counts, dtype=np.int64))])


def _stack(arrays: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    """Rows of three, contiguous, also where there are none."""
    return np.ascontiguousarray(np.concatenate([np.zeros((0, 3), dtype), *arrays]).astype(dtype, copy=False))
