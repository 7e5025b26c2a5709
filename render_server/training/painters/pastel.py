"""Pastel: chalk hatched over toned paper, rubbed in below, crisp on top; the paper's tooth breaks every stroke."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import accents, halve, lab_picture, step, to_lab, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    dark = accents(easel.passes, easel.height)
    line = easel.line()
    broad, tooth, rough = easel.grain()
    painted = _paint(
        easel.channels, lab_picture(easel.colours), easel.facing, dark, line, broad, tooth, rough, np.array([box.ground, box.line])
    )
    return halve(painted)


@compiled
def _chalk(c: Float32, tooth: float) -> float:
    """How much chalk a stroke leaves: where it presses on the paper's tooth, less at its sides and its tail."""
    if c[11] <= 0.0:
        return 0.0
    side = abs(2.0 * c[3] - 1.0)
    pressure = 0.66 + 0.34 * (c[6] - 0.5) - 0.16 * side**4 - 0.30 * max(0.0, c[2] - 0.60) + 0.20 * (c[0] - 0.5)
    return 0.92 * step(0.36, 0.70, pressure + 0.95 * (tooth - 0.5))


@compiled
def _paint(
    channels: Float32, lab: Float32, facing: Float32, dark: Float32, line: Float32, broad: Float32, tooth: Float32, coarse: Float32,
    box: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c, pixel = channels[y, x], lab[y, x]
            grain = 0.7 * tooth[y, x] + 0.3 * coarse[y, x]
            light = 0.5 * box[0, 0] + 0.5 * (pixel[0] - 0.10) + 0.05 * (grain - 0.5)
            a, b = 0.4 * box[0, 1] + 0.55 * pixel[1], 0.4 * box[0, 2] + 0.55 * pixel[2]
            rubbed = 0.76 + 0.25 * (broad[y, x] - 0.5) + 0.55 * (grain - 0.5)
            rubbed = min(0.92, max(0.0, rubbed))
            low = pixel[0] - 0.10 * dark[y, x]
            light, a, b = light + rubbed * (low - 0.02 - light), a + rubbed * (pixel[1] - a), b + rubbed * (pixel[2] - b)
            chalk = _chalk(c, grain)
            if chalk > 0.0:
                tone, p, q = to_lab(float(c[7]), float(c[8]), float(c[9]))
                tone, p, q = _stick(c, tone, p, q, facing[y, x])
                tone -= 0.14 * dark[y, x]
                light, a, b = light + chalk * (tone - light), a + chalk * (p - a), b + chalk * (q - b)
            conte = 0.70 * line[y, x] * step(0.34, 0.52, grain)
            light, a, b = light + conte * (box[1, 0] - light), a + conte * (box[1, 1] - a), b + conte * (box[1, 2] - b)
            to_light(min(1.0, max(0.0, light)), a, b, out[y, x])
    return out


@compiled
def _stick(c: Float32, light: float, a: float, b: float, facing: float) -> tuple[float, float, float]:
    """The stick chosen for a stroke: near the colour, but one of a set; lights warm, shadows blue, now and then a neighbour."""
    chroma, hue = np.sqrt(a * a + b * b), np.arctan2(b, a)
    pick = (c[0] * 5.7 + c[1] * 9.1) % 1.0
    hue += 0.50 * (c[1] - 0.5) + (1.3 * (c[1] - 0.5) if pick < 0.08 else 0.0)
    chroma = (chroma * 1.15 + 0.022) * (0.75 + 0.5 * pick)
    sunny = step(0.35, 0.75, facing) - 0.5
    light += 0.20 * (c[0] - 0.25) + 0.060 * sunny
    return light, chroma * np.cos(hue) + 0.010 * sunny, chroma * np.sin(hue) + 0.040 * sunny


PAINTER = Painter(
    name="pastel",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.230, width=0.0190, coverage=0.9, dry=0.40, jitter=0.05),
            Layer(length=0.160, width=0.0140, coverage=0.55, dry=0.45, jitter=0.07),
            Layer(length=0.085, width=0.0095, coverage=0.24, dry=0.55, jitter=0.14),
        ),
        swirl=0.95,
        swirl_size=2.0,
        bend=0.12,
        overshoot=0.004,
        figure=0.28,
        far=0.2,
        pen=Pen(width=0.0062, touch=0.5, fold=0.30, wobble=0.0030, swell=0.9, broken=0.8),
        grain=(0.12, 0.0060, 0.013),
    ),
    boxes={
        "slate": Paintbox(
            PaletteSettings(
                contrast=0.35,
                chroma=0.86,
                black=(0.16, 0.0, -0.03),
                white=(0.985, 0.004, 0.03),
                shadow=(0.004, -0.03),
                light=(0.006, 0.022),
            ),
            (0.42, -0.008, -0.028),
            (0.17, 0.0, -0.02),
        ),
        "sand": Paintbox(
            PaletteSettings(
                contrast=0.32,
                chroma=0.84,
                black=(0.18, 0.02, 0.0),
                white=(0.965, 0.006, 0.036),
                shadow=(0.016, -0.014),
                light=(0.010, 0.026),
            ),
            (0.66, 0.020, 0.052),
            (0.22, 0.03, 0.015),
        ),
        "nocturne": Paintbox(
            PaletteSettings(
                contrast=0.40,
                chroma=1.25,
                black=(0.13, 0.01, -0.05),
                white=(0.94, 0.0, 0.04),
                shadow=(0.004, -0.055),
                light=(0.014, 0.034),
                hues=(0.9, 4.6, 5.6),
                pull=0.4,
            ),
            (0.24, 0.01, -0.045),
            (0.12, 0.0, -0.03),
        ),
    },
    moods=("day", "dusk", "moon"),
    paint=paint,
)
