"""What the art says of itself before anything is trained: how long and wide its strokes are, how they wind, how flat its planes lie, which
dark lines it draws, and its colours. All lengths are shares of the height of a frame whose area the picture is scaled to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from render_server.look_training.style import Style
from render_server.looks.palette import Tuning, to_oklab
from render_server.video_models.painter.settings import Layer, Pen, ScaffoldSettings

FRAME = (512, 288)  # art is studied at the area of such a frame
SAMPLES = 20_000
REACH = 48  # pixels, of the longest stroke that is looked for
FLAT = 0.012  # OKLab lightness, of a window's standard deviation: flatter is no brushwork
PLANES = 0.2  # share of flat windows from which art counts as planes and outlines rather than strokes
LINE_PIXELS = 200  # that a line's colour can be told from
DARKEST = 0.25  # share of a line's pixels that have its colour: the others are its soft edges
TUNED = 0.9  # how far a shot's colours are drawn to the art's

Float = NDArray[np.float64]
UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Study:
    """What was found. Lengths are pixels of FRAME."""

    length: float  # of strokes
    width: float
    coherence: float  # 0 to 1, how strongly brushwork is directed
    stray: float  # radians, how far neighbouring strokes stray from each other
    winding: float  # 0 to 1: 0, one direction in all of the picture; 1, every direction alike
    flat: float  # share of flat windows
    lines: float  # share of pixels in thin dark lines
    line_width: float  # pixels

    @property
    def planes(self) -> bool:
        """True for art of flat planes and outlines."""
        return self.flat > PLANES


def at_frame_scale(picture: UInt8, area: int = FRAME[0] * FRAME[1]) -> UInt8:
    """A picture, its proportions kept, scaled to an area in pixels."""
    factor = (area / (picture.shape[0] * picture.shape[1])) ** 0.5
    size = (max(16, round(picture.shape[1] * factor)), max(16, round(picture.shape[0] * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def study(pictures: Sequence[UInt8]) -> Study:
    """Look at the art, (H, W, 3) sRGB each; the mean of what the pieces say."""
    found = [_study(to_oklab(at_frame_scale(picture) / 255.0)[..., 0]) for picture in pictures]
    return Study(*(float(np.mean(column)) for column in np.array(found).T))


def _study(light: Float) -> tuple[float, ...]:
    detail = light - ndimage.gaussian_filter(light, 8)
    direction, coherence = directions(light, 1.5, 4.0)
    rng = np.random.default_rng(5)
    weight = coherence.ravel() * np.abs(ndimage.gaussian_filter(detail**2, 4)).ravel() + 1e-12
    places = rng.choice(weight.size, SAMPLES, p=weight / weight.sum())
    rows, columns = np.divmod(places, light.shape[1])
    along = direction.ravel()[places]
    length = _reach(detail, rows, columns, np.cos(along), np.sin(along))
    width = _reach(detail, rows, columns, -np.sin(along), np.cos(along))
    spin = np.exp(2j * along)
    near = np.exp(2j * direction[np.clip(rows + 6, 0, light.shape[0] - 1), columns])
    stray = 0.5 * np.sqrt(-2 * np.log(max(1e-3, abs(np.mean(spin * near.conj())))))
    spread = np.sqrt(np.maximum(0, ndimage.uniform_filter(light**2, 7) - ndimage.uniform_filter(light, 7) ** 2))
    inked = _inked(light)
    line_width = 2 * float(np.mean(ndimage.distance_transform_edt(inked)[inked])) if inked.any() else 0.0
    return (
        length, width, float(np.sum(coherence * weight.reshape(light.shape)) / weight.sum()), stray, 1 - abs(np.mean(spin)),
        float(np.mean(spread < FLAT)), float(np.mean(inked)), line_width,
    )  # fmt: skip


def _inked(light: Float) -> NDArray[np.bool_]:
    """True in thin dark lines."""
    found: NDArray[np.bool_] = (ndimage.grey_closing(light, (7, 7)) - light > 0.12) & (light < 0.55)
    return found


def directions(light: Float, fine: float, broad: float) -> tuple[Float, Float]:
    """The direction in which brushwork runs, radians (x to the right, y down), and how clearly, 0 to 1: the structure tensor's."""
    across, down = ndimage.gaussian_filter(light, fine, order=(0, 1)), ndimage.gaussian_filter(light, fine, order=(1, 0))
    xx, yy, xy = (ndimage.gaussian_filter(part, broad) for part in (across * across, down * down, across * down))
    steep = 0.5 * np.arctan2(2 * xy, xx - yy)  # where lightness changes most; strokes run across that
    clear: Float = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1e-9)
    return steep + np.pi / 2, clear


def _reach(detail: Float, rows: NDArray[np.int64], columns: NDArray[np.int64], dx: Float, dy: Float) -> float:
    """The size of things along a direction: twice the distance at which what is alike has fallen to one half."""
    here = detail[rows, columns]
    power = float(np.mean(here * here))
    before = 1.0
    for distance in range(1, REACH):
        there = ndimage.map_coordinates(detail, [rows + distance * dy, columns + distance * dx], order=1, mode="nearest")
        alike = float(np.mean(here * there)) / power
        if alike < 0.5:
            return 2 * (distance - 1 + (before - 0.5) / max(before - alike, 1e-6))
        before = alike
    return 2.0 * REACH


