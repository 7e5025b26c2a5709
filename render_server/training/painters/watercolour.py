"""Watercolour: transparent washes on white paper, glazed twice over, with wet edges, granulation, blooms and slivers of bare paper.

Pigment is absorbance: a wash at density 1 gives the colour, less gives tints, more gives deep and pure tones, as glazes do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from render_server.looks.palette import PaletteSettings
from render_server.passes.compiled import compiled
from render_server.training.painters.colour import accents, halve, step, to_lab, to_light
from render_server.training.painters.easel import Easel, Paintbox, Painter
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]

BLEED = 0.0032  # of the picture's height, how far a wash strays


def paint(easel: Easel, box: Paintbox) -> UInt8:
    """Paint one frame."""
    h, sky = easel.height, easel.passes.object_id == 0
    broad, wavy, grain = easel.grain()
    colours = _strayed(easel.colours, wavy, broad, BLEED * h)
    glazes, pigment = _glazes(easel.channels, colours, easel.facing, accents(easel.passes, h), broad, wavy)
    wet = np.stack([_wet_edge(glazes[..., k], 0.005 * h) for k in range(2)], axis=-1)
    gaps = easel.line()
    painted = _paint(
        easel.channels, pigment, glazes, wet, gaussian_filter(gaps, 0.0045 * h), gaps, broad, wavy, grain, 0.5 * (wavy + grain), sky,
        np.array(box.ground),
    )  # fmt: skip
    return halve(painted)


def _wet_edge(glaze: Float32, width: float) -> Float32:
    """Where a glaze dried: strongest just inside its edge."""
    rim: Float32 = glaze * (1.0 - gaussian_filter(glaze, width))
    return rim


@compiled
def _strayed(colours: UInt8, one: Float32, two: Float32, reach: float) -> UInt8:
    """The colours as a wet hand lays them: not quite where they belong."""
    height, width = one.shape
    out = np.empty_like(colours)
    for y in range(height):
        for x in range(width):
            v = min(height - 1, max(0, int(y + 0.5 + 2.0 * reach * (one[y, x] - 0.5))))
            u = min(width - 1, max(0, int(x + 0.5 + 2.0 * reach * (two[y, x] - 0.5))))
            out[y, x] = colours[v, u]
    return out


@compiled
def _glazes(channels: Float32, colours: UInt8, facing: Float32, dark: Float32, broad: Float32, wavy: Float32) -> tuple[Float32, Float32]:
    """Where the second and third glaze lie (H, W, 2), and the absorbance of the colour itself (H, W, 3)."""
    height, width = dark.shape
    glazes, pigment = np.empty((height, width, 2), np.float32), np.empty((height, width, 3), np.float32)
    light = np.empty(3, np.float32)
    for y in range(height):
        for x in range(width):
            c = channels[y, x]
            share = 0.45 if c[11] > 0.0 else 0.0
            for k in range(3):
                light[k] = share * c[7 + k] + (1.0 - share) * colours[y, x, k] / 255.0
            tone, p, q = to_lab(float(light[0]), float(light[1]), float(light[2]))
            waver = 0.16 * (broad[y, x] - 0.5) + 0.05 * (wavy[y, x] - 0.5) + 0.10 * (c[0] - 0.5)
            value = tone + waver - 0.16 * dark[y, x] - 0.13 * step(0.52, 0.34, facing[y, x])
            glazes[y, x, 0], glazes[y, x, 1] = step(0.655, 0.640, value), step(0.455, 0.440, value)
            turn = 0.020 * (broad[y, x] - 0.5) + 0.016 * (c[1] - 0.5)
            to_light(0.30 + 0.70 * tone, 1.18 * p + turn, 1.18 * q - turn, light)
            for k in range(3):
                pigment[y, x, k] = -np.log(max(0.012, light[k]))
    return glazes, pigment


@compiled
def _puddle(c: Float32, wavy: float, fine: float) -> float:
    """How much denser a puddle is at a place than on the whole: pale in the middle, dark at its shore, some with a bloom."""
    if c[11] <= 0.0:
        return 0.0
    u, v = 2.0 * c[2] - 1.0, 2.0 * c[3] - 1.0
    r = np.sqrt(u * u + v * v) + 0.10 * (wavy - 0.5)
    density = 0.24 * (c[0] - 0.5) + 0.09 * step(0.84, 0.98, r)
    if (c[0] * 7.31 + c[1] * 3.17) % 1.0 < 0.12:
        shore = r + 0.42 * (wavy - 0.5) + 0.16 * (fine - 0.5)
        density += 0.30 * step(0.40, 0.60, shore) * step(0.78, 0.60, shore) - 0.24 * step(0.58, 0.34, shore)
    return float(density)


@compiled
def _paint(
    channels: Float32, pigment: Float32, glazes: Float32, wet: Float32, edge: Float32, gaps: Float32, broad: Float32, wavy: Float32,
    grain: Float32, fine: Float32, sky: NDArray[np.bool_], paper: Float64,
) -> Float32:  # fmt: skip
    """The picture in linear light."""
    height, width = gaps.shape
    out = np.empty((height, width, 3), np.float32)
    white = np.empty(3, np.float32)
    for y in range(height):
        for x in range(width):
            tooth = 0.65 * grain[y, x] + 0.35 * fine[y, x] - 0.5
            density = 0.70 + 0.26 * (broad[y, x] - 0.5) + _puddle(channels[y, x], wavy[y, x], fine[y, x])
            if sky[y, x]:
                density *= 0.55 + 0.75 * step(0.30, 0.72, broad[y, x] + 0.14 * (wavy[y, x] - 0.5))
            density += 0.28 * glazes[y, x, 0] + 0.42 * glazes[y, x, 1] + 0.55 * wet[y, x, 0] + 0.45 * wet[y, x, 1]
            density += 0.62 * edge[y, x]
            heavy = min(1.0, pigment[y, x, 0] * 0.4 + pigment[y, x, 1] * 0.4)
            density *= 1.0 + (0.26 + 0.42 * heavy) * tooth
            density *= 1.0 - 0.88 * gaps[y, x] * step(0.48, 0.58, wavy[y, x] * 0.5 + broad[y, x] * 0.5)
            if not sky[y, x]:
                density *= 1.0 - 0.7 * step(0.22, 0.10, pigment[y, x, 1]) * step(0.07, 0.16, tooth)
            to_light(paper[0] + 0.014 * tooth, paper[1], paper[2], white)
            for k in range(3):
                out[y, x, k] = white[k] * np.exp(-pigment[y, x, k] * max(0.04, density))
    return out


PAINTER = Painter(
    name="watercolour",
    strokes=ScaffoldSettings(
        layers=(
            Layer(length=0.42, width=0.30, coverage=1.9, dry=0.0, jitter=1.2),
            Layer(length=0.20, width=0.13, coverage=0.35, dry=0.0, jitter=1.2),
            Layer(length=0.07, width=0.045, coverage=0.06, dry=0.0, jitter=1.2),
        ),
        swirl=1.2,
        swirl_size=1.6,
        bend=0.6,
        overshoot=0.003,
        figure=0.9,
        pen=Pen(width=0.0052, touch=0.8, fold=0.7, wobble=0.002, swell=0.9, broken=0.35),
        grain=(0.17, 0.030, 0.0048),
    ),
    boxes={
        "field box": Paintbox(
            PaletteSettings(
                contrast=0.25,
                chroma=1.05,
                black=(0.20, 0.0, -0.03),
                white=(0.985, 0.0, 0.008),
                shadow=(-0.004, -0.026),
                light=(0.002, 0.008),
            ),
            (0.972, 0.0012, 0.010),
            (0.3, 0.0, -0.04),
        ),
        "sea glass": Paintbox(
            PaletteSettings(
                contrast=0.2,
                chroma=0.82,
                black=(0.24, -0.02, -0.035),
                white=(0.98, -0.004, 0.004),
                shadow=(-0.022, -0.026),
                light=(-0.004, 0.010),
                hues=(0.7, 2.9, 3.9),
                pull=0.5,
            ),
            (0.975, -0.001, 0.007),
            (0.3, -0.01, -0.04),
        ),
        "autumn": Paintbox(
            PaletteSettings(
                contrast=0.28,
                chroma=1.05,
                black=(0.22, 0.02, -0.02),
                white=(0.98, 0.004, 0.018),
                shadow=(0.010, -0.016),
                light=(0.012, 0.026),
                hues=(0.6, 1.3, 4.6),
                pull=0.55,
            ),
            (0.968, 0.003, 0.018),
            (0.3, 0.02, 0.0),
        ),
    },
    moods=("day", "mist", "dusk"),
    paint=paint,
)
