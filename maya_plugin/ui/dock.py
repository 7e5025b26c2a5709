"""The panel in Maya's window: opened by the shelf, brought back by Maya at its next start, stopped when it is closed."""

from __future__ import annotations

from typing import Optional

from maya_plugin.host.dock import close_dock, open_dock, put_in
from maya_plugin.host.maya_host import this_maya
from maya_plugin.ui.panel import WIDTH, Panel
from maya_plugin.ui.qt import QtGui, QtWidgets, is_alive, pointer_of
from maya_plugin.workflow.desk import Desk

LABEL = "Paintover"
_open: list[Panel] = []  # one at most; held here, or Python would throw it away


def show() -> Panel:
    """Open the panel, or bring it to the front."""
    made = open_dock(LABEL, WIDTH * QtGui.QFontMetrics(QtWidgets.QApplication.font()).height())
    if panel() is None:
        if not made:  # a place whose content is gone: it was made by a Maya without this plug-in
            close_dock()
            open_dock(LABEL, WIDTH * QtGui.QFontMetrics(QtWidgets.QApplication.font()).height())
        if panel() is None:
            fill()
    return _open[0]


def panel() -> Optional[Panel]:
    """The open panel, if there is one."""
    return _open[0] if _open and is_alive(_open[0]) else None


def fill() -> None:
    """Make the panel and put it into its place; Maya calls for it whenever it makes the place."""
    empty()
    made = Panel(Desk(this_maya()))
    _open.append(made)
    put_in(pointer_of(made))


def empty() -> None:
    """The place is closed: stop all that goes on."""
    while _open:
        gone = _open.pop()
        if is_alive(gone):
            gone.shut()
            gone.deleteLater()
        else:
            gone.desk.close()


def close() -> None:
    """Close the panel, for an uninstall."""
    empty()
    close_dock()
