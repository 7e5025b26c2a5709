"""A figure's body: tubes over its bones that bend softly, and rigid pieces for head, hair and hands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from render_server.scenes.gait import BALL, FootPose
from render_server.scenes.shapes import (
    Colour,
    Shape,
    circle,
    ellipsoid,
    join,
    loft,
    round_ends,
    tube,
    tube_rings,
)
from render_server.scenes.skeleton import Build, Limb, Pose
from render_server.scenes.vectors import Float64, place, transform, turn, unit, vec

EASE = 2.8  # centimetres between a thigh and the cloth over it

Profile = Sequence[tuple[float, float]]  # (share of the length, radius)


@dataclass(frozen=True)
class Costume:
    """What a figure wears. Radii in centimetres, profiles from root to tip."""

    skin: Colour
    top: Colour
    sleeve: Colour
    leg: Colour
    boot: Colour
    shoe: Colour
    arm_radii: Profile
    leg_radii: Profile
    torso: Sequence[tuple[float, float, float]]  # (level, half width, half depth); level 0 hips, 1 base of the neck, -1 knees
    boot_from: float  # share of the leg below which it is boot
    cuff_from: float  # share of the arm below which it is skin
    trim: Colour
    trim_levels: tuple[float, float]  # the torso is trim-coloured between these levels
    head: Callable[[float, Colour], Shape]
    hair: Callable[[float], Shape]


@dataclass(frozen=True)
class Part:
    """A piece of a figure at one frame: a shape in its own space and the matrix (4, 4) that puts it into the scene."""

    name: str
    shape: Shape
    matrix: Float64


def parts(build: Build, costume: Costume, now: Pose) -> list[Part]:
    """All pieces of a figure at one frame, always in the same order."""
    pieces = [
        Part("head", costume.head(build.head, costume.skin), now.head),
        Part("hair", costume.hair(build.head), now.head),
        Part("neck", _neck(build, costume, now), np.eye(4)),
        Part("body", _torso(build, costume, now), np.eye(4)),
    ]
    for side, arm, leg, sole in zip(("left", "right"), now.arms, now.legs, now.feet, strict=True):
        pieces += [
            Part(f"arm_{side}", limb(arm, costume.arm_radii, 22, costume.sleeve, costume.skin, costume.cuff_from), np.eye(4)),
            Part(f"hand_{side}", _hand(costume.skin, build), _hand_matrix(arm, side)),
            Part(f"leg_{side}", limb(leg, costume.leg_radii, 26, costume.leg, costume.boot, costume.boot_from), np.eye(4)),
            Part(f"shoe_{side}", _shoe(build, costume.shoe, sole), np.eye(4)),
        ]
    return pieces


def limb(bones: Limb, profile: Profile, rings: int, upper: Colour, lower: Colour, change: float, sides: int = 16) -> Shape:
    """A tube along two bones, soft at the joint; it changes colour at a share of its length."""
    shares = np.linspace(0.0, 1.0, rings)
    path = _bent(bones, shares, 0.22)
    radii = np.interp(shares, [share for share, _ in profile], [radius for _, radius in profile])
    path, radii = round_ends(path, radii)
    points = tube_rings(path, radii, bones.axis, sides)
    shape = loft(points, upper)
    level = _levels((np.arange(len(path) - 1) - 1.5) / (rings - 1), sides)
    return _repainted(shape, level >= change, lower)


def _levels(between: Float64, sides: int) -> Float64:
    """For each triangle of a loft, in its order: the level of the pair of rings it spans; the ends take their neighbours'."""
    return np.concatenate([np.full(sides, between[0]), np.repeat(between, 2 * sides), np.full(sides, between[-1])])


def _repainted(shape: Shape, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]], colour: Colour) -> Shape:
    colours = shape.colours.copy()
    colours[chosen] = colour
    return Shape(shape.points, shape.triangles, colours)


def _bent(bones: Limb, shares: Float64, soft: float) -> Float64:
    """Points along two bones; within a share of either bone's length around the joint the way is a curve."""
    upper, lower = float(np.linalg.norm(bones.middle - bones.root)), float(np.linalg.norm(bones.tip - bones.middle))
    down, on = unit(bones.middle - bones.root), unit(bones.tip - bones.middle)
    reach = soft * 2 * min(upper, lower)
    s = shares * (upper + lower) - upper
    t = np.clip((s + reach) / (2 * reach), 0.0, 1.0)[:, None]
    start, end = bones.middle - down * reach, bones.middle + on * reach
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * bones.middle + t**2 * end
    before, after = np.minimum(s + reach, 0.0)[:, None], np.maximum(s - reach, 0.0)[:, None]
    out: Float64 = curve + before * down + after * on
    return out


