"""Which triangle is seen at each pixel: a rasteriser in double precision, compiled for the CPU.

A triangle's three edges are planes through the camera (homogeneous rasterisation). For the ray r through a pixel centre and camera-space
corners a, b, c the planes' values r.(b x c), r.(c x a), r.(a x b) are the perspective-correct barycentric coordinates up to one common
factor, and a.(b x c) over their sum is the planar depth. So triangles that reach behind the camera need no splitting: near and far are
tested pixel by pixel.

Two triangles that share an edge get exactly opposite values for it, and a pixel centre that lies on it goes to the one whose left or top
edge it is: no gaps and no doubles. Triangles are seen from both sides. Of two at equal depth the first in the list wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render_server.passes.bands import THREADS, each_band
from render_server.passes.compiled import compiled, inlined
from render_server.passes.geometry import Float64, FrameGeometry, Int32, View
from render_server.passes.surface import Surface, join

WIDE = 12  # pixels; from this width on, solving for the span of a row is cheaper than testing every pixel of it
SURELY = 1.0 + 1e-12  # times a depth: what lies beyond is hidden, however its own depth is rounded
ROUNDING = 1e-6  # pixels; slack of the bounding box, for projection and edge planes round differently


@dataclass(frozen=True)
class Visibility:
    """What is seen at each pixel of one frame."""

    geometry: FrameGeometry
    surface: Surface
    camera_points: Float64  # (V, 3) the surface's points in camera space, metres
    depth: Float64  # (H, W) planar, metres, +inf where nothing is
    triangle: Int32  # (H, W) index into the surface's triangles, -1 where nothing is
    barycentric: Float64  # (H, W, 2) weights of the triangle's first and second corner; the third has the rest to 1

    @property
    def view(self) -> View:
        """The camera it is seen by."""
        return self.geometry.view


def rasterise(geometry: FrameGeometry, threads: int = THREADS) -> Visibility:
    """Find the nearest triangle at every pixel centre. The result does not depend on the number of threads."""
    view, surface, lens = geometry.view, join(geometry), lens_of(geometry.view)
    camera_points = to_camera(surface.points, np.ascontiguousarray(view.world_to_camera, dtype=np.float64))
    boxes = _bounding_boxes(camera_points, surface.triangles, lens, view.near, view.width, view.height)
    depth = np.full((view.height, view.width), np.inf)
    triangle = np.full((view.height, view.width), -1, dtype=np.int32)
    barycentric = np.zeros((view.height, view.width, 2))

    def fill(first_row: int, last_row: int) -> None:
        _fill(camera_points, surface.triangles, boxes, lens, view.near, view.far, first_row, last_row, depth, triangle, barycentric)

    each_band(view.height, fill, threads)
    return Visibility(geometry, surface, camera_points, depth, triangle, barycentric)


def lens_of(view: View) -> Float64:
    """fx, fy, cx, cy as the compiled loops take them."""
    return np.array([view.fx, view.fy, view.cx, view.cy])


@compiled
def to_camera(points: Float64, world_to_camera: Float64) -> Float64:
    """Camera-space positions (N, 3) of world-space points (N, 3)."""
    # Not a matrix product: that may round equal points differently, and meshes that share an edge would show gaps.
    out = np.empty_like(points)
    m = world_to_camera
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for k in range(3):
            out[i, k] = x * m[0, k] + y * m[1, k] + z * m[2, k] + m[3, k]
    return out


@compiled
def _bounding_boxes(points: Float64, triangles: Int32, lens: Float64, near: float, width: int, height: int) -> Int32:
    """The pixels (left, top, right, bottom; ends excluded) that each triangle's part beyond near can touch; empty where none."""
    boxes = np.zeros((triangles.shape[0], 4), np.int32)
    places = np.empty((points.shape[0], 2))
    for i in range(points.shape[0]):
        places[i, 0], places[i, 1] = project(points[i, 0], points[i, 1], min(points[i, 2], -near), lens)
    for t in range(triangles.shape[0]):
        left = top = np.inf
        right = bottom = -np.inf
        for i in range(3):
            a, b = triangles[t, i], triangles[t, (i + 1) % 3]
            az, bz = points[a, 2], points[b, 2]
            if -az >= near:
                x, y = places[a, 0], places[a, 1]
                left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
            if (-az >= near) != (-bz >= near):
                s = (-near - az) / (bz - az)
                x, y = points[a, 0] + s * (points[b, 0] - points[a, 0]), points[a, 1] + s * (points[b, 1] - points[a, 1])
                x, y = project(x, y, -near, lens)
                left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
        if left <= width and top <= height and right >= 0.0 and bottom >= 0.0:
            boxes[t, 0] = np.ceil(max(left - ROUNDING, 0.0) - 0.5)
            boxes[t, 1] = np.ceil(max(top - ROUNDING, 0.0) - 0.5)
            boxes[t, 2] = np.floor(min(right + ROUNDING, float(width)) - 0.5) + 1
            boxes[t, 3] = np.floor(min(bottom + ROUNDING, float(height)) - 0.5) + 1
    return boxes


