"""Pictures from disk, read and scaled on a worker, so that a large frame never holds Maya up."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Callable, Optional

from maya_plugin.ui.qt import QtCore, QtGui
from maya_plugin.workflow.errands import Errands

KEPT = 400  # pictures in memory
Key = tuple[Path, int]


class PictureShelf:
    """Gives pictures that are here, and fetches those that are not. ready: called on the main thread when one more is here."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._errands = Errands("pictures")
        self._here: OrderedDict[Key, Optional[QtGui.QPixmap]] = OrderedDict()
        self._asked: set[Key] = set()

    def get(self, path: Optional[Path], height: int) -> Optional[QtGui.QPixmap]:
        """A picture of at most this height in pixels of the screen; None while it is fetched, and where it cannot be read."""
        if path is None:
            return None
        key = (path, height)
        if key in self._here:
            self._here.move_to_end(key)
            return self._here[key]
        if key not in self._asked:
            self._asked.add(key)
            self._errands.run(lambda: _read(key), lambda image: self._keep(key, image), lambda _: self._keep(key, None))
        return None

    def step(self) -> None:
        """Take what was fetched; called by the panel's timer."""
        self._errands.drain()

    @property
    def busy(self) -> bool:
        """Whether pictures are on their way."""
        return self._errands.busy

    def forget(self) -> None:
        """Drop what could not be read, so that it is tried again: a take may have grown."""
        for key in [key for key, picture in self._here.items() if picture is None]:
            del self._here[key]

    def close(self) -> None:
        """End the worker."""
        self._errands.close()

    def join(self, seconds: float) -> None:
        """Wait for the worker's end."""
        self._errands.join(seconds)

    def _keep(self, key: Key, image: Optional[QtGui.QImage]) -> None:
        self._asked.discard(key)
        self._here[key] = QtGui.QPixmap.fromImage(image) if image is not None else None
        while len(self._here) > KEPT:
            self._here.popitem(last=False)
        self._ready()


def _read(key: Key) -> Optional[QtGui.QImage]:
    """On the worker; a QImage may be made on any thread, a QPixmap may not."""
    path, height = key
    reader = QtGui.QImageReader(str(path))
    size = reader.size()
    if size.isValid() and size.height() > height:
        reader.setScaledSize(QtCore.QSize(max(1, round(size.width() * height / size.height())), height))
    image = reader.read()
    return None if image.isNull() else image
