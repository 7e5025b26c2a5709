"""Maya dies while a shot is painted; the next one goes on with it, against a real server and the real painter. Nothing is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.client import Address, Connection, list_jobs
from maya_plugin.workflow.words import state_words
from render_server.server_process import ServerProcess
from shot_format.folder import ShotFolder
from tests.maya.conftest import DEMO_VARIABLE, FRAMES
from tests.maya.state import snapshot
from tests.maya.test_whole_road import _make_look
from tests.maya.ui.studio import Studio, studio

pytestmark = pytest.mark.timeout(600)  # two servers and their workers are started, and a Maya beside them
Demo = tuple[Any, Any, Any]
ROOT = Path(__file__).resolve().parents[3]
NUMBERS = list(range(1001, 1001 + FRAMES))
KEPT = ("time", "selection", "modified", "undo", "panels", "progress")


@pytest.fixture
def demo_folder(demo: Demo, tmp_path: Path) -> Path:
    """The demo shot for the Maya that dies."""
    shot, frames, blobs = demo
    folder = ShotFolder(tmp_path / "demo")
    for blob in blobs.values():
        folder.add_blob(blob)
    folder.write(shot, tuple(frames))
    return folder.path


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looks")
    _make_look(folder / "raw@1")
    return folder


@pytest.fixture(scope="module")
def server(looks: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), looks=looks, workers=1) as running:
        yield running


def _die(when: str, demo: Path, folder: Path, server: ServerProcess) -> None:
    told = {**os.environ, DEMO_VARIABLE: str(demo)}
    command = [sys.executable, "-m", "tests.maya.die_in_child", when, str(demo), str(folder), server.address, server.token]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == -signal.SIGKILL, done.stderr


def _painted(room: Studio) -> dict[int, bytes]:
    return {number: path.read_bytes() for number, path in room.desk.takes[0].files().items()}


def _paint_undisturbed(room: Studio) -> dict[int, bytes]:
    room.desk.change(size="own", width=96, height=64)
    room.paint()
    assert room.desk.state == "done", room.desk.log.text()
    return _painted(room)


def test_a_shot_half_captured_is_offered_and_goes_on_in_the_same_job(
    demo: Demo, demo_folder: Path, server: ServerProcess, tmp_path: Path
) -> None:
    _die("capturing", demo_folder, tmp_path, server)
    with studio(demo, tmp_path, server.token, server.address) as room:
        before = snapshot(room.maya)
        room.until(lambda: room.desk.to_go_on and not room.desk.busy)
        row = room.desk.to_go_on
        assert row.name == "v001" and 1 <= len(row.frames) < FRAMES and len(row.take.record.contents) >= 3
        words = state_words(room.desk)
        assert words.title == "v001 was not finished" and f"{len(row.frames)} of {FRAMES} frames" in words.sentence
        assert room.desk.state == "ready" and snapshot(room.maya) == before, "it captured without being asked"
        kept = {path: path.stat().st_mtime_ns for path in row.take.frames}

        room.desk.go_on()
        room.finish()
        assert room.desk.state == "done", room.desk.log.text()
        (whole,) = room.desk.takes
        assert whole.whole and whole.take.whole and list(whole.frames) == NUMBERS and room.desk.to_go_on is None
        assert not list(whole.take.folder.glob(".*")), "the journal is left"
        assert {path: path.stat().st_mtime_ns for path in kept} == kept, "a frame that was here was written again"
        with Connection(Address(server.address, server.token)) as line:
            assert len([job for job in list_jobs(line) if job.shot == row.take.record.shot]) == 1, "it was painted twice"
        assert _painted(room) == _paint_undisturbed(room)


def test_a_shot_wholly_captured_goes_on_by_itself_on_a_server_that_was_started_again(
    demo: Demo, demo_folder: Path, looks: Path, tmp_path: Path
) -> None:
    with ServerProcess(tmp_path / "data", looks=looks, workers=0) as server:
        _die("uploaded", demo_folder, tmp_path, server)
    with (
        ServerProcess(tmp_path / "data", looks=looks, workers=1) as server,
        studio(demo, tmp_path, server.token, server.address) as room,
    ):
        before = {key: value for key, value in snapshot(room.maya).items() if key in KEPT}
        room.until(lambda: room.desk.state == "done" and not room.desk.busy)
        assert not [call for call in room.maya.calls if call[0] == "playblast"], "the scene was captured again"
        assert list(room.desk.takes[0].frames) == NUMBERS and room.desk.takes[0].take.whole
        assert {key: snapshot(room.maya)[key] for key in before} == before
        shown = room.desk.workplace.shown_takes()
        assert shown == (room.desk.takes[0].take.folder.as_posix(),) and room.maya.scene.script_errors == []
        assert _painted(room) == _paint_undisturbed(room)


def test_a_scene_that_changed_meanwhile_is_told_and_what_fits_is_kept(
    demo: Demo, demo_folder: Path, server: ServerProcess, tmp_path: Path
) -> None:
    _die("capturing", demo_folder, tmp_path, server)
    with studio(demo, tmp_path, server.token, server.address) as room:
        room.until(lambda: room.desk.to_go_on and not room.desk.busy)
        piece = next(node for node in room.maya.scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
        piece.attributes["translate"].curve = lambda time: (0.0, 40.0 if time >= 1002 else 0.0, 0.0)
        room.desk.go_on()
        room.finish()
        assert room.desk.state == "failed" and "Frame 1002 is not as it was when v001 was begun" in room.desk.sentence
        assert room.desk.to_go_on is None, "it would fail again"
        room.desk.change(size="own", width=96, height=64, only_changed=True)
        room.paint()
        assert room.desk.state == "done" and room.desk.takes[0].name == "v002" and room.desk.takes[0].whole
        assert room.desk.job.plan.kept == (1001,), "the frame that is as it was"


def test_a_server_that_is_killed_and_started_again_in_the_middle(demo: Demo, looks: Path, tmp_path: Path) -> None:
    """The panel waits for it, and the take ends as if nothing had happened."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    server = ServerProcess(tmp_path / "data", looks=looks, workers=1, port=port).__enter__()
    try:
        with studio(demo, tmp_path, server.token, server.address) as room:
            room.until(lambda: room.desk.server.ready and not room.desk.busy)
            room.desk.change(size="own", width=96, height=64)
            before = snapshot(room.maya)
            room.desk.paint()
            room.until(lambda: room.desk.job.progress.capture.done == 3)
            room.until(lambda: room.desk.job.files, lambda: room.desk.job._painting._drain())
            os.kill(server.pid, signal.SIGKILL)
            server.stop()
            server = ServerProcess(tmp_path / "data", looks=looks, workers=1, port=port).__enter__()
            room.finish()
            assert room.desk.state == "done", room.desk.log.text()
            (row,) = room.desk.takes
            assert list(row.frames) == NUMBERS and row.take.whole
            after = snapshot(room.maya)
            assert {key: after[key] for key in KEPT} == {key: before[key] for key in KEPT}
            assert _painted(room) == _paint_undisturbed(room)
    finally:
        server.stop()
