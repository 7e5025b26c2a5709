"""Repeatable noise for strokes: integer hashes and value noise, compiled."""

from __future__ import annotations

import numpy as np

from render_server.passes.compiled import compiled

MIX = np.uint64(0xD6E8FEB86659FD93)
X, Y = (np.uint64(step * int(MIX) % 2**64) for step in (0x9E3779B1, 0x85EBCA77))  # a cell's step along each axis, mixed


@compiled
def mix(a: int, b: int) -> int:
    """Hash two integers to 32 bits."""
    h = (np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(0x165667B19E3779F9))
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(32)
    h *= np.uint64(0x94D049BB133111EB)
    h ^= h >> np.uint64(30)
    return int(np.int64(h & np.uint64(0xFFFFFFFF)))


@compiled
def unit(h: int, salt: int) -> float:
    """A number in 0..1 from a hash."""
    return mix(h, salt) / 4294967296.0


@compiled
def _corner(k: np.uint64) -> float:
    """A number in 0..1 for one corner of the noise's grid, whose place is mixed once."""
    k = (k ^ (k >> np.uint64(32))) * MIX
    return float(np.float64(np.int64(k >> np.uint64(40)))) * (1.0 / 16777216.0)


@compiled
def value_noise(h: int, x: float, y: float) -> float:
    """Smooth noise in 0..1 over a plane."""
    xi, yi = np.floor(x), np.floor(y)
    fx, fy = x - xi, y - yi
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    k = np.uint64(h) * MIX + np.uint64(np.int64(xi)) * X + np.uint64(np.int64(yi)) * Y
    top = _corner(k) * (1.0 - fx) + _corner(k + X) * fx
    low = _corner(k + Y) * (1.0 - fx) + _corner(k + X + Y) * fx
    return float(top * (1.0 - fy) + low * fy)
