"""The demo's room: what stands still, where, and in which colours. Centimetres, y up."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from render_server.scenes import furniture
from render_server.scenes import palette as paint
from render_server.scenes.shapes import Colour, Shape, box, columns, cylinder, join, lathe, loft, tube
from render_server.scenes.vectors import Float64, place, turn

LEFT, RIGHT, FRONT, BACK, HEIGHT = -330.0, 330.0, 560.0, -200.0, 285.0
THICK = 16.0
DOOR = (-268.0, -168.0, 214.0)  # left, right, height of the opening
ARCH = (52.0, 228.0, 226.0)
CORRIDOR_END = -400.0
TABLE = (128.0, 30.0)  # x, z
TABLE_TOP = 72.0
ROSE = (206, 126, 104)


@dataclass(frozen=True)
class Piece:
    """Something that stands still: a shape in its own space and the matrix (4, 4) that puts it into the room."""

    name: str
    shape: Shape
    matrix: Float64


@functools.cache
def pieces() -> tuple[Piece, ...]:
    """All of the room, in a fixed order."""
    return (*_building(), *_furniture())


def _piece(name: str, shape: Shape, x: float = 0.0, y: float = 0.0, z: float = 0.0, heading: float = 0.0) -> Piece:
    return Piece(name, shape, place((x, y, z), turn("y", heading)))


def _building() -> list[Piece]:
    middle, depth = (LEFT + RIGHT) / 2, FRONT - BACK
    side = box(THICK, HEIGHT, FRONT - CORRIDOR_END, paint.WALL, 0)
    centre = (FRONT + CORRIDOR_END) / 2
    return [
        _piece("floor", _planks()),
        _piece("ceiling", box(RIGHT - LEFT, 8, depth, paint.CEILING, 0), middle, HEIGHT, (FRONT + BACK) / 2),
        _piece("wall_back", _back_wall()),
        _piece("wall_left", join([side, *_wainscot_side(1)]), LEFT - THICK / 2, 0, centre),
        _piece("wall_right", join([side, *_wainscot_side(-1)]), RIGHT + THICK / 2, 0, centre),
        _piece("corridor", _corridor()),
        _piece("trim", _trim()),
        _piece("beams", _beams()),
        _piece("window", _window(), LEFT + 1, 96, -30, 90),
        _piece("curtains", _curtains(), LEFT + 6, 78, -30, 90),
        _piece("door", _door(), DOOR[0] + 2, 1, BACK - THICK, 104),
        _piece("picture_corridor", furniture.picture(70, 54, paint.BRASS, paint.SKY, paint.SAGE, paint.MUSTARD), 150, 150, CORRIDOR_END),
    ]


def _furniture() -> list[Piece]:
    x, z = TABLE
    return [
        _piece("rug", _rug(), -20, 0.2, 40),
        _piece("sofa", furniture.sofa(), -56, 0, BACK + 52),
        _piece("cushion_coral", furniture.cushion(paint.CORAL), -100, 49, BACK + 52, 14),
        _piece("cushion_blue", furniture.cushion((72, 128, 146)), -14, 49, BACK + 52, -12),
        _piece("cat", furniture.cat(), -56, 49, BACK + 66, -20),
        _piece("side_table", furniture.side_table(), 262, 0, 40, -60),
        _piece("lamp", furniture.floor_lamp(), LEFT + 28, 0, BACK + 66, -30),
        _piece("table", furniture.table(), x, 0, z),
        _piece("chair_right", furniture.chair(paint.SAGE), x + 66, 0, z + 6, -96),
        _piece("chair_back", furniture.chair(paint.SAGE), x + 30, 0, z - 62, 24),
        _piece("pendant", furniture.pendant(), x, HEIGHT, z),
        _piece("bookshelf", furniture.bookshelf(), RIGHT - 50, 0, BACK + 15),
        _piece("plant", furniture.plant(), LEFT + 46, 0, BACK + 176),
        _piece("picture_large", furniture.picture(86, 62, paint.WALNUT, (244, 206, 150), paint.PLUM, paint.CORAL), -78, 158, BACK),
        _piece("picture_small", furniture.picture(44, 52, paint.MUSTARD, paint.CREAM, paint.LEAF, paint.CORAL), 2, 162, BACK),
    ]


def _planks() -> Shape:
    rng = np.random.default_rng(3)
    parts, width = [], 22.0
    for row, x in enumerate(np.arange(LEFT, RIGHT, width)):
        z = CORRIDOR_END - 40.0 * (row % 3)
        while z < FRONT:
            length = float(rng.uniform(130, 210))
            tone = rng.uniform(0.88, 1.08)
            colour = tuple(int(min(255, c * tone)) for c in paint.OAK)
            parts.append(box(width - 0.7, 6, length - 0.7, (colour[0], colour[1], colour[2]), 0).at(x + width / 2, -6, z + length / 2))
            z += length
    under = box(RIGHT - LEFT, 3, FRONT - CORRIDOR_END + 200, paint.WALNUT, 0).at(0, -7.4, (FRONT + CORRIDOR_END) / 2)
    return join([*parts, under])


def _back_wall() -> Shape:
    """The wall between room and corridor, with a door and an arch."""
    z0, z1 = BACK, BACK - THICK
    spans = [(LEFT, DOOR[0]), (DOOR[1], ARCH[0]), (ARCH[1], RIGHT)]
    parts = [box(b - a, HEIGHT, THICK, paint.WALL, 0).at((a + b) / 2, 0, (z0 + z1) / 2) for a, b in spans]
    parts += [box(b - a, 86, 2.4, paint.WAINSCOT, 0).at((a + b) / 2, 0, z0 + 0.6) for a, b in spans]
    parts.append(box(DOOR[1] - DOOR[0], HEIGHT - DOOR[2], THICK, paint.WALL, 0).at((DOOR[0] + DOOR[1]) / 2, DOOR[2], (z0 + z1) / 2))
    parts.append(columns([(x, y, HEIGHT) for x, y in _arch_line()], z0, z1, paint.WALL))
    return join(parts)


def _arch_line() -> list[tuple[float, float]]:
    """The arch's lower edge: (x, y) from left to right."""
    left, right, top = ARCH
    middle, half, rise = (left + right) / 2, (right - left) / 2, 62.0
    angles = np.linspace(math.pi, 0, 25)
    return [(middle + half * math.cos(a), top - rise + rise * math.sin(a)) for a in angles]


