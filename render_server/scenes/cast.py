"""The demo's two figures: their measures, clothes, heads, and what they do."""

from __future__ import annotations

import functools
import math

import numpy as np

from render_server.scenes.figure import Costume, cap, face
from render_server.scenes.shapes import Shape, ellipsoid, join, lathe, tube
from render_server.scenes.skeleton import Build
from render_server.scenes.vectors import turn

MIA = Build(
    "mia", leg=(37, 35), arm=(25, 22), spine=41, neck=6.2, head=14.6, hips=6.2, shoulders=12.8, foot=0.9, ankle=8.0, drop=8.0, bounce=1.15
)
OTTO = Build("otto", leg=(43, 42), arm=(31, 28), spine=54, neck=7.0, head=14.8, hips=8.0, shoulders=18.4, foot=1.14, ankle=9.5, drop=9.5)

_MIA_HAIR = (92, 46, 40)
_OTTO_HAIR = (206, 104, 44)


@functools.cache
def _mia_head(size: float, skin: tuple[int, int, int]) -> Shape:
    return face(size, skin, (0.12, 0.11, 0.13), _MIA_HAIR, (150, 50, 54))


@functools.cache
def _mia_hair(h: float) -> Shape:
    """A cap with a fringe, a high bun and a ribbon."""
    crown = cap(h, _MIA_HAIR, lambda a: 92 - 37 * max(math.cos(a), 0.0) ** 1.5 - 34 * min(math.cos(a), 0.0), 1.1)
    bun = ellipsoid((0.46 * h, 0.44 * h, 0.46 * h), _MIA_HAIR, 18, 11).at(0, 1.22 * h, -0.42 * h)
    ribbon = (
        lathe([(0.26 * h, 0), (0.34 * h, 0.02 * h), (0.34 * h, 0.12 * h), (0.26 * h, 0.14 * h)], (244, 196, 60), 18)
        .turned(turn("x", -22))
        .at(0, 0.9 * h, -0.3 * h)
    )
    locks = [
        tube(
            np.array([(s * 0.84, 0.25, 0.32), (s * 0.93, -0.1, 0.3), (s * 0.9, -0.46, 0.26)]) * h,
            [0.13 * h, 0.12 * h, 0.06 * h],
            _MIA_HAIR,
            sides=10,
        )
        for s in (-1, 1)
    ]
    return join([crown, bun, ribbon, *locks])


@functools.cache
def _otto_head(size: float, skin: tuple[int, int, int]) -> Shape:
    """With a long nose and a moustache."""
    head = face(size, skin, (0.15, 0.19, 0.26), _OTTO_HAIR, (140, 60, 52))
    whiskers = [
        tube(np.array([(s * 0.02, -0.31, 0.98), (s * 0.2, -0.33, 0.92), (s * 0.42, -0.42, 0.76), (s * 0.54, -0.36, 0.66)]) * size,
             np.array([0.11, 0.13, 0.09, 0.04]) * size, _OTTO_HAIR, side=(0, 1, 0), sides=10)
        for s in (-1, 1)
    ]  # fmt: skip
    return join([head, *whiskers])


@functools.cache
def _otto_hair(h: float) -> Shape:
    """Short, with a wave over the forehead."""
    crown = cap(h, _OTTO_HAIR, lambda a: 84 - 32 * max(math.cos(a), 0.0) ** 1.4 - 26 * min(math.cos(a), 0.0), 1.08)
    wave = tube(
        np.array([(-0.5, 0.74, 0.5), (-0.15, 0.93, 0.62), (0.25, 0.96, 0.55), (0.55, 0.78, 0.42)]) * h,
        np.array([0.14, 0.25, 0.25, 0.12]) * h,
        _OTTO_HAIR,
        side=(0, 1, 0),
        sides=12,
    )
    return join([crown, wave])


_MIA_TORSO = (
    (-0.98, 19.0, 16.5), (-0.93, 20.4, 18.0), (-0.88, 20.2, 17.6), (-0.7, 18.6, 15.6), (-0.45, 16.6, 13.4), (-0.2, 14.6, 11.6),
    (0.0, 13.2, 10.4), (0.15, 11.9, 9.3), (0.26, 11.0, 8.6), (0.34, 11.0, 8.6), (0.5, 12.0, 9.4), (0.68, 13.4, 9.8), (0.8, 14.0, 9.2),
    (0.89, 13.0, 8.2), (0.95, 10.2, 7.2), (1.0, 7.2, 6.4),
)  # fmt: skip
_OTTO_TORSO = (
    (-0.30, 17.5, 14.2), (-0.26, 18.6, 15.2), (-0.14, 18.4, 15.2), (0.0, 17.8, 14.8), (0.2, 17.6, 14.6), (0.4, 18.2, 14.6),
    (0.6, 19.4, 14.0), (0.76, 20.0, 13.2), (0.86, 19.0, 11.8), (0.93, 14.8, 10.0), (0.97, 10.4, 8.8), (1.02, 8.4, 8.0),
)  # fmt: skip

MIA_COSTUME = Costume(
    skin=(250, 208, 172),
    top=(206, 52, 62),
    sleeve=(206, 52, 62),
    leg=(62, 60, 92),
    boot=(116, 64, 42),
    shoe=(116, 64, 42),
    arm_radii=((0, 4.8), (0.1, 5.0), (0.5, 4.5), (0.78, 4.8), (0.84, 3.0), (1, 2.5)),
    leg_radii=((0, 5.4), (0.3, 5.8), (0.45, 5.2), (0.62, 5.0), (0.63, 5.9), (0.8, 5.6), (1, 4.9)),
    torso=_MIA_TORSO,
    boot_from=0.625,
    cuff_from=0.80,
    trim=(250, 226, 180),
    trim_levels=(-0.95, -0.86),
    head=_mia_head,
    hair=_mia_hair,
)

OTTO_COSTUME = Costume(
    skin=(236, 178, 138),
    top=(50, 78, 150),
    sleeve=(50, 78, 150),
    leg=(122, 104, 88),
    boot=(122, 104, 88),
    shoe=(74, 46, 40),
    arm_radii=((0, 6.6), (0.1, 6.8), (0.5, 5.8), (0.9, 5.4), (0.93, 4.0), (1, 3.2)),
    leg_radii=((0, 7.6), (0.15, 8.8), (0.5, 7.0), (0.75, 6.8), (1, 7.4)),
    torso=_OTTO_TORSO,
    boot_from=2.0,
    cuff_from=0.92,
    trim=(240, 226, 196),
    trim_levels=(-0.29, -0.2),
    head=_otto_head,
    hair=_otto_hair,
)
