"""Small USD files for the tests, and a look into the shots that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

from render_server.scenes.usd import import_usd
from shot_format.blobs import read_points, read_topology
from shot_format.folder import ShotFolder
from shot_format.shot import Frame, ShotFile

SIZE = (64, 36)
SQUARE = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
BOX = [(x, y, z) for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
BOX_FACES = [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]


class Build:
    """A stage with a camera 10 units away on +z, frames 1 to 3, metres, y up."""

    def __init__(self, folder: Path, name: str = "scene.usda") -> None:
        self.path = folder / name
        self.stage = Usd.Stage.CreateNew(str(self.path))
        UsdGeom.SetStageUpAxis(self.stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(self.stage, 1.0)
        self.stage.SetStartTimeCode(1)
        self.stage.SetEndTimeCode(3)
        self.stage.SetTimeCodesPerSecond(24)
        self.camera("/cam")

    def camera(self, path: str, **values: Any) -> Any:
        camera = UsdGeom.Camera.Define(self.stage, path)
        settings = {"focalLength": 0.36, "horizontalAperture": 0.36, "verticalAperture": 0.2025, "clippingRange": Gf.Vec2f(0.1, 100)}
        for name, value in {**settings, **values}.items():
            camera.GetPrim().GetAttribute(name).Set(value)
        UsdGeom.XformCommonAPI(camera).SetTranslate((0, 0, 10))
        return camera

    def mesh(self, path: str, points: Any = SQUARE, faces: Any = ((0, 1, 2, 3),), scheme: str = "none", **values: Any) -> Any:
        mesh = UsdGeom.Mesh.Define(self.stage, path)
        mesh.CreatePointsAttr([Gf.Vec3f(*map(float, p)) for p in points])
        mesh.CreateFaceVertexCountsAttr([len(face) for face in faces])
        mesh.CreateFaceVertexIndicesAttr([i for face in faces for i in face])
        mesh.CreateSubdivisionSchemeAttr(scheme)
        for name, value in values.items():
            mesh.GetPrim().GetAttribute(name).Set(value)
        return mesh

    def skeleton(self, root: str, joints: list[str], bind: list[Any], **animation: Any) -> tuple[Any, Any]:
        """A SkelRoot with a skeleton whose bind and rest pose are alike, and an animation."""
        UsdSkel.Root.Define(self.stage, root)
        skeleton = UsdSkel.Skeleton.Define(self.stage, f"{root}/rig")
        skeleton.CreateJointsAttr(joints)
        skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray([Gf.Matrix4d(m) for m in bind]))
        skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray([Gf.Matrix4d(m) for m in bind]))
        anim = UsdSkel.Animation.Define(self.stage, f"{root}/anim")
        anim.CreateJointsAttr(joints)
        UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([anim.GetPrim().GetPath()])
        return skeleton, anim

    def bind(self, mesh: Any, skeleton: Any, joints: list[int], weights: list[float], each: int = 1) -> Any:
        binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
        binding.CreateSkeletonRel().SetTargets([skeleton.GetPrim().GetPath()])
        binding.CreateJointIndicesPrimvar(False, each).Set(joints)
        binding.CreateJointWeightsPrimvar(False, each).Set(weights)
        return binding

    def save(self) -> Path:
        self.stage.GetRootLayer().Save()
        return self.path

    def shot(self, **options: Any) -> Shown:
        out = self.path.parent / f"shot_{len(list(self.path.parent.iterdir()))}"
        import_usd(self.save(), out, **{"size": SIZE, **options})
        return Shown(out)


class Shown:
    """A shot on disk, with its arrays at hand."""

    def __init__(self, path: Path) -> None:
        self.folder = ShotFolder(path)
        self.file: ShotFile = self.folder.verify()
        self.shot = self.file.shot

    def names(self) -> list[str]:
        return [mesh.name for mesh in self.shot.meshes]

    def skipped(self) -> dict[str, str]:
        return {skipped.name: skipped.reason for skipped in self.shot.skipped}

    def frame(self, number: int) -> Frame:
        return next(frame for frame in self.file.frames if frame.number == number)

    def state(self, name: str, number: int) -> Any:
        object_id = next(mesh.object_id for mesh in self.shot.meshes if mesh.name == name)
        return next(state for state in self.frame(number).meshes if state.object_id == object_id)

    def points(self, name: str, number: int = 1, world: bool = True) -> NDArray[np.float64]:
        state = self.state(name, number)
        blob = read_points(self.folder.read_blob(state.points)).points if state.points else self._topology(state).rest
        points = np.frombuffer(blob, "<f4").reshape(-1, 3).astype(np.float64)
        matrix = np.array(state.matrix).reshape(4, 4)
        return points @ matrix[:3, :3] + matrix[3, :3] if world else points

    def triangles(self, name: str, number: int = 1) -> NDArray[np.int64]:
        return np.frombuffer(self._topology(self.state(name, number)).indices, "<u4").reshape(-1, 3).astype(np.int64)

    def colours(self, name: str, number: int = 1) -> NDArray[np.uint8]:
        return np.frombuffer(self._topology(self.state(name, number)).colours, "u1").reshape(-1, 3)

    def _topology(self, state: Any) -> Any:
        return read_topology(self.folder.read_blob(state.topology))


def area(shown: Shown, name: str, number: int = 1) -> NDArray[np.float64]:
    """The sum of all triangles' area vectors."""
    a, b, c = (shown.points(name, number)[shown.triangles(name, number)[:, i]] for i in range(3))
    return np.cross(b - a, c - a).sum(axis=0) / 2  # type: ignore[no-any-return]


def volume(shown: Shown, name: str, number: int = 1) -> float:
    """The volume within: positive where triangles are counter-clockwise seen from outside."""
    a, b, c = (shown.points(name, number)[shown.triangles(name, number)[:, i]] for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def token(text: str) -> Any:
    """A path in a scene."""
    return Sdf.Path(text)
