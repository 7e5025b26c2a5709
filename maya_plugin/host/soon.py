"""Work that would keep Maya waiting: done on another thread, its end told on the main thread."""

from __future__ import annotations

import queue
import threading
from typing import Any, Callable, TypeVar

from maya.api import OpenMaya as om

T = TypeVar("T")
INTERVAL = 0.1  # seconds between looks at whether it is done


def do_aside(work: Callable[[], T], then: Callable[[T], None]) -> None:
    """Do the work, which must not touch the scene, and call `then` with what it gave. An error of the work goes to the script editor."""
    done: queue.Queue[T] = queue.Queue()
    thread = threading.Thread(target=lambda: done.put(work()), name="paintover-aside", daemon=True)

    def look(*_: Any) -> None:
        if thread.is_alive():
            return
        om.MMessage.removeCallback(timer)
        if not done.empty():
            then(done.get())

    thread.start()
    timer = om.MTimerMessage.addTimerCallback(INTERVAL, look)
