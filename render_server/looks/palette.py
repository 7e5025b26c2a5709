"""A look's palette: a smooth map of the blocking's colours into the look's own, the same at every frame of a shot.

A shot may also be tuned: one more smooth map, worked out from its first frame, which draws the mean and the spread of its colours to the
art's. So a grey blocking and a gaudy one come out as works of one hand.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]

STEPS = 33  # of the table, a side
GAINS = (0.5, 2.0)  # how far tuning may narrow or widen the spread of colours


@dataclass(frozen=True)
class PaletteSettings:
    """All in OKLab. The defaults change nothing."""

    contrast: float = 0.0  # how much lightness bends into an S
    chroma: float = 1.0
    black: tuple[float, float, float] = (0.0, 0.0, 0.0)  # what black becomes
    white: tuple[float, float, float] = (1.0, 0.0, 0.0)
    shadow: tuple[float, float] = (0.0, 0.0)  # a, b added to the darks ...
    light: tuple[float, float] = (0.0, 0.0)  # ... and to the lights
    hues: tuple[float, ...] = ()  # radians that colours are drawn to
    pull: float = 0.0
    greys: tuple[tuple[float, float], ...] = ()  # a, b that objects without a colour of their own are given, by object id


@dataclass(frozen=True)
class Tuning:
    """What a look's shots are tuned to: the mean and covariance of its art's colours, OKLab, and how far, 0 to 1."""

    mean: tuple[float, float, float]
    spread: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
    strength: float

    @classmethod
    def to(cls, pictures: Sequence[UInt8], strength: float) -> Tuning:
        """To the colours of pictures, (H, W, 3) sRGB."""
        mean, spread = _statistics(pictures)
        a, b, c = ((float(row[0]), float(row[1]), float(row[2])) for row in spread.round(6))
        return cls((round(float(mean[0]), 6), round(float(mean[1]), 6), round(float(mean[2]), 6)), (a, b, c), strength)


@dataclass
class Palette:
    """Applies a look's palette."""

    settings: dict[str, Any]
    _table: Float32 = field(init=False, repr=False)
    _greys: Float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        read = PaletteSettings(**self.settings)
        self._table = _make_table(read)
        self._greys = np.array(read.greys, dtype=np.float64).reshape(-1, 2)

    def tuned(self, opening: UInt8, tuning: Tuning) -> Palette:
        """The palette for one shot; opening: its first frame, (H, W, 3) sRGB after this palette.

        The map is the linear one that turns the mean and covariance of the opening's colours into the art's with the least change.
        """
        mean, spread = _statistics([opening])
        wanted_mean, wanted = np.array(tuning.mean), np.array(tuning.spread)
        root, inverse = _power(spread, 0.5), _power(spread, -0.5)
        gains, axes = np.linalg.eigh(inverse @ _power(root @ wanted @ root, 0.5) @ inverse)
        turn = (axes * np.clip(gains, *GAINS)) @ axes.T
        lab = to_oklab(self._table.astype(np.float64))
        lab = lab + tuning.strength * ((lab - mean) @ turn.T + wanted_mean - lab)
        palette = replace(self)
        palette._table = np.clip(from_oklab(lab), 0, 1).astype(np.float32)
        return palette

    def toward(self, other: Palette, weight: float) -> Palette:
        """What lies between two palettes, 0 this one and 1 the other."""
        if weight in (0.0, 1.0):
            return other if weight else self
        palette = copy.copy(self)  # replace() would work out a table that is thrown away
        palette._table = ((1.0 - weight) * self._table + weight * other._table).astype(np.float32)
        palette._greys = _greys_between(self._greys, other._greys, weight)
        return palette

    def apply(self, beauty: UInt8, object_id: UInt16) -> UInt8:
        """Map an (H, W, 3) sRGB picture; object_id (H, W) tells objects without a colour apart."""
        out = np.empty_like(beauty)
        _look_up(self._table, self._greys, np.ascontiguousarray(beauty), object_id, out)
        return out


def _greys_between(first: Float, second: Float, weight: float) -> Float:
    """Tints that come round as both rows of tints do, so that each object goes from its own tint to its own tint."""
    count = math.lcm(max(len(first), 1), max(len(second), 1))
    both = [np.resize(each, (count, 2)) if len(each) else np.zeros((count, 2)) for each in (first, second)]
    return (1.0 - weight) * both[0] + weight * both[1]


def _make_table(settings: PaletteSettings) -> Float32:
    line = np.linspace(0, 1, STEPS)
    rgb = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1)
    table: Float32 = np.clip(from_oklab(_mapped(to_oklab(rgb), settings)), 0, 1).astype(np.float32)
    return table


