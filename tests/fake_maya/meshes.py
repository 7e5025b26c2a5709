"""Meshes of the fake scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.fake_maya.scene import Node

Points = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass
class Shape:
    """A mesh at one time: points (V, 3) in centimetres, faces as counts and vertex numbers."""

    points: Points
    counts: Ints
    vertices: Ints

    def triangles(self) -> tuple[Ints, Ints]:
        """Triangles of each face, and their corners: fans, as for convex faces."""
        if (self.counts == 3).all():
            return np.ones_like(self.counts), self.vertices
        corners, start = [], 0
        for count in self.counts:
            face = self.vertices[start : start + count]
            corners += [(face[0], face[i], face[i + 1]) for i in range(1, count - 1)]
            start += count
        return np.maximum(self.counts - 2, 0), np.array(corners, np.int32).ravel()

    def edges(self) -> int:
        ends, start = set(), 0
        for count in self.counts:
            face = [int(each) for each in self.vertices[start : start + count]]
            ends |= {frozenset(pair) for pair in zip(face, face[1:] + face[:1])}
            start += count
        return len(ends)


@dataclass
class MeshData:
    """A mesh over time. shaders: shading engines; face_shaders: which of them each face has, -1 for none."""

    at: Callable[[float], Shape]
    shaders: list[Node] = field(default_factory=list)
    face_shaders: Ints | None = None
    _kept: tuple[float, Shape] | None = None

    def now(self, time: float) -> Shape:
        """The mesh at a time; the same arrays as long as the time is the same, as Maya's memory would be."""
        if self._kept is None or self._kept[0] != time:
            shape = self.at(time)
            self._kept = (time, Shape(np.ascontiguousarray(shape.points, np.float32), shape.counts, shape.vertices))
        return self._kept[1]


def still(points: NDArray[np.float64], counts: list[int] | Ints, vertices: list[int] | Ints) -> MeshData:
    """A mesh that does not deform."""
    shape = Shape(np.array(points, np.float32), np.array(counts, np.int32), np.array(vertices, np.int32).ravel())
    return MeshData(lambda time: shape)


def box(size: float = 1.0) -> MeshData:
    """A cube of six quads about the origin."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * size / 2
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return still(corners, [4] * 6, [corner for face in faces for corner in face])
