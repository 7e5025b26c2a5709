"""What would keep Maya waiting: done on another thread, or waited for on a timer; its end is told on the main thread."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, Callable, TypeVar

from maya.api import OpenMaya as om

T = TypeVar("T")
INTERVAL = 0.1  # seconds between looks at whether it is done
PATIENCE = 30.0  # seconds


def do_aside(work: Callable[[], T], then: Callable[[T], None]) -> None:
    """Do the work, which must not touch the scene, and call `then` with what it gave. An error of the work goes to the script editor."""
    done: queue.Queue[T] = queue.Queue()
    thread = threading.Thread(target=lambda: done.put(work()), name="paintover-aside", daemon=True)
    thread.start()
    when(lambda: not thread.is_alive(), lambda: None if done.empty() else then(done.get()))


def when(ready: Callable[[], bool], then: Callable[[], None]) -> None:
    """Call `then` once it is ready; it is forgotten when that takes too long."""
    ends = time.monotonic() + PATIENCE

    def look(*_: Any) -> None:
        if ready():
            om.MMessage.removeCallback(timer)
            then()
        elif time.monotonic() > ends:
            om.MMessage.removeCallback(timer)

    timer = om.MTimerMessage.addTimerCallback(INTERVAL, look)
