"""Normals in camera space: smooth over gentle bends, sharp at creases.

A blocking mesh brings no normals. Flat facets would give the video model the mesh's wires to paint, and normals averaged everywhere would
round off every box. So each corner of a triangle takes the mean of those faces around its point that bend away by less than the crease
angle, weighted by area.
"""

from __future__ import annotations

import math

import numpy as np

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float64, Int32
from render_server.passes.raster import Visibility

CREASE = math.cos(math.radians(40.0))


def corner_normals(seen: Visibility) -> Float64:
    """Unit normals (T, 3, 3), one a corner, on the side that the triangle shows to the camera; zero for triangles that are not seen."""
    triangles = seen.surface.triangles
    visible = np.zeros(len(triangles) + 1, dtype=np.bool_)
    visible[seen.triangle.ravel()] = True  # -1, nothing, marks the one that is too many
    faces = _face_normals(seen.camera_points, triangles)
    starts, around = _faces_around(triangles, len(seen.camera_points))
    return _corner_normals(triangles, visible[:-1], faces, starts, around, CREASE, seen.camera_points)


@compiled
def _face_normals(points: Float64, triangles: Int32) -> Float64:
    """Unit normal and area (T, 4) of every triangle, outward by its winding; zero where it has no area."""
    out = np.zeros((triangles.shape[0], 4))
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        length = math.sqrt(x * x + y * y + z * z)
        if length > 0.0:
            out[t, 0], out[t, 1], out[t, 2], out[t, 3] = x / length, y / length, z / length, length
    return out


@compiled
def _faces_around(triangles: Int32, points: int) -> tuple[Int32, Int32]:
    """For every point where its faces start (points + 1,), and the faces of all points one after the other."""
    starts = np.zeros(points + 1, np.int32)
    for t in range(triangles.shape[0]):
        for i in range(3):
            starts[triangles[t, i] + 1] += 1
    for p in range(points):
        starts[p + 1] += starts[p]
    cursor = starts[:-1].copy()
    around = np.empty(triangles.shape[0] * 3, np.int32)
    for t in range(triangles.shape[0]):
        for i in range(3):
            p = triangles[t, i]
            around[cursor[p]] = t
            cursor[p] += 1
    return starts, around


@compiled
def _corner_normals(
    triangles: Int32, visible: np.ndarray[tuple[int], np.dtype[np.bool_]], faces: Float64, starts: Int32, around: Int32,
    crease: float, points: Float64,
) -> Float64:  # fmt: skip
    out = np.zeros((triangles.shape[0], 3, 3))
    for t in range(triangles.shape[0]):
        if not visible[t]:
            continue
        a = triangles[t, 0]
        away = faces[t, 0] * points[a, 0] + faces[t, 1] * points[a, 1] + faces[t, 2] * points[a, 2] > 0.0
        for i in range(3):
            p = triangles[t, i]
            x = y = z = 0.0
            for k in range(starts[p], starts[p + 1]):
                f = around[k]
                if faces[f, 0] * faces[t, 0] + faces[f, 1] * faces[t, 1] + faces[f, 2] * faces[t, 2] >= crease:
                    x, y, z = x + faces[f, 0] * faces[f, 3], y + faces[f, 1] * faces[f, 3], z + faces[f, 2] * faces[f, 3]
            length = math.sqrt(x * x + y * y + z * z) * (-1.0 if away else 1.0)
            if length != 0.0:
                out[t, i, 0], out[t, i, 1], out[t, i, 2] = x / length, y / length, z / length
    return out
