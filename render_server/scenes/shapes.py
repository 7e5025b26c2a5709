"""Closed shapes with flat colours. Nearly all are lofts: rings of points, one after the other, closed by a point at either end."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render_server.scenes.vectors import Float64, transform, unit, vec

Int32 = NDArray[np.int32]
UInt8 = NDArray[np.uint8]
Colour = tuple[int, int, int]  # sRGB


@dataclass(frozen=True)
class Shape:
    """A triangle mesh: points (V, 3), triangles (T, 3) counter-clockwise seen from outside, sRGB colours (T, 3)."""

    points: Float64
    triangles: Int32
    colours: UInt8

    def moved(self, matrix: Float64) -> Shape:
        """The same shape elsewhere; the matrix (4, 4) must not mirror."""
        return Shape(transform(self.points, matrix), self.triangles, self.colours)

    def at(self, x: float, y: float, z: float) -> Shape:
        """The same shape moved along."""
        return Shape(self.points + vec(x, y, z), self.triangles, self.colours)

    def turned(self, rotation: Float64) -> Shape:
        """The same shape turned about its origin by a rotation (3, 3)."""
        return Shape(self.points @ rotation, self.triangles, self.colours)

    def painted(self, colour: Colour) -> Shape:
        """The same shape in one colour."""
        return Shape(self.points, self.triangles, flat(colour, len(self.triangles)))


def flat(colour: Colour, count: int) -> UInt8:
    """One colour for many triangles."""
    return np.tile(np.array(colour, dtype=np.uint8), (count, 1))


def join(shapes: Sequence[Shape]) -> Shape:
    """Many shapes as one."""
    starts = np.cumsum([0] + [len(s.points) for s in shapes])
    return Shape(
        np.concatenate([s.points for s in shapes]),
        np.concatenate([s.triangles + np.int32(start) for s, start in zip(shapes, starts, strict=False)]),
        np.concatenate([s.colours for s in shapes]),
    )


@functools.cache
def loft_triangles(rings: int, sides: int) -> Int32:
    """Triangles of a loft whose points are: one start point, rings × sides, one end point."""
    j = np.arange(sides)
    k = (j + 1) % sides
    start = [np.stack([np.zeros_like(j), 1 + k, 1 + j], axis=1)]
    end = [np.stack([np.full_like(j, 1 + rings * sides), 1 + (rings - 1) * sides + j, 1 + (rings - 1) * sides + k], axis=1)]
    walls = []
    for i in range(rings - 1):
        a, b = 1 + i * sides, 1 + (i + 1) * sides
        walls += [np.stack([a + j, a + k, b + k], axis=1), np.stack([a + j, b + k, b + j], axis=1)]
    return np.concatenate(start + walls + end).astype(np.int32)


def loft_points(rings: Float64, start: Float64 | None = None, end: Float64 | None = None) -> Float64:
    """Points of a loft: rings (R, S, 3) run counter-clockwise about the way from start to end; the ends default to the rings' middles."""
    first = rings[0].mean(axis=0) if start is None else start
    last = rings[-1].mean(axis=0) if end is None else end
    return np.concatenate([first[None], rings.reshape(-1, 3), last[None]])


def loft(rings: Float64, colour: Colour, start: Float64 | None = None, end: Float64 | None = None) -> Shape:
    """A closed shape over rings (R, S, 3)."""
    triangles = loft_triangles(rings.shape[0], rings.shape[1])
    return Shape(loft_points(rings, start, end), triangles, flat(colour, len(triangles)))


def circle(sides: int) -> Float64:
    """Unit circle (S, 2), counter-clockwise."""
    angle = np.arange(sides) * (2 * math.pi / sides)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def lathe(profile: Sequence[tuple[float, float]], colour: Colour, sides: int = 24) -> Shape:
    """Turn a profile of (radius, height) about the y axis; radii must be above 0."""
    ring = circle(sides)
    rings = np.stack([np.stack([r * ring[:, 1], np.full(sides, y), r * ring[:, 0]], axis=1) for r, y in profile])
    return loft(rings, colour)


def ellipsoid(radii: ArrayLike, colour: Colour, sides: int = 20, rings: int = 11) -> Shape:
    """A ball with a radius for each axis."""
    angles = np.linspace(-math.pi / 2, math.pi / 2, rings + 2)[1:-1]
    ring = circle(sides)
    ball = np.stack([np.stack([math.cos(a) * ring[:, 1], np.full(sides, math.sin(a)), math.cos(a) * ring[:, 0]], axis=1) for a in angles])
    shape = loft(ball, colour, vec(0, -1, 0), vec(0, 1, 0))
    return Shape(shape.points * np.asarray(radii, dtype=np.float64), shape.triangles, shape.colours)