def _wainscot_side(side: int) -> list[Shape]:
    length = FRONT - CORRIDOR_END
    return [box(2.4, 86, length, paint.WAINSCOT, 0).at(side * (THICK / 2 - 0.4), 0, 0)]


def _corridor() -> Shape:
    wall = box(RIGHT - LEFT, HEIGHT, THICK, paint.CORRIDOR, 0).at(0, 0, CORRIDOR_END - THICK / 2)
    lower = box(RIGHT - LEFT, 80, 2.4, (214, 150, 104), 0).at(0, 0, CORRIDOR_END)
    rail = box(RIGHT - LEFT, 5, 4, paint.TRIM, 1).at(0, 80, CORRIDOR_END)
    top = box(RIGHT - LEFT, 8, BACK - CORRIDOR_END, paint.CEILING, 0).at(0, HEIGHT, (BACK + CORRIDOR_END) / 2)
    return join([wall, lower, rail, top])


def _trim() -> Shape:
    """Skirting boards, rails, door frame and the arch's moulding."""
    z = BACK + 2
    spans = [(LEFT, DOOR[0] - 8), (DOOR[1] + 8, ARCH[0] - 8), (ARCH[1] + 8, RIGHT)]
    parts = [box(b - a, 9, 4, paint.TRIM, 1).at((a + b) / 2, 0, z) for a, b in spans]
    parts += [box(b - a, 5, 4.4, paint.TRIM, 1.2).at((a + b) / 2, 85, z) for a, b in spans]
    parts += [box(RIGHT - LEFT, 9, 6, paint.TRIM, 2).at(0, HEIGHT - 9, z + 1)]
    length = FRONT - BACK
    for x in (LEFT + 2, RIGHT - 2):
        parts += [box(4, h, length, paint.TRIM, 1).at(x, y, (FRONT + BACK) / 2) for y, h in ((0, 9), (85, 5), (HEIGHT - 9, 9))]
    parts += [box(9, DOOR[2], THICK + 7, paint.TRIM, 1.4).at(x, 0, BACK - THICK / 2) for x in (DOOR[0] - 2, DOOR[1] + 2)]
    parts += [box(DOOR[1] - DOOR[0] + 20, 11, THICK + 9, paint.TRIM, 1.6).at((DOOR[0] + DOOR[1]) / 2, DOOR[2] - 4, BACK - THICK / 2)]
    arch = [(ARCH[0], 2.0), (ARCH[0], 80.0), *_arch_line(), (ARCH[1], 80.0), (ARCH[1], 2.0)]
    parts += [tube([(x, y, BACK - THICK / 2) for x, y in arch], 5, paint.TRIM, side=(0, 0, 1), sides=10)]
    return join(parts)


