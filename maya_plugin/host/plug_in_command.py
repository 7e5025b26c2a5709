"""A command of ours in Maya: reads its flags, does a deed, and hands undo and redo to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional, Union

from maya.api import OpenMaya as om

from shot_format.errors import PaintoverError


@dataclass(frozen=True)
class Flag:
    """A flag: its short name (3 letters at most), its long name (4 at least), the type of its argument; None takes none."""

    short: str
    long: str
    kind: Optional[type]


class Deed:
    """What a command did. result: what it gives back."""

    undoable = False

    def __init__(self, result: Union[str, list[str]]) -> None:
        self.result = result

    def undo(self) -> None:
        """Undo it."""

    def redo(self) -> None:
        """Do it again."""


Perform = Callable[[Mapping[str, Any]], Deed]
KINDS = {str: om.MSyntax.kString, int: om.MSyntax.kLong, float: om.MSyntax.kDouble, bool: om.MSyntax.kBoolean}


@dataclass(frozen=True)
class PlugIn:
    """What a plug-in says of itself to Maya."""

    vendor: str
    version: str


def register(handle: Any, plug_in: PlugIn, name: str, flags: tuple[Flag, ...], perform: Perform) -> None:
    """Make a command known to Maya. handle: what `initializePlugin` was given."""

    class Command(om.MPxCommand):
        """One call of the command, and its place in the undo queue."""

        def __init__(self) -> None:
            om.MPxCommand.__init__(self)
            self._deed = Deed("")

        def doIt(self, arguments: om.MArgList) -> None:
            self._deed = _done(perform, read_flags(om.MArgParser(self.syntax(), arguments), flags))
            self.setResult(self._deed.result)

        def isUndoable(self) -> bool:
            return self._deed.undoable

        def undoIt(self) -> None:
            self._deed.undo()

        def redoIt(self) -> None:
            self._deed.redo()

    om.MFnPlugin(handle, plug_in.vendor, plug_in.version).registerCommand(name, Command, lambda: syntax_of(flags))


def deregister(handle: Any, name: str) -> None:
    """Take a command away. handle: what `uninitializePlugin` was given."""
    om.MFnPlugin(handle).deregisterCommand(name)


def syntax_of(flags: tuple[Flag, ...]) -> om.MSyntax:
    """The flags as Maya's parser wants them."""
    syntax = om.MSyntax()
    for flag in flags:
        kinds = () if flag.kind is None else (KINDS[flag.kind],)
        syntax.addFlag(f"-{flag.short}", f"-{flag.long}", *kinds)
    return syntax


def read_flags(parser: om.MArgParser, flags: tuple[Flag, ...]) -> dict[str, Any]:
    """The flags that were given, by their long names; a flag without argument is True."""
    return {flag.long: _value(parser, flag) for flag in flags if parser.isFlagSet(flag.long)}


def _value(parser: om.MArgParser, flag: Flag) -> Any:
    if flag.kind is str:
        return parser.flagArgumentString(flag.long, 0)
    if flag.kind is int:
        return parser.flagArgumentInt(flag.long, 0)
    if flag.kind is float:
        return parser.flagArgumentDouble(flag.long, 0)
    return True if flag.kind is None else parser.flagArgumentBool(flag.long, 0)


def _done(perform: Perform, flags: Mapping[str, Any]) -> Deed:
    """Do it; our own errors become the one kind that a Maya command may raise, with the sentence and the code."""
    try:
        return perform(flags)
    except PaintoverError as error:
        om.MGlobal.displayError(f"Paintover: {error.message}")
        raise RuntimeError(str(error)) from error
