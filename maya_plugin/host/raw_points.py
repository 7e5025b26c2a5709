"""A mesh's points as bytes: straight from Maya's memory where that is proven to hold them, else by asking point by point."""

from __future__ import annotations

import ctypes
import struct
from typing import cast

from maya import OpenMaya as om1
from maya.api import OpenMaya as om

POINT = struct.Struct("<3f")
OWN_SPACE = cast("om.MSpace", om.MSpace.kObject)  # the stubs call it an int, and ask for an MSpace


class PointReader:
    """Reads one mesh, frame after frame. It is found by its path once: looking a name up costs more than copying a small mesh's points."""

    def __init__(self, mesh: om.MFnMesh, full_path: str) -> None:
        self._path = _path_of(full_path)
        self.trusted = can_read_memory(mesh, full_path)

    def read(self, mesh: om.MFnMesh) -> bytes:
        """The points in the mesh's own space, little-endian float32. mesh: the same, at the present frame.

        One point is compared at every frame: memory that was not brought up to date is not believed.
        """
        count = mesh.numVertices
        middle = 12 * (count // 2)
        if self.trusted:
            packed = _packed(mesh, count // 2)  # asked first: it makes Maya evaluate the mesh
            raw = _from_memory(self._path, count)
            if raw[middle : middle + 12] == packed:
                return raw
        return _one_by_one(mesh)


def can_read_memory(mesh: om.MFnMesh, full_path: str) -> bool:
    """Whether Maya's memory holds what Maya says the points are: the first, the middle and the last are compared."""
    count = mesh.numVertices
    raw = _from_memory(_path_of(full_path), count)
    return all(raw[12 * i : 12 * i + 12] == _packed(mesh, i) for i in (0, count // 2, count - 1))


def _path_of(full_path: str) -> om1.MDagPath:
    found = om1.MSelectionList()
    path: om1.MDagPath = om1.MDagPath()
    found.add(full_path)
    found.getDagPath(0, path)
    return path


def _from_memory(path: om1.MDagPath, count: int) -> bytes:
    return ctypes.string_at(int(om1.MFnMesh(path).getRawPoints()), 12 * count)


def _packed(mesh: om.MFnMesh, index: int) -> bytes:
    point = mesh.getPoint(index, OWN_SPACE)
    return POINT.pack(point.x, point.y, point.z)


def _one_by_one(mesh: om.MFnMesh) -> bytes:
    points = mesh.getFloatPoints(OWN_SPACE)
    return b"".join(POINT.pack(points[i].x, points[i].y, points[i].z) for i in range(len(points)))
