"""Colour for all painters: OKLab of pictures and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Passes

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]


def shadows(passes: Passes, reference_height: float) -> Float32:
    """0..1: how much a pixel lies behind what surrounds it, or in a crease."""
    depth, normals, ids = passes.depth[::2, ::2], passes.normal[::2, ::2], passes.object_id[::2, ::2]
    nearness = np.where(np.isfinite(depth), 1.0 / np.maximum(depth, 0.05), 0.0).astype(np.float32)
    around = gaussian_filter(nearness, 0.006 * reference_height)
    behind = np.clip((around - nearness) / np.maximum(around, 1e-4) * 2.2, 0, 1)
    behind *= np.where(ids > 0, 1.0, 0.35)  # a sky takes no shadow
    mean = np.stack([gaussian_filter(normals[..., k], 0.002 * reference_height) for k in range(3)], axis=-1)
    crease = np.clip((1.0 - np.linalg.norm(mean, axis=-1)) * 3.0, 0, 1) * (ids > 0)
    dark = np.clip(0.85 * behind + 0.55 * crease, 0, 1).astype(np.float32)
    full: Float32 = np.repeat(np.repeat(dark, 2, axis=0), 2, axis=1)[: passes.depth.shape[0], : passes.depth.shape[1]]
    return full


def accents(passes: Passes, reference_height: float) -> Float32:
    """0..1: how much a surface lies behind what surrounds it, or in a crease; the sky never does."""
    dark = shadows(passes, reference_height)
    dark[passes.object_id == 0] = 0.0
    return dark


def halve(picture: Float32) -> UInt8:
    """Half the size, as sRGB bytes, of a picture in linear light."""
    h, w = picture.shape[0] // 2, picture.shape[1] // 2
    mean = picture[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    code = np.where(mean <= 0.0031308, mean * 12.92, 1.055 * np.maximum(mean, 1e-6) ** (1 / 2.4) - 0.055)
    rounded: UInt8 = np.clip(code * 255 + 0.5, 0, 255).astype(np.uint8)
    return rounded


@compiled
def _linear(code: float) -> float:
    return code / 12.92 if code <= 0.04045 else ((code + 0.055) / 1.055) ** 2.4


@compiled
def to_lab(r: float, g: float, b: float) -> tuple[float, float, float]:
    """OKLab of sRGB 0..1."""
    r, g, b = _linear(r), _linear(g), _linear(b)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@compiled
def to_light(lightness: float, a: float, b: float, out: Float32) -> None:
    """Write the linear RGB of an OKLab colour, clipped."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    out[0] = min(1.0, max(0.0, 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short))
    out[1] = min(1.0, max(0.0, -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short))
    out[2] = min(1.0, max(0.0, -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short))


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
