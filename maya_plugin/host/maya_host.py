"""Maya, as the workflow sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from maya import cmds

from maya_plugin.host.capture import SceneCapture
from maya_plugin.host.characters import find_figures
from maya_plugin.host.escape import watching_escape
from maya_plugin.host.image_planes import PaintedPlane, planes_in_scene, remove_planes, set_opacity
from maya_plugin.host.live_plane import LIVE, LiveFrame
from maya_plugin.host.moment import present_moment
from maya_plugin.host.scene import software
from maya_plugin.host.sight import look_around, places
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.workplace import Figure, JointMap, Sight, Workplace

SETTINGS = "paintover_panel"  # the option variable that keeps them


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

    def sight(self) -> Sight:
        """Look what there is to paint."""
        return look_around()

    def now(self) -> int:
        """The present frame."""
        return round(float(cmds.currentTime(query=True)))

    def moment(self, camera: str) -> Any:
        """What the picture depends on now. Raises MissingError."""
        return present_moment(camera)

    def figures(self, mapping: JointMap) -> tuple[Figure, ...]:
        """The scene's skeletons, those of the mapping as it has them."""
        return find_figures(mapping)

    def go_to(self, frame: int) -> None:
        """Set the present time."""
        cmds.currentTime(frame)

    def places(self) -> tuple[Path, ...]:
        """Folders where takes may be kept, the best first."""
        return places()

    def live_plane(self, request: CaptureRequest) -> LiveFrame:
        """Make a place for live frames on the shot's camera."""
        return LiveFrame(request)

    def shown_takes(self) -> tuple[str, ...]:
        """The folders of the takes that planes of ours show."""
        return tuple(dict.fromkeys(take for take in planes_in_scene().values() if take != LIVE))

    def show_take(self, request: CaptureRequest, take: str, files: Mapping[int, Path]) -> None:
        """Show a take that is on this disk. Raises FormatError, MissingError."""
        PaintedPlane(request, take).show_all(files)

    def set_opacity(self, take: str, opacity: float) -> None:
        """Set how much of a take is seen."""
        set_opacity(_planes_of(take), opacity)

    def remove_take(self, take: str) -> None:
        """Take the planes of this take out of the scene."""
        remove_planes(_planes_of(take))

    def recall(self) -> str:
        """The panel's settings as they were kept."""
        return str(cmds.optionVar(query=SETTINGS)) if cmds.optionVar(exists=SETTINGS) else ""

    def keep(self, settings: str) -> None:
        """Keep the panel's settings for the next start."""
        cmds.optionVar(stringValue=(SETTINGS, settings))

    def about(self) -> str:
        """Maya and its version."""
        return software()


def _planes_of(take: str) -> list[str]:
    return [plane for plane, shown in planes_in_scene().items() if shown == take]


def this_maya() -> Workplace:
    """The Maya that this code runs in."""
    return MayaHost()
