"""Frames on their way to the server, and what is kept of them here: their contents' hashes, and the viewport's pictures."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Callable

from maya_plugin.workflow.changed import frame_content
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import Blobs
from maya_plugin.workflow.takes import FrameContent, blocking_path, note_captured
from shot_format.blobs import PNG
from shot_format.errors import FormatError
from shot_format.files import storage_errors, write_whole
from shot_format.shot import Frame


class Witness:
    """Passes frames on to whoever sends them, on that one's thread, and notes what they are first.

    head: as the take's record has it. known: what was captured of this take before; a frame that is another now ends it, with a
    FormatError ("scene-changed"): it would be painted from two states of the scene.
    """

    def __init__(self, frames: Iterable[Item], folder: Path, head: str, known: Iterable[FrameContent] = ()) -> None:
        self._frames, self._folder, self._head = iter(frames), folder, head
        self._pictures: dict[str, Path] = {}
        self._contents = {each.number: each for each in known}

    @property
    def contents(self) -> tuple[FrameContent, ...]:
        """What was seen so far, in order."""
        contents = dict(self._contents)  # the other thread may be adding to it
        return tuple(contents[number] for number in sorted(contents))

    def close(self) -> None:
        """Nobody takes frames out any more."""
        close: Callable[[], None] = getattr(self._frames, "close", _nothing)
        close()

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        frame, blobs = next(self._frames)
        self._keep_picture(frame, blobs)
        self._note(frame_content(frame))
        return frame, blobs

    def _note(self, content: FrameContent) -> None:
        known = self._contents.setdefault(content.number, content)
        if known != content:
            raise FormatError(
                "scene-changed",
                f"Frame {content.number} is not as it was when {self._folder.name} was begun; paint the shot again with Only what changed.",
            )
        note_captured(self._folder, self._head, content)

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
