"""A capture on the main thread whose frames another thread carries on, so that the main thread never waits for network or disk.

The main thread calls `step` again and again (a timer in a window, a loop in batch). Each step hears what the other thread has to tell and
captures at most one frame. The other thread never touches the scene and only fills a queue.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Iterable
from typing import Any, Callable, Optional

from maya_plugin.client import Progress, TakeFrame
from maya_plugin.workflow.changed import Plan
from maya_plugin.workflow.handover import Handover, Item
from maya_plugin.workflow.host import Capture, CaptureRequest, Host
from shot_format.shot import Shot

PAUSE = 0.05  # seconds that the loop in batch waits for news


class Listener:
    """What the owner of a take or an export is told, always on the main thread. Override what is of interest."""

    def captured(self, done: int, total: int) -> None:
        """So many frames of the shot are captured."""

    def progressed(self, progress: Progress) -> None:
        """So far is what follows the capture."""

    def planned(self, plan: Plan) -> None:
        """It is known which frames are painted, and which are kept from an earlier take."""

    def arrived(self, frame: TakeFrame) -> None:
        """A painted frame is on this disk, and shown."""


class CaptureRun:
    """A capture and what is done with its frames, which a subclass says in `_work`.

    capture: in place of a new one. Raises what begins a capture raises: FormatError, MissingError, LimitError. The scene is as it was as
    soon as `captured` is true.
    """

    def __init__(self, host: Host, request: CaptureRequest, listener: Optional[Listener] = None, capture: Optional[Capture] = None) -> None:
        self._host, self._listener = host, listener or Listener()
        self._inbox: queue.Queue[Callable[[], None]] = queue.Queue()
        self._stop, self._leave, self._handover = threading.Event(), threading.Event(), Handover()
        self._watch = contextlib.ExitStack()
        self._capture: Optional[Capture] = capture or host.capture(request)
        self.shot: Shot = self._capture.shot
        self.error: Optional[BaseException] = None
        self._done, self._ended = 0, False
        try:
            self._escape = self._watch.enter_context(host.escape("Paintover: capturing"))
            self._prepare(host, request)
            self._thread = threading.Thread(target=self._run_work, name="paintover-take", daemon=True)
            self._thread.start()
        except BaseException:
            self._end_capture()
            raise

    @property
    def captured(self) -> bool:
        """Whether the capture is over, well or not."""
        return self._capture is None

    @property
    def waiting(self) -> bool:
        """Whether another step would find nothing to do before there are news."""
        return self.captured or self._handover.full()

    def step(self) -> bool:
        """Hear what there is to hear, capture a frame if there is room. False when all is over: see `error`."""
        self._drain()
        if self._capture is not None:
            self._capture_one(self._capture)
        return not (self._ended and self.captured)

    def stop(self) -> None:
        """Stop: the scene is as it was at once; the other thread ends by itself, and `step` goes on until it has."""
        self._stop.set()
        self._end_capture()

    def abandon(self) -> None:
        """Stop without waiting, for a panel that closes: the thread ends by itself, and what the server does is left to be gone on with."""
        self._leave.set()
        self.stop()

    def close(self) -> None:
        """Stop and wait for the thread; for a window that closes and a Maya that exits."""
        self.stop()
        self._thread.join()
        self._drain()

    def _prepare(self, host: Host, request: CaptureRequest) -> None:
        """On the main thread, before the other thread starts."""

    def _work(self, frames: Iterable[Item]) -> Callable[[], None]:
        """On the other thread: take the frames onward; what it gives is called on the main thread when all went well."""
        raise NotImplementedError

    def _failed(self, error: BaseException) -> None:
        """On the main thread: the other thread has ended with an error."""
        self.error, self._ended = error, True

    def _step_to_end(self) -> None:
        """Step until all is over, for batch and for commands; Esc stops it."""
        try:
            with contextlib.ExitStack() as watch:
                pressed: Optional[Callable[[], bool]] = None
                while self.step():
                    if self.waiting:
                        self._wait()
                    if self.captured and pressed is None:
                        pressed = watch.enter_context(self._host.escape("Paintover: the server is at work"))
                    if pressed is not None and pressed():
                        self.stop()
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C: the take can be gone on with
                self._leave.set()
            self.close()
            raise

    def _tell(self, action: Callable[..., None], what: Any) -> None:
        """From the other thread: have something called on the main thread."""
        self._inbox.put(functools.partial(action, what))

    def _capture_one(self, capture: Capture) -> None:
        if self._escape():
            self.stop()
        elif self._handover.abandoned or self._stop.is_set():
            self._end_capture()
        elif not self._handover.full():
            try:
                frame = next(capture, None)
            except Exception as error:  # noqa: BLE001 - whatever Maya raises ends the run, on the thread that waits for the frame
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

    def _run_work(self) -> None:
        try:
            self._tell(self._finish, self._work(self._handover))
        except BaseException as error:  # noqa: BLE001 - the thread's last word goes to the main thread, whatever it is
            self._tell(self._failed, error)
        finally:
            self._handover.close()  # nobody waits for more frames

    def _finish(self, what: Callable[[], None]) -> None:
        self._ended = True
        what()

    def _wait(self) -> None:
        with contextlib.suppress(queue.Empty):
            self._inbox.get(timeout=PAUSE)()

    def _drain(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._inbox.get_nowait()()
