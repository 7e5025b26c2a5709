"""`maya.OpenMaya` (API 1.0) as far as the plug-in uses it: the address of a mesh's points."""

from __future__ import annotations

from tests.fake_maya import openmaya
from tests.fake_maya.session import current


class MDagPath:
    __slots__ = ("_path",)

    def __init__(self) -> None:
        self._path: openmaya.MDagPath | None = None


class MSelectionList:
    __slots__ = ("_list",)

    def __init__(self) -> None:
        self._list = openmaya.MSelectionList()

    def add(self, name: str) -> None:
        self._list.add(name)

    def getDagPath(self, index: int, path: MDagPath) -> None:
        if not isinstance(path, MDagPath):
            raise TypeError("argument 3 of type 'MDagPath &'")
        path._path = self._list.getDagPath(index)


class _Pointer:
    """What SWIG gives for a pointer: int() tells the address."""

    __slots__ = ("_address",)

    def __init__(self, address: int) -> None:
        self._address = address

    def __int__(self) -> int:
        return self._address


class MFnMesh:
    __slots__ = ("_mesh",)

    def __init__(self, path: MDagPath) -> None:
        if not isinstance(path, MDagPath) or path._path is None:
            raise TypeError("argument 1 of type 'MDagPath const &'")
        self._mesh = openmaya.MFnMesh(path._path)

    def getRawPoints(self) -> _Pointer:
        return _Pointer(self._mesh._node.mesh.now(current().scene.time).points.ctypes.data)
