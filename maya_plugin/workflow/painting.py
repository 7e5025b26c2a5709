"""A take in the making: capture, painting and display at once, driven by the main thread (see capture_run.py)."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Callable, Optional

from maya_plugin.client import Connection, ShotStream, Take, TakeFrame, paint_shot
from maya_plugin.workflow.capture_run import CaptureRun, Listener
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import CaptureRequest, Host, Plane
from shot_format.errors import CancelledError
from shot_format.messages import Recipe

__all__ = ["Listener", "Painting"]


class Painting(CaptureRun):
    """Paints the open scene's shot into `folder` and shows the frames on its camera.

    Raises what begins a capture raises: FormatError, MissingError, LimitError. The scene is as it was as soon as `captured` is true.
    """

    def __init__(
        self, host: Host, connection: Connection, request: CaptureRequest, recipe: Recipe, folder: Path, listener: Optional[Listener] = None
    ) -> None:
        self._connection, self._recipe, self._folder = connection, recipe, folder
        self.take: Optional[Take] = None
        self._arrivals = 0
        super().__init__(host, request, listener)

    def run(self) -> Take:
        """Step to the end, for batch. Raises what went wrong."""
        self._step_to_end()
        if self.take is None:
            raise self.error or CancelledError("stopped", "Painting was stopped.")
        return self.take

    def _prepare(self, host: Host, request: CaptureRequest) -> None:
        self.plane: Plane = host.plane(request, self._folder.as_posix())

    def _work(self, frames: Iterable[Item]) -> Callable[[], None]:
        """The road to the server and back."""
        take = paint_shot(
            self._connection,
            ShotStream(self.shot, frames),
            self._recipe,
            self._folder,
            on_progress=lambda progress: self._tell(self._listener.progressed, progress),
            stop=self._stop.is_set,
            on_frame=lambda frame: self._tell(self._arrived, frame),
        )
        return functools.partial(self._finished, take)

    def _arrived(self, frame: TakeFrame) -> None:
        self._arrivals += 1
        self.plane.show(frame.number, frame.path)
        self._listener.arrived(frame)

    def _finished(self, take: Take) -> None:
        self.take = take
        self.plane.finish()

    def _failed(self, error: BaseException) -> None:
        super()._failed(error)
        if not self._arrivals:
            self.plane.remove()
