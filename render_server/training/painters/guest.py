"""A guest: pointillism, dabs of broken colour on a warm ground that shows between them.

It is not among PAINTERS: no look that ships has learned from it, so it can stand for an artist who is new to all of them.
"""

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

PUREST = 0.20  # chroma that a dab comes near but never reaches


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    dark = accents(easel.passes, easel.height)
    broad, wavy, tooth = easel.grain()
    painted = _paint(
        easel.channels, lab_picture(easel.colours), easel.facing, dark, easel.line(), broad, wavy, tooth, np.array([box.ground, box.line])
    )
    return halve(painted)


@compiled
def _dab(c: Float32, tone: float, a: float, b: float, facing: float, dark: float) -> tuple[float, float, float]:
    """The pure colour of one dab: near what is there, split into warm and cool neighbours, now and then its opposite."""
    pick, other = (c[0] * 7.31 + c[1] * 3.17) % 1.0, (c[0] * 5.7 + c[1] * 9.1) % 1.0
    chroma, hue = np.sqrt(a * a + b * b), np.arctan2(b, a)
    lit = step(0.35, 0.75, 0.75 * facing + 0.25 * tone) * (1.0 - dark)
    hue += 0.9 * (c[1] - 0.5)
    chroma = 0.030 + 1.30 * chroma
    if pick < 0.13:  # the opposite, which makes its neighbours glow
        hue, chroma = hue + np.pi, 0.055 + 0.35 * chroma
    p, q = chroma * np.cos(hue), chroma * np.sin(hue)
    warm = lit * step(0.30, 0.70, other)
    cool = (1.0 - lit) * step(0.25, 0.65, other)
    p, q = p + 0.022 * warm - 0.002 * cool, q + 0.070 * warm - 0.075 * cool
    pure = np.sqrt(p * p + q * q)
    tamed = PUREST * (1.0 - np.exp(-pure / PUREST)) / max(pure, 1e-6) * 1.08
    tone += 0.16 * (c[0] - 0.5) + 0.05 * warm - 0.05 * cool - 0.13 * dark
    return tone, p * tamed, q * tamed


@compiled
def _paint(
    channels: Float32, lab: Float32, facing: Float32, dark: Float32, line: Float32, broad: Float32, wavy: Float32, tooth: Float32,
    box: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c, pixel = channels[y, x], lab[y, x]
            # a thin, rubbed first lay-in over the ground, so that large forms read
            thin = 0.34 + 0.30 * (broad[y, x] - 0.5) + 0.22 * (tooth[y, x] - 0.5)
            light = box[0, 0] + thin * (pixel[0] - 0.10 * dark[y, x] - box[0, 0])
            a, b = box[0, 1] + thin * (pixel[1] - box[0, 1]), box[0, 2] + thin * (pixel[2] - box[0, 2])
            light += 0.035 * (tooth[y, x] - 0.5)
            if c[11] > 0.0:
                u, v = 2.0 * c[2] - 1.0, 2.0 * c[3] - 1.0
                r = np.sqrt(u * u + v * v) + 0.20 * (wavy[y, x] - 0.5) + 0.10 * (tooth[y, x] - 0.5)
                laid = step(0.95, 0.80, r)
                if laid > 0.0:
                    tone, p, q = to_lab(float(c[7]), float(c[8]), float(c[9]))
                    tone, p, q = _dab(c, 0.7 * tone + 0.3 * pixel[0], p, q, facing[y, x], dark[y, x])
                    tone += 0.035 * step(0.55, 0.85, r) * (-u - v)  # paint that stands up, lit from the upper left
                    light, a, b = light + laid * (tone - light), a + laid * (p - a), b + laid * (q - b)
            blue = 0.75 * line[y, x] * step(0.40, 0.58, wavy[y, x] + 0.25 * (tooth[y, x] - 0.5))
            light, a, b = light + blue * (box[1, 0] - light), a + blue * (box[1, 1] - a), b + blue * (box[1, 2] - b)
            to_light(min(1.0, max(0.0, light)), a, b, out[y, x])
    return out


PAINTER = Painter(
    name="pointillist",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.034, width=0.030, coverage=0.85, dry=0.0, jitter=1.5),
            Layer(length=0.025, width=0.021, coverage=0.95, dry=0.0, jitter=1.5),
            Layer(length=0.017, width=0.014, coverage=0.30, dry=0.0, jitter=1.5),
        ),
        swirl=1.0,
        swirl_size=1.4,
        bend=0.0,
        overshoot=0.003,
        figure=0.34,
        far=0.12,
        pen=Pen(width=0.0060, touch=0.35, fold=0.20, wobble=0.0022, swell=0.9, broken=0.8),
        grain=(0.11, 0.020, 0.0045),
    ),
    boxes={
        "river in summer": Paintbox(
            PaletteSettings(
                contrast=0.30,
                chroma=1.20,
                black=(0.24, 0.012, -0.075),
                white=(0.965, 0.004, 0.040),
                shadow=(0.004, -0.040),
                light=(0.006, 0.034),
            ),
            (0.88, 0.018, 0.062),
            (0.28, 0.010, -0.110),
        ),
    },
    moods=("day",),
    paint=paint,
)
