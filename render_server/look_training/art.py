"""The art of a training: what is learnt from, and what is held back for the figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from render_server.look_training.material import Still
from render_server.look_training.study import FRAME, at_frame_scale
from shot_format.errors import FormatError, MissingError

FEW = 5  # from so many pictures on, whole ones are held back
TILES = 4  # a side; of fewer pictures, some of these are held back of each
HELD_TILES = ((0, 2), (2, 1), (3, 3))  # rows and columns, far apart and in all parts of a picture
MOST = 64  # pictures that are learnt from: more are thinned out, evenly

UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Art:
    """pictures: learnt from, (H, W, 3) sRGB at the area of a frame or more; masks: (TILES, TILES) True where one may be learnt from;
    held: pictures or parts of pictures that are not, at the area of a frame."""

    pictures: tuple[UInt8, ...]
    masks: tuple[NDArray[np.bool_], ...]
    held: tuple[UInt8, ...]

    def at(self, height: int) -> tuple[list[Tensor], list[Tensor]]:
        """The pictures as (1, 3, H, W) 0..1, as large as a frame of a height, and where they may be learnt from."""
        area = height * round(height * FRAME[0] / FRAME[1])
        pieces = [torch.from_numpy(at_frame_scale(picture, area).copy()).permute(2, 0, 1)[None].float() / 255 for picture in self.pictures]
        return pieces, [_spread(mask, piece.shape[-2], piece.shape[-1]) for mask, piece in zip(self.masks, pieces, strict=True)]


def read_art(stills: tuple[Still, ...]) -> Art:
    """Read pictures and set some aside: every fifth, or, where there are few, parts of each. Raises MissingError ("art-empty")."""
    if not stills:
        raise MissingError("art-empty", "There is no art to train on; add some with 'paintover art add'.")
    chosen = sorted(stills, key=lambda still: (still.sha256, still.number or 0))
    chosen = chosen[:: -(-len(chosen) // MOST)]
    pictures = [_read(still) for still in chosen]
    whole = np.ones((TILES, TILES), np.bool_)
    if len(pictures) >= FEW:
        held = tuple(at_frame_scale(picture) for picture in pictures[::FEW])
        learnt = tuple(picture for number, picture in enumerate(pictures) if number % FEW)
        return Art(learnt, (whole,) * len(learnt), held)
    mask = whole.copy()
    for row, column in HELD_TILES:
        mask[row, column] = False
    held = tuple(_tile(at_frame_scale(picture), row, column) for picture in pictures for row, column in HELD_TILES)
    return Art(tuple(pictures), (mask,) * len(pictures), held)


def _read(still: Still) -> UInt8:
    """A still at twice the area of a frame at most: more is never looked at."""
    try:
        with Image.open(still.path, formats=("PNG",)) as picture:
            found = np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise FormatError("art-broken", f"'{still.title}' cannot be read ({error}); add it again.") from error
    area = 9 * FRAME[0] * FRAME[1]
    return at_frame_scale(found, area) if found.shape[0] * found.shape[1] > area else found


def _tile(picture: UInt8, row: int, column: int) -> UInt8:
    height, width = picture.shape[0] // TILES, picture.shape[1] // TILES
    return np.ascontiguousarray(picture[row * height : (row + 1) * height, column * width : (column + 1) * width])


def _spread(mask: NDArray[np.bool_], height: int, width: int) -> Tensor:
    rows, columns = (np.minimum(np.arange(side) * TILES // side, TILES - 1) for side in (height, width))
    return torch.from_numpy(mask[rows][:, columns])