def _neck(build: Build, costume: Costume, now: Pose) -> Shape:
    base = now.chest[3, :3] - now.chest[1, :3] * 5.0
    top = transform(vec(0.0, -0.55, -0.12)[None] * build.head, now.head)[0]
    radius = 0.40 * build.head
    return tube(np.linspace(base, top, 6), np.linspace(1.12 * radius, radius, 6), costume.skin, side=now.chest[0, :3], sides=16)


def _torso(build: Build, costume: Costume, now: Pose) -> Shape:
    """Rings from the hem up to the neck; below the hips they follow the knees."""
    sides, cloth = 28, EASE + max(radius for _, radius in costume.leg_radii)
    rings = np.stack([_torso_ring(build, now, level, wide, deep, cloth, sides) for level, wide, deep in costume.torso])
    shape = loft(rings, costume.top)
    middle = np.array([(a[0] + b[0]) / 2 for a, b in zip(costume.torso, costume.torso[1:], strict=False)])
    level = _levels(middle, sides)
    return _repainted(shape, (level >= costume.trim_levels[0]) & (level <= costume.trim_levels[1]), costume.trim)


def _torso_ring(build: Build, now: Pose, level: float, wide: float, deep: float, cloth: float, sides: int) -> Float64:
    centre, axes = _torso_frame(build, now, level)
    if level < 0:
        ahead, aside = zip(*(_thigh_at(build, now, leg, -level) for leg in now.legs), strict=True)
        centre = centre + now.pelvis[2, :3] * (ahead[0] + ahead[1]) / 2
        deep += 0.42 * abs(ahead[0] - ahead[1])
        wide = max(wide, abs(aside[0]) + cloth, abs(aside[1]) + cloth)
    ring = circle(sides)
    ring = np.sign(ring) * np.abs(ring) ** (0.74 if level < 0 else 0.9)  # fuller than an ellipse
    out: Float64 = centre + ring[:, :1] * deep * axes[2] + ring[:, 1:] * wide * axes[0]
    return out


def _thigh_at(build: Build, now: Pose, leg: Limb, level: float) -> tuple[float, float]:
    """How far a thigh lies ahead and to the left of the hips at a level below them; below a raised knee cloth hangs from the knee."""
    thigh = leg.middle - leg.root
    drop = max(-float(thigh @ now.pelvis[1, :3]), 1.0)
    share = min(1.0, level * build.leg[0] / drop)
    aside = float((leg.root - now.pelvis[3, :3] + thigh * share) @ now.pelvis[0, :3])
    return float(thigh @ now.pelvis[2, :3]) * share, aside


def _torso_frame(build: Build, now: Pose, level: float) -> tuple[Float64, Float64]:
    hips, neck = now.pelvis[3, :3], now.chest[3, :3]
    if level < 0:
        return hips + now.pelvis[1, :3] * level * build.leg[0], now.pelvis[:3, :3]
    bulge = hips + now.pelvis[1, :3] * build.spine * 0.35
    bulge2 = neck - now.chest[1, :3] * build.spine * 0.35
    t = level
    centre = (1 - t) ** 3 * hips + 3 * t * (1 - t) ** 2 * bulge + 3 * t**2 * (1 - t) * bulge2 + t**3 * neck
    side = unit((1 - t) * now.pelvis[0, :3] + t * now.chest[0, :3])
    along = unit(3 * (1 - t) ** 2 * (bulge - hips) + 6 * t * (1 - t) * (bulge2 - bulge) + 3 * t**2 * (neck - bulge2))
    forward = unit(np.cross(side, along))
    return centre, np.stack([np.cross(along, forward), along, forward])


def _hand(skin: Colour, build: Build) -> Shape:
    """A mitten that hangs down from the wrist, thumb forward."""
    size = sum(build.arm) / 50.0
    palm = ellipsoid((2.7, 7.6, 4.4), skin, 14, 9).at(0, -6.0, 0)
    thumb = ellipsoid((1.6, 4.2, 1.7), skin, 10, 7).turned(turn("x", -38)).at(0, -4.6, 4.0)
    both = join([palm, thumb])
    return Shape(both.points * size, both.triangles, both.colours)


def _hand_matrix(arm: Limb, side: str) -> Float64:
    up = unit(arm.middle - arm.tip)
    forward = unit(np.cross(arm.axis, up))
    left = np.cross(up, forward)
    return place(arm.tip, np.stack([left, up, forward]))


