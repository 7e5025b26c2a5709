"""How fast the passes are made on this machine, by number of triangles and by size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import numpy as np

from render_server.passes.compute import passes_of
from render_server.passes.geometry import Float64, FrameGeometry, Int32, Mesh, View
from render_server.passes.raster import Visibility, rasterise

TRIANGLES = (1_000, 20_000, 100_000, 500_000)
SIZES = ((512, 288), (960, 540), (1920, 1080))
SPHERES = 9
REPEATS = 5
SECONDS = 3.0  # at most, for each case


def bench_passes() -> list[dict[str, float]]:
    """Measure every case: triangles, width, height, milliseconds a frame (median) and frames a second.

    A frame is what the painter needs: rasterised once, with motion and occlusion towards the frame before, and its own shading.
    """
    return [_measure(triangles, *size) for triangles in TRIANGLES for size in SIZES]


def _measure(triangles: int, width: int, height: int) -> dict[str, float]:
    frames = [_frame(number, triangles, width, height) for number in (0, 1)]
    before = rasterise(frames[0])
    _once(frames[1], before)  # compiles, and warms the caches
    seconds = statistics.median(_timed(frames[1], before))
    return {
        "triangles": sum(len(mesh.triangles) for mesh in frames[0].meshes),
        "width": width,
        "height": height,
        "milliseconds": round(seconds * 1e3, 2),
        "frames_per_second": round(1 / seconds, 2),
    }


def _timed(frame: FrameGeometry, before: Visibility) -> Iterator[float]:
    end = time.perf_counter() + SECONDS
    for _ in range(REPEATS):
        start = time.perf_counter()
        _once(frame, before)
        now = time.perf_counter()
        yield now - start
        if now > end:
            return


def _once(frame: FrameGeometry, before: Visibility) -> None:
    passes_of(before, rasterise(frame), None)


def _frame(number: int, triangles: int, width: int, height: int) -> FrameGeometry:
    """Spheres on a floor, turning, under a camera that moves on."""
    steps = max(round((triangles / SPHERES / 4) ** 0.5), 2)
    places = [((i % 3 - 1) * 1.6, 0.0, -4.0 - i // 3 * 2.2) for i in range(SPHERES)]
    world_to_camera = np.eye(4)
    world_to_camera[3, :3] = -0.02 * number, -0.6, 0.0
    view = View(world_to_camera, width * 0.9, width * 0.9, width / 2, height / 2, 0.1, 1000.0, width, height)
    spheres = [_sphere(place, steps, 0.03 * number, i + 2) for i, place in enumerate(places)]
    return FrameGeometry(number, view, (_floor(), *spheres))


def _floor() -> Mesh:
    points = np.array([(-50.0, -0.8, 10.0), (50.0, -0.8, 10.0), (50.0, -0.8, -90.0), (-50.0, -0.8, -90.0)])
    return _mesh("floor", 1, points, np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32))


def _sphere(centre: tuple[float, float, float], steps: int, turn: float, object_id: int) -> Mesh:
    up, around = np.meshgrid(np.linspace(0, np.pi, steps + 1), np.arange(2 * steps) * np.pi / steps + turn, indexing="ij")
    unit = np.stack([np.sin(up) * np.cos(around), np.cos(up), -np.sin(up) * np.sin(around)], axis=-1)
    row, column = np.meshgrid(np.arange(steps), np.arange(2 * steps), indexing="ij")
    a, b = row * 2 * steps + column, row * 2 * steps + (column + 1) % (2 * steps)
    triangles = np.stack([np.stack([a, a + 2 * steps, b], -1), np.stack([b, a + 2 * steps, b + 2 * steps], -1)], axis=2)
    return _mesh(f"sphere {object_id}", object_id, unit.reshape(-1, 3) * 0.8 + np.array(centre), triangles.reshape(-1, 3).astype(np.int32))


def _mesh(name: str, object_id: int, points: Float64, triangles: Int32) -> Mesh:
    colours = np.full((len(triangles), 3), 150, dtype=np.uint8)
    return Mesh(name, object_id, points, triangles, colours, points.astype(np.float32), f"{name} {len(triangles)}")
