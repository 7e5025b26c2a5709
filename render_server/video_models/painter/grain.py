"""Grain: noise that lies on surfaces, a function of object and rest position alone, about equally coarse in the picture near and far.

As a surface comes nearer, one octave hands over to the next finer one; nothing slides and nothing depends on other frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Passes, View

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt16 = NDArray[np.uint16]

MIX = np.uint64(0xD6E8FEB86659FD93)
X, Y, Z = (np.uint64(step * int(MIX) % 2**64) for step in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D))  # a cell's step along each axis, mixed


@dataclass(frozen=True)
class Canvas:
    """One frame's surfaces, as far as grain and lines hang on them."""

    passes: Passes
    anchors: Float32  # (H, W, 3) where each pixel's surface rests, metres; of the sky, its direction times 10
    metres: Float32  # (H, W) what a pixel spans on its surface
    facing: Float32  # (H, W) 0..1 how far the surface turns to the light
    lens: Float64  # fx, fy, cx, cy
    height: float  # of the whole picture, pixels
    seed: int

    def noise(self, size: float, salt: int) -> Float32:
        """Noise on the surfaces, (H, W) 0..1; size: of its lumps, a share of the picture's height."""
        return noise_picture(self.anchors, self.passes.object_id, self.metres, size * self.height, self.seed * 31 + salt * 1000003)


def canvas_of(view: View, passes: Passes, facing: Float32, height: float, seed: int) -> Canvas:
    """One frame's canvas; height: pixels of the whole picture where this is only a window of it."""
    anchors, metres = anchor(view, passes)
    return Canvas(passes, anchors, metres, facing, np.array([view.fx, view.fy, view.cx, view.cy]), height, seed)


def anchor(view: View, passes: Passes) -> tuple[Float32, Float32]:
    """Where each pixel's surface rests, (H, W, 3), and how many metres a pixel spans there, (H, W)."""
    lens = np.array([view.fx, view.fy, view.cx, view.cy])
    turn = np.ascontiguousarray(view.world_to_camera[:3, :3])
    return _anchor(passes.rest_position, passes.depth, passes.normal, passes.object_id, turn, lens)


@compiled
def _anchor(rest: Float32, depth: Float32, normal: Float32, ids: UInt16, turn: Float64, lens: Float64) -> tuple[Float32, Float32]:
    height, width = ids.shape
    fx, fy, cx, cy = lens[0], lens[1], lens[2], lens[3]
    anchors, metres = rest.copy(), np.empty((height, width), np.float32)
    for y in range(height):
        ry = (cy - y - 0.5) / fy
        for x in range(width):
            rx = (x + 0.5 - cx) / fx
            length = np.sqrt(rx * rx + ry * ry + 1.0)
            if ids[y, x] == 0:
                metres[y, x] = 10.0 / fx
                for k in range(3):
                    anchors[y, x, k] = 10.0 * (rx * turn[k, 0] + ry * turn[k, 1] - turn[k, 2]) / length
                continue
            slant = max(0.12, abs(normal[y, x, 0] * rx + normal[y, x, 1] * ry - normal[y, x, 2]) / length)
            metres[y, x] = depth[y, x] / fx / slant**0.6
    return anchors, metres


@compiled
def _corner(k: np.uint64) -> float:
    """A number in 0..1 for one corner of the noise's grid, whose place is mixed once."""
    k = (k ^ (k >> np.uint64(32))) * MIX
    return np.float64(np.int64(k >> np.uint64(40))) * (1.0 / 16777216.0)


@compiled
def noise_in_space(h: int, x: float, y: float, z: float) -> float:
    """Smooth noise in 0..1 over space."""
    xi, yi, zi = np.floor(x), np.floor(y), np.floor(z)
    fx, fy, fz = x - xi, y - yi, z - zi
    fx, fy, fz = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy), fz * fz * (3.0 - 2.0 * fz)
    k = np.uint64(h) * MIX + np.uint64(np.int64(xi)) * X + np.uint64(np.int64(yi)) * Y + np.uint64(np.int64(zi)) * Z
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
    step = math.ldexp(1.0, -int(coarse))
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
            h = seed + int(ids[y, x]) * 104729
            out[y, x] = noise_at(h, anchors[y, x, 0], anchors[y, x, 1], anchors[y, x, 2], metres[y, x] * size)
    return out
