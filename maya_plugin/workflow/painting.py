"""A take in the making: capture, painting and display at once, driven by the main thread.

The main thread calls `step` again and again (a timer in a window, a loop in batch). Each step shows what arrived and captures at most
one frame, so that the main thread is never busy for longer than one frame takes to evaluate. All that waits for network or disk is on a
thread of its own, which never touches the scene and only fills a queue.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from pathlib import Path
from typing import Any, Callable, Optional

from maya_plugin.client import Connection, Progress, ShotStream, Take, TakeFrame, paint_shot
from maya_plugin.workflow.handover import Handover
from maya_plugin.workflow.host import Capture, CaptureRequest, Host, Plane
from shot_format.errors import CancelledError
from shot_format.messages import Recipe
from shot_format.shot import Shot

PAUSE = 0.05  # seconds that the loop in batch waits for news


class Listener:
    """What a take's owner is told, always on the main thread. Override what is of interest."""

    def captured(self, done: int, total: int) -> None:
        """So many frames of the shot are captured."""

    def progressed(self, progress: Progress) -> None:
        """So far is the take."""

    def arrived(self, frame: TakeFrame) -> None:
        """A painted frame is on this disk, and shown."""


class Painting:
    """Paints the open scene's shot into `folder` and shows the frames on its camera.

    Raises what begins a capture raises: FormatError, MissingError, LimitError. The scene is as it was as soon as `captured` is true.
    """

    def __init__(
        self, host: Host, connection: Connection, request: CaptureRequest, recipe: Recipe, folder: Path, listener: Optional[Listener] = None
    ) -> None:
        self._listener = listener or Listener()
        self._inbox: queue.Queue[Callable[[], None]] = queue.Queue()
        self._stop, self._handover = threading.Event(), Handover()
        self._watch = contextlib.ExitStack()
        self._capture: Optional[Capture] = host.capture(request)
        self.shot: Shot = self._capture.shot
        self.take: Optional[Take] = None
        self.error: Optional[BaseException] = None
        self._done, self._arrivals, self._ended = 0, 0, False
        try:
            self._escape = self._watch.enter_context(host.escape("Paintover: capturing"))
            self.plane: Plane = host.plane(request, folder.as_posix())
            self._thread = threading.Thread(target=self._work, args=(connection, recipe, folder), name="paintover-take", daemon=True)
            self._thread.start()
        except BaseException:
            self._end_capture()
            raise

    @property
    def captured(self) -> bool:
        """Whether the capture is over, well or not."""
        return self._capture is None

    def step(self) -> bool:
        """Show what arrived, capture a frame if there is room. False when the take is over: see `take` and `error`."""
        self._drain()
        if self._capture is not None:
            self._capture_one(self._capture)
        return not (self._ended and self.captured)

    def run(self) -> Take:
        """Step to the end, for batch. Raises what went wrong."""
        try:
            while self.step():
                if self.captured or self._handover.full():
                    self._wait()
        except BaseException:
            self.close()
            raise
        if self.take is None:
            raise self.error or CancelledError("stopped", "Painting was stopped.")
        return self.take

    def stop(self) -> None:
        """Stop: the scene is as it was at once; the server is told on the other thread, and `step` goes on until that is done."""
        self._stop.set()
        self._end_capture()

    def close(self) -> None:
        """Stop and wait for the thread; for a window that closes and a Maya that exits."""
        self.stop()
        self._thread.join()
        self._drain()

    def _capture_one(self, capture: Capture) -> None:
        if self._escape():
            self.stop()
        elif self._handover.abandoned or self._stop.is_set():
            self._end_capture()
        elif not self._handover.full():
            try:
                frame = next(capture, None)
            except Exception as error:  # noqa: BLE001 - whatever Maya raises ends the take, on the thread that waits for the frame
                self._end_capture(error)
                return
            self._hand_over(frame)

    def _hand_over(self, item: Any) -> None:
        if item is None:
            self._end_capture()
            return
        self._handover.put(item)
        self._done += 1
        self._listener.captured(self._done, self.shot.last - self.shot.first + 1)

    def _end_capture(self, error: Optional[BaseException] = None) -> None:
        capture, self._capture = self._capture, None
        self._handover.end(error)
        self._watch.close()
        if capture is not None:
            capture.close()

    def _work(self, connection: Connection, recipe: Recipe, folder: Path) -> None:
        """On the other thread: the road to the server and back."""
        try:
            take = paint_shot(
                connection,
                ShotStream(self.shot, self._handover),
                recipe,
                folder,
                on_progress=lambda progress: self._tell(self._listener.progressed, progress),
                stop=self._stop.is_set,
                on_frame=lambda frame: self._tell(self._arrived, frame),
            )
            self._tell(self._finished, take)
        except BaseException as error:  # noqa: BLE001 - the thread's last word goes to the main thread, whatever it is
            self._tell(self._failed, error)

    def _tell(self, action: Callable[..., None], what: Any) -> None:
        self._inbox.put(functools.partial(action, what))

    def _wait(self) -> None:
        with contextlib.suppress(queue.Empty):
            self._inbox.get(timeout=PAUSE)()

    def _drain(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._inbox.get_nowait()()

    def _arrived(self, frame: TakeFrame) -> None:
        self._arrivals += 1
        self.plane.show(frame.number, frame.path)
        self._listener.arrived(frame)

    def _finished(self, take: Take) -> None:
        self.take, self._ended = take, True
        self.plane.finish()

    def _failed(self, error: BaseException) -> None:
        self.error, self._ended = error, True
        if not self._arrivals:
            self.plane.remove()
