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

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import halve, shadows, to_lab, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.channels import FOLDS
from render_server.video_models.painter.settings import ScaffoldSettings

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]


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


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame; oil covers its ground, and draws no lines."""
    channels = easel.channels
    height_map = gaussian_filter(channels[..., 10] + 0.12 * channels[..., 11] + 0.08 * channels[..., 0] * (channels[..., 11] > 0), 0.8)
    slope_x, slope_y = sobel(height_map, axis=1) / 8, sobel(height_map, axis=0) / 8
    accents = shadows(easel.passes, easel.height)
    return halve(_paint(channels, easel.colours, slope_x, slope_y, accents, Oil().numbers()))


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
            light, p, q = to_lab(r, g, b)
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
            to_light(min(1.0, max(0.0, light)), p, q, out[y, x])
    return out


PAINTER = Painter(
    name="oil",
    strokes=ScaffoldSettings(),
    boxes={
        "studio": Paintbox(
            PaletteSettings(
                contrast=0.12,
                chroma=1.06,
                black=(0.07, 0.006, -0.018),
                white=(0.985, 0.0, 0.012),
                shadow=(0.002, -0.012),
                light=(0.003, 0.010),
                greys=((0.030, 0.045), (-0.030, 0.020), (-0.012, -0.045), (0.035, -0.012), (-0.035, -0.012), (0.012, 0.050)),
            ),
            (0.55, 0.02, 0.05),
            (0.20, 0.01, 0.0),
        ),
    },
    moods=("day", "dusk", "moon", "mist"),
    paint=paint,
)
