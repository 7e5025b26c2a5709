"""Wakes those who wait for news. The news themselves stand in the ledger; the bell carries nothing, so nothing can be lost with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

QUEUE = "queue"  # rung when a job may have become claimable


def of_shot(shot: str) -> str:
    """Name the bell of one shot's frames."""
    return f"shot {shot}"


def of_job(job: str) -> str:
    """Name the bell of one job's events."""
    return f"job {job}"


def of_training(training: str) -> str:
    """Name the bell of one training's events."""
    return f"training {training}"


class Listener:
    """One who waits. Listen first, then read the ledger, then wait: what comes in between is not missed."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self.heard = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring since the last wait; False: nothing came, or the server stops."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.heard.wait(), seconds)
        rung = self.heard.is_set() and not self._bell.closed
        self.heard.clear()
        return rung


class Bell:
    """Bells by name. `ring` may be called from any thread, `listen` on the event loop alone."""

    def __init__(self) -> None:
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[str, set[Listener]] = defaultdict(set)

    def attach(self) -> None:
        """Take the running event loop; before that, rings go unheard."""
        self._loop = asyncio.get_running_loop()

    def ring(self, *names: str) -> None:
        """Wake everyone who listens to one of these names."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, names)

    @contextlib.contextmanager
    def listen(self, name: str) -> Iterator[Listener]:
        """Listen to a name."""
        listener = Listener(self)
        self._listeners[name].add(listener)
        try:
            yield listener
        finally:
            self._listeners[name].discard(listener)
            if not self._listeners[name]:
                del self._listeners[name]

    def close(self) -> None:
        """Let everyone go: the server stops. To be called on the event loop."""
        self.closed = True
        self._wake(tuple(self._listeners))

    def _wake(self, names: tuple[str, ...]) -> None:
        for name in names:
            for listener in self._listeners.get(name, ()):
                listener.heard.set()
