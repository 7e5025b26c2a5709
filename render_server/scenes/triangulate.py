"""Polygons into triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.scenes.vectors import Float64

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
FLAT = 1e-9  # corners that bend less than this, relative to the polygon's size, count as straight


def triangulate(points: Float64, counts: Int64, indices: Int64) -> tuple[Int32, Int64]:
    """Cut polygons into triangles of the same winding, in the polygons' order.

    points (V, 3); counts (F,) corners of each polygon; indices (sum of counts,) into points.
    Convex polygons and quads are cut as fans, other concave ones ear by ear; polygons of fewer than three corners are dropped.
    Gives triangles (T, 3) and for each the polygon it came from (T,).
    """
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if len(counts) else np.zeros(0, np.int64)
    triangles, faces = [np.zeros((0, 3), np.int64)], [np.zeros(0, np.int64)]
    for size in np.unique(counts[counts >= 3]):
        chosen = np.flatnonzero(counts == size)
        polygons = indices[starts[chosen][:, None] + np.arange(size)]
        cut, owner = _cut(points, polygons)
        triangles.append(cut)
        faces.append(chosen[owner])
    face = np.concatenate(faces)
    order = np.argsort(face, kind="stable")
    return np.concatenate(triangles)[order].astype(np.int32), face[order]


def _cut(points: Float64, polygons: Int64) -> tuple[Int64, Int64]:
    """Cut polygons (F, n) that all have n corners: triangles and the row each came from."""
    count, size = polygons.shape
    if size == 3:
        return polygons, np.arange(count)
    bends = _bends(points[polygons])
    concave = (bends < -FLAT).any(axis=1)
    if size == 4:
        return _fan(_rotated(polygons, np.where(concave, bends.argmin(axis=1), 0))), np.repeat(np.arange(count), 2)
    triangles = _fan(polygons).reshape(count, size - 2, 3)
    for row in np.flatnonzero(concave):
        triangles[row] = polygons[row][_ears(points[polygons[row]])]
    return triangles.reshape(-1, 3), np.repeat(np.arange(count), size - 2)


def _fan(polygons: Int64) -> Int64:
    """Triangles (F * (n - 2), 3) that all meet in each polygon's first corner."""
    size = polygons.shape[1]
    first = np.repeat(polygons[:, :1], size - 2, axis=1)
    return np.stack([first, polygons[:, 1:-1], polygons[:, 2:]], axis=2).reshape(-1, 3)


def _rotated(polygons: Int64, first: Int64) -> Int64:
    size = polygons.shape[1]
    result: Int64 = np.take_along_axis(polygons, (first[:, None] + np.arange(size)) % size, axis=1)
    return result


def _normals(corners: Float64) -> Float64:
    """Area-weighted normals (F, 3) of polygons (F, n, 3), bent ones too (Newell)."""
    normals: Float64 = np.cross(corners - corners[:, :1], np.roll(corners, -1, axis=1) - corners[:, :1]).sum(axis=1)
    return normals


def _bends(corners: Float64) -> Float64:
    """How each corner of polygons (F, n, 3) bends, relative to the polygon's area: negative where it points inward."""
    normals = _normals(corners)
    area = np.maximum((normals * normals).sum(axis=1), 1e-300)
    into, out = corners - np.roll(corners, 1, axis=1), np.roll(corners, -1, axis=1) - corners
    bends: Float64 = np.einsum("fnk,fk->fn", np.cross(into, out), normals) / area[:, None]
    return bends


def _ears(corners: Float64) -> Int64:
    """Cut one polygon (n, 3) ear by ear: triangles (n - 2, 3) of corner numbers."""
    flat = _flattened(corners)
    ring, cut = list(range(len(corners))), []
    while len(ring) > 3:
        at = next((i for i in range(len(ring)) if _is_ear(flat, ring, i)), 0)  # a polygon that crosses itself has no ear left: cut anyway
        cut.append((ring[at - 1], ring[at], ring[(at + 1) % len(ring)]))
        ring.pop(at)
    return np.array([*cut, tuple(ring)], dtype=np.int64)


def _flattened(corners: Float64) -> Float64:
    """The polygon in its own plane (n, 2), counter-clockwise."""
    normal = _normals(corners[None])[0]
    normal = normal / max(float(np.linalg.norm(normal)), 1e-300)
    helper = np.eye(3)[int(np.abs(normal).argmin())]
    x = np.cross(helper, normal)
    x /= np.linalg.norm(x)
    return np.stack([corners @ x, corners @ np.cross(normal, x)], axis=1)


def _is_ear(flat: Float64, ring: list[int], at: int) -> bool:
    """Whether the corner points outward and no other corner lies within its triangle."""
    a, b, c = ring[at - 1], ring[at], ring[(at + 1) % len(ring)]
    if _turn(flat[a], flat[b], flat[c]) <= 0:
        return False
    others = [flat[i] for i in ring if i not in (a, b, c)]
    return not any(_turn(flat[a], flat[b], p) >= 0 and _turn(flat[b], flat[c], p) >= 0 and _turn(flat[c], flat[a], p) >= 0 for p in others)


def _turn(a: Float64, b: Float64, c: Float64) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
