"""The plug-in as Maya loads it: the `paintover` command and the shelf. It makes no kind of node, so no scene ever requires it.

The bundle's `plug-ins/paintover.py` gives Maya these functions by their names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maya_plugin import command
from maya_plugin.host.plug_in_command import PlugIn, deregister, register
from maya_plugin.host.shelf import build_shelf, remove_shelf
from shot_format.version import VERSION

OURS = PlugIn("Paintover", VERSION)


def maya_useNewAPI() -> None:
    """Say that this plug-in speaks Python API 2.0."""


def initializePlugin(handle: Any) -> None:
    """Register the command, build the shelf."""
    register(handle, OURS, command.NAME, command.FLAGS, command.perform)
    build_shelf(shelf_folder())


def uninitializePlugin(handle: Any) -> None:
    """Take away all that the session has of ours; planes that show takes are the scene's, and stay."""
    from maya_plugin.buttons import close_all

    close_all()
    remove_shelf()
    deregister(handle, command.NAME)


def shelf_folder() -> Path:
    """Where the buttons and their pictures are: beside the scripts of the bundle, or in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package.parents[1] / "shelf"
    return inside if inside.is_dir() else package.parent / "shelf"
