"""The demo's furniture: each piece stands on the origin and faces +z, in centimetres."""

from __future__ import annotations

import math

import numpy as np

from render_server.scenes import palette as paint
from render_server.scenes.shapes import Colour, Shape, box, columns, cylinder, ellipsoid, join, lathe, loft, tube, tube_rings
from render_server.scenes.vectors import Float64, turn, vec


def sofa() -> Shape:
    """A two-seater on short legs."""
    parts = [box(152, 20, 66, paint.MUSTARD_DARK, 4).at(0, 14, 4)]
    parts += [box(66, 17, 60, paint.MUSTARD, 6).at(x, 32, 8) for x in (-34, 34)]
    parts += [box(68, 46, 20, paint.MUSTARD, 7).turned(turn("x", -9)).at(x, 42, -24) for x in (-34.5, 34.5)]
    parts += [box(20, 44, 80, paint.MUSTARD, 8).at(x, 16, 0) for x in (-84, 84)]
    parts += [box(150, 62, 12, paint.MUSTARD_DARK, 4).turned(turn("x", -7)).at(0, 14, -34)]
    parts += [cylinder(2.4, 16, paint.WALNUT, 3.4, 10).at(x, 0, z) for x in (-82, 82) for z in (-30, 32)]
    return join(parts)


def cushion(colour: Colour) -> Shape:
    """A cushion that leans back, its lowest edge at the origin."""
    rings = []
    for t in np.linspace(-0.96, 0.96, 9):
        width, thick = 19 * (1 - 0.10 * t * t), 7.5 * (1 - t * t) ** 0.6 + 0.8
        angle = np.arange(20) * (math.pi / 10)
        square = np.abs(np.cos(angle)) ** 0.75 * np.sign(np.cos(angle)), np.abs(np.sin(angle)) ** 0.75 * np.sign(np.sin(angle))
        rings.append(np.stack([width * square[1], np.full(20, 18 * t), thick * square[0]], axis=1))
    return loft(np.stack(rings), colour).at(0, 17, 0).turned(turn("x", -20))


def table() -> Shape:
    """A round table on one turned foot; its top is at 72."""
    top = lathe([(50, 68), (52.5, 68.6), (53, 70), (52.5, 71.4), (50, 72)], paint.WALNUT, 48)
    foot = [(22, 0.2), (23, 1.5), (20, 4), (9, 8), (5, 16), (6.5, 24), (8, 30), (5, 38), (4.5, 56), (8, 63), (18, 68)]
    return join([top, lathe(foot, paint.WALNUT, 24)])


def chair(colour: Colour) -> Shape:
    """A kitchen chair with a curved back."""
    parts = [box(40, 4, 40, colour, 1.6).at(0, 42, 0)]
    parts += [tube([[x, 43, z], [1.12 * x, 0.8, 1.15 * z]], [2.0, 1.5], colour, sides=10) for x in (-17, 17) for z in (-17, 17)]
    parts += [tube([[x, 44, -17], [x * 1.02, 66, -20], [x * 1.05, 88, -25]], [1.7, 1.5, 1.4], colour, sides=10) for x in (-17, -6, 6, 17)]
    rail = [[x, 86 + 3 * math.cos(x / 12), -25 - 2.5 * math.cos(x / 12)] for x in np.linspace(-19, 19, 9)]
    parts += [tube(rail, 2.8, colour, side=(0, 1, 0), sides=10)]
    return join(parts)


def floor_lamp() -> Shape:
    """A lamp on a bent stem."""
    foot = cylinder(15, 3, paint.BRASS, 13, 28)
    stem = tube([[0, 2, 0], [0, 60, 0], [0, 120, 0], [3, 140, 0], [11, 152, 0], [20, 155, 0]], 1.4, paint.BRASS, side=(0, 0, 1), sides=10)
    shade = lathe([(20, 0), (22, 0.4), (21.5, 2), (13, 27), (12.5, 28.4), (11, 28.8)], paint.LAMP, 28).at(24, 132, 0)
    return join([foot, stem, shade])


