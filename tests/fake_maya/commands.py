"""The commands of the fake, one method each. Flags were checked against the tables before a method is called."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fake_maya import plain_picture
from tests.fake_maya.nodes import LINEAR, SCHEMA, SHAPES, UNITS
from tests.fake_maya.panel_commands import PanelCommands
from tests.fake_maya.plug_ins import PlugInCommands, command_of_plug_in
from tests.fake_maya.scene import Attribute, DagPath, Node, Panel, Scene, child_of
from tests.fake_maya.session import Maya, current
from tests.fake_maya.tables import check_call

_COMPOUNDS = ("double3", "float3")


def command(name: str) -> Callable[..., Any]:
    """A command as `maya.cmds` has it: known, checked against the tables, recorded."""
    own = command_of_plug_in(current(), name)
    if own is not None:
        return own
    known = getattr(Commands, name, None)

    def call(*args: Any, **flags: Any) -> Any:
        maya = current()
        mode = check_call(maya.version, name, flags)
        if known is None:
            raise NotImplementedError(f"the fake has no command '{name}' yet")
        maya.calls.append((name, args, flags))
        return known(Commands(maya, mode), *args, **flags)

    check_known(name)
    return call


def check_known(name: str) -> None:
    """Raise AttributeError for what is no command in the running version."""
    check_call(current().version, name, {})


def _draws() -> Any:
    """What draws pictures: our rasteriser, or a plain colour where it is not installed."""
    if importlib.util.find_spec("numba") is None:
        return plain_picture
    from tests.fake_maya import viewport

    return viewport


class Commands(PlugInCommands, PanelCommands):
    """One call; query: whether it only asks."""

    def __init__(self, maya: Maya, mode: str) -> None:
        self.maya, self.scene, self.mode = maya, maya.scene, mode
        self.query = mode == "query"

    # the session

    def about(self, batch: bool = False, version: bool = False, **_: Any) -> Any:
        return self.maya.batch if batch else self.maya.version

    def optionVar(
        self, query: str = "", exists: str = "", intValue: Any = None, stringValue: Any = None, remove: str = "", **more: Any
    ) -> Any:
        variables = self.scene.option_vars
        if more.get("list"):
            return sorted(variables)
        if exists:
            return exists in variables
        if query:
            return variables.get(query, 0)
        if remove:
            variables.pop(remove, None)
        for pair in (intValue, stringValue):
            if pair:
                variables[pair[0]] = pair[1]
        return None

    def progressWindow(self, **flags: Any) -> Any:
        state = self.maya.progress
        if self.query:
            if not state:
                raise RuntimeError("There is no progress window.")
            return self.maya.escape if flags.get("isCancelled") else state.get(next(f for f in flags if f != "query"))
        if self.maya.batch:
            raise RuntimeError("progressWindow is not available in batch mode.")
        if flags.pop("endProgress", False):
            state.clear()
        elif self.mode == "create" and state:
            raise RuntimeError("There is a progress window already.")
        else:
            state.update(flags)
        return None

    def undoInfo(self, state: Any = None, stateWithoutFlush: Any = None, undoName: Any = None, undoQueueEmpty: Any = None, **_: Any) -> Any:
        scene = self.scene
        if self.query:
            if undoName:
                return scene.undo_queue[-1][0] if scene.undo_queue else ""
            return not scene.undo_queue if undoQueueEmpty else scene.undo_on
        if state is not None:
            scene.undo_queue.clear()
            scene.undo_on = bool(state)
        if stateWithoutFlush is not None:
            scene.undo_on = bool(stateWithoutFlush)
        return None

    def undo(self) -> None:
        if not self.scene.undo_queue:
            raise RuntimeError("There are no more commands to undo.")
        self.scene.undo_queue.pop()[1]()

    def file(
        self, *names: str, query: bool = False, modified: Any = None, sceneName: bool = False, force: bool = False, **more: Any
    ) -> Any:
        opened = more.get("open", False)
        if query:
            return self.scene.modified if modified else self.scene.file_name
        if opened:
            self._open(names[0], force)
        if more.get("save"):
            self.maya.disk[self.scene.file_name] = self.scene.saved()
            self.scene.modified = False
            return self.scene.file_name
        if modified is not None:
            self.scene.modified = bool(modified)
        return None

    def _open(self, path: str, force: bool) -> None:
        if path not in self.maya.disk:
            raise RuntimeError(f"File not found: {path}")
        if self.scene.modified and not force:
            raise RuntimeError("Unsaved changes.")
        self.maya.fire("scene6")
        self.maya.scene = self.scene = self.maya.disk[path]

    # time and units

    def currentTime(self, *time: float, **_: Any) -> float:
        if time and not self.query:
            self.scene.set_time(time[0])
            self.maya.fire("timeChanged")
        return self.scene.time

    def currentUnit(self, linear: Any = None, time: Any = None, angle: Any = None, query: bool = False, **_: Any) -> Any:
        asked = {"linear": linear, "time": time, "angle": angle}
        if query:
            return self.scene.units[next(name for name, value in asked.items() if value)]
        self.scene.units.update({name: value for name, value in asked.items() if value})
        return None

    def upAxis(self, **_: Any) -> str:
        return self.scene.up_axis

    def playbackOptions(self, **flags: Any) -> Any:
        if self.query:
            return self.scene.playback[next(name for name in flags if name != "query")]
        self.scene.playback.update(flags)
        return None

    # nodes

    def allNodeTypes(self, **_: Any) -> list[str]:
        return sorted(SCHEMA)

    def objExists(self, name: str) -> bool:
        if "." in name:
            try:
                self.scene.plug(name)
            except ValueError:
                return False
            return True
        return bool(self.scene.find(name))

    def nodeType(self, name: str, **_: Any) -> str:
        return self.scene.node(name).type

    def createNode(self, kind: str, name: str = "", parent: str = "", skipSelect: bool = False, **_: Any) -> str:
        if kind not in SCHEMA:
            raise RuntimeError(f"Unknown object type: {kind}")
        scene = self.scene
        above = scene.node(parent) if parent else None
        if kind in SHAPES and above is None:
            above = scene.add("transform", f"{name.replace('Shape', '') or kind}#" if not name else f"{name}Transform")
        node = scene.add(kind, name or f"{kind}#", above)
        scene.change("createNode", functools.partial(scene.remove, above or node))
        if not skipSelect:
            scene.selection = [node.name]
        return self._name(node)

    def delete(self, *names: Any, **_: Any) -> None:
        flat = [name for each in names for name in (each if isinstance(each, (list, tuple)) else [each])]
        for name in flat:
            for found in self.scene.find(name)[:1] or [self.scene.one(name)]:
                node = found.node if isinstance(found, DagPath) else found
                if node.referenced:
                    raise RuntimeError("Referenced nodes cannot be deleted.")
                self.scene.remove(node)
                self.scene.change("delete", lambda: None)
            self.scene.selection = [each for each in self.scene.selection if self.scene.find(each)]

    def ls(
        self, *names: str, selection: bool = False, type: Any = None, exactType: Any = None, long: bool = False, allPaths: bool = False,
        noIntermediate: bool = False, **_: Any,
    ) -> list[str]:  # fmt: skip
        kinds = [type] if isinstance(type, str) else type
        for kind in kinds or ():
            if kind not in SCHEMA:
                raise RuntimeError(f"Unknown object type: {kind}")
        chosen = self.scene.selection if selection else names
        found = [each for name in chosen for each in self.scene.find(name)] if chosen or selection else self._everything()
        kept = [each for each in found if kinds is None or _node(each).type in kinds]
        if noIntermediate:
            kept = [each for each in kept if not (_node(each).is_dag and self.scene.get(_node(each), "intermediateObject"))]
        seen: dict[str, None] = {}
        for each in kept:
            if allPaths or not isinstance(each, DagPath) or chosen or next(self.scene.paths(each.node)) == each:
                seen[self._show(each, long)] = None
        return list(seen)

    def _everything(self) -> list[Any]:
        return [*self.scene.every_path(), *(node for node in self.scene.nodes if not node.is_dag)]

    def listRelatives(
        self, name: str, parent: bool = False, shapes: bool = False, fullPath: bool = False, type: Any = None, children: bool = False,
        path: bool = False, allDescendents: bool = False, noIntermediate: bool = False,
    ) -> list[str] | None:  # fmt: skip
        at = self.scene.one(name)
        if not isinstance(at, DagPath):
            return None
        if parent:
            found = [DagPath(at.nodes[:-1])] if len(at.nodes) > 1 else []
        elif allDescendents:
            found = [each for each in self.scene.below(at) if each != at]
        else:
            found = [DagPath((*at.nodes, child)) for child in at.node.children if not shapes or child.type in SHAPES]
        kept = [each for each in found if type is None or each.node.type == type]
        return [self._show(each, fullPath) for each in kept] or None

    def referenceQuery(self, name: str, isNodeReferenced: bool = False, **_: Any) -> bool:
        return self.scene.node(name).referenced

    def _name(self, node: Node) -> str:
        return self.scene.shortest(next(self.scene.paths(node))) if node.is_dag else node.name

    def _show(self, found: Node | DagPath, long: bool) -> str:
        if isinstance(found, Node):
            return found.name
        return found.full if long else self.scene.shortest(found)

    # attributes

    def attributeQuery(self, name: str, node: str = "", exists: bool = False, **_: Any) -> bool:
        of = self.scene.node(node)
        return name in of.attributes or child_of(of, name) is not None

    def addAttr(self, name: str, longName: str = "", dataType: str = "", attributeType: str = "", **_: Any) -> None:
        node = self.scene.node(name)
        node.attributes[longName] = Attribute("" if dataType == "string" else 0.0)
        self._note_reference_edit(node, f"addAttr {longName}")
        self.scene.change("addAttr", lambda: node.attributes.pop(longName) and None)

    def getAttr(self, plug: str, lock: bool = False, settable: bool = False, time: Any = None, type: bool = False, **_: Any) -> Any:
        node, name = self.scene.plug(plug)
        place = node.attributes[name] if name in node.attributes else node.attributes[(child_of(node, name) or ("", 0))[0]]
        if lock:
            return place.locked
        if settable:
            return not (place.locked or place.source or place.curve)
        value = self.scene.get(node, name, time) if name != "worldMatrix" else self.scene.source_value(node, name, time or self.scene.time)
        if name in LINEAR:
            unit = UNITS[self.scene.units["linear"]]
            value = tuple(each / unit for each in value) if isinstance(value, tuple) else value / unit
        if isinstance(value, tuple) and len(value) == 16:
            return list(value)
        return [value] if isinstance(value, tuple) else value

    def setAttr(self, plug: str, *values: Any, type: str = "", lock: Any = None, **_: Any) -> None:
        node, name = self.scene.plug(plug)
        parent = None if name in node.attributes else child_of(node, name)
        place = node.attributes[parent[0] if parent else name]
        if lock is not None:
            place.locked = bool(lock)
            return
        if place.locked or place.source or place.curve:
            raise RuntimeError(f"setAttr: The attribute '{plug}' is locked or connected and cannot be modified.")
        value = self._given(place, name, values, type)
        if parent:
            value = tuple(value if i == parent[1] else each for i, each in enumerate(place.value))
        before = place.value
        place.value = value
        self._note_reference_edit(node, f"setAttr {plug}")
        self.scene.change("setAttr", lambda: setattr(place, "value", before))
        if node.type == "imagePlane":
            self.scene.show_planes()

    def _given(self, place: Attribute, name: str, values: tuple[Any, ...], kind: str) -> Any:
        now = place.value
        if isinstance(now, str):
            if kind != "string" or len(values) != 1 or not isinstance(values[0], str):
                raise RuntimeError(f"setAttr: '{name}' takes one string, with type 'string'.")
            return values[0]
        if isinstance(now, tuple):
            flat = tuple(each for value in values for each in (value if isinstance(value, (list, tuple)) else [value]))
            if len(flat) != len(now) or (len(now) == 16 and kind != "matrix") or (len(now) == 3 and kind not in ("", *_COMPOUNDS)):
                raise RuntimeError(f"setAttr: '{name}' takes {len(now)} numbers.")
            return tuple(each * UNITS[self.scene.units["linear"]] for each in flat) if name in LINEAR else flat
        if len(values) != 1 or not isinstance(values[0], (bool, int, float)) or kind:
            raise RuntimeError(f"setAttr: '{name}' takes one number.")
        return values[0] * UNITS[self.scene.units["linear"]] if name in LINEAR else type(now)(values[0])

    def connectAttr(self, source: str, destination: str, force: bool = False, **_: Any) -> None:
        of, plug = self.scene.plug(source)
        node, name = self.scene.plug(destination)
        place = node.attributes[name]
        if place.locked or (place.source and not force):
            raise RuntimeError(f"connectAttr: the destination '{destination}' is locked or connected already.")
        place.source = (of, plug)
        self._note_reference_edit(node, f"connectAttr {source} {destination}")
        self.scene.change("connectAttr", lambda: setattr(place, "source", None))

    def listConnections(self, name: str, source: bool = True, destination: bool = True, plugs: bool = False, type: Any = None) -> Any:
        node, plug = self.scene.plug(name) if "." in name else (self.scene.node(name), "")
        found: list[tuple[Node, str]] = []
        if source:
            found += [a.source for key, a in node.attributes.items() if a.source and (not plug or key == plug)]
        if destination:
            for other in self.scene.nodes:
                found += [
                    (other, key) for key, a in other.attributes.items() if a.source and a.source[0] is node and plug in ("", a.source[1])
                ]
        shown = [f"{self._name(n)}.{p}" if plugs else self._name(n) for n, p in found if type is None or n.type == type]
        return shown or None

    def _note_reference_edit(self, node: Node, edit: str) -> None:
        if node.referenced:
            self.scene.references.append(edit)

    def sets(self, name: str, **_: Any) -> list[str] | None:
        return [self._name(node) for node in self.scene.node(name).members] or None

    # panels and pictures

    def getPanel(self, withFocus: bool = False, visiblePanels: bool = False, typeOf: str = "", type: str = "", **_: Any) -> Any:
        if withFocus:
            return self.scene.focus
        if typeOf:
            return "modelPanel" if typeOf in self.scene.panels else "outlinerPanel"
        return [name for name in self.scene.panels if visiblePanels or type == "modelPanel"]

    def window(self, *names: str, exists: bool = False, **_: Any) -> Any:
        if exists:
            return names[0] in self.scene.windows
        name = f"window{next(self.scene.numbers)}"
        self.scene.windows.add(name)
        return name

    def paneLayout(self, **_: Any) -> str:
        return "paneLayout1"

    def modelPanel(self, *names: str, camera: Any = None, modelEditor: bool = False, exists: bool = False, **_: Any) -> Any:
        if exists:
            return names[0] in self.scene.panels
        if self.mode == "create":
            self._no_batch()
            panel = Panel(f"modelPanel{next(self.scene.numbers) + 4}", "persp", {})
            panel.window = max(self.scene.windows, default="")
            self.scene.panels[panel.name] = panel
            return panel.name
        panel = self._panel(names[0])
        if self.query:
            return panel.camera if camera else ("editor" if modelEditor else "bar")
        panel.camera = self._camera(camera)
        return None

    def modelEditor(self, name: str, **flags: Any) -> Any:
        panel = self._panel(name)
        if self.query:
            asked = next(flag for flag in flags if flag != "query")
            return panel.isolate_set if asked == "viewObjects" else panel.camera if asked == "camera" else panel.options.get(asked, True)
        flags.pop("edit", None)
        if "camera" in flags:
            panel.camera = self._camera(flags.pop("camera"))
        panel.options.update(flags)
        return None

    def isolateSelect(self, name: str, state: Any = None, addDagObject: str = "", viewObjects: bool = False, **_: Any) -> Any:
        panel = self._panel(name)
        if self.query:
            return panel.isolate_set if viewObjects else panel.isolated
        if state is not None:
            panel.isolated = bool(state)
            panel.isolate_set = panel.isolate_set or self.scene.add("objectSet", f"{name}ViewSelectedSet").name
        if addDagObject:
            self.scene.node(panel.isolate_set).members.append(self.scene.node(addDagObject))
        return None

    def deleteUI(self, *names: str, panel: bool = False, **_: Any) -> None:
        for name in names:
            if name in self.scene.panels:
                gone = self.scene.panels.pop(name)
                if gone.isolate_set and self.scene.find(gone.isolate_set):
                    self.scene.remove(self.scene.node(gone.isolate_set))
            elif self.delete_shelf(name):
                continue
            elif name in self.scene.windows:
                self.scene.windows.discard(name)
            else:
                raise RuntimeError(f"Object '{name}' not found.")

    def refresh(self, **_: Any) -> None:
        current()

    def playblast(
        self, frame: Any = None, completeFilename: str = "", filename: str = "", widthHeight: Any = None, percent: int = 50,
        viewer: bool = True, offScreen: bool = False, forceOverwrite: bool = False, format: str = "", compression: str = "",
        editorPanelName: str = "", **_: Any,
    ) -> str:  # fmt: skip
        self._no_batch()
        path = Path(completeFilename)
        if viewer or format != "image" or compression != "png" or not completeFilename:
            raise RuntimeError("playblast would open a viewer, or write no single PNG.")
        if path.exists() and not forceOverwrite:
            raise RuntimeError("playblast: the file exists.")
        panel = self._panel(editorPanelName)
        width, height = (side * percent // 100 for side in (widthHeight or (960, 540)))
        if not offScreen:
            width, height = min(width, 960), min(height, 540)
        if frame and frame[0] != self.scene.time:
            self.scene.set_time(frame[0])
        _draws().save_picture(self.scene, panel, (width, height), path)
        return str(path)

    def _no_batch(self) -> None:
        if self.maya.batch:
            raise RuntimeError("Could not initialize Playblast renderer.")

    def _panel(self, name: str) -> Panel:
        if name not in self.scene.panels:
            raise RuntimeError(f"Object '{name}' not found.")
        return self.scene.panels[name]

    def _camera(self, name: str) -> str:
        path = self.scene.one(name)
        if not isinstance(path, DagPath):
            raise RuntimeError(f"'{name}' is no camera.")
        if path.node.type == "transform":
            path = DagPath((*path.nodes, next(child for child in path.node.children if "focalLength" in child.attributes)))
        if "focalLength" not in path.node.attributes:
            raise RuntimeError(f"'{name}' is no camera.")
        return path.full

    # image planes and colour

    def imagePlane(self, camera: str = "", fileName: str = "", name: str = "imagePlane#", **_: Any) -> list[str]:
        if self.mode != "create":
            raise NotImplementedError("only creating image planes")
        shape = self.scene.one(self._camera(camera))
        assert isinstance(shape, DagPath)
        transform = self.scene.add("transform", name, shape.node)
        plane = self.scene.add("imagePlane", f"{transform.name}Shape", transform)
        if fileName:
            plane.attributes["imageName"].value = fileName
        shape.node.attributes["imagePlane"].source = (plane, "message")
        self._note_reference_edit(shape.node, f"connectAttr {plane.name}.message {shape.node.name}.imagePlane[0]")
        self.scene.change("imagePlane", functools.partial(self.scene.remove, transform))
        self.scene.show_planes()
        return [f"{shape.node.name}->{transform.name}", f"{shape.node.name}->{plane.name}"]

    def colorManagementPrefs(self, inputSpaceNames: bool = False, **_: Any) -> Any:
        return ["ACEScg", "scene-linear Rec.709-sRGB", "sRGB", "Raw"] if inputSpaceNames else "sRGB gamma"

    def select(self, *names: str, clear: bool = False, replace: bool = True, **_: Any) -> None:
        before = self.scene.selection
        self.scene.selection = [] if clear else list(names)
        self.scene.undo_queue.append(("select", lambda: setattr(self.scene, "selection", before))) if self.scene.undo_on else None


def _node(found: Node | DagPath) -> Node:
    return found.node if isinstance(found, DagPath) else found


__all__ = ["Commands", "Scene", "command"]
