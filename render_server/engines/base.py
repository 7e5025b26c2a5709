"""The seam to what runs the workers: this machine (local.py), a cluster, a render farm."""

from __future__ import annotations

from typing import Protocol


class Engine(Protocol):
    """Starts workers and keeps them alive.

    A worker is `python -m render_server.worker --server URL` with its token in PAINTOVER_WORKER_TOKEN; it speaks to the server over HTTP
    alone. When a worker dies, the engine gives back what it had on lease.
    """

    def start(self) -> None:
        """Begin to start workers; does not wait for them."""
        ...

    def drop(self, worker: str) -> None:
        """End a worker that fell silent, if it is one of this engine's; another takes its place."""
        ...

    def stop(self) -> None:
        """End every worker, and return when none is left."""
        ...
