"""What the shelf's buttons do. Each is one call, and says in Maya what went wrong. The panel paints, so nothing here ever waits."""

from __future__ import annotations

import functools
import sys
from typing import Callable

from maya_plugin import doctor
from maya_plugin.host.messages import say, say_error
from maya_plugin.host.soon import do_aside, when
from shot_format.errors import PaintoverError

Act = Callable[[], None]
DOCK = "maya_plugin.ui.dock"  # brings Qt with it: imported only when it is asked for


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
    from maya_plugin.ui import dock

    dock.show()


@_spoken
def paint_shot() -> None:
    """Open the panel and paint what is chosen there, as soon as it knows the server."""
    from maya_plugin.ui import dock

    shown = dock.show()
    when(lambda: shown.desk.server.kind != "looking", lambda: shown.desk.paint() if dock.panel() is shown else None)


@_spoken
def paint_frame() -> None:
    """Open the panel and paint the present frame, as soon as it knows the server."""
    from maya_plugin.ui import dock

    shown = dock.show()
    when(lambda: shown.desk.server.kind != "looking", lambda: shown.desk.paint_frame() if dock.panel() is shown else None)


@_spoken
def live() -> None:
    """Turn live painting on or off."""
    from maya_plugin.ui import dock

    desk = dock.show().desk
    desk.set_live(not desk.live_on)


@_spoken
def examine() -> None:
    """Say what is wrong, and what to do; the server is asked on another thread."""
    scene = doctor.examine_scene()
    do_aside(doctor.examine, lambda server: say("Paintover: doctor", doctor.report((*server, *scene))))


def close_all() -> None:
    """Close the panel and end live painting, if the panel was ever opened."""
    if DOCK in sys.modules:
        sys.modules[DOCK].close()
