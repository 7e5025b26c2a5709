"""Makes passes of shots for other tools: one shot at a time, each in a process of its own that ends with this one.

Nothing that a process holds can be lost: asked again, it goes on with the frames that are missing. So it needs neither lease nor ledger.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from render_server.jobs import exports
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.shows import outside, show_of
from shot_format.errors import MissingError
from shot_format.files import storage_errors
from shot_format.messages import ExportStatus, Problem

COMMAND = (sys.executable, "-m", "render_server.passes.pass_files", "--child")
_LOG = "export.log"
_MOST_WORDS = 500  # characters


class Exporter:
    """Runs the exports, one behind the other."""

    def __init__(self, ledger: Ledger, files: DataFolder) -> None:
        self._ledger, self._files = ledger, files
        self._pool = ThreadPoolExecutor(1, "exporter")
        self._lock = threading.Lock()
        self._asked: dict[str, Future[None]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._shot = ""  # that the process works on
        self._stopping = False

    def ask(self, shot: str) -> ExportStatus:
        """Have a whole shot's passes written, unless they are or somebody asked already.

        Raises MissingError ("shot-unknown"), ConflictError ("shot-open"), StorageError.
        """
        with self._lock:
            running = self._asked.get(shot)
            if (running is None or running.done()) and exports.read_status(self._files, shot).state != "done":
                exports.prepare(self._ledger, self._files, shot)
                self._asked[shot] = self._pool.submit(self._run, shot)
        return self.status(shot)

    def status(self, shot: str) -> ExportStatus:
        """Say how far an export is. Raises MissingError ("export-unknown"): nobody asked since the server started, and none is done."""
        running, status = self._asked.get(shot), exports.read_status(self._files, shot)
        if status.state == "done":
            return status
        if running is None:
            raise MissingError("export-unknown", f"Nobody asked for the passes of '{outside(shot)}' as files; ask for them first.")
        return replace(status, state="failed", problem=self._problem(shot)) if running.done() else status

    def forget(self, shot: str) -> None:
        """Give an export up, wherever it is, and delete its files. Raises StorageError."""
        with self._lock:
            running = self._asked.pop(shot, None)
            if running is not None and not running.cancel() and self._shot == shot and self._process is not None:
                self._process.kill()
        if running is not None and not running.cancelled():
            running.exception()
        exports.delete(self._files, shot)

    def stop(self) -> None:
        """End the process that runs, and return when none is left."""
        with self._lock:
            self._stopping = True
            if self._process is not None:
                self._process.kill()
        self._pool.shutdown(cancel_futures=True)

    def _run(self, shot: str) -> None:
        """On the pool's thread, which lives as long as the process does (see lifeline.py)."""
        folder, blobs = self._files.export(shot), self._files.of(show_of(shot)).root
        with storage_errors(folder), open(folder / _LOG, "wb") as log:
            with self._lock:
                if self._stopping or shot not in self._asked:  # given up before it began
                    return
                self._shot, self._process = shot, self._spawn(folder, blobs, log.fileno())
            self._process.wait()
        with self._lock, self._process.stdin or contextlib.nullcontext():
            self._process = None

    def _spawn(self, folder: Path, blobs: Path, log: int) -> subprocess.Popen[bytes]:
        command = [*COMMAND, str(folder), str(blobs)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own module

    def _problem(self, shot: str) -> Problem:
        words = "The server's process for it ended."
        with contextlib.suppress(OSError):
            lines = (self._files.export(shot) / _LOG).read_text("utf-8", "replace").strip().splitlines()
            words = lines[-1][:_MOST_WORDS] if lines else words
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR.phrase, 500, f"The passes could not be written: {words}", "export-failed")
