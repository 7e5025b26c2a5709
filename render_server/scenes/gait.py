"""Walking: first where and when each foot stands, then the body that follows from it. So a foot that stands never slides.

Time is in frames from the shot's first; lengths in centimetres; a heading of 0 looks along +z, 90 along +x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from render_server.scenes.vectors import Float64, mix, smooth, turn, unit, vec

LEFT, RIGHT = 0, 1
HEEL, BALL = -5.5, 11.0  # along the foot, from under the ankle, for a foot of size 1
STRIKE, PUSH = -20.0, 46.0  # degrees: toes up as the heel lands, heel up as the foot leaves
ROLL_DOWN, ROLL_UP = 0.28, 0.62  # shares of a step's time


@dataclass(frozen=True)
class Step:
    """One foot's flight: it leaves the floor at lift, stands on its new place from land on."""

    foot: int
    lift: float
    land: float
    place: Float64  # (3,) under the ankle
    heading: float  # degrees
    striding: bool = True  # False for the small steps that begin and end a walk: no heel strike


@dataclass(frozen=True)
class FootPose:
    """A foot at one moment.

    pitch: degrees, heel up is positive; bend: how far the toes are bent up; planted: whether it bears on the floor.
    """

    ankle: Float64
    heading: float
    pitch: float
    bend: float
    planted: bool


Path = Callable[[float], Float64]  # centimetres along the way -> (3,) on the floor


def straight(start: Float64, end: Float64) -> Path:
    """A straight way."""
    return lambda s: start + unit(end - start) * s


def rounded(start: Float64, corner: Float64, end: Float64, radius: float) -> Path:
    """A way with one right-angled bend, rounded."""
    before, after = unit(corner - start), unit(end - corner)
    first, arc = float(np.linalg.norm(corner - start)) - radius, radius * math.pi / 2

    def path(s: float) -> Float64:
        if s < first:
            return start + before * s
        if s < first + arc:
            angle = (s - first) / radius
            return start + before * (first + radius * math.sin(angle)) + after * (radius * (1 - math.cos(angle)))
        return corner + after * (radius + s - first - arc)

    return path


def plan_walk(
    path: Path, first_land: float, period: float, length: float, count: int, apart: float, start: float = 0.0, stop: bool = False
) -> list[Step]:
    """Steps along a path, right foot first; with stop the last one draws level with the one before."""
    steps = []
    for k in range(count):
        last = stop and k == count - 1
        s = start + length * (k if not last else k - 1)
        foot = RIGHT if k % 2 == 0 else LEFT
        ahead = unit(path(s + 1.0) - path(s - 1.0))
        left = vec(ahead[2], 0.0, -ahead[0])
        spot = path(s) + left * (apart if foot == LEFT else -apart)
        heading = math.degrees(math.atan2(ahead[0], ahead[2])) + (6.0 if foot == LEFT else -6.0)
        land = first_land + period * k
        steps.append(Step(foot, land - 0.8 * period, land, spot, heading, not last))
    return steps


