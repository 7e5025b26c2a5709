"""`maya.api.OpenMaya` as far as the plug-in uses it; an unknown name, method, property or type of argument fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.fake_maya.lens import rendering_frustum
from tests.fake_maya.meshes import Shape
from tests.fake_maya.plug_ins import MArgDatabase, MArgParser, MFnPlugin, MGlobal, MPxCommand, MSyntax  # noqa: F401 - part of the API
from tests.fake_maya.scene import DagPath, Node, Scene
from tests.fake_maya.session import current

_API_TYPES = {"mesh": "kMesh", "camera": "kCamera", "stereoRigCamera": "kStereoCameraMaster", "joint": "kJoint", "transform": "kTransform"}


def _scene() -> Scene:
    return current().scene


class MFn:
    kInvalid, kDagNode, kTransform, kJoint, kCamera, kMesh = 0, 107, 110, 121, 250, 296


class MSpace:
    kInvalid, kTransform, kPreTransform, kObject, kWorld = 0, 1, 2, 2, 4


class MObject:
    """A handle on a node."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    @property
    def apiTypeStr(self) -> str:
        return _API_TYPES.get(self._node.type, "kPluginShape")

    def isNull(self) -> bool:
        return self._node not in _scene().nodes

    def hasFn(self, kind: int) -> bool:
        return _has_fn(self._node, kind)


class MObjectHandle:
    __slots__ = ("_object",)

    def __init__(self, object: MObject) -> None:
        if not isinstance(object, MObject):
            raise TypeError("an MObject is needed")
        self._object = object

    def __hash__(self) -> int:
        return id(self._object._node)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MObjectHandle) and other._object._node is self._object._node

    def hashCode(self) -> int:
        return id(self._object._node) % 1000  # two nodes may have the same

    def isValid(self) -> bool:
        return not self._object.isNull()

    def isAlive(self) -> bool:
        return self.isValid()

    def object(self) -> MObject:
        return self._object


class _Array:
    __slots__ = ("_items",)

    def __init__(self, items: Any = ()) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Any:
        return self._items[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class MIntArray(_Array):
    __slots__ = ()


class MObjectArray(_Array):
    __slots__ = ()


class MFloatPointArray(_Array):
    __slots__ = ()


class MFloatPoint:
    __slots__ = ("w", "x", "y", "z")

    def __init__(self, x: float = 0.0, y: float = 0.0, z: float = 0.0, w: float = 1.0) -> None:
        self.x, self.y, self.z, self.w = x, y, z, w


class MPoint(MFloatPoint):
    __slots__ = ()


class MMatrix:
    """A 4 x 4 matrix for row vectors; iterates over its 16 numbers, row by row."""

    __slots__ = ("_flat", "_m")

    def __init__(self, values: Any = None) -> None:
        self._keep(np.eye(4) if values is None else np.array(values, float).reshape(4, 4))

    def _keep(self, matrix: Any) -> None:
        self._m, self._flat = matrix, matrix.ravel().tolist()

    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> float:
        value: float = self._flat[index]
        return value

    def __iter__(self) -> Iterator[float]:
        return iter(self._flat)

    def getElement(self, row: int, column: int) -> float:
        return float(self._m[row, column])

    def det3x3(self) -> float:
        return float(np.linalg.det(self._m[:3, :3]))

    def inverse(self) -> MMatrix:
        return MMatrix(np.linalg.inv(self._m))


class MFloatMatrix(MMatrix):
    __slots__ = ()

    def __init__(self, values: Any = None) -> None:
        super().__init__(values)
        self._keep(self._m.astype(np.float32).astype(float))


class MDagPath:
    __slots__ = ("_path",)

    def __init__(self, other: MDagPath | None = None) -> None:
        self._path: DagPath = other._path if other is not None else DagPath(())

    @classmethod
    def _of(cls, path: DagPath) -> MDagPath:
        made = cls()
        made._path = path
        return made

    def fullPathName(self) -> str:
        current()
        return self._path.full

    def partialPathName(self) -> str:
        return _scene().shortest(self._path)

    def node(self) -> MObject:
        return MObject(self._path.node)

    def transform(self) -> MObject:
        return MObject(next(n for n in reversed(self._path.nodes) if n.type in ("transform", "joint")))

    def inclusiveMatrix(self) -> MMatrix:
        return MMatrix(_scene().world_matrix(self._path))

    def exclusiveMatrix(self) -> MMatrix:
        return MMatrix(_scene().world_matrix(DagPath(self._path.nodes[:-1])))

    def isVisible(self) -> bool:
        return _scene().is_visible(self._path)

    def isInstanced(self) -> bool:
        return len(list(_scene().paths(self._path.node))) > 1

    def instanceNumber(self) -> int:
        return [path.full for path in _scene().paths(self._path.node)].index(self._path.full)

    def length(self) -> int:
        return len(self._path.nodes)

    def pop(self, count: int = 1) -> MDagPath:
        self._path = DagPath(self._path.nodes[:-count])
        return self

    def hasFn(self, kind: int) -> bool:
        return _has_fn(self._path.node, kind)

    def extendToShape(self) -> MDagPath:
        shape = next(child for child in self._path.node.children if child.type not in ("transform", "joint"))
        self._path = DagPath((*self._path.nodes, shape))
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MDagPath) and other._path == self._path

    def __hash__(self) -> int:
        raise TypeError("unhashable type: 'OpenMaya.MDagPath'")


