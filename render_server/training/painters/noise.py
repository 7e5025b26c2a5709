"""Noise that lies on surfaces: a function of object and rest position alone, at a grain that stays about the same size in the picture.

As a surface comes nearer, one octave hands over to the next finer one; nothing slides and nothing depends on other frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled

Float32 = NDArray[np.float32]
UInt16 = NDArray[np.uint16]

X, Y, Z, MIX = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77), np.uint64(0xC2B2AE3D), np.uint64(0xD6E8FEB86659FD93)


@compiled
def _corner(k: np.uint64) -> float:
    k = k * MIX
    k = (k ^ (k >> np.uint64(32))) * MIX
    return np.float64(k >> np.uint64(40)) * (1.0 / 16777216.0)


@compiled
def noise_in_space(h: int, x: float, y: float, z: float) -> float:
    """Smooth noise in 0..1 over space."""
    xi, yi, zi = np.floor(x), np.floor(y), np.floor(z)
    fx, fy, fz = x - xi, y - yi, z - zi
    fx, fy, fz = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy), fz * fz * (3.0 - 2.0 * fz)
    k = np.uint64(h) + np.uint64(np.int64(xi)) * X + np.uint64(np.int64(yi)) * Y + np.uint64(np.int64(zi)) * Z
    near = (_corner(k) * (1 - fx) + _corner(k + X) * fx) * (1 - fy) + (_corner(k + Y) * (1 - fx) + _corner(k + X + Y) * fx) * fy
    k = k + Z
    far = (_corner(k) * (1 - fx) + _corner(k + X) * fx) * (1 - fy) + (_corner(k + Y) * (1 - fx) + _corner(k + X + Y) * fx) * fy
    return float(near * (1 - fz) + far * fz)


@compiled
def noise_at(h: int, x: float, y: float, z: float, size: float) -> float:
    """Noise in 0..1 whose lumps are about size metres, the two octaves around it blended to an even contrast.

    The grid is turned against the world's axes, or walls and floors would show it.
    """
    x, y, z = 0.36 * x + 0.48 * y - 0.80 * z, -0.80 * x + 0.60 * y, 0.48 * x + 0.64 * y + 0.60 * z
    level = np.log2(max(size, 1e-6))
    coarse = np.floor(level)
    share = level - coarse
    share = share * share * (3.0 - 2.0 * share)
    step = 2.0**-coarse
    first = noise_in_space(h + int(coarse) * 7919, x * step, y * step, z * step)
    second = noise_in_space(h + int(coarse + 1) * 7919, x * step * 0.5, y * step * 0.5, z * step * 0.5)
    blended = (first - 0.5) * (1.0 - share) + (second - 0.5) * share
    return float(min(1.0, max(0.0, 0.5 + 1.2 * blended / np.sqrt((1.0 - share) ** 2 + share * share))))


@compiled
def noise_picture(anchors: Float32, ids: UInt16, metres: Float32, size: float, seed: int) -> Float32:
    """The noise at every pixel, (H, W); size in pixels, metres: (H, W) what a pixel spans on its surface.

    Noise that is much coarser than a pixel is worked out once for each 2 x 2 pixels of the same object.
    """
    height, width = ids.shape
    out = np.empty((height, width), np.float32)
    coarse = size > 4.0
    for y in range(height):
        for x in range(width):
            v, u = y - y % 2, x - x % 2
            if coarse and (v != y or u != x) and ids[v, u] == ids[y, x]:
                out[y, x] = out[v, u]
                continue
            p = anchors[y, x]
            out[y, x] = noise_at(seed + int(ids[y, x]) * 104729, p[0], p[1], p[2], metres[y, x] * size)
    return out
