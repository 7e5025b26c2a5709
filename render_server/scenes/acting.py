"""What happens in the demo: Mia brings the tea, Otto comes round through the corridor and waves.

Time is in frames from the shot's first. Mia walks until 50, sets the tray down until 70, then turns to the door. Otto is seen through the
arch until about 25, is hidden by the wall, and comes in by the door from about 65 on.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from render_server.scenes import cast
from render_server.scenes.figure import Part, parts
from render_server.scenes.furniture import tea_tray
from render_server.scenes.gait import LEFT, RIGHT, Feet, Step, plan_walk, rounded, straight
from render_server.scenes.room import TABLE, TABLE_TOP
from render_server.scenes.shapes import Shape
from render_server.scenes.skeleton import Acting, Pose, key_points, pose
from render_server.scenes.vectors import Float64, keyed, mix, place, transform, turn, vec

MIA_STANDS = vec(74.0, 0.0, -14.0)
MIA_FROM = vec(-420.0, 0.0, -40.0)
MIA_FACES = 58.0  # degrees, as she sets the tray down
SET_DOWN = (54.0, 70.0)
TRAY_AHEAD = 30.0


@dataclass(frozen=True)
class Figure:
    """A figure at one frame: its pieces and its key points (18, 3), in centimetres."""

    name: str
    parts: list[Part]
    joints: Float64
    pose: Pose


@dataclass(frozen=True)
class Moment:
    """Everything that moves, at one frame."""

    figures: tuple[Figure, ...]
    tray: Part


def moment(time: float) -> Moment:
    """The cast at a time in frames from the shot's first."""
    tray = tray_matrix(time)
    mia = pose(cast.MIA, mia_feet(), time, _mia_acts(time, tray))
    otto = pose(cast.OTTO, otto_feet(), time, _otto_acts(time))
    return Moment(
        (
            Figure("mia", parts(cast.MIA, cast.MIA_COSTUME, mia), key_points(cast.MIA, mia), mia),
            Figure("otto", parts(cast.OTTO, cast.OTTO_COSTUME, otto), key_points(cast.OTTO, otto), otto),
        ),
        Part("tray", _tray(), tray),
    )


@functools.cache
def _tray() -> Shape:
    return tea_tray()


@functools.cache
def mia_feet() -> Feet:
    """Mia's walk to the table, the step that squares her up to it, and her turn to the door."""
    period, length, apart, count = 10.5, 47.0, 6.0, 14
    way = float(sum((MIA_STANDS - MIA_FROM) ** 2)) ** 0.5
    steps = plan_walk(
        straight(MIA_FROM, MIA_STANDS), 50.0 - period * (count - 1), period, length, count, apart, way - length * (count - 2), stop=True
    )
    turned = [Step(s.foot, s.lift, s.land, s.place, MIA_FACES + (4 if s.foot == LEFT else -14), s.striding) for s in steps[-2:]]
    around = [(RIGHT, 70.0, 6.0, 10.0, 0.0), (LEFT, 76.0, 6.5, -2.0, -22.0), (RIGHT, 82.5, 6.5, -52.0, -16.0)]
    for foot, lift, flight, heading, ahead in around:
        side = vec(apart if foot == LEFT else -apart, 0.0, ahead * 0.4) @ turn("y", heading)
        turned.append(Step(foot, lift, lift + flight, MIA_STANDS + vec(-4.0, 0.0, 2.0) + side, heading, False))
    return Feet([*steps[:-2], *turned], cast.MIA.foot, cast.MIA.ankle)


@functools.cache
def otto_feet() -> Feet:
    """Otto's walk along the corridor and in by the door."""
    path = rounded(vec(560.0, 0.0, -272.0), vec(-217.0, 0.0, -272.0), vec(-217.0, 0.0, 300.0), 38.0)
    return Feet(plan_walk(path, -84.0, 12.5, 66.0, 20, 7.5), cast.OTTO.foot, cast.OTTO.ankle)