def pendant() -> Shape:
    """A lamp that hangs from the ceiling; the origin is where its cord is fixed."""
    shade = lathe([(25, -78), (27, -77), (26, -74), (17, -60), (6, -54), (3, -50)], paint.CORAL, 32)
    bulb = ellipsoid((6, 6, 6), paint.LAMP, 14, 7).at(0, -74, 0)
    return join([shade, bulb, cylinder(0.7, 52, paint.INK, sides=8).at(0, -52, 0), cylinder(5, 3, paint.BRASS).at(0, -3, 0)])


def bookshelf() -> Shape:
    """A shelf of five boards, with books leaning here and there."""
    rng = np.random.default_rng(7)
    width, depth, height = 84.0, 26.0, 196.0
    parts = [box(4, height, depth, paint.PINE, 0.8).at(x, 0, 0) for x in (-width / 2, width / 2)]
    parts += [box(width - 2, 3.4, depth - 1, paint.PINE, 0.8).at(0, y, 0) for y in (4, 44, 82, 120, 158, 192)]
    parts += [box(width, height - 2, 1.6, paint.OAK, 0).at(0, 1, -depth / 2)]
    for y in (7.4, 47.4, 85.4, 123.4, 161.4):
        parts += _row_of_books(rng, width - 10, y)
    parts += [lathe([(5, 0), (8, 3), (9, 9), (6, 15), (3.6, 18), (4.4, 20)], paint.TERRACOTTA, 20).at(22, 195.4, 0)]
    parts += [box(20, 14, 16, paint.CORAL, 1.2).at(-18, 195.4, 0), box(16, 9, 13, paint.CREAM, 1.2).at(-17, 209.4, 0)]
    return join(parts)


def _row_of_books(rng: np.random.Generator, width: float, y: float) -> list[Shape]:
    books, x, end = [], -width / 2, width / 2 - rng.uniform(4, 26)
    while x < end:
        thick, tall, deep = rng.uniform(2.6, 5.4), rng.uniform(19, 29), rng.uniform(15, 20)
        colour = paint.BOOKS[int(rng.integers(len(paint.BOOKS)))]
        lean = turn("z", -9) if rng.random() < 0.1 else np.eye(3)
        books.append(box(thick - 0.3, tall, deep, colour, 0).turned(lean).at(x + thick / 2 + (2.0 if lean[0, 1] else 0.0), y, 0.5))
        x += thick + (3.6 if lean[0, 1] else 0.0)
    return books


def plant() -> Shape:
    """A rubber plant in a clay pot."""
    pot = lathe([(12, 0.2), (14, 1), (19, 30), (21, 31), (21, 36), (18.5, 36.4), (17.5, 33)], paint.TERRACOTTA, 28)
    earth = lathe([(17, 30), (17.6, 32)], paint.EARTH, 24)
    parts = [pot, earth]
    for i in range(15):
        angle, rise = math.radians(137.5 * i), 46 + 8.6 * i
        reach = 40 - 1.3 * i
        away = vec(math.sin(angle), 0, math.cos(angle))
        stem = [vec(0, 30, 0), vec(0, rise * 0.7, 0) + away * 3, vec(0, rise, 0) + away * 12]
        parts.append(tube(np.array(stem), [1.1, 0.9, 0.7], paint.LEAF, side=(away[2], 0, -away[0]), sides=7))
        parts.append(_leaf(away, vec(0, rise, 0) + away * 10, reach, paint.LEAF if i % 3 else paint.LEAF_LIGHT))
    return join(parts)


def _leaf(away: Float64, root: Float64, reach: float, colour: Colour) -> Shape:
    t = np.linspace(0, 1, 9)
    path = root + away * (reach * t[:, None]) + vec(0, 1, 0) * (reach * (0.55 * t - 0.75 * t * t))[:, None]
    width = 9.0 * np.sin(np.pi * (0.06 + 0.9 * t) ** 0.8) + 0.5
    side = vec(away[2], 0, -away[0])
    return loft(tube_rings(path, np.stack([width, np.full(9, 0.7)], axis=1), side, 12), colour)


def side_table() -> Shape:
    """A small three-legged table with a radio on it."""
    top = lathe([(20, 46), (21.5, 46.5), (21.5, 48), (20, 48.6)], paint.PINE, 28)
    legs = [
        tube(np.array([vec(9, 47, 0), vec(16, 0.9, 0)]) @ turn("y", a), [1.8, 1.3], paint.PINE, side=(0, 0, 1), sides=8)
        for a in (30, 150, 270)
    ]
    radio = [box(27, 17, 12, paint.CORAL, 3).at(0, 48.6, 0), cylinder(5.4, 1.4, paint.CREAM).turned(turn("x", 90)).at(-5, 57, 5.6)]
    knobs = [cylinder(1.5, 1.6, paint.BRASS, sides=10).turned(turn("x", 90)).at(7, y, 5.8) for y in (54, 60)]
    return join([top, *legs, *radio, *knobs])


