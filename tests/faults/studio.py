"""A demo shot, a server that can be killed, and a client that never gives up: what the fault tests share.

PAINTOVER_KILLS: how many kills a test makes (20). PAINTOVER_SEED: of the random moments, printed with every result.
PAINTOVER_FLAT=1: paint with the tests' flat painter even where a look is installed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import psutil

from maya_plugin.client import Address, Connection, Patience, follow, submit, upload_folder
from render_server.looks.registry import list_looks
from render_server.scenes.demo import export_demo
from render_server.server_process import ServerProcess
from render_server.worker.png import decode_png
from shot_format.blobs import sha256
from shot_format.folder import ShotFolder
from shot_format.messages import Event, JobRequest, Recipe

KILLS = int(os.environ.get("PAINTOVER_KILLS", "20"))
SEED = int(os.environ.get("PAINTOVER_SEED", str(time.time_ns() % 100_000)))
FLAT = bool(os.environ.get("PAINTOVER_FLAT")) or not list_looks()
FRAMES, WIDTH, HEIGHT = 16, 256, 144
PATIENCE = Patience(session=120.0)


@dataclass
class Tally:
    """What happened, for the line at the end."""

    kills: int = 0
    jobs: int = 0
    frames: int = 0
    resumed: int = 0
    longest_pause: float = 0.0  # seconds between two events of a job
    problems: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def line(self, victim: str) -> str:
        painter = "flat painter" if FLAT else list_looks()[0].key
        return (
            f"{victim}: {self.kills} kills during {self.jobs} jobs with {painter}, {self.frames} frames, {self.resumed} resumed, "
            f"longest pause {self.longest_pause:.1f} s, {len(self.problems)} problems, seed {SEED}, {time.monotonic() - self.began:.0f} s"
        )


class Studio:
    """One data folder, one port, one demo shot; servers come and go."""

    def __init__(self, root: Path) -> None:
        self.random = random.Random(SEED)
        self.data = root / "data"
        self.source = ShotFolder(root / "shot")
        export_demo(root / "shot", FRAMES, (WIDTH, HEIGHT))
        self.port = _free_port()
        self.process = self._new_process()

    def start(self) -> None:
        self.process = self._new_process()
        self.process.__enter__()

    def kill_server(self) -> None:
        """End the server as the system does when memory is short; its worker has to notice by itself."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        os.kill(self.process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive, "a worker outlived its server"
        self.process.stop()

    def kill_worker(self) -> bool:
        """Kill the worker; False: there is none just now."""
        for child in psutil.Process(self.process.pid).children():
            child.kill()
            return True
        return False

    def connect(self) -> Connection:
        token = (self.data / "token").read_text().strip()
        return Connection(Address(f"http://127.0.0.1:{self.port}", token), PATIENCE)

    def request(self, shot: str) -> JobRequest:
        return JobRequest(shot, Recipe("flat" if FLAT else list_looks()[0].key, seed=11))

    def _new_process(self) -> ServerProcess:
        if not FLAT:
            return ServerProcess(self.data, port=self.port)
        options = json.dumps({"data": str(self.data), "port": self.port, "workers": 1})
        return ServerProcess(self.data, command=[sys.executable, "-m", "tests.server.launch", options])


class Client(threading.Thread):
    """Uploads, submits and follows, over and over until told to stop, through whatever happens to the server."""

    def __init__(self, studio: Studio, root: Path) -> None:
        super().__init__(name="client", daemon=True)
        self.studio = studio
        self.root = root
        self.enough = threading.Event()
        self.error: BaseException | None = None
        self.painted: dict[str, list[Event]] = {}  # job to its events
        self.frames_heard = 0

    def run(self) -> None:
        try:
            with self.studio.connect() as connection:
                while not self.enough.is_set():
                    self._one(connection, len(self.painted))
        except BaseException as error:
            self.error = error
            raise

    def _one(self, connection: Connection, number: int) -> None:
        folder = _copied(self.studio.source, self.root / f"shot{number}", f"{self.studio.source.read().shot.id}-{number}")
        upload_folder(connection, folder)
        job = submit(connection, self.studio.request(folder.read().shot.id))
        events = self.painted.setdefault(job.id, [])
        for event in follow(connection, job.id):
            events.append(event)
            self.frames_heard += event.frame is not None

    def wait_for_frame(self, seconds: float) -> None:
        """Wait until one more frame was heard of, at most so long."""
        heard, ends = self.frames_heard, time.monotonic() + seconds
        while self.frames_heard == heard and time.monotonic() < ends and self.is_alive():
            time.sleep(0.005)


def check(studio: Studio, painted: dict[str, list[Event]], right: list[bytes], tally: Tally) -> None:
    """Look for lost, torn, doubled and different frames, and for gaps and doubles among the events."""
    with studio.connect() as connection:
        for job, events in painted.items():
            tally.jobs += 1
            for problem in _problems(connection, job, events, right, tally):
                tally.problems.append(f"job {job}: {problem}")


def _problems(connection: Connection, job: str, events: list[Event], right: list[bytes], tally: Tally) -> Iterator[str]:
    types = Counter(event.type for event in events)
    tally.resumed += types["resumed"]
    times = [datetime.fromisoformat(event.time.replace("Z", "+00:00")).timestamp() for event in events]
    tally.longest_pause = max([tally.longest_pause, *(after - before for before, after in zip(times, times[1:]))])
    if [event.number for event in events] != list(range(1, len(events) + 1)):
        yield "events have gaps or doubles"
    if list(follow(connection, job)) != events:
        yield "events read again differ from those that were followed"
    if types["done"] != 1 or types["failed"] or types["cancelled"]:
        yield f"it did not end well: {events[-1]}"
    frames = [event.frame for event in events if event.frame]
    if len({frame.number for frame in frames}) != len(frames) or len(frames) != len(right):
        yield f"{len(frames)} frames were announced, of {len(right)}"
    for frame, expected in zip(frames, right):
        tally.frames += 1
        data = connection.call("GET", f"/v1/jobs/{job}/frames/{frame.number}").body
        if sha256(data) != frame.sha256 or len(data) != frame.bytes:
            yield f"frame {frame.number} is torn"
        decode_png(data, WIDTH, HEIGHT)
        if data != expected:
            yield f"frame {frame.number} differs from the undisturbed run"


def undisturbed(studio: Studio) -> list[bytes]:
    """Paint the shot once in peace."""
    with studio.connect() as connection:
        upload_folder(connection, studio.source)
        job = submit(connection, studio.request(studio.source.read().shot.id))
        events = list(follow(connection, job.id))
        assert events[-1].type == "done", events[-1]
        return [connection.call("GET", f"/v1/jobs/{job.id}/frames/{event.frame.number}").body for event in events if event.frame]


def _copied(source: ShotFolder, place: Path, shot: str) -> ShotFolder:
    """The same shot under another id."""
    folder, file = ShotFolder(place), source.read()
    place.mkdir()
    (place / "blobs").symlink_to(source.path / "blobs")
    folder.write(replace(file.shot, id=shot), file.frames)
    return folder


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
