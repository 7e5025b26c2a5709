"""A second set beside the demo's room: a round yard with a table, seats, lamps and a hedge, open to the sky and to every side."""

from __future__ import annotations

import functools
import math

import numpy as np

from render_server.scenes import furniture
from render_server.scenes import palette as paint
from render_server.scenes.room import Piece
from render_server.scenes.shapes import Shape, box, columns, cylinder, ellipsoid, join, lathe
from render_server.scenes.vectors import place, turn

LAMPS = 5
HEDGE, HILLS = 760.0, 1900.0  # centimetres from the middle
GRASS, PAVING, JOINT = (128, 158, 92), (206, 178, 142), (176, 146, 114)


@functools.cache
def yard_pieces() -> tuple[Piece, ...]:
    """All of the yard, in a fixed order."""
    return (
        _piece("yard_ground", _ground()),
        _piece("yard_hedge", _hedge()),
        _piece("yard_hills", _hills()),
        _piece("yard_house", _house(), -640, -420, 56),
        _piece("yard_table", furniture.table(), 0, 0, 0),
        _piece("yard_chair_near", furniture.chair(paint.CORAL), 40, 66, 200),
        _piece("yard_chair_far", furniture.chair(paint.MUSTARD), -62, -38, 60),
        *(_around(f"yard_lamp_{k}", _lamp(), 330, k * 360 / LAMPS) for k in range(LAMPS)),
        *(_around(f"yard_plant_{k}", furniture.plant(), 300, k * 360 / LAMPS + 30) for k in range(LAMPS)),
        _around("yard_bench", furniture.sofa(), 290, 108, 288),
        _around("yard_cat", furniture.cat(), 250, 150, 20),
    )


def _piece(name: str, shape: Shape, x: float = 0.0, z: float = 0.0, heading: float = 0.0) -> Piece:
    return Piece(name, shape, place((x, 0.0, z), turn("y", heading)))


def _around(name: str, shape: Shape, radius: float, degrees: float, heading: float = 0.0) -> Piece:
    angle = math.radians(degrees)
    return _piece(name, shape, radius * math.sin(angle), radius * math.cos(angle), heading)


def _ground() -> Shape:
    """Grass, a round terrace, and paving in rings."""
    rings = [
        lathe([(r - 1, 0.0), (r, 0.3 + 0.2 * k), (r - 1, 0.6 + 0.2 * k)], colour, 72).at(0, -1, 0) for k, (r, colour) in enumerate(_bands())
    ]
    return join([lathe([(2600, -4.0), (2600, -2.0)], GRASS, 48), *rings])


def _bands() -> list[tuple[float, tuple[int, int, int]]]:
    return [(380.0, JOINT), (366.0, PAVING), (246.0, JOINT), (240.0, (216, 188, 150)), (112.0, JOINT), (106.0, (196, 122, 96))]


def _hedge() -> Shape:
    """Round bushes in a ring, in two greens, with gaps."""
    rng = np.random.default_rng(11)
    bushes = []
    for k in range(40):
        if k % 10 == 4:
            continue
        angle, size = 2 * math.pi * k / 40, float(rng.uniform(0.85, 1.2))
        ball = ellipsoid((74 * size, 92 * size, 62 * size), paint.LEAF if k % 3 else paint.LEAF_LIGHT, 14, 8)
        bushes.append(ball.at(HEDGE * math.sin(angle), 56 * size, HEDGE * math.cos(angle)))
    return join(bushes)


def _hills() -> Shape:
    return join([_range(0, (146, 178, 140)), _range(1, (164, 190, 168))])


def _range(k: int, colour: tuple[int, int, int]) -> Shape:
    """Hills all around, as a ring of slabs that overlap."""
    slabs = []
    for turned in range(0, 360, 30):
        x = np.linspace(-620, 620, 13)
        top = 150 + 90 * k + (60 + 30 * k) * np.cos(x / (190 + 70 * k) + turned * (1.7 + k))
        slab = columns([(float(a), -5.0, float(b)) for a, b in zip(x, top, strict=True)], HILLS + 260 * k + 12, HILLS + 260 * k, colour)
        slabs.append(slab.turned(turn("y", turned)))
    return join(slabs)


def _house() -> Shape:
    """A small house with a gable, a door and two windows; it faces +z."""
    wall, roof = (226, 200, 160), (158, 82, 66)
    parts = [box(360, 230, 240, wall, 2)]
    parts.append(columns([(-205.0, 226.0, 232.0), (0.0, 226.0, 352.0), (205.0, 226.0, 232.0)], 138, -138, roof))
    parts.append(box(84, 188, 6, (92, 120, 132), 2).at(0, 0, 120))
    for x in (-112, 112):
        parts += [box(78, 82, 6, paint.TRIM, 1.5).at(x, 88, 120), box(64, 68, 8, paint.SKY, 1).at(x, 95, 120)]
    return join(parts)


def _lamp() -> Shape:
    """A street lamp: a thin post with a round head."""
    return join(
        [
            cylinder(13, 8, paint.NAVY, 10, 20),
            cylinder(3.2, 232, paint.NAVY, 2.6, 14),
            ellipsoid((17, 17, 17), paint.LAMP, 18, 10).at(0, 242, 0),
        ]
    )
