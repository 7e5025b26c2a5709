"""Stages that overlap: one thread works ahead of the model, one behind it, both bounded and in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

_LOOK = 0.1  # seconds between looks whether the other side has stopped


class _End(Generic[T]):
    """The end of a stage's items, and what ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Yield the items, made on a thread of their own, at most `depth` ahead. What making them raises is raised here, in its place.

    Whoever stops early does not wait for the item that is being made; the thread ends after it.
    """
    made: queue.Queue[T | _End[T]] = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_make, args=(items, made, stopped), name="ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()


def _make(items: Iterable[T], made: queue.Queue[T | _End[T]], stopped: threading.Event) -> None:
    try:
        for item in items:
            if not _put(made, item, stopped):
                return
        _put(made, _End(None), stopped)
    except BaseException as error:  # noqa: BLE001 - raised again on the other side
        _put(made, _End(error), stopped)


def _put(made: queue.Queue[T | _End[T]], item: T | _End[T], stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            made.put(item, timeout=_LOOK)
            return True
        except queue.Full:
            continue
    return False


class Behind(Generic[T]):
    """Works items off on a thread of its own, in order; `add` waits while `depth` of them are waiting.

    What the work raises is raised at the next `add`, or at the end of the context, which waits for all of it.
    """

    def __init__(self, work: Callable[[T], None], depth: int) -> None:
        self._work = work
        self._items: queue.Queue[T | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)

    def __enter__(self) -> Behind[T]:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._items.put(None)
        self._thread.join()
        if kind is None:
            self._check()

    def add(self, item: T) -> None:
        """Hand an item over."""
        self._check()
        self._items.put(item)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if self._error is None:  # after an error the rest is only taken off
                try:
                    self._work(item)
                except BaseException as error:  # noqa: BLE001 - raised again on the other side
                    self._error = error
