"""Skinning, blend shapes and joints from USD, held against USD's own skinning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

from shot_format.joint_names import COCO_18
from tests.scenes.stages import BOX, BOX_FACES, Build, Shown

JOINTS = ["root", "root/tip"]
BIND = [Gf.Matrix4d(1.0), Gf.Matrix4d().SetTranslate((0, 2, 0))]
TUBE = [(x, y, z) for y in np.linspace(0, 4, 9) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
TUBE_FACES = [(4 * i + j, 4 * i + (j + 1) % 4, 4 * i + 4 + (j + 1) % 4, 4 * i + 4 + j) for i in range(8) for j in range(4)]
HUMAN = [
    "Hips", "Hips/LeftUpLeg", "Hips/LeftUpLeg/LeftLeg",
    "Hips/LeftUpLeg/LeftLeg/LeftFoot", "Hips/RightUpLeg", "Hips/RightUpLeg/RightLeg",
    "Hips/RightUpLeg/RightLeg/RightFoot", "Hips/LeftArm", "Hips/LeftArm/LeftForeArm",
    "Hips/LeftArm/LeftForeArm/LeftHand", "Hips/RightArm", "Hips/RightArm/RightForeArm",
    "Hips/RightArm/RightForeArm/RightHand",
]  # fmt: skip


def bent_tube(build: Build, method: str = "classicLinear", scale: tuple[float, float, float] = (1, 1, 1)) -> Any:
    """A tube whose upper half turns by up to 90 degrees over frames 1 to 3, in a skeleton that stands elsewhere."""
    skeleton, animation = build.skeleton("/hero", JOINTS, BIND)
    UsdGeom.XformCommonAPI(build.stage.GetPrimAtPath("/hero")).SetTranslate((1, 0, -2))
    UsdGeom.XformCommonAPI(build.stage.GetPrimAtPath("/hero")).SetScale((0.5, 0.5, 0.5))
    animation.CreateTranslationsAttr([Gf.Vec3f(0, 0, 0), Gf.Vec3f(0, 2, 0)])
    animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1), Gf.Vec3h(*scale)]))
    rotations = animation.CreateRotationsAttr()
    for time, degrees in ((1, 0), (2, 45), (3, 90)):
        quaternion = Gf.Rotation((0, 0, 1), degrees).GetQuat()
        rotations.Set(Vt.QuatfArray([Gf.Quatf(1), Gf.Quatf(quaternion)]), time)
    mesh = build.mesh("/hero/tube", TUBE, TUBE_FACES)
    shares = [min(max((y - 1) / 2, 0.0), 1.0) for _, y, _ in TUBE]
    binding = build.bind(mesh, skeleton, [0, 1] * len(TUBE), [w for s in shares for w in (1 - s, s)], each=2)
    binding.CreateSkinningMethodAttr().Set(method)
    binding.CreateGeomBindTransformAttr().Set(Gf.Matrix4d(1.0))
    return mesh


def skinned_by_usd(build: Build, path: str, frame: int) -> Any:
    """World points as USD's own single-precision skinning gives them."""
    root = UsdSkel.Root(build.stage.GetPrimAtPath("/hero"))
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    skeleton = cache.GetSkelQuery(UsdSkel.Skeleton(build.stage.GetPrimAtPath("/hero/rig")))
    query = cache.GetSkinningQuery(build.stage.GetPrimAtPath(path))
    points = Vt.Vec3fArray(UsdGeom.Mesh(build.stage.GetPrimAtPath(path)).GetPointsAttr().Get(frame))
    assert query.ComputeSkinnedPoints(skeleton.ComputeSkinningTransforms(frame), points, frame)
    world = np.array(UsdGeom.Xformable(build.stage.GetPrimAtPath("/hero/rig")).ComputeLocalToWorldTransform(frame))
    return np.array(points) @ world[:3, :3] + world[3, :3]


@pytest.mark.parametrize("method", ["classicLinear", "dualQuaternion"])
@pytest.mark.parametrize("scale", [(1, 1, 1), (1.5, 0.5, 2)])
def test_skins_as_usd_does(tmp_path: Path, method: str, scale: tuple[float, float, float]) -> None:
    build = Build(tmp_path)
    bent_tube(build, method, scale)
    shown = build.shot()
    for frame in (1, 2, 3):
        assert np.abs(shown.points("/hero/tube", frame) - skinned_by_usd(build, "/hero/tube", frame)).max() < 2e-6


def test_the_two_methods_differ_where_a_joint_bends(tmp_path: Path) -> None:
    both = []
    for method in ("classicLinear", "dualQuaternion"):
        (tmp_path / method).mkdir()
        build = Build(tmp_path / method)
        bent_tube(build, method)
        both.append(build.shot().points("/hero/tube", 3))
    assert np.abs(both[0] - both[1]).max() > 0.02


def test_a_mesh_with_its_own_order_of_joints(tmp_path: Path) -> None:
    build = Build(tmp_path)
    mesh = bent_tube(build)
    binding = UsdSkel.BindingAPI(mesh.GetPrim())
    binding.CreateJointsAttr(list(reversed(JOINTS)))
    flipped = [1 - int(i) for i in binding.GetJointIndicesPrimvar().Get()]
    binding.GetJointIndicesPrimvar().Set(flipped)
    assert np.abs(build.shot().points("/hero/tube", 3) - skinned_by_usd(build, "/hero/tube", 3)).max() < 2e-6


