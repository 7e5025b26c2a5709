"""Keeps a lease alive while the model works, and hears when it was lost."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol

from shot_format.errors import PaintoverError


class Leased(Protocol):
    """What is on lease for so many seconds, unless it is renewed."""

    seconds: float

    def heartbeat(self) -> None:
        """Renew the lease. Raises LeaseLostError, ServerError."""


class Heartbeat:
    """Renews a lease three times in its life, on a thread of its own, while the context lasts."""

    def __init__(self, leased: Leased) -> None:
        self._leased = leased
        self._ended = threading.Event()
        self._error: PaintoverError | None = None
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what the last heartbeat met: LeaseLostError, ServerError."""
        if self._error is not None:
            raise self._error

    def _beat(self) -> None:
        while not self._ended.wait(self._leased.seconds / 3):
            try:
                self._leased.heartbeat()
            except PaintoverError as error:
                self._error = error
                return
