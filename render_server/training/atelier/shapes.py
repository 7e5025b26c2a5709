"""Simple closed shapes as points and triangles, in metres, counter-clockwise seen from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Index = NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """A triangle mesh in its own space."""

    points: Float  # (V, 3)
    triangles: Index  # (T, 3)

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
        return Shape(self.points + np.array([x, y, z]), self.triangles)

    def scaled(self, x: float, y: float, z: float) -> Shape:
        return Shape(self.points * np.array([x, y, z]), self.triangles)

    def turned(self, matrix: Float) -> Shape:
        """Turn by a (3, 3) rotation for row vectors."""
        return Shape(self.points @ matrix, self.triangles)


def joined(shapes: list[Shape]) -> Shape:
    """All of them as one mesh."""
    starts = np.cumsum([0] + [len(shape.points) for shape in shapes[:-1]])
    triangles = [shape.triangles + np.int32(start) for shape, start in zip(shapes, starts, strict=True)]
    return Shape(np.concatenate([shape.points for shape in shapes]), np.concatenate(triangles).astype(np.int32))


def box(width: float, height: float, depth: float) -> Shape:
    """A box that stands on y = 0, centred in x and z."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (0.0, 1.0) for z in (-0.5, 0.5)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Shape(corners * np.array([width, height, depth]), np.array(triangles, np.int32))


def revolved(profile: list[tuple[float, float]], sides: int = 12) -> Shape:
    """A profile of (radius, height) from bottom to top, turned around y; radius 0 at an end closes it."""
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = [np.stack([r * np.cos(angles), np.full(sides, h), -r * np.sin(angles)], axis=1) for r, h in profile]
    triangles = []
    for ring in range(len(profile) - 1):
        for side in range(sides):
            a, b = ring * sides + side, ring * sides + (side + 1) % sides
            c, d = a + sides, b + sides
            triangles += [t for t, wide in (((a, b, d), profile[ring][0]), ((a, d, c), profile[ring + 1][0])) if wide > 0]
    return Shape(np.concatenate(rings), np.array(triangles, np.int32))


def cylinder(radius: float, height: float, sides: int = 12) -> Shape:
    """A closed cylinder that stands on y = 0."""
    return revolved([(0.0, 0.0), (radius, 0.0), (radius, height), (0.0, height)], sides)


def cone(radius: float, height: float, top: float = 0.0, sides: int = 12) -> Shape:
    """A cone, or a frustum where top is a radius above 0, that stands on y = 0."""
    return revolved(
        [(0.0, 0.0), (radius, 0.0), (top, height), (0.0, height)] if top > 0 else [(0.0, 0.0), (radius, 0.0), (0.0, height)], sides
    )


def sphere(radius: float, sides: int = 14) -> Shape:
    """A sphere about the origin."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, sides // 2 + 1)
    profile = [(max(0.0, radius * float(np.cos(a))), radius * float(np.sin(a))) for a in angles]
    profile[0], profile[-1] = (0.0, -radius), (0.0, radius)
    return revolved(profile, sides)


def capsule(radius: float, length: float, end_radius: float | None = None, sides: int = 10) -> Shape:
    """A capsule from y = 0 down to y = -length, as limbs hang; the lower end may be thinner."""
    low = radius if end_radius is None else end_radius
    profile = [
        (0.0, -length - low),
        (0.7 * low, -length - 0.7 * low),
        (low, -length),
        (radius, 0.0),
        (0.7 * radius, 0.7 * radius),
        (0.0, radius),
    ]
    return revolved(profile, sides)


def prism_roof(width: float, height: float, depth: float) -> Shape:
    """A gabled roof on y = 0 whose ridge runs along z."""
    w, d = width / 2, depth / 2
    points = np.array([[-w, 0, -d], [w, 0, -d], [0, height, -d], [-w, 0, d], [w, 0, d], [0, height, d]], float)
    triangles = [(0, 2, 1), (3, 4, 5), (0, 3, 5), (0, 5, 2), (1, 2, 5), (1, 5, 4), (0, 1, 4), (0, 4, 3)]
    return Shape(points, np.array(triangles, np.int32))


def terrain(size: float, cells: int, height: float, rng: np.random.Generator) -> Shape:
    """A square of gently rolling ground about the origin."""
    line = np.linspace(-size / 2, size / 2, cells + 1)
    x, z = np.meshgrid(line, line)
    y = np.zeros_like(x)
    for _ in range(5):
        kx, kz = rng.normal(0, 2.5, 2) * 2 * np.pi / size
        y += rng.normal() * np.sin(kx * x + kz * z + rng.uniform(0, 6.28))
    y *= height * np.clip(np.hypot(x, z) / (size / 4), 0, 1) / 2
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    index = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel()
    return Shape(points, np.concatenate([np.stack([a, c, d], 1), np.stack([a, d, b], 1)]).astype(np.int32))


def torus(radius: float, thickness: float, sides: int = 16) -> Shape:
    """A ring that lies flat about the origin."""
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    u, v = np.meshgrid(turn, turn[::2], indexing="ij")
    r = radius + thickness * np.cos(v)
    points = np.stack([r * np.cos(u), thickness * np.sin(v), -r * np.sin(u)], axis=-1).reshape(-1, 3)
    rows, columns = u.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index.ravel(), np.roll(index, -1, 0).ravel()
    c, d = np.roll(index, -1, 1).ravel(), np.roll(np.roll(index, -1, 0), -1, 1).ravel()
    return Shape(points, np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype(np.int32))


def rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Float:
    """Turn about x, then y, then z, by radians, as (3, 3) for row vectors."""
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    turned: Float = about_x @ about_y @ about_z
    return turned
