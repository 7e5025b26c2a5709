"""Where each surface point goes in another frame, and whether it can be seen there.

Both frames' geometry is known, so nothing is estimated: the point under a pixel centre is carried along with its triangle to where that
stands in the other frame, and projected by the other frame's camera.

Whether it is seen there is asked of the other frame's picture. Around the landing place lie four pixel centres; each that shows something
nearer hides the point by its bilinear weight, and by more than half it is occluded. Nearer means: the point lies behind the other
triangle's plane, and the other pixel in front of the point's own plane. So neither a grazing floor nor a round edge hides itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render_server.passes.bands import THREADS, each_band
from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Float64, Int32, UInt8, UInt16
from render_server.passes.raster import Visibility, lens_of, project, to_camera
from render_server.passes.surface import Surface

NEARER = 1.0 - 1e-3  # of the depth: what is nearer by less does not hide
HALF = 0.5
LEAST_DEPTH = 1e-3  # metres; points that fall behind the other camera are projected from here, far outside the picture


@dataclass(frozen=True)
class Motion:
    """Motion and occlusion of one frame towards another."""

    offset: Float32  # (H, W, 2) pixels: there minus here
    occluded: UInt8  # (H, W) 1 where the surface seen here is not visible there


def still(height: int, width: int) -> Motion:
    """What there is to say where there is no other frame."""
    return Motion(np.zeros((height, width, 2), np.float32), np.ones((height, width), np.uint8))


def motion(here: Visibility, there: Visibility, threads: int = THREADS) -> Motion:
    """Carry every pixel of one frame into another."""
    partners = _partners(here.surface, there.surface)
    moved, twins = _carried(here, there, partners)
    result = still(here.view.height, here.view.width)
    turn = np.ascontiguousarray(here.view.world_to_camera[:3, :3].T @ there.view.world_to_camera[:3, :3], dtype=np.float64)
    lenses = np.stack([lens_of(here.view), lens_of(there.view)])

    def carry(first_row: int, last_row: int) -> None:
        _carry(
            here.triangle, here.barycentric, here.surface.triangles, here.surface.triangle_object, moved, twins, turn, lenses,
            there.triangle, there.depth, there.surface.triangles, there.surface.triangle_object, there.camera_points, there.view.near,
            first_row, last_row, result.offset, result.occluded,
        )  # fmt: skip

    each_band(here.view.height, carry, threads)
    return result


def _partners(here: Surface, there: Surface) -> list[int]:
    """For each mesh here the place of the same mesh there, or -1."""
    places = {(mesh.object_id, mesh.topology): index for index, mesh in enumerate(there.meshes)}
    return [places.get((mesh.object_id, mesh.topology), -1) for mesh in here.meshes]


def _carried(here: Visibility, there: Visibility, partners: list[int]) -> tuple[Float64, Int32]:
    """The points here as they stand in the other camera (V, 3), and each triangle's twin there (T,), -1 where there is none."""
    moved = to_camera(here.surface.points, np.ascontiguousarray(there.view.world_to_camera, dtype=np.float64))
    twins = np.full(len(here.surface.triangles), -1, dtype=np.int32)
    for mesh, partner in enumerate(partners):
        if partner < 0:
            continue
        points, triangles = here.surface.first_point, here.surface.first_triangle
        from_point, from_triangle = there.surface.first_point[partner], there.surface.first_triangle[partner]
        count = points[mesh + 1] - points[mesh]
        moved[points[mesh] : points[mesh + 1]] = there.camera_points[from_point : from_point + count]
        twins[triangles[mesh] : triangles[mesh + 1]] = np.arange(triangles[mesh + 1] - triangles[mesh]) + from_triangle
    return moved, twins


