"""The panel's place in Maya's window: a workspace control, which Maya brings back at its next start."""

from __future__ import annotations

from maya import OpenMayaUI as omui
from maya import cmds

CONTROL = "paintoverPanelWorkspaceControl"
FILL = "from maya_plugin.ui import dock; dock.fill()"  # Maya keeps it with the workspace, and runs it at the next start
EMPTY = "from maya_plugin.ui import dock; dock.empty()"


def open_dock(label: str, width: int) -> bool:
    """Make the place, or bring it to the front. Whether it is new: Maya has then called for its content already."""
    if cmds.workspaceControl(CONTROL, exists=True):
        cmds.workspaceControl(CONTROL, edit=True, restore=True)
        return False
    cmds.workspaceControl(
        CONTROL, label=label, retain=False, floating=True, initialWidth=width, minimumWidth=width, loadImmediately=True, uiScript=FILL,
        closeCommand=EMPTY,
    )  # fmt: skip
    return True


def close_dock() -> None:
    """Take the place away, with what is in it."""
    if cmds.workspaceControl(CONTROL, exists=True):
        cmds.workspaceControl(CONTROL, edit=True, close=True)
        if cmds.workspaceControl(CONTROL, exists=True):  # a closed one that Maya still keeps
            cmds.deleteUI(CONTROL, control=True)


def put_in(pointer: int) -> None:
    """Put a widget into the place whose content Maya is just calling for. pointer: of the C++ object."""
    omui.MQtUtil.addWidgetToMayaLayout(pointer, int(omui.MQtUtil.getCurrentParent()))
