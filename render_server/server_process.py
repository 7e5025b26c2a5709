"""A server as a child of this process: `with ServerProcess(data) as server: …`. Also what runs in the child."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from render_server.jobs.data_folder import DataFolder
from shot_format.errors import PaintoverError, ServerError
from shot_format.files import storage_errors

START_TIME = 30.0  # seconds
STOP_TIME = 5.0


class ServerProcess:
    """Starts a server on a free port of this machine, waits until it answers, and ends it with the context.

    It ends with this process too, whatever happens to this one. data: its data folder; looks: a folder in place of the installed ones;
    port: 0 takes a free one; command: what to run in place of this module. Raises ServerError ("server-start").
    """

    def __init__(
        self,
        data: Path,
        looks: Path | None = None,
        workers: int | None = None,
        port: int = 0,
        command: Sequence[str] | None = None,
    ) -> None:
        self.address = ""
        self.token = ""
        self.data = data
        self._files = DataFolder(data)
        self._log = self._files.logs / "server.log"
        own = (sys.executable, "-m", "render_server.server_process", "--data", str(data), "--port", str(port))
        self._command = list(command or own)
        self._command += ["--looks", str(looks)] if looks else []
        self._command += [] if workers is None else ["--workers", str(workers)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ServerProcess:
        with storage_errors(self._log):
            self._files.make()
            with open(self._log, "ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    self._command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
                )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The server's process id, 0 where it does not run."""
        return self._process.pid if self._process else 0

    def stop(self) -> None:
        """End the server and everything it started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIME)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin:
            process.stdin.close()

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        ends = time.monotonic() + START_TIME
        while process.poll() is None and time.monotonic() < ends:
            if self._answers(process.pid):
                return
            time.sleep(0.02)
        raise ServerError("server-start", f"The server did not start: {self._last_words()}")

    def _answers(self, pid: int) -> bool:
        try:
            told = json.loads(self._files.address.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        if told.get("pid") != pid:  # left behind by a server that was killed
            return False
        self.address, self.token = told["address"], self._files.token.read_text("ascii").strip()
        return _healthy(self.address)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text("utf-8", errors="replace").strip().splitlines()
            if lines:
                return lines[-1]
        return f"its log {self._log} says why."


def _healthy(address: str) -> bool:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Run a server that ends with its parent."""
    from render_server.serving import end_with_parent, serve
    from render_server.settings import Settings

    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--looks", type=Path)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    end_with_parent()
    try:
        serve(Settings(data=options.data, port=options.port, looks=options.looks, workers=options.workers))
    except PaintoverError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
