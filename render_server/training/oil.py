"""The procedural painter whose pictures the network learns: oil, thickly laid, in broken colour.

It works on the stroke scaffold at twice the size and averages down. Each stroke carries the colour of where it is rooted, varied by its
hash; lights lean warm and shadows cool; bristle marks and the paint's thickness are lit from the upper left; creases and the ground just
behind a nearer silhouette are darkened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, sobel

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Passes
from render_server.video_models.painter.guides import FOLDS

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]

SUPERSAMPLING = 2


@dataclass(frozen=True)
class Oil:
    """How the painter paints. Lightness and chroma are OKLab's."""

    anchor: float = 0.78  # how much of a pixel's colour is its stroke's, the rest is the surface's own
    value: float = 0.105  # lightness from the darkest to the lightest stroke
    hue: float = 0.52  # radians from one end of a colour's neighbours to the other
    spark: float = 0.10  # share of strokes in a bolder neighbouring colour
    chroma: float = 1.22
    warm: float = 0.022
    bristle: float = 0.10
    relief: float = 0.95
    shine: float = 0.16
    dark: float = 0.30
    ground: float = 0.90  # lightness of the bare ground relative to what is painted there

    def numbers(self) -> NDArray[np.float64]:
        """For compiled code, in the order of the fields."""
        return np.array([getattr(self, name) for name in self.__dataclass_fields__], dtype=np.float64)


def paint_target(channels: Float32, passes: Passes, beauty: UInt8, reference_height: float, oil: Oil | None = None) -> UInt8:
    """Paint one frame.

    channels, passes, beauty: at SUPERSAMPLING times the size that is wanted.
    reference_height: the whole picture's height at that larger size.
    """
    height_map = gaussian_filter(channels[..., 10] + 0.12 * channels[..., 11] + 0.08 * channels[..., 0] * (channels[..., 11] > 0), 0.8)
    slope_x, slope_y = sobel(height_map, axis=1) / 8, sobel(height_map, axis=0) / 8
    accents = _accents(passes, reference_height)
    painted = _paint(channels, beauty, slope_x, slope_y, accents, (oil or Oil()).numbers())
    return _halve(painted)


def _accents(passes: Passes, reference_height: float) -> Float32:
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


def _halve(picture: Float32) -> UInt8:
    h, w = picture.shape[0] // 2, picture.shape[1] // 2
    mean = picture[: 2 * h, : 2 * w].reshape(h, 2, w, 2, 3).mean(axis=(1, 3))
    code = np.where(mean <= 0.0031308, mean * 12.92, 1.055 * np.maximum(mean, 1e-6) ** (1 / 2.4) - 0.055)
    rounded: UInt8 = np.clip(code * 255 + 0.5, 0, 255).astype(np.uint8)
    return rounded


@compiled
def _linear(code: float) -> float:
    return code / 12.92 if code <= 0.04045 else ((code + 0.055) / 1.055) ** 2.4


@compiled
def _to_lab(r: float, g: float, b: float) -> tuple[float, float, float]:
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
def _to_light(lightness: float, a: float, b: float, out: Float32) -> None:
    """Write the linear RGB of an OKLab colour, clipped."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    out[0] = min(1.0, max(0.0, 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short))
    out[1] = min(1.0, max(0.0, -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short))
    out[2] = min(1.0, max(0.0, -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short))


@compiled
def _paint(channels: Float32, beauty: UInt8, slope_x: Float32, slope_y: Float32, accents: Float32, oil: NDArray[np.float64]) -> Float32:
    """The picture in linear light."""
    height, width = accents.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c = channels[y, x]
            bare = c[11] <= 0.0
            share = 0.0 if bare else oil[0]
            r = share * c[7] + (1 - share) * beauty[y, x, 0] / 255.0
            g = share * c[8] + (1 - share) * beauty[y, x, 1] / 255.0
            b = share * c[9] + (1 - share) * beauty[y, x, 2] / 255.0
            light, p, q = _to_lab(r, g, b)
            chroma, hue = np.sqrt(p * p + q * q) * oil[4], np.arctan2(q, p)
            sunny = min(1.0, max(-1.0, (light - 0.55) * 3.0))
            if bare:
                light, chroma = light * oil[10], chroma * 0.9
            else:
                bold = (c[0] * FOLDS[0][0] + c[1] * FOLDS[0][1]) % 1.0 < oil[3]
                swing = c[1] - 0.5
                hue += swing * oil[2] * (1.9 if bold else 1.0)
                chroma = (chroma + (0.035 if bold else 0.006)) * (0.86 + 0.4 * ((c[0] * FOLDS[1][0] + c[1] * FOLDS[1][1]) % 1.0))
                light += (c[0] - 0.5) * oil[1] + (c[6] - 0.5) * oil[6] + (0.5 - c[2]) * 0.035
            p, q = chroma * np.cos(hue), chroma * np.sin(hue)
            p, q = p + oil[5] * (0.35 * sunny + 0.1), q + oil[5] * 1.3 * sunny
            light *= 1.0 - oil[9] * accents[y, x]
            p, q = p + 0.006 * accents[y, x], q - 0.014 * accents[y, x]
            light += 0.10 * (light - 0.50)
            nx, ny = -oil[7] * 6.0 * slope_x[y, x], -oil[7] * 6.0 * slope_y[y, x]
            length = np.sqrt(nx * nx + ny * ny + 1.0)
            lit = (-0.50 * nx - 0.62 * ny + 0.60) / length
            shine = max(0.0, (-0.28 * nx - 0.35 * ny + 0.895) / length)
            light *= 0.79 + 0.22 * min(1.7, max(-0.4, lit / 0.60))
            light += oil[8] * max(0.0, shine**28 - 0.045)
            _to_light(min(1.0, max(0.0, light)), p, q, out[y, x])
    return out
