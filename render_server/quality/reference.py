"""The art that painted frames are held against: its palette, its texture and its sharpness.

Palette: all colours of a picture as points in OKLab. Texture: 7 by 7 patches of three bands of a Laplacian pyramid; each band's distance is
in units of the art's own contrast there, so that fine and coarse strokes count alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Float64, UInt8
from render_server.quality.colour import to_oklab
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.sliced import Slices, at_random, distance, evenly_spread, shadows
from shot_format.errors import MissingError

PALETTE = Slices(evenly_spread(32), reach=1.1)
LEVELS = 3
PATCH = 7
TEXTURE_DIRECTIONS = at_random(PATCH * PATCH * 3, 32, seed=7)
SPREADS = 8.0  # the span of a texture histogram, in standard deviations of the art
PATCHES_PER_FRAME = 2048  # of each band
PATCHES_OF_ART = 32768
LEAST_CONTRAST = 1e-4  # OKLab; a band of the art that is flatter is measured in this unit


@dataclass(frozen=True)
class Band:
    """One scale of the art's texture."""

    slices: Slices
    art: Float64  # shadows of the art's patches
    contrast: float  # the art's own, in OKLab: the unit of this band's distance

    def distance(self, patches: Float32) -> float:
        """How far patches (N, PATCH * PATCH * 3) are from the art's."""
        return distance(self.slices, shadows(self.slices, patches), self.art) / self.contrast


@dataclass(frozen=True)
class Reference:
    """What the art looks like, measured once."""

    palette: Float64  # shadows of its colours
    bands: tuple[Band, ...]
    sharpness: float  # mean gradient
    palette_floor: float  # the art against itself: two halves of its pixels
    texture_floor: float  # the art against itself: two sets of patches

    def palette_distance(self, lab: Float32) -> float:
        """How far the colours of a picture in OKLab (H, W, 3) are from the art's, in OKLab units."""
        return distance(PALETTE, shadows(PALETTE, colours(lab)), self.palette)

    def texture_distance(self, details: Sequence[Float32], seed: int) -> float:
        """How far the bands of a picture are from the art's, in units of the art's contrast; the seed says which patches are looked at."""
        rng = np.random.default_rng(seed)
        distances = [band.distance(_sample(detail, PATCHES_PER_FRAME, rng)) for band, detail in zip(self.bands, details, strict=True)]
        return float(np.mean(distances))


def reference(art: Sequence[UInt8], width: int, height: int) -> Reference:
    """Measure the art (each piece (H, W, 3) sRGB), every piece scaled to the area of a frame, so that strokes are compared at one scale.

    Raises MissingError where there is none.
    """
    if not art:
        raise MissingError("no-art", "There is no art to compare with: name at least one picture.")
    labs = [to_oklab(scaled(piece, width, height)) for piece in art]
    details = [bands(lab, blur(lab), LEVELS) for lab in labs]
    measured = tuple(_band([piece[level] for piece in details]) for level in range(LEVELS))
    return Reference(
        palette=np.mean([shadows(PALETTE, colours(lab)) for lab in labs], axis=0),
        bands=measured,
        sharpness=float(np.mean([mean_gradient(lab) for lab in labs])),
        palette_floor=float(np.mean([_palette_floor(lab) for lab in labs])),
        texture_floor=_texture_floor(measured, details),
    )


def scaled(picture: UInt8, width: int, height: int) -> UInt8:
    """Scale a picture, its proportions kept, to the area of a frame; a picture that is smaller stays as it is."""
    factor = (width * height / (picture.shape[0] * picture.shape[1])) ** 0.5
    if factor >= 1:
        return picture
    size = (max(round(picture.shape[1] * factor), 32), max(round(picture.shape[0] * factor), 32))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def colours(lab: Float32) -> Float32:
    """Every third pixel of every third row, as points (N, 3)."""
    return np.ascontiguousarray(lab[::3, ::3]).reshape(-1, 3)


def _palette_floor(lab: Float32) -> float:
    return distance(PALETTE, shadows(PALETTE, colours(lab)), shadows(PALETTE, colours(lab[1:, 1:])))


def _band(pieces: list[Float32]) -> Band:
    rng = np.random.default_rng(0)
    share = PATCHES_OF_ART // len(pieces)
    patches = np.concatenate([_sample(piece, share, rng) for piece in pieces])
    contrast = max(float(np.std(patches @ TEXTURE_DIRECTIONS)), LEAST_CONTRAST)
    slices = Slices(TEXTURE_DIRECTIONS, SPREADS * contrast)
    return Band(slices, shadows(slices, patches), contrast)


def _texture_floor(measured: tuple[Band, ...], details: list[list[Float32]]) -> float:
    rng = np.random.default_rng(1)
    share = PATCHES_PER_FRAME // len(details) + 1
    patches = [np.concatenate([_sample(piece[level], share, rng) for piece in details]) for level in range(LEVELS)]
    return float(np.mean([band.distance(piece) for band, piece in zip(measured, patches, strict=True)]))


def _sample(detail: Float32, count: int, rng: np.random.Generator) -> Float32:
    """Patches (count, PATCH * PATCH * 3) from random places."""
    rows = rng.integers(0, detail.shape[0] - PATCH + 1, count)
    columns = rng.integers(0, detail.shape[1] - PATCH + 1, count)
    return _patches(detail, rows, columns, PATCH)


@compiled
def _patches(detail: Float32, rows: np.ndarray, columns: np.ndarray, size: int) -> Float32:
    channels = detail.shape[2]
    out = np.empty((len(rows), size * size * channels), np.float32)
    for n in range(len(rows)):
        place = 0
        for i in range(size):
            for j in range(size):
                for k in range(channels):
                    out[n, place] = detail[rows[n] + i, columns[n] + j, k]
                    place += 1
    return out