def _has_fn(node: Node, kind: int) -> bool:
    kinds = {
        MFn.kDagNode: node.is_dag,
        MFn.kTransform: node.type in ("transform", "joint"),
        MFn.kJoint: node.type == "joint",
        MFn.kCamera: "focalLength" in node.attributes,
        MFn.kMesh: node.type == "mesh",
    }
    return kinds[kind]


class MSelectionList:
    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[Node | DagPath] = []

    def add(self, item: str) -> MSelectionList:
        found = _scene().find(item)
        if not found:
            raise RuntimeError("(kInvalidParameter): Object does not exist")
        self._found += found
        return self

    def length(self) -> int:
        return len(self._found)

    def getDagPath(self, index: int) -> MDagPath:
        found = self._found[index]
        if not isinstance(found, DagPath):
            raise TypeError("item is not a DAG path")
        return MDagPath._of(found)

    def getDependNode(self, index: int) -> MObject:
        found = self._found[index]
        return MObject(found.node if isinstance(found, DagPath) else found)


class MItDag:
    kDepthFirst, kBreadthFirst = 1, 2
    __slots__ = ("_at", "_paths")

    def __init__(self, traversalType: int = 1, filterType: int = MFn.kInvalid) -> None:
        if traversalType != self.kDepthFirst:
            raise ValueError("only depth first")
        self._paths = [path for path in _scene().every_path() if filterType == MFn.kInvalid or _has_fn(path.node, filterType)]
        self._at = 0

    def isDone(self) -> bool:
        return self._at >= len(self._paths)

    def next(self) -> MItDag:
        self._at += 1
        return self

    def getPath(self) -> MDagPath:
        return MDagPath._of(self._paths[self._at])


class MFnDependencyNode:
    __slots__ = ("_node",)

    def __init__(self, object: MObject | MDagPath) -> None:
        if not isinstance(object, (MObject, MDagPath)):
            raise TypeError("an MObject or MDagPath is needed")
        self._node = object._path.node if isinstance(object, MDagPath) else object._node

    def name(self) -> str:
        return self._node.name

    @property
    def typeName(self) -> str:
        return self._node.type

    @property
    def isFromReferencedFile(self) -> bool:
        return self._node.referenced

    def setDoNotWrite(self, state: bool) -> MFnDependencyNode:
        current()
        self._node.do_not_write = state
        return self


class MFnDagNode(MFnDependencyNode):
    __slots__ = ()

    @property
    def isIntermediateObject(self) -> bool:
        return bool(_scene().get(self._node, "intermediateObject"))


class MFnMesh(MFnDagNode):
    __slots__ = ()

    def __init__(self, object: MObject | MDagPath) -> None:
        super().__init__(object)
        if self._node.type != "mesh":
            raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")

    def _now(self) -> Shape:
        shape: Shape = self._node.mesh.now(_scene().time)
        return shape

    @property
    def numVertices(self) -> int:
        return len(self._now().points)

    @property
    def numPolygons(self) -> int:
        return len(self._now().counts)

    @property
    def numFaceVertices(self) -> int:
        return len(self._now().vertices)

    def getTriangles(self) -> tuple[MIntArray, MIntArray]:
        counts, corners = self._now().triangles()
        return MIntArray(counts.tolist()), MIntArray(corners.tolist())

    def getConnectedShaders(self, instance: int) -> tuple[MObjectArray, MIntArray]:
        if not isinstance(instance, int):
            raise TypeError("an int is needed")
        data, faces = self._node.mesh, len(self._now().counts)
        numbers = [0 if data.shaders else -1] * faces if data.face_shaders is None else data.face_shaders.tolist()
        return MObjectArray(MObject(each) for each in data.shaders), MIntArray(numbers)

    def getPoint(self, vertexId: int, space: int = MSpace.kObject) -> MPoint:
        if space != MSpace.kObject:
            raise ValueError("only kObject")
        return MPoint(*(float(each) for each in self._now().points[vertexId]))

    def getFloatPoints(self, space: int = MSpace.kObject) -> MFloatPointArray:
        if space != MSpace.kObject:
            raise ValueError("only kObject")
        return MFloatPointArray(MFloatPoint(*(float(each) for each in point)) for point in self._now().points)


