"""A server of the command's own, ready to paint, and gone when the command ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from maya_plugin.client import Address, Connection
from render_server.cli.console import Stages
from render_server.server_process import ServerProcess
from shot_format.errors import ServerError

WORKER_START_TIME = 300.0  # seconds; a cold disk and a busy machine load torch slowly


@contextmanager
def own_server(data: Path, bars: Stages) -> Iterator[Connection]:
    """Start a server, wait until its worker has loaded the painter, connect to it, and stop it at the end.

    Raises ServerError ("server-start", "worker-start").
    """
    bars.update("starting the server", 0, 1)
    with ServerProcess(data) as server:
        wait_for_worker(server)
        bars.update("starting the server", 1, 1)
        with Connection(Address(server.address, server.token)) as connection:
            yield connection


def wait_for_worker(server: ServerProcess) -> None:
    """Wait until a worker has asked for work. Raises ServerError ("worker-start")."""
    ends = time.monotonic() + WORKER_START_TIME
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.address, headers=headers, trust_env=False) as client:
        while time.monotonic() < ends:
            if client.get("/ready").json().get("worker"):
                return
            time.sleep(0.05)
    raise ServerError("worker-start", f"No worker came up within {WORKER_START_TIME:.0f} s. {_last_words(server.data / 'logs')}")


def _last_words(logs: Path) -> str:
    """The end of the worker's log: the folder it lies in may be gone in a moment."""
    lines = [line for path in sorted(logs.glob("worker*.log")) for line in path.read_text("utf-8", "replace").splitlines()[-1:]]
    return "Its log ends with: " + " / ".join(lines) if lines else "It wrote no log; the machine may be too busy."
