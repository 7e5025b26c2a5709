"""Things of a scene: rigid props and walking mannequins, each giving its meshes at any frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from render_server.passes.geometry import Mesh
from render_server.training.atelier.shapes import Float, Shape, box, capsule, joined, rotation, sphere

Colour = tuple[int, int, int]


class Thing(Protocol):
    """Anything that can be seen."""

    def meshes(self, frame: float) -> list[Mesh]: ...


def mesh(name: str, object_id: int, shape: Shape, points: Float, colours: list[tuple[int, Colour]]) -> Mesh:
    """A mesh whose first n1 triangles have one colour, the next n2 another, and so on."""
    counts = [count for count, _ in colours]
    table = np.repeat(np.array([colour for _, colour in colours], np.uint8), counts, axis=0)
    rest = shape.points.astype(np.float32)
    return Mesh(name, object_id, np.ascontiguousarray(points), shape.triangles, table, rest, f"{name}/{len(shape.triangles)}")


@dataclass(frozen=True)
class Prop:
    """A rigid thing that stands still, or drifts, spins and bobs."""

    object_id: int
    shape: Shape
    colour: Colour
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)  # metres a frame
    spin: float = 0.0  # radians a frame
    bob: float = 0.0  # metres

    def meshes(self, frame: float) -> list[Mesh]:
        turn = rotation(y=self.yaw + self.spin * frame, x=self.spin * frame * 0.6)
        at = np.array(self.place) + np.array(self.velocity) * frame + np.array([0.0, self.bob * np.sin(frame * 0.25 + self.object_id), 0.0])
        points = self.shape.points @ turn + at
        rest = self.shape.turned(rotation(y=self.yaw)).moved(*self.place)
        return [mesh(f"prop{self.object_id}", self.object_id, rest, points, [(len(self.shape.triangles), self.colour)])]


@dataclass(frozen=True)
class Outfit:
    """The colours of a mannequin."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour


