"""The client against the real server and a real worker, whose painter needs no weights."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("sqlalchemy")
pytest.importorskip("numba")

from maya_plugin.client import (
    Address,
    Connection,
    Patience,
    ShotStream,
    check_server,
    find_server,
    get_job,
    list_jobs,
    list_looks,
    paint_shot,
    upload_folder,
)
from maya_plugin.client import bench as bench_module
from maya_plugin.client import upload as upload_module
from shot_format.blobs import sha256
from shot_format.errors import CancelledError, ServerError
from shot_format.files import PARTIAL
from shot_format.messages import Recipe
from tests.client.conftest import SCALE
from tests.client.proxy import Fault, bad_network
from tests.client.shots import make_folder, make_frames, make_head
from tests.server.harness import Server, running

RECIPE = Recipe("flat")
OTHER_LOOPBACK = "127.0.0.2"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server"), workers=1, names=[OTHER_LOOPBACK]) as server:
        yield server


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with Connection(find_server(data=server.data, environment={})) as connection:
        yield connection


def test_the_server_is_found_and_fits(connection: Connection) -> None:
    check_server(connection)
    assert [look.name for look in list_looks(connection)] == ["flat"]


def test_a_shot_is_painted(connection: Connection, tmp_path: Path) -> None:
    take = paint_shot(connection, make_folder(tmp_path / "shot", make_head("whole")), RECIPE, tmp_path / "out")
    assert [frame.number for frame in take.frames] == list(range(1001, 1007))
    assert all(sha256(frame.path.read_bytes()) == frame.sha256 for frame in take.frames)
    assert take.job.state == "done" and take.job == get_job(connection, take.job.id)


def test_painting_starts_while_frames_are_still_made(connection: Connection, tmp_path: Path) -> None:
    head, painted_first = make_head("streamed"), threading.Event()

    def frames() -> Iterator[tuple[object, object]]:
        for number, pair in enumerate(make_frames(head)):
            assert number < 3 or painted_first.wait(60), "nothing was painted before the fourth frame was made"
            yield pair

    take = paint_shot(connection, ShotStream(head, frames()), RECIPE, tmp_path, on_frame=lambda _: painted_first.set())
    assert len(take.frames) == 6


def test_the_same_again_is_the_same_take(connection: Connection, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "shot", make_head("again"))
    takes = [paint_shot(connection, folder, RECIPE, tmp_path / "out") for _ in range(2)]
    assert takes[0].job.id == takes[1].job.id


def test_stop_cancels_the_job(connection: Connection, tmp_path: Path) -> None:
    head, stop = make_head("stopped"), threading.Event()

    def frames() -> Iterator[tuple[object, object]]:
        yield from make_frames(head)[:3]
        stop.wait(60)

    with pytest.raises(CancelledError):
        paint_shot(connection, ShotStream(head, frames()), RECIPE, tmp_path, stop=stop.is_set, on_frame=lambda _: stop.set())
    assert [job.state for job in list_jobs(connection) if job.shot == "stopped"] == ["cancelled"]


def test_an_unknown_look(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(ServerError) as caught:
        paint_shot(connection, make_folder(tmp_path / "shot", make_head("lookless")), Recipe("chalk"), tmp_path / "out")
    assert caught.value.code == "look-unknown"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")
@pytest.mark.parametrize("seed", range(4 * SCALE))
def test_over_a_bad_network(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(upload_module, "CHUNK", 64 * 1024)
    numbers, head = random.Random(seed), make_head(f"broken-{seed}")
    folder = make_folder(tmp_path / "shot", head, vertices=20_000, seed=seed)

    def choose() -> Fault:
        return Fault(numbers.randint(0, 300_000), numbers.randint(0, 20_000), stall=0.05, reset=numbers.random() < 0.5)

    with bad_network(server.process.address, choose, seed, OTHER_LOOPBACK) as proxy:
        with Connection(Address(proxy.url, server.process.token), Patience(answer=10.0, silence=15.0)) as connection:
            take = paint_shot(connection, folder, RECIPE, tmp_path / "out")
        assert proxy.cuts > 3
    assert [frame.number for frame in take.frames] == list(range(1001, 1007))


def test_the_server_is_killed_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_SECONDS", "0.05")
    folder, again = make_folder(tmp_path / "shot", make_head(), vertices=20_000), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    def keep_alive() -> None:
        with running(tmp_path / "data", workers=1, port=port):
            again.wait(60)

    with running(tmp_path / "data", workers=1, port=port) as first, Connection(find_server(data=first.data, environment={})) as connection:
        second = threading.Thread(target=keep_alive)

        def kill(number: int) -> None:
            if number == 1003:
                os.kill(first.process.pid, signal.SIGKILL)
                first.process.stop()
                second.start()

        try:
            take = paint_shot(connection, folder, RECIPE, tmp_path / "out", on_frame=lambda frame: kill(frame.number))
        finally:
            again.set()
            second.join()
    assert [frame.number for frame in take.frames] == list(range(1001, 1007))


def test_the_client_is_killed_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAT_SECONDS", "0.1")
    numbers, folder = random.Random(0), make_folder(tmp_path / "shot", make_head(last=1012), vertices=20_000)
    command = [sys.executable, "-m", "tests.client.paint_in_child", str(tmp_path / "data"), str(folder.path), str(tmp_path / "out")]
    with running(tmp_path / "data", workers=1) as server, Connection(find_server(data=server.data, environment={})) as connection:
        for _ in range(3 * SCALE):
            child = subprocess.Popen(command)
            time.sleep(numbers.uniform(0.3, 1.2))
            child.kill()
            child.wait()
        whole = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("painted.*")}
        take = paint_shot(connection, folder, RECIPE, tmp_path / "out")
        assert len(list_jobs(connection)) == 1
    assert {frame.path.name: frame.path.read_bytes() for frame in take.frames if frame.path.name in whole} == whole
    assert all(path.name.startswith(("painted.", PARTIAL)) for path in (tmp_path / "out").iterdir())


def test_the_benchmark_measures(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROUNDS": 1, "SMALL": {"frames": 3, "meshes": 2, "points": 100}}.items():
        monkeypatch.setattr(bench_module, name, value)
    figures = bench_module.bench_upload(server.process.address, server.process.token)
    assert all(value > 0 for value in figures.values()) and figures["large_ratio"] < 1


def test_a_shot_goes_up_and_is_closed(connection: Connection, tmp_path: Path) -> None:
    status = upload_folder(connection, make_folder(tmp_path, make_head("closed")))
    assert status.closed and not status.missing
