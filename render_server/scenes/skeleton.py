"""A figure's joints at one frame: the pelvis from the gait, the rest from it by turning and reaching."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render_server.scenes.gait import LEFT, RIGHT, Feet, FootPose, Stance, stance
from render_server.scenes.vectors import Float64, mix, place, transform, turn, unit, vec


@dataclass(frozen=True)
class Build:
    """A figure's measures in centimetres."""

    name: str
    leg: tuple[float, float]  # thigh, shin
    arm: tuple[float, float]  # upper arm, forearm
    spine: float  # hips to the base of the neck
    neck: float
    head: float  # half the head's height
    hips: float  # half the distance between the hip joints
    shoulders: float  # half the distance between the shoulder joints
    foot: float  # 1 is a foot of 25 centimetres
    ankle: float
    drop: float  # how far the shoulder joints lie below the base of the neck
    bounce: float = 1.0  # how much the body moves with each step


@dataclass(frozen=True)
class Acting:
    """What a figure does beside walking, at one frame. Angles in degrees."""

    bend: float = 0.0  # chest forward
    twist: float = 0.0  # chest to the left
    look: float = 0.0  # head to the left
    nod: float = 0.0  # head down
    swing: float = 1.0  # how much the arms swing
    hands: tuple[tuple[Float64, float] | None, tuple[Float64, float] | None] = (None, None)  # left, right: a place to reach, and how much


@dataclass(frozen=True)
class Limb:
    """Two bones: root, middle, tip (each (3,)) and the axis about which they bend."""

    root: Float64
    middle: Float64
    tip: Float64
    axis: Float64


@dataclass(frozen=True)
class Pose:
    """A figure at one frame. Matrices are (4, 4), the figure's left is +x, it faces +z."""

    pelvis: Float64
    chest: Float64  # at the base of the neck
    head: Float64  # at the middle of the head
    legs: tuple[Limb, Limb]
    arms: tuple[Limb, Limb]
    feet: tuple[FootPose, FootPose]


def pose(build: Build, feet: Feet, time: float, acting: Acting) -> Pose:
    """Pose a figure at a time."""
    now = stance(feet, time, 0.992 * sum(build.leg), 5.2)
    before = stance(feet, time - 2.5, 0.992 * sum(build.leg), 5.2)  # arms and head follow a little later
    pelvis = _pelvis(build, now)
    chest = _chest(build, now, pelvis, acting)
    soles = feet.pose(LEFT, time), feet.pose(RIGHT, time)
    legs = tuple(_leg(build, pelvis, side, sole) for side, sole in zip((1, -1), soles, strict=True))
    arms = tuple(_arm(build, chest, side, now, before, acting) for side in (1, -1))
    return Pose(pelvis, chest, _head(build, now, before, chest, acting), (legs[0], legs[1]), (arms[0], arms[1]), soles)


def reach(root: Float64, tip: Float64, upper: float, lower: float, towards: Float64) -> Limb:
    """Bend a limb so that it reaches its tip, or as far as it can; its middle goes towards a direction."""
    way = tip - root
    distance = float(np.clip(np.linalg.norm(way), abs(upper - lower) + 0.1, 0.9995 * (upper + lower)))
    along = unit(way)
    across = unit(towards - along * float(towards @ along))
    x = (distance**2 + upper**2 - lower**2) / (2 * distance)
    middle = root + along * x + across * math.sqrt(max(upper**2 - x**2, 0.0))
    return Limb(root, middle, root + along * distance, unit(np.cross(across, along)))


def _pelvis(build: Build, now: Stance) -> Float64:
    yaw = -9.0 * now.stride / 60.0 * build.bounce
    roll = 3.2 * now.lean * build.bounce * min(now.speed / 3.0, 1.0)
    rotation = turn("z", roll) @ turn("y", now.heading + yaw)
    sway = 2.4 * now.lean * build.bounce
    left = vec(1.0, 0.0, 0.0) @ turn("y", now.heading)
    return place(now.ground + left * sway + vec(0.0, now.height, 0.0), rotation)


