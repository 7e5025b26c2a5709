"""Shots in the shot format as scenes of the fake: what an animator would have open."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from shot_format.blobs import read_points, read_topology
from shot_format.shot import Frame, Shot
from tests.fake_maya.meshes import MeshData, Shape
from tests.fake_maya.nodes import IDENTITY
from tests.fake_maya.scene import Curve, Node, Panel, Scene

# HumanIK's name, the joint above, and the key points whose middle it is.
SKELETON = (
    ("Hips", "", (8, 11)), ("Spine", "Hips", (2, 5)), ("Head", "Spine", (16, 17)), ("Nose", "Head", (0,)),
    ("RightEye", "Head", (14,)), ("LeftEye", "Head", (15,)), ("RightEar", "Head", (16,)), ("LeftEar", "Head", (17,)),
    ("RightArm", "Spine", (2,)), ("RightForeArm", "RightArm", (3,)), ("RightHand", "RightForeArm", (4,)),
    ("LeftArm", "Spine", (5,)), ("LeftForeArm", "LeftArm", (6,)), ("LeftHand", "LeftForeArm", (7,)),
    ("RightUpLeg", "Hips", (8,)), ("RightLeg", "RightUpLeg", (9,)), ("RightFoot", "RightLeg", (10,)),
    ("LeftUpLeg", "Hips", (11,)), ("LeftLeg", "LeftUpLeg", (12,)), ("LeftFoot", "LeftLeg", (13,)),
)  # fmt: skip
CENTIMETRES = 100.0  # in a metre


def load_shot(scene: Scene, shot: Shot, frames: Iterable[Frame], blobs: dict[str, bytes]) -> None:
    """Build a scene in which capturing the frames gives the shot again. The shot's unit has to be the centimetre."""
    by_time = {float(frame.number): frame for frame in frames}
    scene.up_axis, scene.file_name = shot.up_axis, f"/shows/tea/{shot.name}.ma"
    materials: dict[tuple[int, ...], Node] = {}
    for mesh in shot.meshes:
        _load_mesh(scene, mesh.object_id, mesh.name, by_time, blobs, materials)
    for name in shot.characters:
        _load_skeleton(scene, name, by_time)
    _load_camera(scene, shot.source.camera, by_time)
    scene.panels["modelPanel4"] = Panel("modelPanel4", f"|{shot.source.camera}|{shot.source.camera}Shape", {"grid": True})
    scene.focus = "modelPanel4"
    scene.time = float(shot.first)
    scene.playback = {"minTime": shot.first, "maxTime": shot.last, "animationStartTime": shot.first, "animationEndTime": shot.last}


def material(scene: Scene, colour: tuple[int, ...]) -> Node:
    """A lambert of an sRGB colour and its shading engine, which is given."""
    linear = tuple(c / 12.92 if (c := v / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for v in colour)
    shader, engine = scene.add("lambert", "lambert#", color=linear), scene.add("shadingEngine", "lambertSG#")
    engine.attributes["surfaceShader"].source = (shader, "outColor")
    return engine


def _load_mesh(
    scene: Scene, number: int, name: str, by_time: dict[float, Frame], blobs: dict[str, bytes], materials: dict[tuple[int, ...], Node]
) -> None:
    states = {time: next((s for s in frame.meshes if s.object_id == number), None) for time, frame in by_time.items()}
    first = next(state for state in states.values() if state)
    topology = read_topology(blobs[first.topology])
    corners = np.frombuffer(topology.indices, "<u4").astype(np.int32)
    rest = np.frombuffer(topology.rest, "<f4").reshape(-1, 3)
    colours = np.frombuffer(topology.colours, np.uint8).reshape(-1, 3)
    palette, which = np.unique(colours, axis=0, return_inverse=True)
    for colour in palette:
        materials.setdefault(tuple(int(v) for v in colour), material(scene, tuple(int(v) for v in colour)))

    def at(time: float) -> Shape:
        state = states.get(time)
        points = np.frombuffer(read_points(blobs[state.points]).points, "<f4").reshape(-1, 3) if state and state.points else rest
        return Shape(points, np.full(topology.triangles, 3, np.int32), corners)

    data = MeshData(at, [materials[tuple(int(v) for v in colour)] for colour in palette], which.astype(np.int32).ravel())
    matrices = {time: state.matrix for time, state in states.items() if state}
    transform = scene.add(
        "transform", name, offsetParentMatrix=_curve(matrices, IDENTITY), visibility=lambda time: bool(states.get(time, first))
    )
    scene.add("mesh", f"{name}Shape", transform).mesh = data


def _load_skeleton(scene: Scene, name: str, by_time: dict[float, Frame]) -> None:
    points = {time: next(p for p in frame.characters if p.name == name).joints for time, frame in by_time.items()}
    where = {
        joint: {t: np.mean([p[key][:3] for key in keys], axis=0) * CENTIMETRES for t, p in points.items()} for joint, _, keys in SKELETON
    }
    made: dict[str, Node] = {}
    for joint, above, _ in SKELETON:
        local = {t: tuple(place - (where[above][t] if above else 0.0)) for t, place in where[joint].items()}
        made[joint] = scene.add("joint", f"{name}:{joint}", made.get(above), translate=_curve(local, (0.0, 0.0, 0.0)))


def _load_camera(scene: Scene, name: str, by_time: dict[float, Frame]) -> None:
    cameras = {time: frame.camera for time, frame in by_time.items()}
    first = next(iter(cameras.values()))
    back = first.film_back
    assert back is not None
    transform = scene.add("transform", name, offsetParentMatrix=_curve({t: c.matrix for t, c in cameras.items()}, IDENTITY))
    scene.add(
        "camera", f"{name}Shape", transform, focalLength=back.focal_mm, horizontalFilmAperture=back.width_mm / 25.4,
        verticalFilmAperture=back.height_mm / 25.4, nearClipPlane=first.near, farClipPlane=first.far,
    )  # fmt: skip


def _curve(values: dict[float, object], default: object) -> Curve:
    return lambda time: values.get(time, default)