def cylinder(radius: float, height: float, colour: Colour, top: float | None = None, sides: int = 20, bevel: float = 0.6) -> Shape:
    """A cylinder or cone stump that stands on the origin, its edges a little rounded."""
    upper = radius if top is None else top
    b = min(bevel, 0.45 * min(radius, upper), 0.3 * height)
    profile = [(radius - b, 0), (radius - 0.25 * b, 0.3 * b), (radius, b), (upper, height - b), (upper - 0.25 * b, height - 0.3 * b)]
    return lathe([*profile, (upper - b, height)], colour, sides)


def box(width: float, height: float, depth: float, colour: Colour, bevel: float = 0.8) -> Shape:
    """A box that stands on the origin, its edges rounded by the bevel; with bevel 0 a plain one of 12 triangles."""
    if bevel <= 0:
        return _plain_box(width, height, depth, colour)
    b = min(bevel, 0.3 * min(width, height, depth))
    profile = [
        (0.75 * b, 0.0),
        (0.2 * b, 0.25 * b),
        (0.0, 0.9 * b),
        (0.0, height - 0.9 * b),
        (0.2 * b, height - 0.25 * b),
        (0.75 * b, height),
    ]
    return loft(np.stack([_rounded(width - 2 * inset, depth - 2 * inset, 1.3 * b - inset, y) for inset, y in profile]), colour)


def _rounded(width: float, depth: float, radius: float, y: float) -> Float64:
    """A rectangle with round corners, three points to each."""
    ring = []
    for corner in range(4):
        angles = np.radians(corner * 90 + np.array([0.0, 45.0, 90.0]))
        z = (1 if corner in (0, 3) else -1) * (depth / 2 - radius) + radius * np.cos(angles)
        x = (1 if corner in (0, 1) else -1) * (width / 2 - radius) + radius * np.sin(angles)
        ring.append(np.stack([x, np.full(3, y), z], axis=1))
    return np.concatenate(ring)


def _plain_box(width: float, height: float, depth: float, colour: Colour) -> Shape:
    x, z = width / 2, depth / 2
    ring = np.array([[x, 0, z], [x, 0, -z], [-x, 0, -z], [-x, 0, z]])
    points = np.concatenate([ring, ring + (0, height, 0)])
    sides = [t for j in range(4) for k in [(j + 1) % 4] for t in ((j, k, k + 4), (j, k + 4, j + 4))]
    triangles = np.array([(0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), *sides], dtype=np.int32)
    return Shape(points, triangles, flat(colour, 12))


def tube_rings(path: Float64, radii: ArrayLike, side: ArrayLike, sides: int = 12) -> Float64:
    """Rings (N, S, 3) about a path (N, 3). side: a direction across the path that the first point of each ring follows.

    radii: one a ring, or two: along side and across it.
    """
    r = np.asarray(radii, dtype=np.float64)
    r = np.repeat(r[:, None], 2, axis=1) if r.ndim == 1 else r
    along = unit(np.gradient(path, axis=0))
    across = unit(np.cross(along, np.broadcast_to(np.asarray(side, dtype=np.float64), path.shape)))
    first = np.cross(across, along)
    ring = circle(sides)
    x = r[:, None, :1] * ring[None, :, :1] * first[:, None]
    y = r[:, None, 1:] * ring[None, :, 1:] * across[:, None]
    return path[:, None] + x + y


def tube(
    path: Sequence[Sequence[float]] | Float64, radii: ArrayLike, colour: Colour, side: ArrayLike = (1.0, 0.0, 0.0), sides: int = 12
) -> Shape:
    """A tube along a path, round at its ends."""
    p = np.asarray(path, dtype=np.float64)
    r = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(p))
    p, r = round_ends(p, r)
    return loft(tube_rings(p, r, side, sides), colour)


def round_ends(path: Float64, radii: Float64) -> tuple[Float64, Float64]:
    """Add two narrowing rings at either end, so that a tube closes like a fingertip."""
    first, last = unit(path[0] - path[1]), unit(path[-1] - path[-2])
    head = [path[0] + first * radii[0] * out for out in (0.75, 0.35)]
    tail = [path[-1] + last * radii[-1] * out for out in (0.35, 0.75)]
    widths = np.concatenate([radii[0] * vec(0.66, 0.94), radii, radii[-1] * vec(0.94, 0.66)])
    return np.concatenate([head, path, tail]), widths


def columns(outline: Sequence[tuple[float, float, float]], front: float, back: float, colour: Colour) -> Shape:
    """A slab between two depths, over columns of (x, low, high): a wall above an arch, a hill, a headboard."""
    rings = np.array([[[x, high, back], [x, high, front], [x, low, front], [x, low, back]] for x, low, high in outline])
    return loft(rings, colour)