def _mapped(lab: Float, settings: PaletteSettings) -> Float:
    """The map itself, on (..., 3) OKLab."""
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    light = light + settings.contrast * (light * light * (3 - 2 * light) - light)
    chroma, hue = np.hypot(a, b) * settings.chroma, np.arctan2(b, a)
    hue = hue + settings.pull * _towards(hue, settings.hues)
    dark = (1 - light)[..., None]
    ends = dark**3 * np.array(settings.black[1:]) + light[..., None] ** 3 * np.array(settings.white[1:])
    tint = dark**1.5 * np.array(settings.shadow) + light[..., None] ** 1.5 * np.array(settings.light)
    ab = np.stack([chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1) + ends + tint
    low, high = settings.black[0], settings.white[0]
    return np.concatenate([(low + light * (high - low))[..., None], ab], axis=-1)


def _towards(hue: Float, hues: tuple[float, ...]) -> Float:
    """How far, in radians, to the palette's hues: a smooth mean that leans to the nearest."""
    if not hues:
        return np.zeros_like(hue)
    away = np.angle(np.exp(1j * (np.array(hues) - hue[..., None])))
    weight = np.exp(-(away**2) / 0.35)
    mean: Float = (weight * away).sum(axis=-1) / (weight.sum(axis=-1) + 1e-3)
    return mean


def _statistics(pictures: Sequence[UInt8]) -> tuple[Float, Float]:
    """Mean (3,) and covariance (3, 3) of the pictures' colours, each picture counting alike."""
    labs = [to_oklab(picture[::3, ::3].reshape(-1, 3) / 255.0) for picture in pictures]
    mean = np.mean([lab.mean(axis=0) for lab in labs], axis=0)
    spread: Float = np.mean([(lab - mean).T @ (lab - mean) / len(lab) for lab in labs], axis=0)
    return mean, spread


def _power(matrix: Float, exponent: float) -> Float:
    """Of a symmetric matrix without negative eigenvalues."""
    values, axes = np.linalg.eigh(matrix)
    result: Float = (axes * np.maximum(values, 1e-7) ** exponent) @ axes.T
    return result


def to_oklab(rgb: Float) -> Float:
    """OKLab of sRGB 0..1, (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(linear @ TO_CONES.T)
    lab: Float = cones @ TO_LAB.T
    return lab


def from_oklab(lab: Float) -> Float:
    """sRGB of OKLab, (..., 3); may leave 0..1."""
    linear = (lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_CONES).T
    rgb: Float = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return rgb


TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
)
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)


@compiled
def _look_up(table: Float32, greys: Float, beauty: UInt8, ids: UInt16, out: UInt8) -> None:
    """Trilinear look-up; greys take the tint of their object."""
    scale = (table.shape[0] - 1) / 255.0
    cell, share = np.empty(3, np.int64), np.empty(3)
    for y in range(beauty.shape[0]):
        for x in range(beauty.shape[1]):
            pixel = beauty[y, x]
            for k in range(3):
                at = pixel[k] * scale
                cell[k] = min(int(at), table.shape[0] - 2)
                share[k] = at - cell[k]
            tint_a = tint_b = 0.0
            if greys.shape[0] > 0 and ids[y, x] > 0:
                spread = max(pixel[0], pixel[1], pixel[2]) - float(min(pixel[0], pixel[1], pixel[2]))
                amount = max(0.0, 1.0 - spread / 40.0) * min(1.0, max(pixel[0], pixel[1], pixel[2]) / 60.0)
                pick = (np.int64(ids[y, x]) * 7) % greys.shape[0]
                tint_a, tint_b = amount * greys[pick, 0], amount * greys[pick, 1]
            for k in range(3):
                value = 0.0
                for corner in range(8):
                    i, j, m = corner >> 2, (corner >> 1) & 1, corner & 1
                    weight = (share[0] if i else 1 - share[0]) * (share[1] if j else 1 - share[1]) * (share[2] if m else 1 - share[2])
                    value += weight * table[cell[0] + i, cell[1] + j, cell[2] + m, k]
                if k == 0:
                    value += 1.1 * tint_a + 0.55 * tint_b
                elif k == 1:
                    value += -0.45 * tint_a + 0.10 * tint_b
                else:
                    value += -0.05 * tint_a - 1.3 * tint_b
                out[y, x, k] = np.uint8(min(255.0, max(0.0, value * 255.0 + 0.5)))
