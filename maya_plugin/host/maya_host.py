"""Maya, as the workflow sees it."""

from __future__ import annotations

import contextlib
from typing import Callable

from maya_plugin.host.capture import SceneCapture
from maya_plugin.host.escape import watching_escape
from maya_plugin.host.image_planes import PaintedPlane
from maya_plugin.workflow.host import CaptureRequest, Host


class MayaHost:
    """The open scene. All of it is called on the main thread only."""

    def capture(self, request: CaptureRequest) -> SceneCapture:
        """Begin a capture: look through the scene, stand on the first frame. Raises FormatError, MissingError, LimitError."""
        return SceneCapture(request)

    def plane(self, request: CaptureRequest, take: str) -> PaintedPlane:
        """Make a place for a take's frames on the shot's camera."""
        return PaintedPlane(request, take)

    def escape(self, title: str) -> contextlib.AbstractContextManager[Callable[[], bool]]:
        """Watch for Esc for as long as the context lasts."""
        return watching_escape(title)


def this_maya() -> Host:
    """The Maya that this code runs in."""
    return MayaHost()
