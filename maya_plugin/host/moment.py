"""What the picture depends on at this moment, as far as it can be told quickly. It never evaluates a mesh."""

from __future__ import annotations

from typing import Any

from maya import cmds
from maya.api import OpenMaya as om

from maya_plugin.host.camera import film_back
from maya_plugin.host.nodes import camera_path, matrix_of

MOST_SELECTED = 64


def present_moment(camera: str) -> Any:
    """The time, the camera, where the selected things are, and the last action: one of them changes with whatever an artist does.

    Raises MissingError ("camera-missing").
    """
    path = camera_path(camera)
    lens = om.MFnCamera(path)
    return (
        cmds.currentTime(query=True),
        matrix_of(path.inclusiveMatrix()),
        film_back(lens),
        (lens.nearClippingPlane, lens.farClippingPlane),
        str(cmds.undoInfo(query=True, undoName=True)),
        tuple(_place(name) for name in (cmds.ls(selection=True, long=True, type="transform") or [])[:MOST_SELECTED]),
    )


def _place(name: str) -> Any:
    return name, matrix_of(om.MSelectionList().add(name).getDagPath(0).inclusiveMatrix())
