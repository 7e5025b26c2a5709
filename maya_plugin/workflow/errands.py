"""Work that waits for network or disk, done one after another on a thread of its own; what it gives comes back to the main thread."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from typing import Any, Callable, Optional

Work = Callable[[], Any]
Then = Callable[[Any], None]


class Errands:
    """A worker thread that never touches the scene. `run` and `drain` are called on the main thread, and never wait."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._todo: queue.Queue[Optional[tuple[Work, Then, Then]]] = queue.Queue()
        self._results: queue.Queue[Callable[[], None]] = queue.Queue()
        self._thread: Optional[threading.Thread] = None
        self._under_way = 0

    @property
    def busy(self) -> bool:
        """Whether anything was asked for whose result was not drained yet."""
        return self._under_way > 0

    def run(self, work: Work, then: Then, failed: Then) -> None:
        """Do the work on the thread; `drain` calls then with what it gave, or failed with the PaintoverError or OSError that it raised."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"paintover-{self._name}", daemon=True)
            self._thread.start()
        self._under_way += 1
        self._todo.put((work, then, failed))

    def drain(self) -> None:
        """Tell what is done, on the calling thread."""
        with contextlib.suppress(queue.Empty):
            while True:
                tell = self._results.get_nowait()
                self._under_way -= 1
                tell()

    def close(self, last: Optional[Work] = None, drop: bool = True) -> None:
        """End the thread after what it does now (without `drop` after all that waits) and a last errand; nobody is told any more."""
        with contextlib.suppress(queue.Empty):
            while drop:
                self._todo.get_nowait()
        if last is not None:
            self.run(last, _ignore, _ignore)
        self._todo.put(None)

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread, for tests and for programs that exit."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            errand = self._todo.get()
            if errand is None:
                return
            work, then, failed = errand
            try:
                told = functools.partial(then, work())
            except Exception as error:  # noqa: BLE001 - told to who asked; the thread must go on, whatever an errand raises
                told = functools.partial(failed, error)
            self._results.put(told)


def _ignore(_: Any) -> None:
    pass
