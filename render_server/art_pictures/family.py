"""How far each piece is from the others by palette and by texture, and which is the odd one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render_server.passes.geometry import UInt8
from render_server.quality.colour import to_oklab
from render_server.quality.filters import bands, blur
from render_server.quality.reference import LEVELS, reference, scaled

SIZE = (512, 288)  # the area at which textures are compared
FEWEST = 5  # pieces: of fewer, any may be the odd one
FOLDS = 8  # groups, each held against the pieces outside it: of eight pieces or fewer, each against all others
PALETTE, TEXTURE, BOTH = 5.5, 3.4, 14.0  # times as far as is common; both: one times the other. The shipped art stays below 5.1, 3.2, 12.8
CLOSE = (0.015, 0.05)  # palette (OKLab), texture: what counts as common where all are nearer


@dataclass(frozen=True)
class Kinship:
    """One piece's distance to the others, as quality.reference measures it, and in units of what is common in the set."""

    palette: float
    texture: float
    of_palette: float
    of_texture: float

    @property
    def odd(self) -> bool:
        """Whether it stands out."""
        return self.of_palette > PALETTE or self.of_texture > TEXTURE or self.of_palette * self.of_texture > BOTH


def kinship(pictures: Sequence[UInt8]) -> list[Kinship] | None:
    """Hold pictures, each `ready`, against one another. None where there are too few to speak of a family."""
    if len(pictures) < FEWEST:
        return None
    count = len(pictures)
    distances = np.zeros((count, 2))
    for fold in range(min(FOLDS, count)):
        others = reference([pictures[index] for index in range(count) if index % FOLDS != fold], *SIZE)
        for index in range(fold, count, FOLDS):
            lab = to_oklab(pictures[index])
            distances[index] = others.palette_distance(lab), others.texture_distance(bands(lab, blur(lab), LEVELS), seed=0)
    common = np.maximum(np.median(distances, axis=0), CLOSE)
    return [Kinship(*map(float, (*distance, *distance / common))) for distance in distances]


def ready(picture: UInt8) -> UInt8:
    """A picture at the size at which it is compared."""
    return scaled(picture, *SIZE)
