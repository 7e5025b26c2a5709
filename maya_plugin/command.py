"""What the `paintover` command does: its flags, and deeds that can be undone and done again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from maya_plugin import api
from maya_plugin.host.plug_in_command import Deed, Flag
from maya_plugin.workflow.takes import RECORD, StoredTake, TakeRecord
from shot_format.codec import from_json
from shot_format.errors import FormatError, MissingError
from shot_format.files import storage_errors
from shot_format.limits import MAX_JSON_BYTES

NAME = "paintover"
FLAGS = (
    Flag("cam", "camera", str),
    Flag("sf", "startFrame", int),
    Flag("ef", "endFrame", int),
    Flag("w", "width", int),
    Flag("h", "height", int),
    Flag("lk", "look", str),
    Flag("sd", "seed", int),
    Flag("ss", "strokeScale", float),
    Flag("oc", "onlyChanged", bool),
    Flag("out", "outFolder", str),
    Flag("srv", "server", str),
    Flag("tf", "tokenFile", str),
    Flag("exs", "exportShot", str),
    Flag("ps", "passes", bool),
    Flag("st", "showTake", str),
    Flag("hd", "hide", None),
    Flag("lt", "listTakes", None),
    Flag("ll", "listLooks", None),
)
DEEDS = ("exportShot", "showTake", "hide", "listTakes", "listLooks")


class Shown(Deed):
    """A take that was put into the scene: undone it is hidden, its files stay."""

    undoable = True

    def __init__(self, take: StoredTake) -> None:
        self.result = take.folder.as_posix()
        self._take = take

    def undo(self) -> None:
        """Hide it."""
        api.hide(self._take.folder)

    def redo(self) -> None:
        """Show it again, from its files."""
        api.show(self._take)


class Hidden(Deed):
    """Takes that were hidden: undone they are shown again."""

    undoable = True

    def __init__(self) -> None:
        self._takes = [_stored(folder) for folder in api.shown() if (folder / RECORD).is_file()]
        self.result = [folder.as_posix() for folder in api.hide()]

    def undo(self) -> None:
        """Show them."""
        for take in self._takes:
            api.show(take)

    def redo(self) -> None:
        """Hide them."""
        api.hide()


def perform(flags: Mapping[str, Any]) -> Deed:
    """Do what the flags say; without one that says what, paint. Raises PaintoverError."""
    chosen = [name for name in DEEDS if name in flags]
    if len(chosen) > 1:
        raise FormatError("flags-clash", f"-{chosen[0]} and -{chosen[1]} exclude each other; give one of them.")
    return _DOERS[chosen[0] if chosen else "paint"](flags)


def _paint(flags: Mapping[str, Any]) -> Deed:
    take = api.paint(
        _shot(flags),
        flags.get("look", "oil"),
        seed=flags.get("seed", 0),
        stroke_scale=flags.get("strokeScale", 1.0),
        out=flags.get("outFolder"),
        server=_server(flags),
        only_changed=flags.get("onlyChanged", False),
    )
    return Shown(take)


def _export(flags: Mapping[str, Any]) -> Deed:
    folder = api.export_shot(_shot(flags), flags["exportShot"], passes=flags.get("passes", True), server=_server(flags))
    return Deed(folder.as_posix())


def _show(flags: Mapping[str, Any]) -> Deed:
    take = _stored(Path(flags["showTake"]))
    api.show(take)
    return Shown(take)


def _hide(flags: Mapping[str, Any]) -> Deed:
    return Hidden()


def _list_takes(flags: Mapping[str, Any]) -> Deed:
    return Deed([take.folder.as_posix() for take in api.takes(flags.get("camera"), flags.get("outFolder"))])


def _list_looks(flags: Mapping[str, Any]) -> Deed:
    return Deed([f"{look.name}@{look.version}" for look in api.looks(_server(flags))])


_DOERS = {
    "paint": _paint,
    "exportShot": _export,
    "showTake": _show,
    "hide": _hide,
    "listTakes": _list_takes,
    "listLooks": _list_looks,
}


def _shot(flags: Mapping[str, Any]) -> api.ShotChoice:
    frames = _pair(flags, "startFrame", "endFrame")
    return api.ShotChoice(flags.get("camera"), frames, _pair(flags, "width", "height"))


def _pair(flags: Mapping[str, Any], first: str, second: str) -> Optional[tuple[int, int]]:
    if (first in flags) != (second in flags):
        raise FormatError("flags-missing", f"-{first} and -{second} go together; give both, or neither.")
    return (flags[first], flags[second]) if first in flags else None


def _server(flags: Mapping[str, Any]) -> api.Server:
    return api.Server(flags.get("server"), Path(flags["tokenFile"]) if "tokenFile" in flags else None)


def _stored(folder: Path) -> StoredTake:
    """A take from its folder. Raises MissingError ("take-missing"), FormatError, StorageError."""
    place = folder / RECORD
    if not place.is_file():
        raise MissingError("take-missing", f"There is no take in {folder} (no {RECORD}); choose a folder such as …/v001.")
    with storage_errors(place):
        return StoredTake(folder, from_json(TakeRecord, place.read_bytes(), MAX_JSON_BYTES, RECORD))