class Feet:
    """Where a figure's feet are at any time."""

    def __init__(self, steps: Sequence[Step], size: float, ankle: float) -> None:
        self.tracks = [[s for s in steps if s.foot == foot] for foot in (LEFT, RIGHT)]
        self.size = size
        self.ankle = ankle
        self._known: dict[tuple[int, float], FootPose] = {}  # smoothing asks for the same moments again and again

    def pose(self, foot: int, time: float) -> FootPose:
        """One foot at a time."""
        if (foot, time) not in self._known:
            self._known[foot, time] = self._pose(foot, time)
        return self._known[foot, time]

    def _pose(self, foot: int, time: float) -> FootPose:
        track = self.tracks[foot]
        i = max((k for k, s in enumerate(track) if s.land <= time), default=0)
        here, after = track[i], (track[i + 1] if i + 1 < len(track) else None)
        if after is None or time < after.lift:
            pitch = self._pitch(here, after, time)
            return FootPose(self._ankle(here, pitch), here.heading, pitch, max(pitch, 0.0), True)
        return self._flight(here, after, time)

    def _pitch(self, here: Step, after: Step | None, time: float) -> float:
        """How a standing foot rolls: over the heel as it lands, over the ball as it leaves."""
        span = (here.land - here.lift) / 0.8
        strike = STRIKE * (1 - smooth((time - here.land) / (ROLL_DOWN * span))) if here.striding else 0.0
        if after is None:
            return strike
        push = (
            (PUSH if after.striding else 0.4 * PUSH) * smooth((time - after.lift + ROLL_UP * span) / (ROLL_UP * span) * 0.86) / smooth(0.86)
        )
        return strike + push

    def _ankle(self, step: Step, pitch: float) -> Float64:
        pivot = vec(0.0, 0.0, (BALL if pitch > 0 else HEEL) * self.size)
        local = pivot + (vec(0.0, self.ankle, 0.0) - pivot) @ turn("x", pitch)
        return step.place + local @ turn("y", step.heading)

    def _flight(self, here: Step, after: Step, time: float) -> FootPose:
        share = (time - after.lift) / (after.land - after.lift)
        off, on = self._pitch(here, after, after.lift), STRIKE if after.striding else 0.0
        pitch = off + (on - off) * smooth(share * 1.15)
        way = mix(self._ankle(here, off), self._ankle(after, on), _swing(share))
        height = (7.0 if after.striding else 4.0) * self.size * math.sin(math.pi * share) ** 2
        heading = here.heading + (after.heading - here.heading) * smooth(share)
        bend = off * (1 - smooth(share * 2.2))
        return FootPose(way + vec(0.0, height, 0.0), heading, pitch, bend, False)


def _swing(share: float) -> float:
    """How far a flying foot has come: it starts and lands moving, quickest in the middle."""
    return share - 0.82 * math.sin(2 * math.pi * share) / (2 * math.pi)


@dataclass(frozen=True)
class Stance:
    """The body as the feet carry it, at one moment."""

    ground: Float64  # (3,) on the floor, under the pelvis
    heading: float  # degrees
    height: float  # of the hip joints
    stride: float  # left foot ahead of the right one, centimetres
    lean: float  # which foot bears the weight: 1 left, -1 right
    speed: float  # centimetres a frame


def stance(feet: Feet, time: float, leg: float, spread: float) -> Stance:
    """Where the body is: the feet's middle, smoothed as its weight would; no higher than both legs reach."""
    offsets = np.arange(-12.0, 13.0)
    weights = np.exp(-0.5 * (offsets / spread) ** 2)
    weights /= weights.sum()
    samples = [(feet.pose(LEFT, time + o), feet.pose(RIGHT, time + o)) for o in offsets]
    middles = np.array([(a.ankle + b.ankle) / 2 for a, b in samples])
    ground = weights @ middles * (1.0, 0.0, 1.0)
    heading = float(weights @ np.array([(a.heading + b.heading) / 2 for a, b in samples]))
    speed = float(np.linalg.norm((-weights * offsets / spread**2) @ -middles * (1.0, 0.0, 1.0)))
    ahead = vec(math.sin(math.radians(heading)), 0.0, math.cos(math.radians(heading)))
    left, right = feet.pose(LEFT, time), feet.pose(RIGHT, time)
    return Stance(ground, heading, _height(feet, time, leg), float((left.ankle - right.ankle) @ ahead), _lean(feet, time), speed)


def _height(feet: Feet, time: float, leg: float) -> float:
    """A height that both legs reach, smoothed over some frames."""
    offsets = np.linspace(-3.0, 3.0, 13)
    weights = np.exp(-0.5 * (offsets / 1.6) ** 2)
    return float(weights @ np.array([_reach(feet, time + o, leg) for o in offsets]) / weights.sum())


def _reach(feet: Feet, time: float, leg: float) -> float:
    left, right = (feet.pose(foot, time) for foot in (LEFT, RIGHT))
    apart = float(np.hypot(*(left.ankle - right.ankle)[[0, 2]])) / 2
    return math.sqrt(max(leg**2 - apart**2, 0.0)) + feet.ankle


def _lean(feet: Feet, time: float) -> float:
    offsets = np.linspace(-4.0, 4.0, 9)
    loads = [float(feet.pose(LEFT, time + o).planted) - float(feet.pose(RIGHT, time + o).planted) for o in offsets]
    return float(np.mean(loads))
