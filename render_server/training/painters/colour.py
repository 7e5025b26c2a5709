"""Colour for all painters: OKLab of pictures and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Passes
from render_server.training.oil import _accents
from render_server.training.oil import _halve as halve
from render_server.training.oil import _to_lab as to_lab
from render_server.training.oil import _to_light as to_light

__all__ = ["accents", "halve", "lab_picture", "step", "to_lab", "to_light"]

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]


def accents(passes: Passes, reference_height: float) -> Float32:
    """0..1: how much a surface lies behind what surrounds it, or in a crease; the sky never does."""
    dark = _accents(passes, reference_height)
    dark[passes.object_id == 0] = 0.0
    return dark


@compiled
def step(low: float, high: float, x: float) -> float:
    """0 below low, 1 above high, smooth between; falls where high < low."""
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3.0 - 2.0 * t)


@compiled
def lab_picture(picture: UInt8) -> Float32:
    """OKLab of an sRGB picture, (H, W, 3)."""
    height, width = picture.shape[0], picture.shape[1]
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            red, green, blue = picture[y, x, 0], picture[y, x, 1], picture[y, x, 2]
            if x > 0 and red == picture[y, x - 1, 0] and green == picture[y, x - 1, 1] and blue == picture[y, x - 1, 2]:
                out[y, x] = out[y, x - 1]
                continue
            lab = to_lab(red / 255.0, green / 255.0, blue / 255.0)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = lab[0], lab[1], lab[2]
    return out