def tray_matrix(time: float) -> Float64:
    """The tray goes with Mia's chest, then onto the table."""
    carried = _carried(min(time, SET_DOWN[1]))
    share = keyed(time, [(SET_DOWN[0], 0.0), (SET_DOWN[1], 1.0)])
    if share == 0.0:
        return carried
    rest = _on_table()
    between = place(mix(carried[3, :3], rest[3, :3], share), turn("y", MIA_FACES))
    between[3, 1] += 3.0 * math.sin(math.pi * share) ** 2
    return between if share < 1.0 else rest


def _on_table() -> Float64:
    away = vec(0.0, 0.0, 1.0) @ turn("y", MIA_FACES)
    middle = vec(TABLE[0], TABLE_TOP, TABLE[1]) - away * 21.0
    return place(middle, turn("y", MIA_FACES))


def _carried(time: float) -> Float64:
    """Before the chest, level, a little late and a little alive."""
    now = pose(cast.MIA, mia_feet(), time, _mia_body(min(time, SET_DOWN[0])))
    late = pose(cast.MIA, mia_feet(), time - 1.5, _mia_body(min(time, SET_DOWN[0])))
    heading = math.degrees(math.atan2(now.chest[2, 0] + late.pelvis[2, 0], now.chest[2, 2] + late.pelvis[2, 2]))
    rotation = turn("z", 1.6 * math.sin(time * math.pi / 10.5)) @ turn("y", heading)
    middle = mix(now.chest[3, :3], late.chest[3, :3], 0.6) + vec(0.0, -26.0, TRAY_AHEAD) @ turn("y", heading)
    return place(middle, rotation)


def _mia_body(time: float) -> Acting:
    bend = keyed(time, [(0, -4.0), (52, -4.0), (68, 25.0), (72, 25.0), (84, 0.0)])
    look = keyed(time, [(0, 14.0), (30, 4.0), (50, 0.0), (72, 0.0), (80, -26.0), (92, -34.0)])
    twist = keyed(time, [(70, 0.0), (80, -14.0), (95, -12.0)])
    nod = keyed(time, [(0, 4.0), (44, 5.0), (56, 18.0), (70, 18.0), (80, -2.0)])
    return Acting(bend=bend, twist=twist, look=look, nod=nod, swing=keyed(time, [(0, 0.35), (72, 0.35), (84, 1.0)]))


def _mia_acts(time: float, tray: Float64) -> Acting:
    body = _mia_body(time)
    hold = keyed(time, [(71, 1.0), (80, 0.0)])
    ends = transform(vec(25.5, 3.0, -8.5)[None], tray)[0], transform(vec(-25.5, 3.0, -8.5)[None], tray)[0]
    left = (ends[0], hold) if hold else None
    right = (ends[1], hold) if hold else _mia_wave(time, body)
    return Acting(body.bend, body.twist, body.look, body.nod, body.swing, (left, right))


def _mia_wave(time: float, body: Acting) -> tuple[Float64, float] | None:
    chest = pose(cast.MIA, mia_feet(), time, body).chest
    hand = vec(-30.0 - 5.0 * math.sin((time - 82) * 0.75), 22.0, 14.0)
    return transform(hand[None], chest)[0], keyed(time, [(80, 0.0), (90, 1.0)])


def _otto_acts(time: float) -> Acting:
    look = keyed(time, [(0, 24.0), (22, 10.0), (60, 0.0), (72, 30.0), (88, 34.0)])
    body = Acting(bend=2.0, look=look, nod=keyed(time, [(60, 3.0), (76, -4.0)]))
    raised = keyed(time, [(68, 0.0), (80, 1.0)])
    if raised == 0.0:
        return body
    chest = pose(cast.OTTO, otto_feet(), time, body).chest
    hand = vec(47.0 + 7.0 * math.sin((time - 76) * 0.7), 24.0, 6.0)
    return Acting(body.bend, 6.0 * raised, body.look, body.nod, body.swing, ((transform(hand[None], chest)[0], raised), None))
