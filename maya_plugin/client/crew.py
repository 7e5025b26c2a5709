"""Threads that wait, so that one thread can act."""

from __future__ import annotations

import functools
import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

from maya_plugin.client.connection import Connection


class Crew:
    """Runs work on threads, and what they `tell` on the thread that calls `listen`.

    The first error of any thread is raised by `listen`. Leaving the context after an error hangs the connection up, so that no thread
    goes on waiting; all threads have ended when the context is left.
    """

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._pool = ThreadPoolExecutor(size, "paintover")
        self._inbox: queue.Queue[Callable[[], Any]] = queue.Queue()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        if kind is not None:
            self._connection.hang_up()
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def start(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run work on a thread, as soon as one is free."""
        self._pool.submit(work, *arguments).add_done_callback(lambda future: self.tell(future.result))

    def tell(self, action: Callable[..., Any], *arguments: Any) -> None:
        """Have an action run on the thread that listens."""
        self._inbox.put(functools.partial(action, *arguments))

    def listen(self, until: Callable[[], bool]) -> None:
        """Run what the threads tell until `until()`. Raises whatever a thread or an action raised."""
        while not until():
            try:
                self._inbox.get(timeout=1.0)()  # with a time-out, for else Ctrl-C goes unheard on Windows
            except queue.Empty:
                continue
