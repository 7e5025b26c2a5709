"""What the workflow needs of the program that it runs in. `maya_plugin.host` gives it for Maya; nothing else here knows Maya."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional, Protocol

from shot_format.shot import Frame, Shot

Blobs = dict[str, bytes]


@dataclass(frozen=True)
class CaptureRequest:
    """What is to be captured.

    camera: a camera or its transform, by name or path. beauty: whether the viewport's own picture goes along. shot_id: a fresh one where
    None. joints: for characters that no table knows, by name: 18 joints, "" where there is none, in COCO-18's order.
    """

    camera: str
    first: int
    last: int
    width: int
    height: int
    pixel_aspect: float = 1.0
    beauty: bool = True
    shot_id: Optional[str] = None
    joints: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Capture(Protocol):
    """A capture that goes on frame by frame, each when it is asked for. Whatever it changed in the scene is as before once it is closed."""

    shot: Shot

    def __iter__(self) -> Iterator[tuple[Frame, Blobs]]: ...

    def __next__(self) -> tuple[Frame, Blobs]: ...

    def close(self) -> None: ...


class Plane(Protocol):
    """Where painted frames are shown to the artist."""

    def show(self, number: int, path: Path) -> None:
        """Show a painted frame whenever the time is on it. The file is there, and whole."""

    def finish(self) -> None:
        """Every frame is there: show them as a sequence of files that needs nothing of ours."""

    def remove(self) -> None:
        """Leave nothing behind."""


class Host(Protocol):
    """The program with the scene. All of it is called on the main thread only."""

    def capture(self, request: CaptureRequest) -> Capture:
        """Begin a capture: look through the scene, stand on the first frame. Raises FormatError, MissingError."""

    def plane(self, request: CaptureRequest, take: str) -> Plane:
        """Make a place for a take's frames on the shot's camera."""

    def escape(self, title: str) -> AbstractContextManager[Callable[[], bool]]:
        """Watch for Esc for as long as the context lasts; what it gives says whether it was pressed."""
