"""Shots that are hard to paint steadily, made by code as the demo is: cuts, a whip pan, things that leave and return, a long orbit.

They have no art and nothing is trained on them; they are there to be measured.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from render_server.scenes import cast
from render_server.scenes import palette as paint
from render_server.scenes.acting import Figure
from render_server.scenes.demo import act as demo_act
from render_server.scenes.demo import camera as crane
from render_server.scenes.demo import demo_stage
from render_server.scenes.figure import Costume, Part, parts
from render_server.scenes.gait import Feet, plan_walk, straight
from render_server.scenes.room import pieces
from render_server.scenes.shapes import Shape, ellipsoid, flat
from render_server.scenes.skeleton import Acting, Build, key_points, pose
from render_server.scenes.staging import Action, Size, Stage, lens
from render_server.scenes.vectors import Float64, keyed, mix, place, turn, vec
from render_server.scenes.yard import yard_pieces
from shot_format.shot import Camera

CUTS = (24, 36)
PAN_FROM, PAN_FRAMES, PAN_DEGREES = 12, 6, 90.0
ORBIT_FRAMES = 1000
BALL = 17.0  # centimetres

Walk = tuple[Build, Costume, Feet]


def trial_stages() -> dict[str, Callable[[], Stage]]:
    """Every shot of this page by its name."""
    return {"cut": cut_stage, "whip": whip_stage, "return": return_stage, "orbit": orbit_stage, "demo": demo_stage}


def cut_stage() -> Stage:
    """The room, then from one frame to the next the yard, then the room again."""

    def act(time: float) -> Action:
        room, yard = demo_act(time + 40), _walkers(time, _crossing())
        return Action((*room.figures, *yard.figures), [*room.parts, *yard.parts])

    def camera(time: float, size: Size) -> Camera:
        if CUTS[0] <= time < CUTS[1]:
            return lens(vec(-120, 150, 470), vec(-40 + 2.0 * time, 78, 0), size, 38.0)
        return crane(time + 40, size)

    def there(time: float, name: str) -> bool:
        return name.startswith("yard_") == (CUTS[0] <= time < CUTS[1])

    return Stage("cut", "Room, yard, room", (*pieces(), *yard_pieces()), act, camera, "three set-ups", 48, CUTS, there)


def whip_stage() -> Stage:
    """The camera stands in the middle of the room and whips round by a quarter turn."""

    def camera(time: float, size: Size) -> Camera:
        share = min(max((time - PAN_FROM + 1) / PAN_FRAMES, 0.0), 1.0)
        heading = math.radians(-66 + PAN_DEGREES * share + 0.06 * time)
        eye = vec(6, 132, 196)
        return lens(eye, eye + vec(math.sin(heading), -0.16, -math.cos(heading)), size, 28.0)

    return Stage("whip", "Whip pan", pieces(), lambda time: demo_act(time + 52), camera, "whip", 40)


def return_stage() -> Stage:
    """A still camera: a ball rolls out of the picture and back, a figure walks behind the wall and comes in by the door."""

    def act(time: float) -> Action:
        room = demo_act(time + 14)
        return Action(room.figures, [*room.parts, _rolling(time)])

    def camera(time: float, size: Size) -> Camera:
        return lens(vec(-46, 150, 440), vec(-40, 80, -120), size, 33.0)

    return Stage("return", "Out and back", pieces(), act, camera, "still", 72)


def orbit_stage() -> Stage:
    """Once round the yard in a thousand frames, while two figures walk round the table; the last frame leads into the first."""

    def camera(time: float, size: Size) -> Camera:
        angle = 2 * math.pi * time / ORBIT_FRAMES
        eye = vec(560 * math.sin(angle), 190 + 30 * math.cos(2 * angle), 560 * math.cos(angle))
        return lens(eye, vec(0, 82, 0), size, 33.0)

    return Stage("orbit", "Round the yard", yard_pieces(), lambda time: _walkers(time, _circling()), camera, "orbit", ORBIT_FRAMES)


def _walkers(time: float, walks: tuple[Walk, ...]) -> Action:
    figures = tuple(_walker(build, costume, feet, time) for build, costume, feet in walks)
    return Action(figures, [replace(part, name=f"{figure.name}_{part.name}") for figure in figures for part in figure.parts])


def _walker(build: Build, costume: Costume, feet: Feet, time: float) -> Figure:
    now = pose(build, feet, time, Acting(nod=4.0))
    return Figure(f"yard_{build.name}", parts(build, costume, now), key_points(build, now), now)


@functools.cache
def _crossing() -> tuple[Walk, ...]:
    """One figure that crosses the yard."""
    steps = plan_walk(straight(vec(-260, 0, 96), vec(420, 0, 96)), -20.0, 12.5, 66.0, 12, 7.5)
    return ((cast.OTTO, cast.OTTO_COSTUME, Feet(steps, cast.OTTO.foot, cast.OTTO.ankle)),)


@functools.cache
def _circling() -> tuple[Walk, ...]:
    """Both figures on circles round the table, so many steps and rounds that a thousand frames are a loop."""
    return (
        (cast.MIA, cast.MIA_COSTUME, _circle(cast.MIA, radius=150.0, rounds=5, steps=96, apart=6.0)),
        (cast.OTTO, cast.OTTO_COSTUME, _circle(cast.OTTO, radius=205.0, rounds=-4, steps=80, apart=7.5)),
    )


def _circle(build: Build, radius: float, rounds: int, steps: int, apart: float) -> Feet:
    """A walk round the middle; rounds below 0 go clockwise seen from above."""
    period, length = ORBIT_FRAMES / steps, 2 * math.pi * radius * abs(rounds) / steps
    way = math.copysign(1.0, rounds)

    def path(s: float) -> Float64:
        angle = way * s / radius
        return vec(radius * math.sin(angle), 0.0, radius * math.cos(angle))

    before = 4  # an even number: the right foot is first
    planned = plan_walk(path, -before * period, period, length, steps + 2 * before, apart, -before * length)
    headings = np.degrees(np.unwrap(np.radians([step.heading for step in planned])))
    return Feet([replace(s, heading=float(h)) for s, h in zip(planned, headings, strict=True)], build.foot, build.ankle)


def _rolling(time: float) -> Part:
    """The ball: out to the right, unseen for a while, and back; it turns as far as it rolls."""
    x = keyed(time, [(0, -40.0), (24, 330.0), (34, 330.0), (64, -90.0)])
    return Part("ball", _ball(), place(mix(vec(x, BALL, 92), vec(x, BALL, 70), time / 72), turn("z", -math.degrees(x / BALL))))


@functools.cache
def _ball() -> Shape:
    """Striped, so that its rolling shows."""
    ball = ellipsoid((BALL, BALL, BALL), paint.CORAL, 24, 15)
    middles = ball.points[ball.triangles].mean(axis=1)
    sector = np.floor(np.arctan2(middles[:, 1], middles[:, 0]) / (math.pi / 3)).astype(int) % 2 == 0
    colours = np.where(sector[:, None], flat(paint.CORAL, len(ball.triangles)), flat(paint.CREAM, len(ball.triangles)))
    return Shape(ball.points, ball.triangles, colours)
