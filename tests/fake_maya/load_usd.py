"""A USD shot as a scene of the fake: what Maya would hold after importing the file. Needs usd-core."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdSkel

from tests.fake_maya.meshes import MeshData, Shape
from tests.fake_maya.nodes import IDENTITY
from tests.fake_maya.scene import Node, Panel, Scene


def load_usd(scene: Scene, path: Path, times: Iterable[int]) -> str:
    """Build the scene for these times and give the camera's name."""
    numbers = [float(time) for time in times]
    stage = Usd.Stage.Open(str(path))
    stage.SetEditTarget(stage.GetSessionLayer())  # the file stays as it is
    unit = UsdGeom.GetStageMetersPerUnit(stage) * 100.0  # centimetres
    scene.up_axis, scene.time = UsdGeom.GetStageUpAxis(stage).lower(), numbers[0]
    _load_skeletons(scene, stage, numbers, unit)
    for prim in stage.Traverse():
        if prim.IsA(UsdSkel.Root):
            UsdSkel.BakeSkinning(UsdSkel.Root(prim), Gf.Interval(min(numbers), max(numbers)))
    for prim in stage.Traverse():
        if prim.IsA(UsdGeom.Mesh):
            _load_mesh(scene, prim, numbers, unit)
    camera = next(prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera))
    return _load_camera(scene, camera, numbers, unit)


def _load_mesh(scene: Scene, prim: Any, times: list[float], unit: float) -> None:
    mesh = UsdGeom.Mesh(prim)
    counts, vertices = (
        np.array(each.Get(times[0]), np.int32) for each in (mesh.GetFaceVertexCountsAttr(), mesh.GetFaceVertexIndicesAttr())
    )
    points = {time: (np.array(mesh.GetPointsAttr().Get(time)) * unit).astype(np.float32) for time in times}
    name = prim.GetParent().GetName()
    transform = scene.add("transform", name, offsetParentMatrix=_world(prim, times, unit))
    data = MeshData(lambda time: Shape(points.get(time, points[times[0]]), counts, vertices))
    scene.add("mesh", f"{name}Shape", transform).mesh = data


def _load_camera(scene: Scene, prim: Any, times: list[float], unit: float) -> str:
    camera = UsdGeom.Camera(prim)
    to_inches = unit / 10.0 * 10.0 / 25.4  # a tenth of a scene unit in millimetres, in inches
    near, far = camera.GetClippingRangeAttr().Get(times[0])
    transform = scene.add("transform", "shotCamera", offsetParentMatrix=_world(prim, times, unit))
    scene.add(
        "camera", "shotCameraShape", transform, focalLength=camera.GetFocalLengthAttr().Get(times[0]) * unit,
        horizontalFilmAperture=camera.GetHorizontalApertureAttr().Get(times[0]) * to_inches,
        verticalFilmAperture=camera.GetVerticalApertureAttr().Get(times[0]) * to_inches, nearClipPlane=near * unit, farClipPlane=far * unit,
        filmFit=1,
    )  # fmt: skip
    scene.panels["modelPanel4"] = Panel("modelPanel4", "|shotCamera|shotCameraShape", {})
    scene.focus = "modelPanel4"
    return "shotCamera"


def _load_skeletons(scene: Scene, stage: Any, times: list[float], unit: float) -> None:
    cache = UsdSkel.Cache()
    for root in [prim for prim in stage.Traverse() if prim.IsA(UsdSkel.Root)]:
        cache.Populate(UsdSkel.Root(root), Usd.PrimDefaultPredicate)
    for prim in [prim for prim in stage.Traverse() if prim.IsA(UsdSkel.Skeleton)]:
        query = cache.GetSkelQuery(UsdSkel.Skeleton(prim))
        joints = [str(joint) for joint in query.GetJointOrder()]
        places = {time: _joint_places(query, prim, time, unit) for time in times}
        made: dict[str, Node] = {}
        for number, joint in enumerate(joints):
            above = joints.index(joint.rpartition("/")[0]) if "/" in joint else -1
            local = {time: tuple(p[number] - (p[above] if above >= 0 else 0.0)) for time, p in places.items()}
            parent = made.get(joint.rpartition("/")[0])
            first = local[times[0]]
            made[joint] = scene.add(
                "joint", joint.rpartition("/")[2], parent, translate=lambda time, at=local, home=first: at.get(time, home)
            )


def _joint_places(query: Any, prim: Any, time: float, unit: float) -> Any:
    to_world = UsdGeom.Imageable(prim).ComputeLocalToWorldTransform(time)
    transforms = query.ComputeJointSkelTransforms(time)
    return np.array([(each * to_world).ExtractTranslation() for each in transforms]) * unit


def _world(prim: Any, times: list[float], unit: float) -> Any:
    matrices = {}
    for time in times:
        matrix = np.array(UsdGeom.Imageable(prim).ComputeLocalToWorldTransform(time))
        matrix[3, :3] *= unit
        matrices[time] = tuple(matrix.ravel())
    return lambda time: matrices.get(time, IDENTITY)
