"""The shelf in Maya: made anew whenever the plug-in is loaded, for a saved one goes stale."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from maya import cmds, mel

from maya_plugin.host.scene import is_batch
from shot_format.errors import MissingError

SHELF = "Paintover"
BUTTONS = "buttons.json"


@dataclass(frozen=True)
class Button:
    """A button: its name, what it does in a sentence, its picture's file, what it runs."""

    label: str
    annotation: str
    icon: Path
    command: str


def read_buttons(folder: Path) -> tuple[Button, ...]:
    """The buttons of a shelf folder, and where their pictures are. Raises MissingError ("shelf-missing")."""
    place = folder / BUTTONS
    if not place.is_file():
        raise MissingError("shelf-missing", f"The shelf's buttons are not in {folder}; install Paintover again.")
    told = json.loads(place.read_text("utf-8"))
    return tuple(Button(each["label"], each["annotation"], folder / "icons" / each["icon"], each["command"]) for each in told)


def build_shelf(folder: Path) -> None:
    """Make the shelf, in place of one that is there. Without a window there is none."""
    if is_batch():
        return
    buttons = read_buttons(folder)
    remove_shelf()
    top = mel.eval("$paintoverShelves = $gShelfTopLevel")  # type: ignore[no-untyped-call]
    shelf = cmds.shelfLayout(SHELF, parent=top)
    for button in buttons:
        cmds.shelfButton(
            parent=shelf, label=button.label, annotation=button.annotation, image1=button.icon.as_posix(), style="iconOnly",
            command=button.command, sourceType="python",
        )  # fmt: skip


def remove_shelf() -> None:
    """Take the shelf away."""
    if not is_batch() and cmds.shelfLayout(SHELF, exists=True):
        cmds.deleteUI(SHELF, layout=True)


def forget_shelf() -> None:
    """Delete what Maya keeps of the shelf for its next start."""
    remove_shelf()
    with contextlib.suppress(FileNotFoundError):
        (Path(cmds.internalVar(userShelfDir=True)) / f"shelf_{SHELF}.mel").unlink()