def strokes_of(found: Study) -> ScaffoldSettings:
    """The scaffold that fits what was found: directed strokes, or flat shapes and outlines. A person may edit it in look.json.

    What is alike along a stroke falls to one half well before the stroke ends, since strokes bend and fray: hence the factors, which come
    from art whose strokes are known.
    """
    return _shapes(found) if found.planes else _directed(found)


def _shapes(found: Study) -> ScaffoldSettings:
    """Large flat shapes, narrower ones on them, flecks, and a pen."""
    length, width = _share(2.0 * found.length, 0.06, 0.25), _share(2.5 * found.width, 0.016, 0.05)
    layers = (
        Layer(length=0.30, width=0.11, coverage=3.5, dry=0.0, jitter=0.25),
        Layer(length, width, coverage=0.8, dry=0.0, jitter=0.2),
        Layer(0.4 * length, 0.7 * width, coverage=0.2, dry=0.0, jitter=0.4),
    )
    line = _share(0.9 * found.line_width, 0.0045, 0.012)
    pen = Pen(width=line, touch=0.8, fold=0.6, wobble=0.004, swell=0.6, broken=0.1, forget=1.5 * line)
    lumps = (0.25, 0.06, 0.012)  # shapes may have their edges along them; finer grain would only roughen what is flat
    return ScaffoldSettings(layers=layers, swirl=0.7, bend=0.8, bristle=0.0, overshoot=0.0, figure=0.5, pen=pen, grain=lumps)


def _directed(found: Study) -> ScaffoldSettings:
    """Strokes that follow each other, and smaller ones on them."""
    length, width = _share(3.3 * found.length, 0.05, 0.22), _share(2.3 * found.width, 0.012, 0.075)
    jitter = min(0.5, found.stray)
    layers = (
        Layer(length=length, width=width, coverage=4.0, dry=0.2, jitter=jitter),
        Layer(length=0.75 * length, width=0.75 * width, coverage=1.0, dry=0.5, jitter=jitter),
    )
    return ScaffoldSettings(layers=layers, swirl=0.4 + 1.2 * found.winding, swirl_size=0.9, overshoot=0.004, figure=0.42)


def _share(pixels: float, least: float, most: float) -> float:
    return round(min(most, max(least, pixels / FRAME[1])), 4)


def colours_of(pictures: Sequence[UInt8], count: int, seed: int = 0) -> tuple[Float, Float]:
    """The art's main colours: (count, 3) OKLab, darkest first, and the share of each. Colours are those of small areas, not of pixels."""
    labs = [ndimage.uniform_filter(to_oklab(at_frame_scale(picture) / 255.0), (9, 9, 1))[::4, ::4].reshape(-1, 3) for picture in pictures]
    points = np.concatenate(labs)
    rng = np.random.default_rng(seed)
    centres = [points[rng.integers(len(points))]]
    for _ in range(count - 1):  # begun far apart, or small vivid areas such as a moon get no colour of their own
        apart = np.min([np.square(points - centre).sum(axis=1) for centre in centres], axis=0) + 1e-12
        centres.append(points[rng.choice(len(points), p=apart / apart.sum())])
    found = np.array(centres)
    for _ in range(30):
        owner = np.argmin([np.square(points - centre).sum(axis=1) for centre in found], axis=0)
        found = np.array([points[owner == k].mean(axis=0) if (owner == k).any() else found[k] for k in range(count)])
    order = np.argsort(found[:, 0])
    owner = np.argmin([np.square(points - centre).sum(axis=1) for centre in found[order]], axis=0)
    return found[order], np.bincount(owner, minlength=count) / len(owner)


def inks_of(pictures: Sequence[UInt8]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Ground and line, OKLab: the art's lightest large colour, and the colour of its thin dark lines."""
    colours, shares = colours_of(pictures, 6)
    large = colours[shares > 0.08]
    ground = (large if len(large) else colours)[-1]
    dark = []
    for picture in pictures:
        lab = to_oklab(at_frame_scale(picture) / 255.0)
        lines = lab[_inked(lab[..., 0])]
        lines = lines if len(lines) > LINE_PIXELS else lab.reshape(-1, 3)
        dark.append(lines[lines[:, 0] <= np.quantile(lines[:, 0], DARKEST)].mean(axis=0))
    return _triple(ground), _triple(np.mean(dark, axis=0))


def _triple(colour: Float) -> tuple[float, float, float]:
    return round(float(colour[0]), 4), round(float(colour[1]), 4), round(float(colour[2]), 4)


def palette_of(pictures: Sequence[UInt8]) -> dict[str, Any]:
    """The palette for look.json: objects without a colour of their own take the tints of the art's main colours."""
    colours, shares = colours_of(pictures, 6)
    mean = (colours * shares[:, None]).sum(axis=0)
    tints = [(round(float(a - mean[1]), 4), round(float(b - mean[2]), 4)) for _, a, b in colours[np.argsort(-shares)]]
    return {"greys": tints}


def style_of(pictures: Sequence[UInt8]) -> Style:
    """Everything of a look but its weights, from its art alone."""
    ground, line = inks_of(pictures)
    scaled = [at_frame_scale(picture) for picture in pictures]
    tuning = asdict(Tuning.to(scaled, TUNED))
    return Style(palette_of(pictures), tuning, {}, ground, line, asdict(strokes_of(study(pictures))))
