"""HTTP/1.1 as uvicorn speaks it, with two habits changed: what arrived before a cut is still read, and a request's head may not dawdle."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_LOOK = 0.002  # seconds between looks whether the rest of a body was read


class PatientProtocol(H11Protocol):
    """One connection. `head_time`: seconds that a request's head may take, from the connection or its first byte."""

    head_time = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application only when it has read what came: uvicorn would drop it, and an upload would lose it."""
        if self.cycle is not None and self.cycle.body and not self.cycle.response_complete:
            self.loop.call_later(_LOOK, self.connection_lost, exc)
            return
        self._stop_timer()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_timer()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_time, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def patient_protocol(head_time: float) -> type[PatientProtocol]:
    """Make the protocol with another time for heads."""
    return type("PatientProtocol", (PatientProtocol,), {"head_time": head_time})
