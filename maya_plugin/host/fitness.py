"""Whether a camera can be painted, before anything is captured."""

from __future__ import annotations

from maya_plugin.host.camera import doubts, read_camera
from maya_plugin.host.nodes import camera_path
from shot_format.errors import MissingError
from shot_format.shot import Skipped


def usable_camera(camera: str, width: int, height: int, pixel_aspect: float) -> tuple[Skipped, ...]:
    """What may not be as seen. Raises MissingError ("camera-missing"), FormatError ("camera-orthographic", "camera-film-roll", …)."""
    if not camera:
        raise MissingError("camera-missing", "The scene has no camera to paint through.")
    path = camera_path(camera)
    read_camera(path, width, height, pixel_aspect)
    return tuple(doubts(path, width, height, pixel_aspect))
