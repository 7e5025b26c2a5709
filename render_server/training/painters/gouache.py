"""Gouache: flat opaque planes in few values, crisp wavering edges between them, and a dry brush dragged over the lights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import accents, halve, lab_picture, step, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]

VALUES = 0.105  # of lightness between one flat plane and the next


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    dark = accents(easel.passes, easel.height)
    rims = easel.line()
    painted = _paint(
        easel.channels, lab_picture(easel.colours), easel.facing, dark, rims, *easel.grain(), np.array([box.ground, box.line]),
    )  # fmt: skip
    return halve(painted)


@compiled
def _plane(light: float, waver: float) -> float:
    """Lightness in flat steps; waver moves the edges between them."""
    x = light / VALUES + waver
    low = np.floor(x)
    return float(low + step(0.46, 0.54, x - low)) * VALUES


@compiled
def _paint(
    channels: Float32, lab: Float32, facing: Float32, dark: Float32, rims: Float32, broad: Float32, wavy: Float32, tooth: Float32,
    box: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = dark.shape
    out = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            c, pixel = channels[y, x], lab[y, x]
            top = c[11] > 0.0
            hidden = dark[y, x] + 0.22 * (wavy[y, x] - 0.5)
            shadow = 0.075 * step(0.30, 0.36, hidden) + 0.06 * step(0.55, 0.61, hidden)
            waver = 0.75 * (c[0] - 0.5) + 0.22 * (wavy[y, x] - 0.5) + 0.30 * (broad[y, x] - 0.5)
            light = 0.68 * (_plane(pixel[0], waver) - 0.5 * VALUES * waver) + 0.32 * pixel[0] - shadow
            a, b = float(pixel[1]), float(pixel[2])
            sunny = step(0.35, 0.85, light)
            light += 0.022 * (step(0.45, 0.55, c[0]) - 0.5) if top else 0.0
            a, b = a * 1.08 + 0.010 * (c[1] - 0.5), b * 1.08 + 0.016 * (c[1] - 0.5)
            a, b = a + 0.010 * (1 - sunny) * shadow * 8, b + 0.016 * sunny - 0.030 * (1 - sunny) - 0.18 * shadow
            if c[11] > 0.5:
                light, a, b = _dry_brush(c, light, a, b, facing[y, x], tooth[y, x])
            if rims[y, x] > 0.0:
                under = rims[y, x] * step(0.55, 0.63, broad[y, x] * 0.6 + wavy[y, x] * 0.4) * 0.7
                light, a, b = light + under * (box[0, 0] - light), a + under * (box[0, 1] - a), b + under * (box[0, 2] - b)
            light += 0.020 * (tooth[y, x] - 0.5)
            to_light(min(1.0, max(0.0, light)), a, b, out[y, x])
    return out


@compiled
def _dry_brush(c: Float32, light: float, a: float, b: float, facing: float, tooth: float) -> tuple[float, float, float]:
    """A stroke of nearly dry paint: lighter and warmer towards the light, cooler away from it, broken by bristles and tooth."""
    laid = step(0.50, 0.58, c[6] * 0.72 + tooth * 0.42 - 0.22 * c[2])
    lit = step(0.35, 0.75, facing)
    tone = (0.052 if lit > 0.5 else -0.040) * (0.6 + 0.8 * c[0])
    warm = 0.024 if lit > 0.5 else -0.022
    return light + laid * tone, a + laid * (0.3 * warm + 0.016 * (c[1] - 0.5)), b + laid * warm


PAINTER = Painter(
    name="gouache",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.30, width=0.115, coverage=3.2, dry=0.10, jitter=0.25),
            Layer(length=0.20, width=0.040, coverage=0.34, dry=0.85, jitter=0.20),
            Layer(length=0.085, width=0.020, coverage=0.13, dry=0.85, jitter=0.25),
        ),
        swirl=0.35,
        swirl_size=2.4,
        bend=0.25,
        overshoot=0.002,
        figure=0.55,
        pen=Pen(width=0.0075, touch=0.45, fold=0.30, wobble=0.0020, swell=0.9, broken=0.0),
        grain=(0.11, 0.022, 0.0045),
    ),
    boxes={
        "travel poster": Paintbox(
            PaletteSettings(
                contrast=0.45,
                chroma=1.12,
                black=(0.17, 0.01, -0.035),
                white=(0.955, 0.004, 0.035),
                shadow=(0.008, -0.020),
                light=(0.004, 0.018),
            ),
            (0.90, 0.012, 0.05),
            (0.25, 0.0, -0.03),
        ),
        "harbour": Paintbox(
            PaletteSettings(
                contrast=0.40,
                chroma=0.85,
                black=(0.19, -0.012, -0.03),
                white=(0.94, 0.0, 0.025),
                shadow=(-0.014, -0.026),
                light=(0.010, 0.026),
                hues=(0.55, 1.25, 3.6, 4.3),
                pull=0.55,
            ),
            (0.88, 0.02, 0.06),
            (0.25, 0.0, -0.03),
        ),
        "plum": Paintbox(
            PaletteSettings(
                contrast=0.42,
                chroma=0.98,
                black=(0.18, 0.035, -0.03),
                white=(0.95, 0.012, 0.03),
                shadow=(0.020, -0.026),
                light=(0.012, 0.022),
                hues=(0.15, 1.15, 2.6, 5.6),
                pull=0.45,
            ),
            (0.90, 0.03, 0.045),
            (0.25, 0.02, -0.03),
        ),
    },
    moods=("day", "dusk", "mist"),
    paint=paint,
)