def _chest(build: Build, now: Stance, pelvis: Float64, acting: Acting) -> Float64:
    yaw = 11.0 * now.stride / 60.0 * build.bounce * acting.swing + acting.twist
    roll = -2.0 * now.lean * build.bounce * min(now.speed / 3.0, 1.0)
    tilt = acting.bend + 0.9 * now.speed
    rotation = turn("z", roll) @ turn("x", tilt) @ turn("y", now.heading + yaw)
    halfway = turn("x", 0.45 * tilt) @ turn("y", now.heading)
    middle = pelvis[3, :3] + vec(0.0, 0.5 * build.spine, 0.0) @ halfway
    return place(middle + vec(0.0, 0.5 * build.spine, 0.0) @ rotation, rotation)


def _head(build: Build, now: Stance, before: Stance, chest: Float64, acting: Acting) -> Float64:
    bob = 0.35 * (before.height - now.height) * build.bounce
    rotation = turn("x", 0.3 * acting.bend + acting.nod + bob) @ turn("y", now.heading + 0.3 * acting.twist + acting.look)
    root = chest[3, :3] + vec(0.0, build.neck, 0.6) @ mix(chest[:3, :3], rotation, 0.4)
    return place(root + vec(0.0, 0.86 * build.head, 0.10 * build.head) @ rotation, rotation)


def _leg(build: Build, pelvis: Float64, side: int, sole: FootPose) -> Limb:
    root = transform(vec(side * build.hips, 0.0, 0.0)[None], pelvis)[0]
    knee = vec(side * 0.05, 0.1, 1.0) @ turn("y", sole.heading)
    return reach(root, sole.ankle, *build.leg, knee)


def _arm(build: Build, chest: Float64, side: int, now: Stance, before: Stance, acting: Acting) -> Limb:
    root = transform(vec(side * build.shoulders, -build.drop, 0.0)[None], chest)[0]
    body = chest.copy()
    body[:3, :3] = turn("y", math.degrees(math.atan2(chest[2, 0], chest[2, 2])))
    tip = _hanging(build, root, body, side, now, before, acting)
    wanted = acting.hands[0 if side > 0 else 1]
    outward = vec(side * 0.35, -0.25, -1.0)
    if wanted is not None:
        tip = mix(tip, wanted[0], wanted[1])
        outward = mix(outward, vec(side * 0.8, -0.9, -0.35), wanted[1])
    return reach(root, tip, *build.arm, outward @ body[:3, :3])


def _hanging(build: Build, root: Float64, body: Float64, side: int, now: Stance, before: Stance, acting: Acting) -> Float64:
    """Where the wrist is when the arm only hangs and swings, opposite to the leg, the forearm a little late."""
    upper, lower = build.arm
    swing = -side * 27.0 * now.stride / 60.0 * acting.swing
    late = -side * 27.0 * before.stride / 60.0 * acting.swing
    fold = 14.0 + 16.0 * acting.swing * max(late / 27.0, -0.4)
    down = vec(side * 0.16, -1.0, 0.0)
    elbow = root + upper * unit(down @ turn("x", -swing)) @ body[:3, :3]
    tip: Float64 = elbow + lower * unit(vec(side * 0.06, -1.0, 0.0) @ turn("x", -(0.35 * swing + 0.65 * late) - fold)) @ body[:3, :3]
    return tip


def key_points(build: Build, now: Pose) -> Float64:
    """COCO-18 key points (18, 3), in the scene's units."""
    h = build.head
    face = {0: (0.0, -0.12, 1.02), 14: (-0.33, 0.1, 0.86), 15: (0.33, 0.1, 0.86), 16: (-0.86, 0.0, 0.02), 17: (0.86, 0.0, 0.02)}
    points = np.zeros((18, 3))
    for index, local in face.items():
        points[index] = transform(vec(*local)[None] * h, now.head)[0]
    (left_arm, right_arm), (left_leg, right_leg) = now.arms, now.legs
    for start, limb in ((2, right_arm), (5, left_arm), (8, right_leg), (11, left_leg)):
        points[start], points[start + 1], points[start + 2] = limb.root, limb.middle, limb.tip
    points[1] = (left_arm.root + right_arm.root) / 2
    return points
