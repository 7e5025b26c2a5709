"""Expressionist acrylic: large slabs of pure colour set against each other, a burning ground between them, and a loaded dark contour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, sobel

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import accents, halve, lab_picture, step, to_lab, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]

MOST = 0.22  # chroma that paint comes near but never reaches


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    dark = accents(easel.passes, easel.height)
    line = easel.line()
    broad, wavy, _ = easel.grain()
    relief = gaussian_filter(easel.channels[..., 10] + 0.5 * line, 0.9)
    slope = sobel(relief, axis=1) * -0.5 + sobel(relief, axis=0) * -0.7
    painted = _paint(
        easel.channels, lab_picture(easel.colours), easel.facing, dark, line, slope, broad, wavy, np.array([box.ground, box.line])
    )
    return halve(painted)


@compiled
def _tube(c: Float32, light: float, a: float, b: float, facing: float) -> tuple[float, float, float]:
    """The paint taken for a slab: shadows swing to violet and blue, lights to orange and yellow; values in leaps."""
    chroma, hue = np.sqrt(a * a + b * b), np.arctan2(b, a)
    lit = step(0.40, 0.72, facing * 0.6 + 0.4 * light + 0.12 * (c[0] - 0.5))
    pick = (c[0] * 7.31 + c[1] * 3.17) % 1.0
    large = step(0.45, 0.95, c[12])
    hue += (0.35 + 0.5 * large) * (c[1] - 0.5)
    if pick < 0.06 * large:
        hue += 1.8 * (c[1] - 0.5) + 1.2
    chroma = 0.020 + 1.15 * chroma
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    a, b = a + 0.018 * lit + 0.020 * (1 - lit), b + 0.040 * lit - 0.080 * (1 - lit)
    pure = np.sqrt(a * a + b * b)
    tamed = MOST * (1.0 - np.exp(-pure / MOST)) / max(pure, 1e-6) * 1.12
    a, b = a * tamed, b * tamed
    light += 0.13 * (step(0.3, 0.7, c[0]) - 0.45) + 0.07 * (lit - 0.5)
    return light, a, b


@compiled
def _paint(
    channels: Float32, lab: Float32, facing: Float32, dark: Float32, line: Float32, slope: Float32, broad: Float32, fine: Float32,
    box: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c, pixel = channels[y, x], lab[y, x]
            light, a, b = box[0, 0], box[0, 1], box[0, 2]
            if c[11] > 0.0:
                tone, p, q = to_lab(float(c[7]), float(c[8]), float(c[9]))
                tone, p, q = _tube(c, 0.65 * tone + 0.35 * pixel[0], p, q, facing[y, x])
                side = abs(2.0 * c[3] - 1.0)
                laid = step(0.98, 0.90, side + 0.16 * (fine[y, x] - 0.5)) * step(0.16, 0.26, c[6] + 0.25 * (1.0 - c[2]))
                light, a, b = light + laid * (tone - light), a + laid * (p - a), b + laid * (q - b)
            light -= 0.20 * dark[y, x]
            b -= 0.04 * dark[y, x]
            light += 0.55 * slope[y, x] * 0.16
            ink = line[y, x] * step(0.18, 0.34, fine[y, x] + 0.25 * broad[y, x])
            light, a, b = light + ink * (box[1, 0] - light), a + ink * (box[1, 1] - a), b + ink * (box[1, 2] - b)
            to_light(min(1.0, max(0.0, light)), a, b, out[y, x])
    return out


PAINTER = Painter(
    name="acrylic",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.34, width=0.120, coverage=3.8, dry=0.35, jitter=0.75),
            Layer(length=0.21, width=0.062, coverage=0.75, dry=0.55, jitter=0.65),
            Layer(length=0.10, width=0.028, coverage=0.20, dry=0.50, jitter=0.50),
        ),
        swirl=1.3,
        swirl_size=1.1,
        bend=0.75,
        overshoot=0.008,
        figure=0.60,
        pen=Pen(width=0.0130, touch=0.40, fold=0.26, wobble=0.0034, swell=0.85, broken=0.6, far=0.6),
        grain=(0.10, 0.012, 0.005),
    ),
    boxes={
        "bridge": Paintbox(
            PaletteSettings(contrast=0.55, chroma=1.30, black=(0.15, 0.02, -0.07), white=(0.95, 0.01, 0.06)),
            (0.62, 0.15, 0.11),
            (0.19, 0.005, -0.065),
        ),
        "blue rider": Paintbox(
            PaletteSettings(
                contrast=0.50,
                chroma=1.35,
                black=(0.16, 0.03, -0.09),
                white=(0.93, 0.0, 0.08),
                shadow=(0.01, -0.05),
                hues=(0.5, 1.7, 4.6),
                pull=0.6,
            ),
            (0.70, 0.06, 0.14),
            (0.17, 0.02, -0.08),
        ),
        "alarm": Paintbox(
            PaletteSettings(
                contrast=0.60,
                chroma=1.25,
                black=(0.12, 0.03, -0.02),
                white=(0.95, 0.02, 0.07),
                shadow=(0.04, -0.02),
                light=(0.02, 0.04),
                hues=(0.4, 1.2, 3.2),
                pull=0.55,
            ),
            (0.55, 0.19, 0.10),
            (0.13, 0.02, -0.01),
        ),
    },
    moods=("day", "dusk", "moon"),
    paint=paint,
)