def _beams() -> Shape:
    return join([box(15, 13, FRONT - BACK, paint.WALNUT, 1.6).at(x, HEIGHT - 13, (FRONT + BACK) / 2) for x in (-220, -75, 70, 215)])


def _window() -> Shape:
    """A window of six panes that looks out on hills; hung against z = 0, its sill at the origin."""
    w, h = 128.0, 128.0
    parts = [box(w, h, 1, paint.SKY, 0)]
    far = [(x, 0.0, 34 + 8 * math.cos(x / 21)) for x in np.linspace(-w / 2, w / 2, 25)]
    near = [(x, 0.0, 19 + 6 * math.cos(x / 15 + 2)) for x in np.linspace(-w / 2, w / 2, 25)]
    parts += [columns(far, 1.2, 0.0, (150, 186, 150)), columns(near, 1.8, 0.0, (112, 158, 98))]
    parts += [box(6, h + 6, 6, paint.TRIM, 1.2).at(x, -3, 2) for x in (-w / 2, w / 2)]
    parts += [box(3.4, h, 4, paint.TRIM, 1).at(x, 0, 2) for x in (-w / 6, w / 6)]
    parts += [box(w + 6, 6, 6, paint.TRIM, 1.2).at(0, y, 2) for y in (-3, h - 3)] + [box(w, 3.4, 4, paint.TRIM, 1).at(0, h * 0.56, 2)]
    parts += [box(w + 22, 4, 17, paint.TRIM, 1.4).at(0, -6, 7)]
    return join(parts)


def _curtains() -> Shape:
    parts = [tube([(-98, 158, 4), (98, 158, 4)], 1.6, paint.BRASS, side=(0, 1, 0), sides=10)]
    for side in (-1, 1):
        parts.append(_curtain(side))
    return join(parts)


def _curtain(side: int) -> Shape:
    t = np.linspace(0, 1, 46)
    x = side * (94 - 34 * t)
    fold = 4 + 3.0 * np.sin(t * 8 * math.pi)
    outline = np.concatenate([np.stack([fold + 0.8, x], axis=1), np.stack([fold - 0.8, x], axis=1)[::-1]])  # (z, x)
    ring = outline[::-1] if side > 0 else outline
    rings = [
        np.stack([np.sign(x) * (np.abs(x) + pull), np.full(len(ring), y), z], axis=1)
        for y, pull in ((-8, 4), (30, 3), (78, 5), (120, 1), (156, 0))
        for z, x in [ring.T]
    ]
    return loft(np.stack(rings), paint.CURTAIN)


def _door() -> Shape:
    """A door that stands open; its hinge is at the origin."""
    width, height, colour = DOOR[1] - DOOR[0] - 6, DOOR[2] - 6, (160, 68, 60)
    parts = [box(width, height, 4.4, colour, 0.8)]
    for y, h in ((18, 70), (104, 88)):
        parts += [box(width - 34, h, 6, (182, 86, 74), 0.9).at(0, y, 0)]
    parts += [cylinder(2.4, 11, paint.BRASS, sides=12).turned(turn("x", 90)).at(width / 2 - 8, 98, -5.5)]
    return join(parts).at(width / 2, 0, 0)


def _rug() -> Shape:
    """An oval rug of coloured bands."""
    bands: list[tuple[float, Colour]] = [(1.0, paint.PLUM), (0.93, paint.CREAM), (0.89, ROSE), (0.54, paint.CREAM), (0.50, ROSE)]
    parts = []
    for i, (size, colour) in enumerate(bands):
        disc = lathe([(size * 100 - 0.6, 0), (size * 100, 0.5 + 0.12 * i), (size * 100 - 0.5, 1.0 + 0.12 * i)], colour, 56)
        parts.append(Shape(disc.points * (1.62, 1.0, 1.02), disc.triangles, disc.colours))
    return join(parts)