@compiled
def _carry(
    triangle: Int32, barycentric: Float64, corners: Int32, ids: UInt16, moved: Float64, twins: Int32, turn: Float64, lenses: Float64,
    there_triangle: Int32, there_depth: Float64, there_corners: Int32, there_ids: UInt16, there_points: Float64, there_near: float,
    first_row: int, last_row: int, offset: Float32, occluded: UInt8,
) -> None:  # fmt: skip
    here_lens, there_lens = lenses[0], lenses[1]
    height, width = there_triangle.shape
    for row in range(first_row, last_row):
        for column in range(triangle.shape[1]):
            t = triangle[row, column]
            if t >= 0:
                a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
                wa, wb = barycentric[row, column, 0], barycentric[row, column, 1]
                wc = 1.0 - wa - wb
                x = wa * moved[a, 0] + wb * moved[b, 0] + wc * moved[c, 0]
                y = wa * moved[a, 1] + wb * moved[b, 1] + wc * moved[c, 1]
                z = wa * moved[a, 2] + wb * moved[b, 2] + wc * moved[c, 2]
                twin, object_id = twins[t], ids[t]
            else:  # the direction of the ray, as the other camera sees it
                rx, ry = (column + 0.5 - here_lens[2]) / here_lens[0], (here_lens[3] - row - 0.5) / here_lens[1]
                x = rx * turn[0, 0] + ry * turn[1, 0] - turn[2, 0]
                y = rx * turn[0, 1] + ry * turn[1, 1] - turn[2, 1]
                z = rx * turn[0, 2] + ry * turn[1, 2] - turn[2, 2]
                twin, object_id = -2, 0
            px, py = project(x, y, min(z, -LEAST_DEPTH), there_lens)
            offset[row, column, 0] = px - column - 0.5
            offset[row, column, 1] = py - row - 0.5
            depth = np.inf if t < 0 else -z
            if twin == -1 or z >= 0.0 or depth < there_near or not (0.0 <= px < width and 0.0 <= py < height):
                continue  # not there, or not in the picture
            nearest = there_triangle[int(py), int(px)]
            if (
                nearest == twin
                or (nearest < 0 and t < 0)
                or not _hidden(
                    px, py, depth, twin, object_id, there_triangle, there_depth, there_corners, there_ids, there_points, there_lens
                )
            ):
                occluded[row, column] = 0


@compiled
def _hidden(
    px: float, py: float, depth: float, twin: int, object_id: int,
    triangle: Int32, depths: Float64, corners: Int32, ids: UInt16, points: Float64, lens: Float64,
) -> bool:  # fmt: skip
    """Whether a point of this depth that lands at (px, py) is behind what the other picture shows there."""
    height, width = triangle.shape
    left, top = math.floor(px - 0.5), math.floor(py - 0.5)
    fx, fy = px - 0.5 - left, py - 0.5 - top
    weight = 0.0
    for j in range(2):
        for i in range(2):
            row, column = min(max(top + j, 0), height - 1), min(max(left + i, 0), width - 1)
            t = triangle[row, column]
            share = (fx if i else 1.0 - fx) * (fy if j else 1.0 - fy)
            if t < 0 or t == twin:
                continue
            own = depth if twin < 0 else _continued(twin, depth, column + 0.5, row + 0.5, corners, points, lens)
            theirs = _continued(t, depths[row, column], px, py, corners, points, lens)
            if depths[row, column] < own * NEARER and theirs < depth * NEARER:
                weight += share
    return weight > HALF or not _shows(int(px), int(py), object_id, triangle, ids)


@compiled
def _continued(t: int, depth: float, px: float, py: float, corners: Int32, points: Float64, lens: Float64) -> float:
    """The depth of triangle t's plane at (px, py), or the given depth where the plane does not cross that ray in front of the camera."""
    a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
    ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - ax, points[b, 1] - ay, points[b, 2] - az
    vx, vy, vz = points[c, 0] - ax, points[c, 1] - ay, points[c, 2] - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    distance = nx * ax + ny * ay + nz * az
    along = nx * (px - lens[2]) / lens[0] - ny * (py - lens[3]) / lens[1] - nz
    return distance / along if distance * along > 0.0 else depth


@compiled
def _shows(column: int, row: int, object_id: int, triangle: Int32, ids: UInt16) -> bool:
    """Whether the object is seen at this pixel or one beside it."""
    height, width = triangle.shape
    for j in range(max(row - 1, 0), min(row + 2, height)):
        for i in range(max(column - 1, 0), min(column + 2, width)):
            t = triangle[j, i]
            if (ids[t] if t >= 0 else 0) == object_id:
                return True
    return False
