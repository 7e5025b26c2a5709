"""A camera of our own that follows the artist's through connections.

The artist's camera is only read: it may be locked, animated or referenced, and no reference edit is made. What the viewport adds to a
camera (overscan, gates, 2-D pan and zoom, depth of field, image planes) the stand-in does not have: its picture is what a render sees.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from maya import cmds
from maya.api import OpenMaya as om

from maya_plugin.host.untouched import untouched

CAPTURE, VIEW = "paintoverCapture", "paintoverView"  # cameras of ours: for a capture; for a plane that the artist's camera cannot carry
FOLLOWED = (
    "focalLength", "horizontalFilmAperture", "verticalFilmAperture", "horizontalFilmOffset", "verticalFilmOffset", "filmFit",
    "filmFitOffset", "preScale", "postScale", "filmTranslateH", "filmTranslateV", "filmRollValue", "lensSqueezeRatio",
    "nearClipPlane", "farClipPlane",
    "cameraScale",
)  # fmt: skip


def following_camera(camera: str, name: str) -> tuple[str, str]:
    """Make a camera that does what another does. camera: its shape. Gives the transform and the shape."""
    transform = cmds.createNode("transform", name=name, skipSelect=True)
    shape = cmds.createNode("camera", name=f"{transform}Shape", parent=transform, skipSelect=True)
    cmds.setAttr(f"{transform}.hiddenInOutliner", True)
    cmds.connectAttr(f"{camera}.worldMatrix[0]", f"{transform}.offsetParentMatrix")
    for attribute in FOLLOWED:
        cmds.connectAttr(f"{camera}.{attribute}", f"{shape}.{attribute}")
    return transform, shape


@contextlib.contextmanager
def stand_in(camera: str) -> Iterator[str]:
    """A following camera for as long as the context lasts; it is not written into the scene's file. Gives its shape."""
    with untouched():
        transform, shape = following_camera(camera, f"{CAPTURE}#")
        do_not_write(transform, shape)
    try:
        yield shape
    finally:
        with untouched():
            if cmds.objExists(transform):
                cmds.delete(transform)


def do_not_write(*names: str) -> None:
    """Let the scene be saved without these nodes."""
    for name in names:
        om.MFnDependencyNode(om.MSelectionList().add(name).getDependNode(0)).setDoNotWrite(True)
