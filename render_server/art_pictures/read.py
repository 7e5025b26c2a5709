"""The pictures of a collection as pixels, each held against its hash first. Training reads art here and nowhere else."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from render_server.art.intake import MAX_PIXELS
from render_server.art.manifest import Picture, Piece
from render_server.art.store import Collection
from render_server.passes.geometry import UInt8
from shot_format.errors import FormatError, MissingError

PAPER = (255, 255, 255)  # what shows through where a picture is see-through


def read_picture(collection: Collection, picture: Picture) -> UInt8:
    """One picture, sRGB (H, W, 3), on white where it is see-through.

    Raises MissingError ("picture-missing"), FormatError ("picture-hash").
    """
    try:
        data = collection.picture(picture).read_bytes()
    except OSError as error:
        words = f"A picture of '{collection.name}' is gone ({picture.file}); put the collection back from a backup."
        raise MissingError("picture-missing", words) from error
    if hashlib.sha256(data).hexdigest() != picture.sha256:
        words = f"A picture of '{collection.name}' was changed ({picture.file}); put the collection back from a backup."
        raise FormatError("picture-hash", words)
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        if image.width * image.height > MAX_PIXELS:
            raise FormatError("picture-hash", f"A picture of '{collection.name}' is larger than any that is taken in ({picture.file}).")
        if image.mode != "RGBA":
            return np.asarray(image.convert("RGB"))
        paper = Image.new("RGBA", image.size, (*PAPER, 255))
        return np.asarray(Image.alpha_composite(paper, image).convert("RGB"))


def read_piece(collection: Collection, piece: Piece) -> Iterator[UInt8]:
    """All pictures of a piece: one of a still, the frames of moving art in their order (`piece.pictures` has their numbers)."""
    return (read_picture(collection, picture) for picture in piece.pictures)


def clips(piece: Piece) -> list[tuple[Picture, ...]]:
    """Moving art in runs of frames that follow one another, for a training that needs motion; empty for a still."""
    runs: list[list[Picture]] = []
    for picture in piece.pictures:
        if picture.number is None:
            return []
        if runs and runs[-1][-1].number == picture.number - 1:
            runs[-1].append(picture)
        else:
            runs.append([picture])
    return [tuple(run) for run in runs]


def shown(piece: Piece) -> Picture:
    """The picture that stands for a piece: the middle one of moving art."""
    return piece.pictures[len(piece.pictures) // 2]
