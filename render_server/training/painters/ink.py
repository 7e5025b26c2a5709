"""Ink line and wash: a pen that swells and breaks, hatching that follows form, spotted blacks, and a few thin washes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import accents, halve, lab_picture, step, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    h, dark = easel.height, accents(easel.passes, easel.height)
    broad, wavy, grain = easel.grain()
    lab = lab_picture(easel.colours)
    washes = _washes(lab, dark, broad, wavy)
    wet = np.stack([washes[..., k] * (1.0 - gaussian_filter(washes[..., k], 0.0045 * h)) for k in range(3)], axis=-1)
    line = easel.line()
    painted = _paint(easel.channels, lab, easel.facing, dark, washes, wet, line, broad, wavy, grain, np.array([box.ground, box.line]))
    return halve(painted)


@compiled
def _washes(lab: Float32, dark: Float32, broad: Float32, wavy: Float32) -> Float32:
    """Where the three washes lie, each darker than the last, (H, W, 3)."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            value = lab[y, x, 0] + 0.022 * (broad[y, x] - 0.5) + 0.022 * (wavy[y, x] - 0.5) - 0.20 * dark[y, x]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = step(0.760, 0.705, value), step(0.548, 0.520, value), step(0.340, 0.322, value)
    return out


@compiled
def _hatch(c: Float32, tone: float) -> float:
    """The pen's hatching: a stroke is drawn where it is darker than the stroke's own threshold."""
    if c[11] <= 0.0:
        return 0.0
    needed = 0.60 - 0.22 * c[0]
    away = abs(2.0 * c[3] - 1.0)
    ends = step(0.02, 0.10, c[2]) * step(1.0, 0.80, c[2])
    weight = step(needed + 0.02, needed - 0.04, tone)
    return weight * step(0.62, 0.34, away / max(0.25, ends)) * step(0.10, 0.15, c[12])


@compiled
def _paint(
    channels: Float32, lab: Float32, facing: Float32, dark: Float32, washes: Float32, wet: Float32, line: Float32, broad: Float32,
    wavy: Float32, grain: Float32, box: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c, pixel, tooth = channels[y, x], lab[y, x], grain[y, x] - 0.5
            deep = 0.11 * washes[y, x, 0] + 0.19 * washes[y, x, 1] + 0.22 * washes[y, x, 2]
            deep += 0.09 * wet[y, x, 0] + 0.12 * wet[y, x, 1] + 0.12 * wet[y, x, 2]
            deep *= 1.0 + 0.35 * (broad[y, x] - 0.5) + 0.30 * tooth
            tint = min(1.0, 0.30 + 2.2 * deep)
            light = box[0, 0] - deep * 1.15
            vivid = step(0.06, 0.14, np.sqrt(pixel[1] ** 2 + pixel[2] ** 2)) * 0.70
            light += vivid * 0.5 * (pixel[0] + 0.06 - light)
            a = box[0, 1] + tint * ((0.80 + vivid) * pixel[1] + 0.2 * box[1, 1] - box[0, 1])
            b = box[0, 2] + tint * ((0.80 + vivid) * pixel[2] + 0.2 * box[1, 2] - box[0, 2])
            shade = pixel[0] * 0.62 + 0.34 * facing[y, x] - 0.30 * dark[y, x] + 0.60 * (broad[y, x] - 0.38)
            black = step(0.31, 0.28, pixel[0] + 0.08 * (wavy[y, x] - 0.5) + 0.06 * tooth)
            ink = max(line[y, x], max(0.92 * black, 0.86 * _hatch(c, shade)))
            ink *= step(-0.62, -0.30, tooth + 0.5 * (ink - 0.9))
            light, a, b = light + ink * (box[1, 0] - light), a + ink * (box[1, 1] - a), b + ink * (box[1, 2] - b)
            to_light(min(1.0, max(0.0, light + 0.012 * tooth)), a, b, out[y, x])
    return out


PAINTER = Painter(
    name="ink",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.100, width=0.0115, coverage=1.15, dry=0.0, jitter=0.05),
            Layer(length=0.060, width=0.0085, coverage=0.35, dry=0.0, jitter=0.12),
        ),
        swirl=0.9,
        swirl_size=2.2,
        bend=0.10,
        overshoot=0.0,
        figure=0.25,
        far=0.15,
        pen=Pen(width=0.0088, touch=0.46, fold=0.38, wobble=0.0024, swell=0.85, broken=0.75, far=0.35),
        grain=(0.13, 0.028, 0.005),
    ),
    boxes={
        "sepia": Paintbox(
            PaletteSettings(
                contrast=0.35,
                chroma=0.62,
                black=(0.10, 0.01, 0.015),
                white=(0.97, 0.002, 0.02),
                shadow=(0.006, 0.008),
                light=(0.004, 0.012),
                hues=(0.9, 1.4, 3.9),
                pull=0.5,
            ),
            (0.945, 0.004, 0.030),
            (0.22, 0.018, 0.022),
        ),
        "indigo": Paintbox(
            PaletteSettings(
                contrast=0.35,
                chroma=0.50,
                black=(0.10, -0.004, -0.03),
                white=(0.975, 0.0, 0.008),
                shadow=(-0.004, -0.040),
                light=(0.0, 0.004),
                hues=(0.5, 4.6),
                pull=0.4,
            ),
            (0.962, 0.0, 0.010),
            (0.21, -0.004, -0.050),
        ),
        "comic": Paintbox(
            PaletteSettings(
                contrast=0.35, chroma=1.05, black=(0.08, 0.0, -0.01), white=(0.98, 0.0, 0.012), shadow=(0.004, -0.02), light=(0.0, 0.012)
            ),
            (0.958, 0.002, 0.020),
            (0.16, 0.004, -0.012),
        ),
    },
    moods=("day", "mist", "moon"),
    paint=paint,
)