def _camera(name: str) -> Any:
    return property(lambda self: _scene().get(self._node, name))


class MFnCamera(MFnDagNode):
    __slots__ = ()

    def __init__(self, object: MObject | MDagPath) -> None:
        super().__init__(object)
        if "focalLength" not in self._node.attributes:
            raise RuntimeError("(kInvalidParameter): Object is incompatible with this method")

    focalLength, cameraScale, filmFitOffset = _camera("focalLength"), _camera("cameraScale"), _camera("filmFitOffset")
    horizontalFilmAperture, verticalFilmAperture = _camera("horizontalFilmAperture"), _camera("verticalFilmAperture")
    horizontalFilmOffset, verticalFilmOffset = _camera("horizontalFilmOffset"), _camera("verticalFilmOffset")
    nearClippingPlane, farClippingPlane = _camera("nearClipPlane"), _camera("farClipPlane")
    lensSqueezeRatio, filmRollValue, shakeEnabled = _camera("lensSqueezeRatio"), _camera("filmRollValue"), _camera("shakeEnabled")
    preScale, postScale = _camera("preScale"), _camera("postScale")
    filmTranslateH, filmTranslateV = _camera("filmTranslateH"), _camera("filmTranslateV")
    renderPanZoom = _camera("renderPanZoom")

    @property
    def filmFit(self) -> int:
        return int(_scene().get(self._node, "filmFit"))

    def isOrtho(self) -> bool:
        return bool(_scene().get(self._node, "orthographic"))

    def getRenderingFrustum(self, windowAspect: float) -> list[float]:
        left, right, bottom, top = rendering_frustum(
            self.focalLength, (self.horizontalFilmAperture, self.verticalFilmAperture),
            (self.horizontalFilmOffset, self.verticalFilmOffset), self.filmFit, self.filmFitOffset, self.cameraScale,
            float(windowAspect), self.nearClippingPlane,
        )  # fmt: skip
        return [left, right, bottom, top]

    def postProjectionMatrix(self) -> MFloatMatrix:
        pre, post = self.preScale, self.postScale
        angle = np.radians(self.filmRollValue)
        roll = np.eye(4)
        roll[:2, :2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        move = np.eye(4)
        move[3, :2] = self.filmTranslateH, self.filmTranslateV
        return MFloatMatrix(np.diag([pre, pre, 1, 1]) @ move @ roll @ np.diag([post, post, 1, 1]))


class MMessage:
    @staticmethod
    def removeCallback(id: int) -> None:
        del current().callbacks[id]

    @staticmethod
    def removeCallbacks(ids: list[int]) -> None:
        for each in ids:
            MMessage.removeCallback(each)


class MEventMessage(MMessage):
    @staticmethod
    def addEventCallback(eventName: str, function: Any, clientData: Any = None) -> int:
        if eventName not in ("timeChanged", "idle", "SceneOpened", "NewSceneOpened", "SelectionChanged", "playbackRangeChanged"):
            raise ValueError(f"unknown event {eventName}")
        return current().add_callback(eventName, function, clientData)


class MTimerMessage(MMessage):
    @staticmethod
    def addTimerCallback(period: float, function: Any, clientData: Any = None) -> int:
        if not isinstance(period, float):
            raise TypeError("a float is needed")
        return current().add_callback("timer", function, clientData)


class MSceneMessage(MMessage):
    kBeforeNew, kBeforeOpen, kMayaExiting, kBeforeSave = 1, 6, 18, 11

    @staticmethod
    def addCallback(message: int, function: Any, clientData: Any = None) -> int:
        return current().add_callback(f"scene{message}", function, clientData)
