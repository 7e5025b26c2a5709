"""Frames from the main thread to the thread that sends them, with a few on the way at most."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Optional, Union

from maya_plugin.workflow.host import Blobs
from shot_format.shot import Frame

Item = tuple[Frame, Blobs]
AHEAD = 4  # frames that may wait to be sent: they are held in memory


class Handover:
    """One thread puts frames in, another takes them out. Neither putting nor ending ever waits."""

    def __init__(self) -> None:
        self._items: queue.Queue[Union[Item, BaseException, None]] = queue.Queue()
        self._ended = False
        self.abandoned = False

    def full(self) -> bool:
        """Whether the next frame had better wait."""
        return self._items.qsize() >= AHEAD

    def put(self, item: Item) -> None:
        """Hand a frame over."""
        self._items.put(item)

    def end(self, error: Optional[BaseException] = None) -> None:
        """Say that no more frames come; error: why, to be raised by whoever takes them out. Only the first call counts."""
        if not self._ended:
            self._ended = True
            self._items.put(error)

    def close(self) -> None:
        """Nobody takes frames out any more."""
        self.abandoned = True

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        item = self._items.get()
        if isinstance(item, tuple):
            return item
        self._items.put(item)  # for whoever asks again
        raise item or StopIteration
