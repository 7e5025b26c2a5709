"""Which workers were heard of lately. Kept in memory: after a start nobody was."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Roster:
    """Remembers when each worker last called. May be used from any thread."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._gone: set[str] = set()  # a worker's name is new at every start, so a dead one's never comes back

    def heard(self, worker: str) -> None:
        """Note a sign of life."""
        if worker not in self._gone:
            self._heard[worker] = time.monotonic()

    def gone(self, worker: str) -> bool:
        """Note that a worker died; True: it had called at least once."""
        self._gone.add(worker)
        return self._heard.pop(worker, None) is not None

    def is_gone(self, worker: str) -> bool:
        """Say whether a worker is known to be dead: a call of its may still be waiting here."""
        return worker in self._gone

    @contextmanager
    def waits(self, worker: str) -> Iterator[None]:
        """Count a worker as idle while its call for work waits here."""
        self._waiting.add(worker)
        try:
            yield
        finally:
            self._waiting.discard(worker)

    @property
    def idle(self) -> int:
        """How many workers wait for work and are not known to be dead."""
        return len(self._waiting - self._gone)

    def alive(self, seconds: float) -> int:
        """Count the workers that called within so many seconds."""
        since = time.monotonic() - seconds
        return sum(heard >= since for heard in list(self._heard.values()))
