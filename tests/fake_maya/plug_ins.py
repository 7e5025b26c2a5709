"""Plug-ins, modules and shelves of the fake: `.mod` files, Python plug-ins of API 2.0 with commands that can be undone, shelf layouts."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fake_maya.session import Maya

LONG_NAME, SHORT_NAME = 4, 3  # a flag's long name has at least so many letters, its short name at most so many
SHELF_TOP = "ShelfLayout"  # as the global of MEL has it


@dataclass
class PlugIn:
    """A plug-in that is loaded, or was: its file, its module, its commands."""

    name: str
    path: Path
    module: ModuleType
    vendor: str = ""
    version: str = ""
    commands: dict[str, tuple[Callable[[], Any], Any]] = field(default_factory=dict)
    loaded: bool = True


@dataclass
class PlugIns:
    """Everything of a session that has to do with plug-ins, modules and shelves."""

    known: dict[str, PlugIn] = field(default_factory=dict)
    autoload: set[str] = field(default_factory=set)
    modules: dict[str, Path] = field(default_factory=dict)
    plug_in_folders: list[Path] = field(default_factory=list)
    script_folders: list[str] = field(default_factory=list)
    shelves: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    messages: list[tuple[str, str]] = field(default_factory=list)


def state(maya: Maya) -> PlugIns:
    """The session's plug-ins."""
    return maya.plug_ins


def command_of_plug_in(maya: Maya, name: str) -> Callable[..., Any] | None:
    """A command that a loaded plug-in gives."""
    for plug_in in state(maya).known.values():
        if plug_in.loaded and name in plug_in.commands:
            creator, syntax = plug_in.commands[name]
            return lambda *args, **flags: _run(maya, name, creator(), syntax, args, flags)
    return None


def _run(maya: Maya, name: str, command: Any, syntax: Any, args: tuple[Any, ...], flags: dict[str, Any]) -> Any:
    if args:
        raise TypeError(f"{name}: too many arguments")
    given = {syntax._long(flag): _checked(name, syntax, flag, value) for flag, value in flags.items()}
    command._syntax, command._result = syntax, None
    maya.calls.append((name, args, flags))
    command.doIt(ArgList(given))
    if command.isUndoable() and maya.scene.undo_on:
        maya.scene.undo_queue.append((name, Done(maya, name, command)))
        maya.scene.redo_queue.clear()
    return command._result


def _checked(name: str, syntax: Any, flag: str, value: Any) -> Any:
    kinds = syntax._flags[syntax._long(flag)]
    if not kinds:
        if value is not True:
            raise TypeError(f"{name}: flag '{flag}' takes no argument; give True")
        return ()
    values = value if isinstance(value, (list, tuple)) else (value,)
    if len(values) != len(kinds) or not all(isinstance(each, syntax._types[kind]) for each, kind in zip(values, kinds)):
        raise TypeError(f"Invalid arguments for flag '{flag}'")
    return tuple(values)