def picture(width: float, height: float, frame: Colour, sky: Colour, hill: Colour, sun: Colour) -> Shape:
    """A framed picture of a hill, hung by its middle against z = 0."""
    parts = [
        box(width, height, 3, frame, 1).at(0, -height / 2, 1.5),
        box(width - 9, height - 9, 1, paint.CREAM, 0).at(0, 4.5 - height / 2, 3),
    ]
    w, h = width - 17, height - 17
    parts.append(box(w, h, 1, sky, 0).at(0, -h / 2, 3.6))
    outline = [(x, -h / 2, h * (0.02 + 0.16 * math.cos(4.5 * x / w + 0.8))) for x in np.linspace(-w / 2, w / 2, 13)]
    parts.append(columns(outline, 4.6, 3.0, hill))
    parts.append(cylinder(min(w, h) * 0.13, 1.2, sun, sides=18, bevel=0.1).turned(turn("x", 90)).at(w * 0.2, h * 0.28, 3.6))
    return join(parts)


def cat() -> Shape:
    """A cat asleep, curled up."""
    fur, pale = (226, 132, 62), (250, 214, 168)
    ring = [[15 * math.sin(a), 9 + 2 * math.cos(a), 12 * math.cos(a)] for a in np.linspace(-2.5, 1.7, 16)]
    body = tube(ring, 9.5 - 2.0 * np.abs(np.linspace(-1, 1, 16)) ** 3, fur, side=(0, 1, 0), sides=16)
    head = ellipsoid((7.6, 6.6, 7), fur).at(12, 9.5, -8)
    muzzle = ellipsoid((3.4, 2.6, 3), pale, 12, 6).at(16.5, 8, -9)
    ears = [lathe([(2.7, 0), (1.5, 3.2), (0.3, 5.8)], fur, 10).turned(turn("z", -14)).at(11, 14, z) for z in (-12.4, -4.4)]
    tail = tube(
        [[17 * math.sin(a), 4, 15 * math.cos(a)] for a in np.linspace(-2.6, -0.2, 14)],
        np.linspace(3.4, 2.2, 14),
        fur,
        side=(0, 1, 0),
        sides=10,
    )
    return join([body, head, muzzle, *ears, tail])


def tea_tray() -> Shape:
    """A tray with a teapot and two cups; the origin is under its middle."""
    tray = box(50, 2.2, 34, paint.PINE, 0.8)
    rim = [box(50, 4.4, 1.8, paint.PINE, 0.7).at(0, 0.4, z) for z in (-16.4, 16.4)]
    ends = [box(1.8, 5.6, 34, paint.PINE, 0.7).at(x, 0.4, 0) for x in (-24.4, 24.4)]
    pot = lathe([(5, 0), (8, 1), (10.6, 5), (10.8, 9), (8.4, 13), (5, 15), (4.2, 16), (1.2, 17), (1.6, 18.2), (1.0, 19.4)], paint.CREAM, 24)
    spout = tube([[8, 6, 0], [13, 8, 0], [16, 13.5, 0]], [2.8, 2.0, 1.3], paint.CREAM, side=(0, 0, 1), sides=10)
    handle = tube(
        [[-9.5 - 6.5 * math.sin(a), 8.2 - 5.2 * math.cos(a), 0] for a in np.linspace(0.1, 3.0, 9)],
        1.1,
        paint.CREAM,
        side=(0, 0, 1),
        sides=8,
    )
    cups = [
        lathe([(2.6, 0), (3.6, 0.8), (4.4, 6), (4.1, 6.4), (3.6, 5.4)], colour, 18).at(x, 2.2, z)
        for x, z, colour in ((14, -8, paint.CORAL), (16, 8, (82, 148, 160)))
    ]
    return join([tray, *rim, *ends, *(part.at(-6, 2.2, 0) for part in (pot, spout, handle)), *cups])
