"""The scene's meshes, frame by frame: topology when it is new, points when they moved, a matrix always, nothing of what is hidden."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Optional

from maya.api import OpenMaya as om

from maya_plugin.host.colours import GREY, Materials, Rgb
from maya_plugin.host.nodes import matrix_of
from maya_plugin.host.raw_points import PointReader
from maya_plugin.workflow.basket import Basket
from shot_format.blobs import write_points, write_topology
from shot_format.errors import LimitError
from shot_format.limits import MAX_MESHES
from shot_format.shot import Mesh, MeshState


@dataclass(frozen=True)
class _Known:
    """What was sent of a mesh: how many vertices, faces and corners it had, its rest points, the name of its topology."""

    counts: tuple[int, int, int]
    rest: bytes
    topology: str
    reader: PointReader


@dataclass(frozen=True)
class _Shape:
    """A mesh at this frame, shared by all its instances; points is None where it is as at rest."""

    topology: str
    points: Optional[str]


class MeshCapture:
    """Reads the scene's meshes at the frame that the scene stands on. Rest is the first frame that a mesh is seen in.

    shown: the paths that an isolated panel shows, with all below them; None for everything. Raises LimitError ("meshes-too-many").
    """

    def __init__(self, basket: Basket, shown: Optional[list[str]]) -> None:
        self._basket = basket
        self._paths = [path for path in _mesh_paths() if shown is None or _is_below(path.fullPathName(), shown)]
        if len(self._paths) > MAX_MESHES:
            raise LimitError(
                "meshes-too-many", f"The scene has {len(self._paths)} meshes; hide or combine some: at most {MAX_MESHES} are taken."
            )
        self._known: dict[om.MObjectHandle, _Known] = {}
        self._materials = Materials()

    def heads(self) -> tuple[Mesh, ...]:
        """The meshes as the shot's head names them."""
        return tuple(
            Mesh(number, om.MDagPath(path).pop().partialPathName(), self._main_colour(path), matrix_of(path.inclusiveMatrix()))
            for number, path in enumerate(self._paths, 1)
        )

    def states(self) -> tuple[MeshState, ...]:
        """The visible meshes at this frame; blobs that are new go into the basket."""
        shapes: dict[om.MObjectHandle, Optional[_Shape]] = {}
        states = []
        for number, path in enumerate(self._paths, 1):
            if not path.isVisible():
                continue
            node = om.MObjectHandle(path.node())
            if node not in shapes:
                shapes[node] = self._shape(node, path)
            shape = shapes[node]
            if shape is not None:
                states.append(MeshState(number, shape.topology, matrix_of(path.inclusiveMatrix()), shape.points))
        return tuple(states)

    def _shape(self, node: om.MObjectHandle, path: om.MDagPath) -> Optional[_Shape]:
        mesh = om.MFnMesh(path)
        counts = (mesh.numVertices, mesh.numPolygons, mesh.numFaceVertices)
        if not all(counts):
            return None
        known = self._known.get(node)
        if known is None or known.counts != counts:
            known = self._known[node] = self._learn(mesh, path, counts)
            return _Shape(known.topology, None)
        points = known.reader.read(mesh)
        return _Shape(known.topology, None if points == known.rest else self._basket.add(write_points(points)))

    def _learn(self, mesh: om.MFnMesh, path: om.MDagPath, counts: tuple[int, int, int]) -> _Known:
        reader = PointReader(mesh, path.fullPathName())
        rest = reader.read(mesh)
        triangles, corners = mesh.getTriangles()
        colours = self._materials.of_faces(mesh, path.instanceNumber()).of_triangles(triangles)
        topology = write_topology(rest, array("I", corners).tobytes(), colours)
        return _Known(counts, rest, self._basket.add(topology), reader)

    def _main_colour(self, path: om.MDagPath) -> Rgb:
        mesh = om.MFnMesh(path)
        return self._materials.of_faces(mesh, path.instanceNumber()).main() if mesh.numPolygons else GREY


def _mesh_paths() -> list[om.MDagPath]:
    paths, walk = [], om.MItDag(om.MItDag.kDepthFirst, om.MFn.kMesh)  # type: ignore[attr-defined] # it is there
    while not walk.isDone():
        path = walk.getPath()
        if not om.MFnDagNode(path).isIntermediateObject:
            paths.append(path)
        walk.next()
    return paths


def _is_below(full_path: str, shown: list[str]) -> bool:
    return any(full_path == each or full_path.startswith(each + "|") for each in shown)
