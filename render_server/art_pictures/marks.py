"""What does not belong to a painting: a frame of one colour around it, a signature in a corner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render_server.passes.geometry import Float32, UInt8

Mask = NDArray[np.bool_]
Place = tuple[int, int, int, int]  # top, bottom, left, right, in pixels

DEEPEST = 0.35  # of the picture: what is flat further in is no border
SHALLOWEST = 0.006
LIKE = 14  # of 255: as close to the border's colour as scans and JPEG leave it
WHOLE, GONE = 0.97, 0.35  # of a line: it is border, it is no more
EDGE = 3  # pixels over which a border may end

CORNER = (0.32, 0.24)  # of width and height: where signatures stand
PEN = 9  # pixels: a stroke of writing is thinner
LEAST, STRONG = 0.10, 1.4  # how far a stroke stands out: of full contrast, and of what all but a twentieth of the picture does
GAP = 9  # pixels between letters that still belong together
WIDE, HIGH = (0.03, 0.25), (0.018, 0.11)  # of width and height: smallest and largest signature
SLIM = (1.6, 9.0)  # width over height
FILLED = (0.10, 0.65)  # share of its box that strokes cover
TURNS = 8  # from ink to ground and back along a line of writing
ALONE = 8.0  # how much fuller of strokes than what is round it
STRIKING = 1.75  # mean strength, in the picture's own


@dataclass(frozen=True)
class Box:
    """A part of a picture, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Borders:
    """How deep a border is on each side, in shares of the width or height; 0 where there is none."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    def __bool__(self) -> bool:
        return any((self.left, self.top, self.right, self.bottom))

    @property
    def inside(self) -> Box:
        """What is left when they are cut off."""
        return Box(self.left, self.top, 1 - self.right, 1 - self.bottom)


def find_borders(picture: UInt8) -> Borders:
    """Bands of one colour along the sides, each as wide as the picture and ending in a straight edge.

    A white sky or bare paper is neither as even nor as straight. One band alone may be a floor or a wall: two that face each other are
    needed, or three.
    """
    turned = {"left": picture.transpose(1, 0, 2), "top": picture, "right": picture.transpose(1, 0, 2)[::-1], "bottom": picture[::-1]}
    depth = {side: _depth(lines) for side, lines in turned.items()}
    facing = (depth["left"] and depth["right"]) or (depth["top"] and depth["bottom"])
    return Borders(**depth) if facing else Borders()


def _depth(lines: UInt8) -> float:
    extent = lines.shape[0]
    most = int(extent * DEEPEST)
    outer = lines[: most + EDGE].astype(np.int16)
    colour = np.median(outer[0], axis=0)
    alike = (np.abs(outer - colour).max(axis=2) <= LIKE).mean(axis=1)
    ended = np.flatnonzero(alike < WHOLE)
    depth = int(ended[0]) if len(ended) else most
    if depth >= most or depth < max(2, extent * SHALLOWEST):
        return 0.0
    return depth / extent if alike[min(depth + EDGE - 1, len(alike) - 1)] <= GONE else 0.0


def find_signature(light: Float32) -> Box | None:
    """The most striking group of thin strokes of one kind, dark or light, that stands in a corner, in a line and alone, as writing does.

    light: (H, W) from 0 to 1, of about 768 pixels. Finds seven in ten typed names on the shipped art, and takes none of that art for one.
    """
    soft = ndimage.gaussian_filter(light, 0.5)
    found = [each for hat in (ndimage.black_tophat(soft, (PEN, PEN)), ndimage.white_tophat(soft, (PEN, PEN))) for each in _writing(hat)]
    if not found:
        return None
    _, (top, bottom, left, right) = max(found)
    height, width = light.shape
    return Box(left / width, top / height, right / width, bottom / height)


def _writing(hat: Float32) -> Iterator[tuple[float, Place]]:
    """Groups in the corners that look like writing, each with how striking it is."""
    common = float(np.percentile(hat, 95))
    strokes = hat > max(LEAST, STRONG * common)
    height, width = hat.shape
    high, wide = int(height * CORNER[1]), int(width * CORNER[0])
    for top, left in ((height - high, width - wide), (height - high, 0), (0, width - wide), (0, 0)):
        for place in _groups(strokes[top : top + high, left : left + wide], top, left):
            rows, columns = slice(*place[:2]), slice(*place[2:])
            striking = float(hat[rows, columns][strokes[rows, columns]].mean()) / max(common, 0.02)
            if striking >= STRIKING and _in_shape(place, height, width) and _in_line(strokes[rows, columns]) and _alone(strokes, place):
                yield striking, place


def _groups(strokes: Mask, top: int, left: int) -> Iterator[Place]:
    """Boxes of strokes that stand close together, in pixels of the whole picture."""
    if not strokes.size:
        return
    joined = ndimage.binary_dilation(strokes, np.ones((3, GAP)))
    labels, _ = ndimage.label(joined, np.ones((3, 3)))
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        inside = np.argwhere(strokes[rows, columns] & (labels[rows, columns] == number))
        if len(inside):
            (first, west), (last, east) = inside.min(axis=0), inside.max(axis=0) + 1
            yield (
                top + rows.start + int(first),
                top + rows.start + int(last),
                left + columns.start + int(west),
                left + columns.start + int(east),
            )


def _in_shape(place: Place, height: int, width: int) -> bool:
    high, wide = place[1] - place[0], place[3] - place[2]
    fits = WIDE[0] <= wide / width <= WIDE[1] and HIGH[0] <= high / height <= HIGH[1]
    return fits and SLIM[0] * high <= wide <= SLIM[1] * high


def _in_line(inside: Mask) -> bool:
    turns = np.abs(np.diff(inside.astype(np.int8), axis=1)).sum(axis=1)
    return bool(FILLED[0] <= inside.mean() <= FILLED[1] and np.percentile(turns, 75) >= TURNS)


def _alone(strokes: Mask, place: Place) -> bool:
    top, bottom, left, right = place
    pad = max(bottom - top, 8)
    inside = strokes[top:bottom, left:right]
    around = strokes[max(top - pad, 0) : bottom + pad, max(left - pad, 0) : right + pad]
    outside = (int(around.sum()) - int(inside.sum())) / (around.size - inside.size)
    return bool(inside.mean() >= ALONE * max(outside, 0.002))
