"""What the shelf's buttons do. Each is one call, and says in Maya what went wrong.

The panel does the painting, so that nothing here ever waits: `maya_plugin.ui` gives `show`, `paint_shot`, `paint_frame`, `toggle_live` and
`close`.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any, Callable

from maya_plugin import doctor
from maya_plugin.host.messages import say, say_error
from maya_plugin.host.soon import do_aside
from shot_format.errors import PaintoverError

Act = Callable[[], None]


def _ui() -> Any:
    """The panel, which brings Qt with it: only when it is asked for."""
    return importlib.import_module("maya_plugin.ui")


def _spoken(act: Act) -> Act:
    """Show our own errors as messages."""

    @functools.wraps(act)
    def wrapped() -> None:
        try:
            act()
        except PaintoverError as error:
            say_error("Paintover", error.message)

    return wrapped


@_spoken
def panel() -> None:
    """Open the panel."""
    _ui().show()


@_spoken
def paint_shot() -> None:
    """Open the panel and paint what is chosen there."""
    _ui().paint_shot()


@_spoken
def paint_frame() -> None:
    """Open the panel and paint the present frame."""
    _ui().paint_frame()


@_spoken
def live() -> None:
    """Turn live painting on or off."""
    _ui().toggle_live()


@_spoken
def examine() -> None:
    """Say what is wrong, and what to do; the server is asked on another thread."""
    scene = doctor.examine_scene()
    do_aside(doctor.examine, lambda server: say("Paintover: doctor", doctor.report((*server, *scene))))


def close_all() -> None:
    """Close the panel and end live painting, if the panel was ever opened."""
    ui = sys.modules.get("maya_plugin.ui")
    if ui is not None:
        ui.close()