@dataclass(frozen=True)
class Mannequin:
    """A figure of capsules and boxes that walks or runs along a line, stands and gestures, dances or boxes."""

    object_id: int
    outfit: Outfit
    start: tuple[float, float, float]
    heading: float  # radians about y; 0 walks towards +z
    speed: float = 0.05  # metres a frame; 0 stands
    height: float = 1.75
    build: float = 1.0
    phase: float = 0.0
    pace: float = 0.22  # radians of the walk cycle a frame
    whole: bool = True  # one mesh, or one a part
    turn: float = 0.0  # radians a frame
    vigour: float = 0.0  # of the legs; 0 chooses by the speed
    arms: float = 0.0  # how far they are raised and thrown about, 0 to 1
    _parts: tuple[tuple[str, Shape, str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parts", _body(self.build))

    def meshes(self, frame: float) -> list[Mesh]:
        posed = self._posed(frame)
        rest = [Shape(points, shape.triangles) for points, (_, shape, _) in zip(self._posed(0.0), self._parts, strict=True)]
        colours = [(len(shape.triangles), getattr(self.outfit, cloth)) for _, shape, cloth in self._parts]
        if self.whole:
            return [mesh(f"figure{self.object_id}", self.object_id, joined(rest), np.concatenate(posed), colours)]
        return [
            mesh(f"figure{self.object_id}_{name}", self.object_id + i, shape, points, [colour])
            for i, ((name, _, _), shape, points, colour) in enumerate(zip(self._parts, rest, posed, colours, strict=True))
        ]

    def _posed(self, frame: float) -> list[Float]:
        heading = self.heading + self.turn * frame
        middle = self.heading + self.turn * frame / 2
        walked = self.speed * frame
        at = np.array(self.start) + walked * np.array([np.sin(middle), 0.0, np.cos(middle)])
        joints = _pose(self.phase + self.pace * frame, self.vigour or (1.0 if self.speed > 0 else 0.25), self.arms)
        scale = self.height / 1.75
        return [(shape.points @ joints[name][0] + joints[name][1]) * scale @ rotation(y=heading) + at for name, shape, _ in self._parts]


def _body(build: float) -> tuple[tuple[str, Shape, str], ...]:
    """The parts as (joint, shape hanging from it, cloth)."""
    b = build
    parts = [
        ("torso", box(0.36 * b, 0.46, 0.2 * b).moved(0, 0.02, 0), "shirt"),
        ("pelvis", box(0.32 * b, 0.2, 0.2 * b).moved(0, -0.12, 0), "trousers"),
        ("neck", capsule(0.055, 0.06).moved(0, 0.06, 0), "skin"),
        ("head", sphere(0.115, 14).scaled(0.9, 1.2, 1.0).moved(0, 0.13, 0), "skin"),
        ("head", sphere(0.125, 12).scaled(0.95, 0.9, 1.0).moved(0, 0.19, -0.025), "hair"),
    ]
    for side in ("left", "right"):
        parts += [
            (f"{side}_arm", capsule(0.058 * b, 0.27, 0.048 * b), "shirt"),
            (f"{side}_forearm", capsule(0.047 * b, 0.24, 0.036 * b), "skin"),
            (f"{side}_hand", box(0.05, 0.13, 0.08).moved(0, -0.13, 0), "skin"),
            (f"{side}_thigh", capsule(0.088 * b, 0.38, 0.066 * b), "trousers"),
            (f"{side}_shin", capsule(0.066 * b, 0.37, 0.046 * b), "trousers"),
            (f"{side}_foot", box(0.1, 0.09, 0.27).moved(0, -0.07, 0.06), "shoes"),
        ]
    return tuple(parts)


Joint = tuple[Float, Float]  # (3, 3) turn and (3,) place, in the figure's own space


def _pose(phase: float, swing: float, arms: float) -> dict[str, Joint]:
    """Every joint at one moment of the walk cycle, facing +z."""
    bounce = 0.025 * swing * np.cos(2 * phase)
    hips = np.array([0.0, 0.93 + bounce, 0.0])
    lean = rotation(x=0.06 * swing, y=0.14 * swing * np.sin(phase))
    joints: dict[str, Joint] = {"pelvis": (rotation(y=-0.12 * swing * np.sin(phase)), hips), "torso": (lean, hips)}
    shoulders = hips + np.array([0.0, 0.46, 0.0]) @ lean
    joints["neck"] = (lean, shoulders)
    joints["head"] = (rotation(y=0.2 * np.sin(phase * 0.3)), shoulders + np.array([0.0, 0.06, 0.01]))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joints.update(_limbs(side, sign, phase, swing, arms, hips, shoulders, lean))
    return joints


def _limbs(side: str, sign: float, phase: float, swing: float, arms: float, hips: Float, shoulders: Float, lean: Float) -> dict[str, Joint]:
    """One arm and one leg."""
    hip = rotation(x=-0.5 * swing * sign * np.sin(phase))
    bend = swing * max(0.0, 0.75 * np.sin(sign * np.pi / 2 + phase + 0.6)) + 0.06
    knee = rotation(x=bend) @ hip
    hip_at = hips + np.array([sign * 0.095, -0.06, 0.0])
    knee_at = hip_at + np.array([0.0, -0.4, 0.0]) @ hip
    ankle_at = knee_at + np.array([0.0, -0.4, 0.0]) @ knee
    thrown = arms * np.sin(1.7 * phase + sign)
    arm = rotation(x=0.55 * swing * sign * np.sin(phase) - arms * 0.9 - 0.8 * thrown, z=sign * (0.13 + arms * 0.9 + 0.4 * thrown)) @ lean
    elbow = rotation(x=-0.3 - 0.25 * swing * (1 - sign * np.sin(phase)) - 0.9 * arms * (1 - thrown)) @ arm
    shoulder_at = shoulders + np.array([sign * 0.225, -0.04, 0.0]) @ lean
    elbow_at = shoulder_at + np.array([0.0, -0.28, 0.0]) @ arm
    wrist_at = elbow_at + np.array([0.0, -0.26, 0.0]) @ elbow
    return {
        f"{side}_thigh": (hip, hip_at), f"{side}_shin": (knee, knee_at), f"{side}_foot": (rotation(x=bend * 0.4) @ hip, ankle_at),
        f"{side}_arm": (arm, shoulder_at), f"{side}_forearm": (elbow, elbow_at), f"{side}_hand": (elbow, wrist_at),
    }  # fmt: skip