class ArgList:
    """What a command is handed: flags by their long names."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given


class Done:
    """A command in the undo queue: calling it undoes it."""

    def __init__(self, maya: Maya, name: str, command: Any) -> None:
        self._maya, self._name, self._command = maya, name, command

    def __call__(self) -> None:
        self._command.undoIt()
        self._maya.scene.redo_queue.append((self._name, self))

    def redo(self) -> None:
        self._command.redoIt()
        self._maya.scene.undo_queue.append((self._name, self))


class PlugInCommands:
    """Commands of `maya.cmds`; a mix-in. Flags were checked against the tables."""

    maya: Maya
    query: bool
    mode: str

    def redo(self) -> None:
        queue = self.maya.scene.redo_queue
        if not queue:
            raise RuntimeError("There are no more commands to redo.")
        queue.pop()[1].redo()

    def internalVar(self, **flags: bool) -> str:
        folder = Path(self.maya.user_folder)
        places = {"userAppDir": folder, "userPrefDir": folder / self.maya.version / "prefs"}
        places["userShelfDir"] = places["userPrefDir"] / "shelves"
        (asked,) = flags
        return places[asked].as_posix() + "/"

    def loadModule(self, scan: bool = False, load: str = "", allModules: bool = False) -> Any:
        found = {path.as_posix(): path for folder in self._module_folders() for path in sorted(folder.glob("*")) if path.is_file()}
        fresh = [name for name in found if name not in state(self.maya).modules]
        if scan:
            return fresh
        for name in fresh if allModules else [load]:
            if name not in found:
                raise RuntimeError(f"Module definition file not found: {name}")
            self._load_module(found[name])
        return None

    def _module_folders(self) -> list[Path]:
        named = [Path(each) for each in os.environ.get("MAYA_MODULE_PATH", "").split(os.pathsep) if each]
        return [folder for folder in (Path(self.maya.user_folder) / "modules", *named) if folder.is_dir()]

    def _load_module(self, definition: Path) -> None:
        words = definition.read_text("utf-8").split("\n")[0].split()
        if len(words) != 4 or words[0] != "+":
            raise RuntimeError(f"Not a module definition: {definition}")
        folder = (definition.parent / words[3]).resolve()
        if not folder.is_dir():
            raise RuntimeError(f"Module folder not found: {folder}")
        held = state(self.maya)
        held.modules[definition.as_posix()] = folder
        held.plug_in_folders.append(folder / "plug-ins")
        held.script_folders.append(str(folder / "scripts"))
        sys.path.append(str(folder / "scripts"))

    def loadPlugin(self, *names: str, quiet: bool = False, **_: Any) -> list[str]:
        return [self._load(name, quiet) for name in names]

    def _load(self, name: str, quiet: bool) -> str:
        held, path = state(self.maya), self._find_plug_in(name)
        if held.known.get(path.stem) and held.known[path.stem].loaded:
            if not quiet:
                held.messages.append(("warning", f"Plug-in, {path.stem}, is already loaded."))
            return path.stem
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        if not hasattr(module, "maya_useNewAPI"):
            raise RuntimeError(f"{path}: initializePlugin would be called with an object of API 1.0")
        plug_in = PlugIn(path.stem, path, module)
        held.known[path.stem] = plug_in
        try:
            module.initializePlugin(PlugInObject(plug_in))
        except BaseException:
            del held.known[path.stem]
            raise
        return path.stem

    def _find_plug_in(self, name: str) -> Path:
        for folder in (Path(), *state(self.maya).plug_in_folders):
            for path in (folder / name, folder / f"{name}.py"):
                if path.is_file() and path.suffix == ".py":
                    return path
        raise RuntimeError(f'Plug-in, "{name}", was not found on MAYA_PLUG_IN_PATH.')

    def unloadPlugin(self, *names: str, force: bool = False, **_: Any) -> list[str]:
        for name in names:
            plug_in = state(self.maya).known.get(name.removesuffix(".py"))
            if plug_in is None or not plug_in.loaded:
                raise RuntimeError(f"Plug-in, {name}, is not loaded.")
            if not force and any(each[0] in plug_in.commands for each in self.maya.scene.undo_queue):
                raise RuntimeError("Plug-in cannot be unloaded because it is still in use.")
            plug_in.module.uninitializePlugin(PlugInObject(plug_in))
            if plug_in.commands:
                raise RuntimeError(f"{name} left commands behind: {list(plug_in.commands)}")
            plug_in.loaded = False
        return list(names)

    def pluginInfo(self, *names: str, **flags: Any) -> Any:
        held = state(self.maya)
        if flags.get("listPlugins"):
            return [name for name, each in held.known.items() if each.loaded]
        if flags.get("savePluginPrefs"):
            return None
        name = names[0].removesuffix(".py")
        if self.mode == "edit":
            if name not in held.known:
                raise RuntimeError(f"Plug-in, {name}, is not registered.")
            if "autoload" in flags:
                (held.autoload.add if flags["autoload"] else held.autoload.discard)(name)
            if flags.get("remove"):
                del held.known[name]
            return None
        plug_in = held.known.get(name)
        told = {"loaded": plug_in is not None and plug_in.loaded, "registered": plug_in is not None, "autoload": name in held.autoload}
        asked = next(flag for flag in flags if flag != "query")
        if asked in told:
            return told[asked]
        if plug_in is None:
            raise RuntimeError(f"Plug-in, {name}, is not registered.")
        return {"version": plug_in.version, "path": plug_in.path.as_posix(), "command": list(plug_in.commands)}[asked]

    def shelfLayout(self, *names: str, exists: bool = False, parent: str = "", childArray: bool = False, **_: Any) -> Any:
        held = state(self.maya)
        if exists:
            return names[0].rpartition("|")[2] in held.shelves
        self._window_only()
        if self.query:
            children = held.shelves[names[0].rpartition("|")[2]]
            return [f"shelfButton{number + 1}" for number in range(len(children))] or None if childArray else None
        if parent != SHELF_TOP:
            raise RuntimeError(f"Object '{parent}' not found.")
        if names[0] in held.shelves:
            raise RuntimeError(f"Object's name '{names[0]}' is not unique.")
        held.shelves[names[0]] = []
        return f"{SHELF_TOP}|{names[0]}"

    def shelfButton(self, *names: str, parent: str = "", image1: str = "", **flags: Any) -> str:
        self._window_only()
        shelf = state(self.maya).shelves.get(parent.rpartition("|")[2])
        if shelf is None:
            raise RuntimeError(f"Object '{parent}' not found.")
        if not Path(image1).is_file():
            raise RuntimeError(f"Cannot find the image {image1}.")
        shelf.append({"image1": image1, **flags})
        return f"{parent}|shelfButton{len(shelf)}"

    def confirmDialog(self, message: str = "", **_: Any) -> str:
        self._window_only()
        state(self.maya).messages.append(("dialog", message))
        return "Close"

    def delete_shelf(self, name: str) -> bool:
        """For deleteUI: whether it was a shelf, which is gone now."""
        return state(self.maya).shelves.pop(name.rpartition("|")[2], None) is not None

    def _window_only(self) -> None:
        if self.maya.batch:
            raise RuntimeError("There is no window in batch mode.")


class PlugInObject:
    """What a plug-in is initialised with."""

    def __init__(self, plug_in: PlugIn) -> None:
        self._plug_in = plug_in


# what a plug-in of API 2.0 sees in `maya.api.OpenMaya`


class MSyntax:
    kInvalidArgType, kNoArg, kBoolean, kLong, kDouble, kString, kUnsigned, kDistance, kAngle, kTime, kSelectionItem = range(11)
    _types: dict[int, tuple[type, ...]] = {kBoolean: (bool,), kLong: (int,), kDouble: (int, float), kString: (str,), kUnsigned: (int,)}

    def __init__(self) -> None:
        self._flags: dict[str, tuple[int, ...]] = {}
        self._short: dict[str, str] = {}

    def addFlag(self, shortName: str, longName: str, *kinds: int) -> None:
        short, long = shortName.lstrip("-"), longName.lstrip("-")
        if len(short) > SHORT_NAME or len(long) < LONG_NAME or short in ("e", "q") or short in self._short or long in self._flags:
            raise RuntimeError(f"(kInvalidParameter): flag {shortName} {longName}")
        if not all(kind in self._types for kind in kinds):
            raise RuntimeError("(kInvalidParameter): argument type")
        self._flags[long], self._short[short] = kinds, long

    def _long(self, name: str) -> str:
        found = self._short.get(name, name)
        if found not in self._flags:
            raise TypeError(f"Invalid flag '{name}'")
        return found


class MArgParser:
    def __init__(self, syntax: MSyntax, arguments: ArgList) -> None:
        if not isinstance(syntax, MSyntax) or not isinstance(arguments, ArgList):
            raise TypeError("an MSyntax and an MArgList are needed")
        self._syntax, self._given = syntax, arguments._given

    def isFlagSet(self, flagName: str) -> bool:
        return self._syntax._long(flagName.lstrip("-")) in self._given

    def _argument(self, flagName: str, argIndex: int, kinds: tuple[type, ...]) -> Any:
        value = self._given[self._syntax._long(flagName.lstrip("-"))][argIndex]
        if not isinstance(value, kinds):
            raise TypeError(f"{flagName} is of another type")
        return value

    def flagArgumentString(self, flagName: str, argIndex: int) -> str:
        return str(self._argument(flagName, argIndex, (str,)))

    def flagArgumentInt(self, flagName: str, argIndex: int) -> int:
        return int(self._argument(flagName, argIndex, (int,)))

    def flagArgumentDouble(self, flagName: str, argIndex: int) -> float:
        return float(self._argument(flagName, argIndex, (int, float)))

    def flagArgumentBool(self, flagName: str, argIndex: int) -> bool:
        return bool(self._argument(flagName, argIndex, (bool,)))


class MArgDatabase(MArgParser):
    pass


class MPxCommand:
    _syntax: MSyntax
    _result: Any

    def syntax(self) -> MSyntax:
        return self._syntax

    def setResult(self, value: Any) -> None:
        if not isinstance(value, (str, int, float, bool, list)):
            raise TypeError("a result is a number, a string or a list")
        self._result = value

    def isUndoable(self) -> bool:
        return False

    def undoIt(self) -> None:
        raise NotImplementedError

    def redoIt(self) -> None:
        raise NotImplementedError


class MFnPlugin:
    def __init__(self, object: PlugInObject, vendor: str = "Unknown", version: str = "Unknown", requiredApiVersion: str = "Any") -> None:
        if not isinstance(object, PlugInObject):
            raise TypeError("the MObject that initializePlugin was given is needed")
        self._plug_in = object._plug_in
        if vendor != "Unknown":
            self._plug_in.vendor, self._plug_in.version = vendor, version

    def loadPath(self) -> str:
        return self._plug_in.path.parent.as_posix()

    def registerCommand(self, name: str, creator: Callable[[], Any], syntaxCreator: Callable[[], MSyntax] | None = None) -> None:
        if name in self._plug_in.commands or not isinstance(creator(), MPxCommand):
            raise RuntimeError(f"(kFailure): {name}")
        self._plug_in.commands[name] = (creator, syntaxCreator() if syntaxCreator else MSyntax())

    def deregisterCommand(self, name: str) -> None:
        if name not in self._plug_in.commands:
            raise RuntimeError(f"(kFailure): {name}")
        del self._plug_in.commands[name]


def _messages() -> list[tuple[str, str]]:
    from tests.fake_maya.session import current  # which holds the plug-ins

    return current().plug_ins.messages


class MGlobal:
    @staticmethod
    def displayInfo(msg: str) -> None:
        _messages().append(("info", msg))

    @staticmethod
    def displayWarning(msg: str) -> None:
        _messages().append(("warning", msg))

    @staticmethod
    def displayError(msg: str) -> None:
        _messages().append(("error", msg))
