"""Live painting: whenever the scene comes to rest, its present frame is painted in draft quality and shown.

One frame at most is on its way. A change while it is breaks it off, and only the newest state of the scene is painted next, so nothing
queues up.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

from maya_plugin.client import Connection, ShotStream, paint_shot
from maya_plugin.workflow.errands import Errands
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.workplace import LivePlane, Workplace
from shot_format.errors import CancelledError, PaintoverError
from shot_format.messages import Recipe
from shot_format.shot import Shot

REST = 0.2  # seconds without a change after which the scene is at rest
LONGEST_SIDE = 512  # pixels of a draft


@dataclass(frozen=True)
class LiveWish:
    """What is to be painted when the scene is at rest. request: its frame and shot_id are of no meaning here."""

    connection: Connection
    request: CaptureRequest
    recipe: Recipe


@dataclass
class _Draft:
    """One frame on its way. moment: of the scene that it shows."""

    moment: Any
    began: float
    stop: threading.Event


class Live:
    """Call `step` again and again on the main thread.

    seconds: of the newest frame, from rest to picture; error: why the last one failed, None again as soon as the scene changes.
    """

    def __init__(self, workplace: Workplace, clock: Callable[[], float] = time.monotonic) -> None:
        self._workplace, self._clock = workplace, clock
        self._errands, self._numbers = Errands("live"), itertools.count(1)
        self._folder: Optional[Path] = None
        self._plane: Optional[LivePlane] = None
        self._camera = ""
        self._moment: Any = None
        self._rested = 0.0
        self._draft: Optional[_Draft] = None
        self._painted: Any = None
        self.shown: Optional[Path] = None
        self.frames = 0
        self.seconds: Optional[float] = None
        self.error: Optional[Exception] = None

    @property
    def painting(self) -> bool:
        """Whether a frame is on its way."""
        return self._draft is not None

    def step(self, wish: LiveWish) -> None:
        """Look whether the scene changed; hide what is out of date, paint what came to rest. Captures one frame at most."""
        self._errands.drain()
        moment = (wish.request.camera, wish.request.width, wish.request.height, wish.recipe, self._workplace.moment(wish.request.camera))
        now = self._clock()
        if moment != self._moment:
            self._moment, self._rested, self.error = moment, now, None
            self._hide()
        at_rest = now - self._rested >= REST and moment not in (self._painted, self._draft and self._draft.moment)
        if at_rest and self._draft is None and self.error is None:
            self._paint(wish, moment)

    def pause(self) -> None:
        """Show the blocking until the next step, and break off what is on its way."""
        self._errands.drain()
        self._moment = None
        self._hide()

    def close(self) -> None:
        """Leave nothing behind."""
        self.pause()
        if self._plane is not None:
            self._plane.remove()
            self._plane = None
        folder, self._folder = self._folder, None
        self._errands.close((lambda: shutil.rmtree(folder, ignore_errors=True)) if folder else None)

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        self._errands.join(seconds)

    def _hide(self) -> None:
        self._painted, self.shown = None, None
        if self._plane is not None:
            self._plane.hide()
        if self._draft is not None:
            self._draft.stop.set()

    def _paint(self, wish: LiveWish, moment: Any) -> None:
        try:
            shot, item = self._capture(wish.request)
            self._hang(wish.request)
        except (PaintoverError, RuntimeError) as error:  # RuntimeError: what Maya's commands raise
            self.error = error
            return
        draft = self._draft = _Draft(moment, self._rested, threading.Event())
        folder = self._new_folder()
        self._errands.run(lambda: _paint_one(wish, shot, item, folder, draft.stop), self._arrived, self._failed)

    def _capture(self, request: CaptureRequest) -> tuple[Shot, Item]:
        capture = self._workplace.capture(request)
        try:
            return capture.shot, next(capture)
        finally:
            capture.close()

    def _hang(self, request: CaptureRequest) -> None:
        if self._plane is not None and (request.camera != self._camera or self._plane.gone()):
            self._plane.remove()
            self._plane = None
        if self._plane is None:
            self._plane, self._camera = self._workplace.live_plane(request), request.camera

    def _new_folder(self) -> Path:
        """A new folder for each frame: a picture's path is never used twice."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="paintover-live-"))
        return self._folder / f"{next(self._numbers):06d}"

    def _arrived(self, path: Path) -> None:
        draft, self._draft = self._draft, None
        if draft is None or draft.stop.is_set() or self._plane is None:
            return
        self._plane.show(path)
        self._painted, self.shown = draft.moment, path
        self.frames += 1
        self.seconds = self._clock() - draft.began

    def _failed(self, error: Exception) -> None:
        draft, self._draft = self._draft, None
        if draft is not None and not draft.stop.is_set() and not isinstance(error, CancelledError):
            self.error = error


def _paint_one(wish: LiveWish, shot: Shot, item: Item, folder: Path, stop: threading.Event) -> Path:
    """On the worker: one frame to the server and back. The frame before the last one is deleted; the last one may still be shown."""
    for old in sorted(folder.parent.glob("[0-9]*"))[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    take = paint_shot(wish.connection, ShotStream(shot, iter([item])), wish.recipe, folder, stop=stop.is_set)
    return take.frames[0].path