@inlined
def project(x: float, y: float, z: float, lens: Float64) -> tuple[float, float]:
    """The pixel position of a camera-space point; z must not be 0."""
    return lens[2] - lens[0] * x / z, lens[3] + lens[1] * y / z


@inlined
def _edge(
    ax: float, ay: float, az: float, bx: float, by: float, bz: float, sign: float, fx: float, fy: float, px: float, py: float
) -> tuple[float, float, float]:
    """The plane through the camera and the edge a to b, as value = right * x + down * y + constant at pixel position (x, y)."""
    right = sign * (ay * bz - az * by) / fx
    down = -sign * (az * bx - ax * bz) / fy
    return right, down, -right * px - down * py - sign * (ax * by - ay * bx)


@inlined
def _inside(value: float, right: float, down: float) -> bool:
    """True on the inner side of an edge, and on the edge itself where it is a left or a top one."""
    return value > 0.0 or (value == 0.0 and (right > 0.0 or (right == 0.0 and down > 0.0)))


@inlined
def _narrow(start: int, end: int, right: float, row: float) -> tuple[int, int]:
    """The part of a row's pixels start..end where right * x + row may be positive, a pixel of slack included."""
    if right > 0.0:
        start = int(max(float(start), min(float(end), np.floor(-row / right - 0.5) - 1.0)))
    elif right < 0.0:
        end = int(min(float(end), max(float(start), np.ceil(-row / right - 0.5) + 2.0)))
    return start, end


@compiled
def _fill(
    points: Float64, triangles: Int32, boxes: Int32, lens: Float64, near: float, far: float,
    first_row: int, last_row: int, depth: Float64, triangle: Int32, barycentric: Float64,
) -> None:  # fmt: skip
    """Draw all triangles into rows first_row to last_row (excluded)."""
    fx, fy, px, py = lens[0], lens[1], lens[2], lens[3]
    for t in range(triangles.shape[0]):
        top, bottom = max(boxes[t, 1], first_row), min(boxes[t, 3], last_row)
        if top >= bottom or boxes[t, 0] >= boxes[t, 2]:
            continue
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        if volume == 0.0:
            continue
        sign = 1.0 if volume > 0.0 else -1.0
        right_a, down_a, constant_a = _edge(bx, by, bz, cx, cy, cz, sign, fx, fy, px, py)
        right_b, down_b, constant_b = _edge(cx, cy, cz, ax, ay, az, sign, fx, fy, px, py)
        right_c, down_c, constant_c = _edge(ax, ay, az, bx, by, bz, sign, fx, fy, px, py)
        volume = abs(volume)
        for y in range(top, bottom):
            row_a = down_a * (y + 0.5) + constant_a
            row_b = down_b * (y + 0.5) + constant_b
            row_c = down_c * (y + 0.5) + constant_c
            start, end = boxes[t, 0], boxes[t, 2]
            if end - start > WIDE:
                start, end = _narrow(start, end, right_a, row_a)
                start, end = _narrow(start, end, right_b, row_b)
                start, end = _narrow(start, end, right_c, row_c)
            for x in range(start, end):
                value_a = right_a * (x + 0.5) + row_a
                value_b = right_b * (x + 0.5) + row_b
                value_c = right_c * (x + 0.5) + row_c
                total = value_a + value_b + value_c
                if min(value_a, value_b, value_c) < 0.0 or volume > depth[y, x] * total * SURELY:
                    continue  # most pixels, and cheaper to say than what follows
                if not (_inside(value_a, right_a, down_a) and _inside(value_b, right_b, down_b) and _inside(value_c, right_c, down_c)):
                    continue
                scale = 1.0 / total
                d = volume * scale
                if near <= d <= far and d < depth[y, x]:
                    depth[y, x] = d
                    triangle[y, x] = t
                    barycentric[y, x, 0] = value_a * scale
                    barycentric[y, x, 1] = value_b * scale
