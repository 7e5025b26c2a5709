"""The engine of this machine: one worker a GPU, or one on the CPU, started with the server and started again when it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from render_server.engines.devices import worker_devices
from render_server.jobs import lending
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.roster import Roster
from render_server.settings import Settings
from shot_format.errors import StorageError
from shot_format.files import storage_errors

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a worker is started again
STOP_TIME = 1.0  # seconds that a worker gets to end by itself
_MOST_LOG_BYTES = 8 << 20

_log = logging.getLogger("paintover.engine")


@dataclass
class _Seat:
    """One worker's place: its number and device, and the worker that has it now."""

    number: int
    device: str | None
    worker: str = ""
    process: subprocess.Popen[bytes] | None = None


class LocalEngine:
    """Runs the workers as child processes, which end with this process whatever happens to it."""

    def __init__(self, settings: Settings, ledger: Ledger, roster: Roster, files: DataFolder, worker_token: str) -> None:
        self._settings = settings
        self._ledger = ledger
        self._roster = roster
        self._files = files
        self._token = worker_token
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._seats: list[_Seat] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to start workers; does not wait for them."""
        self._run_thread(self._start_all)

    def drop(self, worker: str) -> None:
        """End a worker that fell silent, if it is one of this engine's; another takes its place."""
        with self._lock:
            for seat in self._seats:
                if seat.process is not None and seat.worker == worker:
                    seat.process.kill()

    def stop(self) -> None:
        """End every worker, and return when none is left."""
        self._stopping.set()
        self._each_process(subprocess.Popen.terminate)
        ends = time.monotonic() + STOP_TIME
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        self._each_process(subprocess.Popen.kill)
        for thread in self._threads:
            thread.join()

    def _each_process(self, act: Callable[[subprocess.Popen[bytes]], None]) -> None:
        with self._lock:
            for seat in self._seats:
                if seat.process is not None:
                    act(seat.process)

    def _run_thread(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="engine", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _start_all(self) -> None:
        for number, device in enumerate(worker_devices(self._settings.workers)):
            seat = _Seat(number, device)
            with self._lock:
                self._seats.append(seat)
            self._run_thread(self._keep, seat)

    def _keep(self, seat: _Seat) -> None:
        """Run one seat's workers, one after the other, on one thread that lives as long as they do (see lifeline.py)."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            seat.worker = f"local-{seat.number}-{secrets.token_hex(4)}"
            ended = self._run(seat)
            had_started = self._roster.gone(seat.worker)
            if self._stopping.is_set():
                return
            _log.warning("Worker %s %s; it is started again.", seat.worker, ended)
            with contextlib.suppress(StorageError):  # then the lease runs out by itself
                lending.take_back_from(self._ledger, seat.worker, f"The worker {ended}; its log says more.")
            pause = FIRST_PAUSE if had_started else min(2 * pause, LONGEST_PAUSE)
            self._stopping.wait(pause)

    def _run(self, seat: _Seat) -> str:
        """Run one worker to its end and say how it ended."""
        try:
            with self._open_log(seat) as log, self._lock:
                if self._stopping.is_set():
                    return "was not started"
                seat.process = self._spawn(seat, log.fileno())
        except (OSError, StorageError) as error:
            return f"could not be started: {error}"
        code = seat.process.wait()
        with self._lock, seat.process.stdin or contextlib.nullcontext():
            seat.process = None
        return f"ended with code {code}" if code >= 0 else f"was killed by signal {-code}"

    def _spawn(self, seat: _Seat, log: int) -> subprocess.Popen[bytes]:
        command = [*self._settings.worker_command, "--server", self._settings.worker_address(), "--name", seat.worker, "--child"]
        environment = {**os.environ, "PAINTOVER_WORKER_TOKEN": self._token, "PYTHONUNBUFFERED": "1"}
        if seat.device is not None:
            environment["CUDA_VISIBLE_DEVICES"] = seat.device
        if self._settings.certificate:
            command += ["--certificate", str(self._settings.certificate)]
        command += ["--store", str(self._files.looks), "--scratch", str(self._files.scratch)]
        if self._settings.looks:
            command += ["--looks", str(self._settings.looks)]
        return subprocess.Popen(  # noqa: S603 - our own module, by the settings
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True
        )

    def _open_log(self, seat: _Seat) -> BinaryIO:
        place = self._files.logs / f"worker-{seat.number}.log"
        with storage_errors(place):
            if place.exists() and place.stat().st_size > _MOST_LOG_BYTES:
                os.replace(place, place.with_suffix(".old.log"))
            return open(place, "ab")
