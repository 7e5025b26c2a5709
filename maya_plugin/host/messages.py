"""Words for whoever sits before Maya: in a dialog where there is a window, in the script editor too."""

from __future__ import annotations

from maya import cmds
from maya.api import OpenMaya as om

from maya_plugin.host.scene import is_batch


def say(title: str, text: str) -> None:
    """Show a text until it is read."""
    om.MGlobal.displayInfo(f"{title}\n{text}")
    _show(title, text)


def say_error(title: str, text: str) -> None:
    """Show what went wrong until it is read."""
    om.MGlobal.displayError(f"{title}: {text}")
    _show(title, text)


def _show(title: str, text: str) -> None:
    if not is_batch():
        cmds.confirmDialog(title=title, message=text, button=["Close"], messageAlign="left")
