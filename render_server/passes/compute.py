"""The passes of a frame from its geometry and its neighbours'.

Nothing is estimated from pictures. Normals are smooth over bends of less than 40 degrees and sharp elsewhere (see normals.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np

from render_server.passes.bands import THREADS, each_band
from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Float64, FrameGeometry, Int32, Passes, UInt8, UInt16
from render_server.passes.motion import motion, still
from render_server.passes.normals import corner_normals
from render_server.passes.raster import Visibility, lens_of, rasterise
from render_server.passes.shading import BACKDROP, LIGHTS, LINEAR, SRGB, shade

T = TypeVar("T")


def compute_passes(
    previous: FrameGeometry | None, current: FrameGeometry, following: FrameGeometry | None, beauty: UInt8 | None = None
) -> Passes:
    """The passes of one frame; neighbours are None at the shot's ends and at cuts."""
    before, after = (None if frame is None else rasterise(frame) for frame in (previous, following))
    return passes_of(before, rasterise(current), after, beauty)


def iter_passes(frames: Iterable[FrameGeometry], causal: bool = False) -> Iterator[Passes]:
    """The passes of consecutive frames, each rasterised once.

    causal: give each frame back before the next is asked for, without its forward motion.
    """
    for before, seen, after in neighbours(map(rasterise, frames), causal):
        yield passes_of(before, seen, after)


def neighbours(items: Iterable[T], causal: bool = False) -> Iterator[tuple[T | None, T, T | None]]:
    """Each item between the one before and the one after it; causal: always None for the one after, so that nothing waits for it."""
    before: T | None = None
    current: T | None = None
    for item in items:
        if causal:
            yield before, item, None
            before = item
            continue
        if current is not None:
            yield before, current, item
        before, current = current, item
    if current is not None:
        yield before, current, None


def passes_of(
    before: Visibility | None, seen: Visibility, after: Visibility | None, beauty: UInt8 | None = None, threads: int = THREADS
) -> Passes:
    """The passes of a frame that is rasterised already, as are its neighbours."""
    height, width = seen.view.height, seen.view.width
    forward = still(height, width) if after is None else motion(seen, after, threads)
    backward = still(height, width) if before is None else motion(seen, before, threads)
    normal, object_id, rest, albedo = _surface_passes(seen, threads)
    return Passes(
        number=seen.geometry.number,
        depth=seen.depth.astype(np.float32),
        normal=normal,
        object_id=object_id,
        motion_forward=forward.offset,
        motion_backward=backward.offset,
        occlusion_forward=forward.occluded,
        occlusion_backward=backward.occluded,
        rest_position=rest,
        albedo=albedo,
        beauty=_shaded(seen, normal, albedo, threads) if beauty is None else beauty,
    )


def _surface_passes(seen: Visibility, threads: int) -> tuple[Float32, UInt16, Float32, UInt8]:
    """Normal, object id, rest position and albedo."""
    height, width = seen.view.height, seen.view.width
    surface, normals, lens = seen.surface, corner_normals(seen), lens_of(seen.view)
    normal, rest = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 3), np.float32)
    object_id, albedo = np.zeros((height, width), np.uint16), np.zeros((height, width, 3), np.uint8)

    def look_up(first_row: int, last_row: int) -> None:
        _look_up(
            seen.triangle, seen.barycentric, surface.triangles, surface.triangle_object, surface.colours, surface.rest, normals,
            lens, first_row, last_row, normal, object_id, rest, albedo,
        )  # fmt: skip

    each_band(height, look_up, threads)
    return normal, object_id, rest, albedo


def _shaded(seen: Visibility, normal: Float32, albedo: UInt8, threads: int) -> UInt8:
    beauty = np.empty_like(albedo)
    lens, to_world = lens_of(seen.view), np.ascontiguousarray(seen.view.world_to_camera[:3, :3].T, dtype=np.float64)

    def light(first_row: int, last_row: int) -> None:
        shade(seen.triangle, normal, albedo, lens, to_world, LINEAR, SRGB, LIGHTS, BACKDROP, first_row, last_row, beauty)

    each_band(seen.view.height, light, threads)
    return beauty


@compiled
def _look_up(
    triangle: Int32, barycentric: Float64, corners: Int32, ids: UInt16, colours: UInt8, rest_points: Float32, normals: Float64,
    lens: Float64, first_row: int, last_row: int, normal: Float32, object_id: UInt16, rest: Float32, albedo: UInt8,
) -> None:  # fmt: skip
    fx, fy, cx, cy = lens[0], lens[1], lens[2], lens[3]
    for row in range(first_row, last_row):
        ry = (cy - row - 0.5) / fy
        for column in range(triangle.shape[1]):
            t = triangle[row, column]
            if t < 0:
                continue
            wa, wb = barycentric[row, column, 0], barycentric[row, column, 1]
            wc = 1.0 - wa - wb
            a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
            object_id[row, column] = ids[t]
            for k in range(3):
                albedo[row, column, k] = colours[t, k]
                rest[row, column, k] = wa * rest_points[a, k] + wb * rest_points[b, k] + wc * rest_points[c, k]
            x = wa * normals[t, 0, 0] + wb * normals[t, 1, 0] + wc * normals[t, 2, 0]
            y = wa * normals[t, 0, 1] + wb * normals[t, 1, 1] + wc * normals[t, 2, 1]
            z = wa * normals[t, 0, 2] + wb * normals[t, 1, 2] + wc * normals[t, 2, 2]
            # A smooth normal may lean away from the camera near an outline: then it is brought back to edge-on.
            rx = (column + 0.5 - cx) / fx
            away = x * rx + y * ry - z
            past = away / (rx * rx + ry * ry + 1.0) if away > 0.0 else 0.0
            x, y, z = x - past * rx, y - past * ry, z + past
            scale = 1.0 / np.sqrt(max(x * x + y * y + z * z, 1e-30))
            normal[row, column, 0], normal[row, column, 1], normal[row, column, 2] = x * scale, y * scale, z * scale