def test_a_rigidly_bound_mesh_follows_its_joint(tmp_path: Path) -> None:
    build = Build(tmp_path)
    bent_tube(build)
    mesh = build.mesh("/hero/hat", BOX, BOX_FACES)
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets(["/hero/rig"])
    binding.CreateJointIndicesPrimvar(True, 1).Set([1])
    binding.CreateJointWeightsPrimvar(True, 1).Set([1.0])
    binding.CreateGeomBindTransformAttr().Set(Gf.Matrix4d().SetTranslate((0, 4, 0)))
    shown = build.shot()
    assert shown.points("/hero/hat", 1).mean(axis=0).tolist() == [1, 2, -2]
    assert np.allclose(shown.points("/hero/hat", 3).mean(axis=0), [0, 1, -2], atol=1e-6)


def test_blend_shapes_and_in_betweens(tmp_path: Path) -> None:
    build = Build(tmp_path)
    mesh = bent_tube(build)
    shape = UsdSkel.BlendShape.Define(build.stage, "/hero/tube/wide")
    shape.CreateOffsetsAttr([Gf.Vec3f(2, 0, 0), Gf.Vec3f(4, 0, 0)])
    shape.CreatePointIndicesAttr([1, 2])
    shape.CreateInbetween("half").SetWeight(0.5)
    shape.GetInbetween("half").SetOffsets([Gf.Vec3f(0, 0, 1), Gf.Vec3f(0, 0, 1)])
    binding = UsdSkel.BindingAPI(mesh.GetPrim())
    binding.CreateBlendShapesAttr(["wide"])
    binding.CreateBlendShapeTargetsRel().SetTargets(["/hero/tube/wide"])
    animation = UsdSkel.Animation(build.stage.GetPrimAtPath("/hero/anim"))
    animation.CreateBlendShapesAttr(["other", "wide"])
    weights = animation.CreateBlendShapeWeightsAttr()
    for time, value in ((1, 0.0), (2, 0.5), (3, 1.0)):
        weights.Set([9.0, value], time)
    shown = build.shot()
    rest = np.array(TUBE[1]) * 0.5 + (1, 0, -2)
    assert np.allclose(shown.points("/hero/tube", 1)[1], rest)
    assert np.allclose(shown.points("/hero/tube", 2)[1], rest + (0, 0, 0.5), atol=1e-6)
    assert np.allclose(shown.points("/hero/tube", 3)[1], rest + (1, 0, 0), atol=1e-6)


def test_a_skeleton_without_bind_pose_is_named(tmp_path: Path) -> None:
    build = Build(tmp_path)
    bent_tube(build)
    UsdSkel.Skeleton(build.stage.GetPrimAtPath("/hero/rig")).GetBindTransformsAttr().Set(Vt.Matrix4dArray())
    assert "bind pose" in build.shot().skipped()["/hero/tube"]


def human(build: Build) -> None:
    places = {name: Gf.Vec3d(0.1 * i, 0.05 * i * i, -0.2 * i) for i, name in enumerate(HUMAN)}
    parent = {name: name.rsplit("/", 1)[0] if "/" in name else "" for name in HUMAN}
    local = [places[name] - places[parent[name]] if parent[name] else places[name] for name in HUMAN]
    _, animation = build.skeleton("/hero", HUMAN, [Gf.Matrix4d().SetTranslate(places[name]) for name in HUMAN])
    animation.CreateTranslationsAttr([Gf.Vec3f(v) for v in local])
    animation.CreateRotationsAttr(Vt.QuatfArray([Gf.Quatf(1)] * len(HUMAN)))
    animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(HUMAN)))


def test_joints_become_key_points_in_metres(tmp_path: Path) -> None:
    build = Build(tmp_path)
    UsdGeom.SetStageMetersPerUnit(build.stage, 0.01)
    build.mesh("/box", BOX, BOX_FACES)
    human(build)
    UsdGeom.XformCommonAPI(build.stage.GetPrimAtPath("/hero")).SetTranslate((10, 0, 0))
    shown: Shown = build.shot()
    assert shown.shot.characters == ("/hero/rig",)
    joints = shown.frame(2).characters[0].joints
    number = HUMAN.index("Hips/LeftArm/LeftForeArm")
    wanted = np.array([10 + 0.1 * number, 0.05 * number**2, -0.2 * number]) * 0.01
    assert np.allclose(joints[COCO_18.index("left_elbow")], [*wanted, 1.0], atol=1e-7)
    right, left = joints[COCO_18.index("right_shoulder")], joints[COCO_18.index("left_shoulder")]
    assert np.allclose(joints[1][:3], [(a + b) / 2 for a, b in zip(right[:3], left[:3])], atol=1e-12)
    assert [joints[i][3] for i in (0, 14, 15, 16, 17)] == [0.0] * 5


def test_a_skeleton_that_is_no_figure_is_named(tmp_path: Path) -> None:
    build = Build(tmp_path)
    bent_tube(build)
    shown = build.shot()
    assert shown.shot.characters == () and shown.frame(1).characters == ()
    assert "names are not known" in shown.skipped()["/hero/rig"]
