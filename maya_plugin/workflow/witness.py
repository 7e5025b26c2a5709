"""Frames on their way to the server, and what is kept of them here: their contents' hashes, and the viewport's pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Callable

from maya_plugin.workflow.changed import frame_content
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import Blobs
from maya_plugin.workflow.takes import FrameContent, blocking_path
from shot_format.blobs import PNG
from shot_format.files import storage_errors, write_whole
from shot_format.shot import Frame


class Witness:
    """Passes frames on to whoever sends them, on that one's thread."""

    def __init__(self, frames: Iterable[Item], folder: Path) -> None:
        self._frames, self._folder = iter(frames), folder
        self._pictures: dict[str, Path] = {}
        self._contents: list[FrameContent] = []

    @property
    def contents(self) -> tuple[FrameContent, ...]:
        """What was seen so far."""
        return tuple(self._contents)

    def close(self) -> None:
        """Nobody takes frames out any more."""
        close: Callable[[], None] = getattr(self._frames, "close", _nothing)
        close()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        frame, blobs = next(self._frames)
        self._keep_picture(frame, blobs)
        self._contents.append(frame_content(frame))
        return frame, blobs

    def _keep_picture(self, frame: Frame, blobs: Blobs) -> None:
        """Write the blocking beside the painted frame, so that they can be compared without a server."""
        if frame.beauty is None:
            return
        place = blocking_path(self._folder, frame.number)
        known, picture = self._pictures.setdefault(frame.beauty, place), blobs.get(frame.beauty, b"")
        if picture.startswith(PNG):
            write_whole(place, picture, sync=False)
        elif known != place and known.is_file():
            with storage_errors(place):
                shutil.copyfile(known, place)


def _nothing() -> None:
    pass