def _shoe(build: Build, colour: Colour, sole: FootPose) -> Shape:
    """A shoe that bends at the ball of the foot."""
    outline = [  # along, half width, height
        (-8.6, 2.4, 4.4), (-7.9, 3.8, 7.6), (-5.5, 4.6, 10.4), (-1.0, 4.8, 11.2), (4.0, 4.9, 9.6), (8.0, 5.4, 7.2),
        (11.0, 5.7, 6.2), (13.5, 5.6, 5.6), (16.0, 4.9, 4.8), (17.8, 3.6, 3.8), (18.7, 2.0, 2.6),
    ]  # fmt: skip
    ring = circle(16)
    rings = []
    for z, wide, high in outline:
        y = np.where(ring[:, 1] < 0, ring[:, 1] * 0.32, ring[:, 1])
        y = (np.maximum(y, -0.24) + 0.24) / 1.24 * high
        rings.append(np.stack([ring[:, 0] * wide * np.where(ring[:, 1] < -0.8, 0.86, 1.0), y, np.full(16, z)], axis=1))
    local = np.stack(rings).reshape(-1, 3) * build.foot
    bent = _bend_toes(local, BALL * build.foot, sole.bend) - (0.0, build.ankle, 0.0)
    world = bent @ turn("x", sole.pitch) @ turn("y", sole.heading) + sole.ankle
    return loft(world.reshape(len(outline), 16, 3), colour)


def _bend_toes(points: Float64, ball: float, bend: float) -> Float64:
    share = np.clip((points[:, 2] - ball) / 4.0 + 0.5, 0.0, 1.0)[:, None]
    pivot = vec(0.0, 0.0, ball)
    bent: Float64 = (points - pivot) @ turn("x", -bend) + pivot
    return points + (bent - points) * share


def cap(size: float, colour: Colour, hairline: Callable[[float], float], swell: float = 1.09, rings: int = 12, sides: int = 32) -> Shape:
    """Hair as a cap. hairline: for an azimuth in radians (0 in front) how far it comes down, in degrees from the crown."""
    azimuth = np.arange(sides) * (2 * math.pi / sides)
    limit = np.radians([hairline(a) for a in azimuth])
    layers = [(0.86, 0.97), (swell * 0.97, 1.0)] + [(swell, 1.0 - i / rings) for i in range(1, rings)]
    loops = []
    for radius, share in layers:
        polar = limit * share
        x, y, z = np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)
        loops.append(np.stack([0.88 * x, y, 0.94 * z], axis=1) * radius * size)
    return loft(np.stack(loops), colour, vec(0, 0, 0), vec(0, swell * size, 0))


def face(size: float, skin: Colour, nose: tuple[float, float, float], brow: Colour, smile: Colour) -> Shape:
    """A head with nose, eyes, ears, brows, cheeks and a mouth; size is half its height."""
    h = size
    cheek = (min(255, skin[0] + 2), int(skin[1] * 0.80), int(skin[2] * 0.76))
    pieces = [_skull(h, skin), ellipsoid(np.array(nose) * h, cheek, 14, 8).at(0, -0.12 * h, 0.96 * h)]
    for side in (-1, 1):
        pieces.append(ellipsoid((0.085 * h, 0.14 * h, 0.06 * h), (40, 30, 34), 12, 7).at(side * 0.33 * h, 0.1 * h, 0.86 * h))
        pieces.append(ellipsoid((0.10 * h, 0.22 * h, 0.16 * h), skin, 12, 7).at(side * 0.87 * h, -0.02 * h, 0.02 * h))
        pieces.append(
            ellipsoid((0.17 * h, 0.13 * h, 0.05 * h), cheek, 14, 6).turned(turn("y", side * 36)).at(side * 0.50 * h, -0.22 * h, 0.765 * h)
        )
        arc = [
            vec(side * (0.2 + 0.28 * t) * h, (0.33 + 0.05 * math.sin(math.pi * t)) * h, (0.9 - 0.16 * t) * h) for t in np.linspace(0, 1, 5)
        ]
        pieces.append(tube(np.array(arc), 0.045 * h, brow, side=(0, 1, 0), sides=8))
    mouth = [vec(0.2 * t * h, (-0.47 + 0.06 * t * t) * h, (0.855 - 0.04 * t * t) * h) for t in np.linspace(-1, 1, 7)]
    pieces.append(tube(np.array(mouth), 0.035 * h, smile, side=(0, 1, 0), sides=8))
    return join(pieces)


def _skull(h: float, skin: Colour) -> Shape:
    """An egg, wider above than below."""
    ball = ellipsoid((0.86 * h, h, 0.92 * h), skin, 28, 17)
    chin = np.clip(-ball.points[:, 1:2] / h, 0.0, 1.0)
    slim = np.concatenate([1 - 0.16 * chin**2, np.ones_like(chin), 1 - 0.07 * chin**2], axis=1)
    return Shape(ball.points * slim, ball.triangles, ball.colours)
