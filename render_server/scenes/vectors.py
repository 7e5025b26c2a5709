"""Small vector helpers. Matrices are for row vectors: the rows are the axes, the translation is the last row."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]


def vec(*values: float) -> Float64:
    """Make a vector."""
    return np.array(values, dtype=np.float64)


def unit(vector: ArrayLike) -> Float64:
    """Scale vectors (..., 3) to length 1."""
    v = np.asarray(vector, dtype=np.float64)
    length: Float64 = np.linalg.norm(v, axis=-1, keepdims=True)
    return v / np.maximum(length, 1e-12)


def turn(axis: str, degrees: float) -> Float64:
    """A rotation (3, 3) about x, y or z, counter-clockwise seen from the axis' tip."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    rows = {
        "x": [[1.0, 0, 0], [0, c, s], [0, -s, c]],
        "y": [[c, 0, -s], [0, 1.0, 0], [s, 0, c]],
        "z": [[c, s, 0], [-s, c, 0], [0, 0, 1.0]],
    }
    return np.array(rows[axis])


def place(position: ArrayLike = (0.0, 0.0, 0.0), rotation: Float64 | None = None) -> Float64:
    """A matrix (4, 4) that turns, then moves."""
    matrix = np.eye(4)
    if rotation is not None:
        matrix[:3, :3] = rotation
    matrix[3, :3] = position
    return matrix


def transform(points: Float64, matrix: Float64) -> Float64:
    """Carry points (N, 3) through a matrix (4, 4)."""
    return points @ matrix[:3, :3] + matrix[3, :3]


def look_at(eye: Float64, target: Float64) -> Float64:
    """A camera's world matrix: it stands at eye, looks down its -Z at target, and keeps the horizon level."""
    back = unit(eye - target)
    right = unit(np.cross((0.0, 1.0, 0.0), back))
    return place(eye, np.stack([right, np.cross(back, right), back]))


def smooth(x: float) -> float:
    """Ease from 0 to 1 with no speed at either end."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


def keyed(time: float, keys: Sequence[tuple[float, float]]) -> float:
    """A curve through (time, value) keys that eases in and out of each."""
    if time <= keys[0][0]:
        return keys[0][1]
    for (t0, v0), (t1, v1) in zip(keys, keys[1:], strict=False):
        if time <= t1:
            return v0 + (v1 - v0) * smooth((time - t0) / (t1 - t0))
    return keys[-1][1]


def mix(a: Float64, b: Float64, share: float) -> Float64:
    """Go from a to b by a share."""
    return a + (b - a) * share
