"""An in-memory Maya scene: nodes, attributes, paths with instances, time, undo queue, modified flag, panels, image planes."""

from __future__ import annotations

import copy
import itertools
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.fake_maya.nodes import CHILDREN, DAG_TYPES, IDENTITY, SCHEMA

Matrix = NDArray[np.float64]
Curve = Callable[[float], Any]


@dataclass
class Attribute:
    """A value, or a curve over time, or a connection that gives it."""

    value: Any
    locked: bool = False
    curve: Curve | None = None
    source: tuple[Node, str] | None = None


@dataclass(eq=False)
class Node:
    """A node; a DAG node may hang below several parents (instances)."""

    type: str
    name: str
    attributes: dict[str, Attribute]
    parents: list[Node] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    referenced: bool = False
    do_not_write: bool = False
    members: list[Node] = field(default_factory=list)  # of a set or a display layer
    mesh: Any = None

    @property
    def is_dag(self) -> bool:
        return self.type in DAG_TYPES

    @property
    def leaf(self) -> str:
        """The name without its namespaces."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True)
class DagPath:
    """The nodes from a root down to one node."""

    nodes: tuple[Node, ...]

    @property
    def node(self) -> Node:
        return self.nodes[-1]

    @property
    def full(self) -> str:
        return "".join("|" + node.name for node in self.nodes)


@dataclass
class Panel:
    """A model panel and what its editor shows."""

    name: str
    camera: str
    options: dict[str, Any]
    window: str = ""
    isolated: bool = False
    isolate_set: str = ""
    drawn: int = 0


class Scene:
    """Everything that a Maya session holds. Change it through the commands; the loaders fill it directly."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._named: dict[str, list[Node]] = {}
        self.time = 1.0
        self.evaluations = 0
        self.selection: list[str] = []
        self.modified = False
        self.file_name = ""
        self.undo_on = True
        self.undo_queue: list[tuple[str, Callable[[], None]]] = []
        self.redo_queue: list[tuple[str, Any]] = []
        self.option_vars: dict[str, Any] = {"inViewMessageEnable": 1}
        self.units = {"linear": "cm", "time": "film", "angle": "deg"}
        self.up_axis = "y"
        self.playback = {"minTime": 1.0, "maxTime": 24.0, "animationStartTime": 1.0, "animationEndTime": 24.0}
        self.marked: tuple[float, float] | None = None  # in the time slider: the first frame, and the one behind the last
        self.panels: dict[str, Panel] = {}
        self.focus = ""
        self.windows: set[str] = set()
        self.references: list[str] = []  # reference edits, one line each
        self.script_errors: list[str] = []
        self.image_cache: dict[str, bytes] = {}
        self.on_evaluate: Callable[[], None] = lambda: None
        self.numbers = itertools.count(1)
        self.add("time", "time1")
        self.add("resolution", "defaultResolution")

    def add(self, kind: str, name: str, parent: Node | None = None, **values: Any) -> Node:
        """Put a node in, with values for some of its attributes."""
        node = Node(kind, self._free_name(name), {key: Attribute(value) for key, value in SCHEMA[kind].items()})
        for key, value in values.items():
            attribute = node.attributes[key]
            attribute.curve, attribute.value = (value, None) if callable(value) else (None, value)
        self.nodes.append(node)
        self._named.setdefault(node.name, []).append(node)
        if parent is not None:
            self.put_under(node, parent)
        return node

    def put_under(self, node: Node, parent: Node) -> None:
        node.parents.append(parent)
        parent.children.append(node)

    def remove(self, node: Node) -> None:
        """Take a node out, with all below it and all its connections."""
        for child in list(node.children):
            child.parents.remove(node)
            if not child.parents:
                self.remove(child)
        for parent in node.parents:
            parent.children.remove(node)
        self.nodes.remove(node)
        self._named[node.name].remove(node)
        for other in self.nodes:
            for attribute in other.attributes.values():
                if attribute.source and attribute.source[0] is node:
                    attribute.source = None

    def _free_name(self, name: str) -> str:
        if "#" in name:
            return next(f for n in itertools.count(1) if not self._named.get(f := name.replace("#", str(n))))
        return name

    def saved(self) -> Scene:
        """What a file would hold of it, to be opened in another session: no undo queue, nothing that is not to be written."""
        deepest, held = sys.getrecursionlimit(), (self.undo_queue, self.redo_queue)
        sys.setrecursionlimit(100_000)  # a scene is one web of nodes
        try:
            self.undo_queue, self.redo_queue = [], []
            kept = copy.deepcopy(self)
        finally:
            sys.setrecursionlimit(deepest)
            self.undo_queue, self.redo_queue = held
        for node in [node for node in kept.nodes if node.do_not_write]:
            if node in kept.nodes:  # else it went with what was above it
                kept.remove(node)
        kept.modified, kept.selection, kept.script_errors, kept.image_cache = False, [], [], {}
        return kept

    # names and paths

    def paths(self, node: Node) -> Iterator[DagPath]:
        """Every path to a DAG node: several where it, or something above it, is instanced."""
        if not node.parents:
            yield DagPath((node,))
        for parent in node.parents:
            for path in self.paths(parent):
                yield DagPath((*path.nodes, node))

    def every_path(self) -> Iterator[DagPath]:
        """Every path of the scene, depth first."""
        for root in self.nodes:
            if root.is_dag and not root.parents:
                yield from self.below(DagPath((root,)))

    def below(self, path: DagPath) -> Iterator[DagPath]:
        yield path
        for child in path.node.children:
            yield from self.below(DagPath((*path.nodes, child)))

    def find(self, name: str) -> list[Node | DagPath]:
        """What a name or path may mean: DAG paths, or other nodes."""
        name = name.rpartition("->")[2]
        found: list[Node | DagPath] = []
        for node in self._named.get(name.rpartition("|")[2], []):
            if node.is_dag:
                found += [path for path in self.paths(node) if path.full == name or path.full.endswith("|" + name.lstrip("|"))]
            elif node.name == name:
                found.append(node)
        return [each for each in found if isinstance(each, DagPath) and each.full == name] if name.startswith("|") else found

    def one(self, name: str) -> Node | DagPath:
        """The one thing that a name means. Raises ValueError as Maya does."""
        found = self.find(name)
        if not found:
            raise ValueError(f"No object matches name: {name}")
        if len(found) > 1 and len({id(_node(each)) for each in found}) > 1:
            raise ValueError(f"More than one object matches name: {name}")
        return found[0]

    def node(self, name: str) -> Node:
        return _node(self.one(name))

    def shortest(self, path: DagPath) -> str:
        """The shortest name that means only this path."""
        names = [node.name for node in path.nodes]
        for count in range(1, len(names) + 1):
            name = "|".join(names[-count:])
            if len(self.find(name)) == 1:
                return name
        return path.full

    # values

    def plug(self, text: str) -> tuple[Node, str]:
        """A node and an attribute from "node.attribute". Raises ValueError as Maya does."""
        name, _, attribute = text.partition(".")
        node, bare = self.node(name), attribute.partition("[")[0]
        if bare not in node.attributes and _parent_of(node, bare) is None:
            raise ValueError(f"No object matches name: {text}")
        return node, bare

    def get(self, node: Node, name: str, time: float | None = None) -> Any:
        """An attribute's value now, or at a time."""
        now = self.time if time is None else time
        if node.type == "time" and name == "outTime":
            return now
        attribute = node.attributes.get(name)
        if attribute is None:
            parent, axis = _parent_of(node, name) or ("", 0)
            return self.get(node, parent, time)[axis]
        if attribute.source:
            source, plug = attribute.source
            return self.source_value(source, plug, now)
        return attribute.curve(now) if attribute.curve else attribute.value

    def source_value(self, node: Node, plug: str, now: float) -> Any:
        if plug == "worldMatrix":
            return tuple(self.world_matrix(next(self.paths(node)), now).ravel())
        return self.get(node, plug, now)

    def local_matrix(self, node: Node, time: float) -> Matrix:
        """Maya's transform: scale, rotate (xyz), translate, then the offset of its parent."""
        if "translate" not in node.attributes:
            return np.eye(4)
        matrix = np.eye(4)
        scale, angles = self.get(node, "scale", time), self.get(node, "rotate", time)
        matrix[:3, :3] = np.diag(scale) @ _turn(angles) if any(angles) else np.diag(scale)
        matrix[3, :3] = self.get(node, "translate", time)
        parent = self.get(node, "offsetParentMatrix", time)
        return matrix if parent is IDENTITY else matrix @ np.array(parent, float).reshape(4, 4)

    def world_matrix(self, path: DagPath, time: float | None = None) -> Matrix:
        now = self.time if time is None else time
        matrix = np.eye(4)
        for node in path.nodes:
            if "translate" in node.attributes:
                matrix = self.local_matrix(node, now) @ matrix
        return matrix

    def is_visible(self, path: DagPath) -> bool:
        """Whether a viewport draws it: visibility, level of detail, overrides and layers of all above it."""
        return all(self._shows(node) for node in path.nodes)

    def _shows(self, node: Node) -> bool:
        if not (self.get(node, "visibility") and self.get(node, "lodVisibility")) or self.get(node, "intermediateObject"):
            return False
        if self.get(node, "overrideEnabled") and not self.get(node, "overrideVisibility"):
            return False
        layer = node.attributes["drawOverride"].source
        return layer is None or bool(self.get(layer[0], "visibility"))

    # change

    def change(self, what: str, undo: Callable[[], None]) -> None:
        """Note a change to the scene: it is modified, and can be undone if the undo queue records."""
        self.modified = True
        if self.undo_on:
            self.undo_queue.append((what, undo))

    def set_time(self, time: float) -> None:
        self.time = float(time)
        self.evaluations += 1
        self.show_planes()
        self.on_evaluate()

    def show_planes(self) -> None:
        """Load what image planes show, by path: a file that is not there is an error in the script editor, one that was read is kept."""
        for node in self.nodes:
            path = self.plane_path(node)
            if path and path not in self.image_cache:
                try:
                    self.image_cache[path] = Path(path).read_bytes()
                except OSError:
                    self.script_errors.append(f"Error: Unable to open image file '{path}'")

    def plane_path(self, node: Node) -> str:
        """The file that an image plane shows now."""
        if node.type != "imagePlane" or not self.get(node, "imageName") or not self.get(node, "displayMode"):
            return ""
        name = str(self.get(node, "imageName"))
        if not self.get(node, "useFrameExtension"):
            return name
        number = int(self.get(node, "frameExtension")) + int(self.get(node, "frameOffset"))
        if not int(self.get(node, "frameIn")) <= number <= int(self.get(node, "frameOut")):
            return ""
        stem, _, ending = name.rpartition(".")
        return f"{stem.rpartition('.')[0]}.{number}.{ending}"


def _node(found: Node | DagPath) -> Node:
    return found.node if isinstance(found, DagPath) else found


def _parent_of(node: Node, name: str) -> tuple[str, int] | None:
    """The compound and the index of a child attribute: translateX is translate's first."""
    for parent, letters in CHILDREN.items():
        if name[:-1] == parent and name[-1:] in letters and parent in node.attributes:
            return parent, letters.index(name[-1])
    return None


def child_of(node: Node, name: str) -> tuple[str, int] | None:
    """Where a child attribute's value lies."""
    return _parent_of(node, name)


def _turn(degrees: tuple[float, float, float]) -> Matrix:
    """Rotation about x, then y, then z, for row vectors."""
    (sx, cx), (sy, cy), (sz, cz) = ((math.sin(math.radians(a)), math.cos(math.radians(a))) for a in degrees)
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    turned: Matrix = about_x @ about_y @ about_z
    return turned


__all__ = ["IDENTITY", "Attribute", "DagPath", "Matrix", "Node", "Panel", "Scene", "child_of"]
