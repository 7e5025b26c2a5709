"""Which workers were heard of lately. Kept in memory: after a start nobody was."""

from __future__ import annotations

import time


class Roster:
    """Remembers when each worker last called. May be used from any thread."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}

    def heard(self, worker: str) -> None:
        """Note a sign of life."""
        self._heard[worker] = time.monotonic()

    def gone(self, worker: str) -> bool:
        """Forget a worker that died; True: it had called at least once."""
        return self._heard.pop(worker, None) is not None

    def alive(self, seconds: float) -> int:
        """Count the workers that called within so many seconds."""
        since = time.monotonic() - seconds
        return sum(heard >= since for heard in list(self._heard.values()))
