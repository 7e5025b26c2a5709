"""What the scaffold keeps of each mesh for a whole shot: which way its parts run and how thick they are, in the rest state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from render_server.passes.geometry import Mesh

Float = NDArray[np.float64]
Int = NDArray[np.int64]

SHARP = np.cos(np.radians(62))
DOME_RADIUS = 500.0
DOME_DIVISIONS = 2


@dataclass(frozen=True)
class Parts:
    """Facts about a mesh's triangles, in its rest state."""

    rest: Float  # (V, 3)
    axis: Float  # (T, 3) where the connected part runs to; length 0 (round) to 1 (long)
    thickness: Float  # (T,) metres: how broad the part is, or how tightly it curves
    closed: bool


def describe(mesh: Mesh) -> Parts:
    """Work out the facts about one mesh, once for a topology."""
    rest = mesh.rest.astype(np.float64)
    if len(mesh.triangles) == 0:
        return Parts(rest, np.zeros((0, 3)), np.zeros(0), closed=False)
    welded = _weld(rest, mesh.triangles)
    labels = _components(welded)
    axis, breadth = _principal_axes(rest, mesh.triangles, labels)
    curve = _bend_radius(rest, mesh.triangles, welded)
    return Parts(rest, axis, np.minimum(breadth, 2.5 * curve), _is_closed(welded))


def _weld(rest: Float, triangles: NDArray[np.int32]) -> Int:
    """The triangles over points that are merged where they coincide."""
    extent = float(np.ptp(rest, axis=0).max())
    grid = np.round((rest - rest.min(axis=0)) / max(extent * 1e-6, 1e-12)).astype(np.int64)
    _, merged = np.unique(grid, axis=0, return_inverse=True)
    welded: Int = merged.reshape(-1)[triangles]
    return welded


def _components(welded: Int) -> Int:
    """Which connected part each triangle belongs to."""
    count = int(welded.max()) + 1
    rows, columns = np.concatenate([welded[:, 0], welded[:, 1]]), np.concatenate([welded[:, 1], welded[:, 2]])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    found: Int = labels[welded[:, 0]].astype(np.int64)
    return found


def _principal_axes(rest: Float, triangles: NDArray[np.int32], labels: Int) -> tuple[Float, Float]:
    """Each triangle's part: its main axis, scaled by how elongated it is, and its middle extent."""
    axis, breadth = np.zeros((len(triangles), 3)), np.zeros(len(triangles))
    order = np.argsort(labels, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        points = rest[triangles[group]].reshape(-1, 3)
        centred = points - points.mean(axis=0)
        _, vectors = np.linalg.eigh(centred.T @ centred)
        extents = np.sort(np.ptp(centred @ vectors, axis=0))
        longest = vectors[:, int(np.argmax(np.ptp(centred @ vectors, axis=0)))]
        longest = longest * (1.0 if longest[int(np.argmax(np.abs(longest)))] > 0 else -1.0)
        axis[group] = longest * np.clip((extents[2] / max(extents[1], 1e-9) - 1.3) / 1.2, 0, 1)
        breadth[group] = max(extents[1], 1e-4)
    return axis, breadth


def _bend_radius(rest: Float, triangles: NDArray[np.int32], welded: Int) -> Float:
    """The radius with which each triangle's surroundings curve; edges sharper than SHARP do not count."""
    radius = np.full(len(triangles), 1e3)
    normals, centres = _frames(rest, triangles)
    first, second = _neighbours(welded)
    cosine = np.einsum("ij,ij->i", normals[first], normals[second])
    away = np.linalg.norm(centres[first] - centres[second], axis=1)
    smooth = cosine > SHARP
    angle = np.arccos(np.clip(cosine, -1, 1))
    found = np.where(smooth & (angle > 0.02), away / np.maximum(angle, 0.02), 1e3)
    np.minimum.at(radius, first, found)
    np.minimum.at(radius, second, found)
    return radius


def _frames(rest: Float, triangles: NDArray[np.int32]) -> tuple[Float, Float]:
    corners = rest[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20), corners.mean(axis=1)


def _edges(welded: Int) -> tuple[Int, Int]:
    """A key for every triangle side, the same for both directions, and the triangle it belongs to."""
    sides = np.concatenate([welded[:, [0, 1]], welded[:, [1, 2]], welded[:, [2, 0]]])
    owner = np.tile(np.arange(len(welded)), 3)
    proper = sides[:, 0] != sides[:, 1]
    sides, owner = np.sort(sides[proper], axis=1), owner[proper]
    return sides[:, 0] * (int(welded.max(initial=0)) + 1) + sides[:, 1], owner


def _neighbours(welded: Int) -> tuple[Int, Int]:
    """Pairs of triangles that share a side."""
    keys, owner = _edges(welded)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(np.diff(keys[order]) == 0)
    return owner[order[same]], owner[order[same + 1]]


def _is_closed(welded: Int) -> bool:
    """True where no side is left open, so that back faces are never seen."""
    keys, _ = _edges(welded)
    _, counts = np.unique(keys, return_counts=True)
    return bool(len(keys)) and bool(np.all(counts % 2 == 0))


def dome() -> tuple[Float, NDArray[np.int32]]:
    """Unit directions and triangles of a sphere around the camera, for what lies behind everything."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    faces = [(0, 4, 2), (4, 1, 2), (1, 5, 2), (5, 0, 2), (4, 0, 3), (1, 4, 3), (5, 1, 3), (0, 5, 3)]
    triangles = points[np.array(faces)]
    for _ in range(DOME_DIVISIONS):
        a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
        ab, bc, ca = a + b, b + c, c + a
        triangles = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
        triangles = triangles / np.linalg.norm(triangles, axis=2, keepdims=True)
    flat: Float = triangles.reshape(-1, 3)
    return flat, np.arange(len(flat), dtype=np.int32).reshape(-1, 3)
