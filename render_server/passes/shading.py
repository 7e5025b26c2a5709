"""Blocking as a viewport would show it: a soft key, a fill and the sky.

All lights are fixed in the world (+Y up), so a moving camera changes no light.
"""

from __future__ import annotations

import math

import numpy as np

from render_server.passes.compiled import compiled, inlined
from render_server.passes.geometry import Float32, Float64, Int32, UInt8

STEPS = 4096  # of the table from linear light to sRGB
KEY = np.array([0.45, 0.80, 0.40]) / np.linalg.norm([0.45, 0.80, 0.40])  # directions towards the lights
FILL = np.array([-0.75, 0.25, -0.60]) / np.linalg.norm([-0.75, 0.25, -0.60])
KEY_COLOUR = np.array([0.80, 0.76, 0.70])  # linear, as are all below
FILL_COLOUR = np.array([0.16, 0.18, 0.22])
SKY = np.array([0.30, 0.33, 0.38])
GROUND = np.array([0.12, 0.11, 0.10])
ZENITH = np.array([0.20, 0.24, 0.30])  # the backdrop, from above ...
HORIZON = np.array([0.52, 0.54, 0.56])
NADIR = np.array([0.16, 0.16, 0.17])  # ... to below


def _to_linear() -> Float64:
    code = np.arange(256) / 255.0
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _to_srgb() -> UInt8:
    light = np.arange(STEPS + 1) / STEPS
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(code * 255.0).astype(np.uint8)


LINEAR, SRGB = _to_linear(), _to_srgb()
LIGHTS = np.stack([KEY, FILL, KEY_COLOUR, FILL_COLOUR, SKY, GROUND])
BACKDROP = np.stack([ZENITH, HORIZON, NADIR])


@compiled
def shade(
    triangle: Int32, normal: Float32, albedo: UInt8, lens: Float64, camera_to_world: Float64, linear: Float64, srgb: UInt8,
    lights: Float64, backdrop: Float64, first_row: int, last_row: int, out: UInt8,
) -> None:  # fmt: skip
    """Light rows first_row to last_row (excluded) of a picture; lens is fx, fy, cx, cy, camera_to_world the rotation (3, 3)."""
    m = camera_to_world
    for row in range(first_row, last_row):
        for column in range(triangle.shape[1]):
            if triangle[row, column] >= 0:
                n0, n1, n2 = normal[row, column, 0], normal[row, column, 1], normal[row, column, 2]
                x = n0 * m[0, 0] + n1 * m[1, 0] + n2 * m[2, 0]
                y = n0 * m[0, 1] + n1 * m[1, 1] + n2 * m[2, 1]
                z = n0 * m[0, 2] + n1 * m[1, 2] + n2 * m[2, 2]
                key = _wrapped(x * lights[0, 0] + y * lights[0, 1] + z * lights[0, 2])
                fill = _wrapped(x * lights[1, 0] + y * lights[1, 1] + z * lights[1, 2])
                sky = 0.5 + 0.5 * y
                for k in range(3):
                    light = key * lights[2, k] + fill * lights[3, k] + sky * lights[4, k] + (1.0 - sky) * lights[5, k]
                    out[row, column, k] = srgb[_step(light * linear[albedo[row, column, k]])]
            else:
                rx, ry = (column + 0.5 - lens[2]) / lens[0], (lens[3] - row - 0.5) / lens[1]
                up = (rx * m[0, 1] + ry * m[1, 1] - m[2, 1]) / math.sqrt(rx * rx + ry * ry + 1.0)
                far = _height(up)
                end = 0 if up >= 0.0 else 2
                for k in range(3):
                    out[row, column, k] = srgb[_step(backdrop[1, k] + far * (backdrop[end, k] - backdrop[1, k]))]


@inlined
def _wrapped(cosine: float) -> float:
    """A large soft light: it reaches a little round the edge and falls off smoothly."""
    half = max(0.0, (cosine + 0.35) / 1.35)
    return half * half


@inlined
def _height(up: float) -> float:
    """How far from the horizon (0) to the zenith or nadir (1) a direction is painted."""
    far = math.sqrt(min(abs(up) * 1.4, 1.0))
    return far * far * (3.0 - 2.0 * far)


@inlined
def _step(light: float) -> int:
    """Where linear light stands in the table."""
    return int(min(max(light, 0.0), 1.0) * STEPS + 0.5)
