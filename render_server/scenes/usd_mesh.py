"""USD meshes: still, point-cached, with changing connections, subdivided, skinned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import UsdGeom

from render_server.scenes.subdivide import CatmullClark, Sharp
from render_server.scenes.triangulate import triangulate
from render_server.scenes.usd_colour import Colours
from render_server.scenes.usd_piece import Connections, Geometry, checked_points, is_visible, read_points
from render_server.scenes.usd_skel import Skin
from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64
from shot_format.errors import FormatError

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Cage:
    """A mesh's polygons as authored, and how they are refined (None: not at all)."""

    counts: Int64
    indices: Int64
    refine: CatmullClark | None


class MeshPiece:
    """A UsdGeomMesh. skin: what bends it, or None; subdivide: whether a subdivision surface is refined by a level."""

    def __init__(self, prim: Any, colours: Colours, skin: Skin | None = None, subdivide: bool = True) -> None:
        self.name = str(prim.GetPath())
        self._prim, self._mesh = prim, UsdGeom.Mesh(prim)
        self._colours, self._skin, self._subdivide = colours, skin, subdivide
        counts, indices = self._mesh.GetFaceVertexCountsAttr(), self._mesh.GetFaceVertexIndicesAttr()
        self._rewired = counts.ValueMightBeTimeVarying() or indices.ValueMightBeTimeVarying()
        self._moving = self._rewired or skin is not None or self._mesh.GetPointsAttr().ValueMightBeTimeVarying()
        self._cage: Cage | None = None
        self._connections: Connections | None = None
        self._last: tuple[int, Geometry] | None = None

    def geometry(self, clock: Clock) -> Geometry:
        """Its shape at one frame."""
        if self._last is None or (self._moving and self._last[0] != clock.frame):
            self._last = (clock.frame, self._at(clock))
        return self._last[1]

    def matrix(self, clock: Clock) -> Float64:
        """Its own world matrix, or its skeleton's."""
        return clock.matrix(self._skin.space if self._skin else self._prim)

    def visible(self, clock: Clock) -> bool:
        """Whether it is shown."""
        return is_visible(self._prim, clock)

    def _at(self, clock: Clock) -> Geometry:
        points = read_points(self._prim, self._mesh.GetPointsAttr(), clock)
        if self._cage is None or self._rewired:
            self._cage = self._read_cage(clock, len(points))
        if len(self._cage.indices) and self._cage.indices.max() >= len(points):
            raise self._broken(clock, "its faces name points that it does not have")
        if self._skin:
            points = checked_points(self._skin.bend(points, clock), self.name, clock.frame)
        refine = self._cage.refine
        points = refine.points(points) if refine else points
        if self._connections is None or self._rewired:
            self._connections = self._connect(self._cage, points, clock)
        return Geometry(points, self._connections)

    def _read_cage(self, clock: Clock, vertices: int) -> Cage:
        counts = np.array(self._mesh.GetFaceVertexCountsAttr().Get(clock.time) or [], dtype=np.int64)
        indices = np.array(self._mesh.GetFaceVertexIndicesAttr().Get(clock.time) or [], dtype=np.int64)
        if (counts < 0).any() or counts.sum() != len(indices) or (indices < 0).any() or (len(indices) and indices.max() >= vertices):
            raise self._broken(clock, "its faces do not fit together or name points that it does not have")
        return Cage(counts, indices, self._refinement(counts, indices, vertices))

    def _refinement(self, counts: Int64, indices: Int64, vertices: int) -> CatmullClark | None:
        scheme = self._mesh.GetSubdivisionSchemeAttr().Get()
        if not self._subdivide or scheme != UsdGeom.Tokens.catmullClark or not len(counts) or (counts < 3).any():
            return None
        return CatmullClark(vertices, counts, indices, self._sharp(vertices))

    def _sharp(self, vertices: int) -> Sharp:
        mesh = self._mesh
        edges, sharpness = _creases(mesh)
        inside = ((edges >= 0) & (edges < vertices)).all(axis=1)
        corners = np.array(mesh.GetCornerIndicesAttr().Get() or [], dtype=np.int64)
        corner_sharpness = np.array(mesh.GetCornerSharpnessesAttr().Get() or [], dtype=np.float64)
        count = min(len(corners), len(corner_sharpness))
        kept = (corners[:count] >= 0) & (corners[:count] < vertices)
        rim = mesh.GetInterpolateBoundaryAttr().Get() == UsdGeom.Tokens.edgeAndCorner
        return Sharp(edges[inside], sharpness[inside], corners[:count][kept], corner_sharpness[:count][kept], rim)

    def _connect(self, cage: Cage, points: Float64, clock: Clock) -> Connections:
        counts, indices = (cage.refine.counts, cage.refine.indices) if cage.refine else (cage.counts, cage.indices)
        triangles, faces = triangulate(points, counts, indices)
        faces = cage.refine.faces[faces] if cage.refine else faces
        kept = ~np.isin(faces, np.array(self._mesh.GetHoleIndicesAttr().Get(clock.time) or [], dtype=np.int64))
        triangles, faces = triangles[kept], faces[kept]
        if self._turned_over(clock):
            triangles = triangles[:, ::-1]
        return Connections(np.ascontiguousarray(triangles), self._colours.faces(self._prim, cage.counts, cage.indices)[faces])

    def _turned_over(self, clock: Clock) -> bool:
        """Whether triangles run clockwise seen from outside: by the mesh's own orientation, or by a matrix that mirrors."""
        left_handed = self._mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded
        return bool(left_handed) != bool(np.linalg.det(self.matrix(clock)[:3, :3]) < 0)

    def _broken(self, clock: Clock, what: str) -> FormatError:
        return FormatError("mesh-broken", f"{self.name} is broken at frame {clock.frame}: {what}.")


def _creases(mesh: Any) -> tuple[Int64, Float64]:
    """Crease edges (E, 2) with their sharpness (E,)."""
    indices = list(mesh.GetCreaseIndicesAttr().Get() or [])
    lengths = list(mesh.GetCreaseLengthsAttr().Get() or [])
    values = list(mesh.GetCreaseSharpnessesAttr().Get() or [])
    per_edge = len(values) != len(lengths)
    edges: list[tuple[int, int]] = []
    sharpness: list[float] = []
    at = 0
    for crease, length in enumerate(lengths):
        for step in range(length - 1):
            which = len(edges) if per_edge else crease
            if at + step + 1 < len(indices) and which < len(values):
                edges.append((indices[at + step], indices[at + step + 1]))
                sharpness.append(float(values[which]))
        at += length
    return np.array(edges, dtype=np.int64).reshape(-1, 2), np.array(sharpness, dtype=np.float64)
