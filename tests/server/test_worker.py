"""Real workers: what they paint, how they resume, how they end."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from render_server.worker.png import decode_png
from shot_format.blobs import sha256
from shot_format.codec import to_json
from tests.server.flat_worker import GREEDY
from tests.server.harness import Server, TestShot, make_shot, running


def wait_for(server: Server, job: str, frames: int) -> None:
    """Wait until so many frames are painted."""
    while (state := server.state(job))["frames_done"] < frames:
        assert state["state"] in ("queued", "running"), state
        time.sleep(0.01)


def pictures(server: Server, made: TestShot, job: str) -> list[bytes]:
    return [server.user.get(f"/v1/jobs/{job}/frames/{frame.number}").content for frame in made.frames]


def worker_of(server: Server) -> psutil.Process:
    """The process of the server's one worker."""
    while True:
        children = psutil.Process(server.process.pid).children()
        if children:
            return children[0]
        time.sleep(0.01)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Server:
    os.environ["FLAT_SECONDS"] = "0.05"
    try:
        with running(tmp_path_factory.mktemp("slow"), workers=1, lease_time=3.0) as server:
            yield server
    finally:
        del os.environ["FLAT_SECONDS"]


def test_a_job_is_painted_and_its_pictures_are_real(slow: Server) -> None:
    made = make_shot(5)
    slow.upload(made)
    job = slow.job(made, seed=3)
    events = slow.events(job)
    assert [event.type for event in events] == ["queued", "started"] + ["frame"] * 5 + ["done"]
    for event, frame, png in zip(events[2:7], made.frames, pictures(slow, made, job), strict=True):
        assert event.frame is not None and event.frame.source_sha256 == sha256(to_json(frame).encode())
        assert event.frame.sha256 == sha256(png) and event.frame.seconds >= 0.05
        assert b"sRGB" in png[:64]
        picture = decode_png(png, 64, 48)
        assert len({tuple(pixel) for pixel in picture.reshape(-1, 3)}) > 2  # the cube's sides, and nothing around it


def test_a_killed_worker_is_replaced_and_the_bytes_are_the_same(slow: Server) -> None:
    made = make_shot(12)
    slow.upload(made)
    undisturbed = slow.job(made, seed=7)
    assert slow.events(undisturbed)[-1].type == "done"
    job = slow.job(made, seed=7)
    for frames in (3, 7):
        wait_for(slow, job, frames)
        worker_of(slow).kill()
    events = slow.events(job)
    assert events[-1].type == "done"
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.frame.number for event in events if event.frame] == list(range(1, 13))
    assert [event.type for event in events].count("resumed") == 2
    assert pictures(slow, made, job) == pictures(slow, made, undisturbed)


@pytest.mark.timeout(60)
def test_a_worker_killed_while_it_waits_takes_no_job_with_it(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, lease_time=3600.0) as server:
        while not server.user.get("/ready").json()["worker"]:
            time.sleep(0.02)
        server.upload(made := make_shot(2))
        worker_of(server).kill()
        events = server.events(server.job(made))  # its last call for a job may still be open on the server
        assert [event.type for event in events][-3:] == ["frame", "frame", "done"]


def test_a_frozen_worker_is_replaced(slow: Server) -> None:
    made = make_shot(12)
    slow.upload(made)
    job = slow.job(made)
    wait_for(slow, job, 3)
    frozen = worker_of(slow)
    frozen.suspend()
    events = slow.events(job)
    assert events[-1].type == "done" and "resumed" in [event.type for event in events]
    assert [event.frame.number for event in events if event.frame] == list(range(1, 13))
    assert not frozen.is_running()


def test_a_restarted_server_goes_on_where_it_was(tmp_path: Path, slow: Server) -> None:
    made = make_shot(12)
    slow.upload(made)
    undisturbed = slow.job(made, seed=9)
    slow.events(undisturbed)
    os.environ["FLAT_SECONDS"] = "0.05"
    with running(tmp_path, workers=1) as server:
        server.upload(made)
        job = server.job(made, seed=9)
        wait_for(server, job, 4)
        worker = worker_of(server)
        os.kill(server.process.pid, signal.SIGKILL)
        worker.wait(5)  # it ends with its server
    left = {place.name for place in (tmp_path / "frames" / job).iterdir()}
    (tmp_path / "frames" / job / ".partial-left").write_bytes(b"torn")
    with running(tmp_path, workers=1) as server:
        events = server.events(job)
        assert [event.frame.number for event in events if event.frame] == list(range(1, 13))
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert "resumed" in [event.type for event in events]
        assert pictures(server, made, job) == pictures(slow, made, undisturbed)
        names = {place.name for place in (tmp_path / "frames" / job).iterdir()}
        assert left <= names | {name for name in left if name.startswith(".partial-")}
        assert not [name for name in names if name.startswith(".partial-")]


def test_a_cancelled_job_stops_between_frames_and_the_next_begins(slow: Server) -> None:
    made = make_shot(60)
    slow.upload(made)
    job = slow.job(made)
    wait_for(slow, job, 2)
    assert slow.user.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"
    painted = slow.state(job)["frames_done"]
    short = make_shot(2)
    slow.upload(short)
    assert slow.events(slow.job(short))[-1].type == "done"
    assert slow.state(job)["frames_done"] == painted < 60
    assert slow.events(job)[-1].type == "cancelled"


def test_frames_are_painted_as_they_come(slow: Server) -> None:
    made = make_shot(4)
    slow.open(made)
    job = slow.job(made)
    for done, frame in enumerate(made.frames, start=1):
        slow.send(made, frame)
        wait_for(slow, job, done)
    assert slow.user.post(f"/v1/shots/{made.shot.id}/close").status_code == 200
    assert slow.events(job)[-1].type == "done"


def test_a_part_of_a_shot_in_another_size(slow: Server) -> None:
    made = make_shot(6)
    slow.upload(made)
    job = slow.job(made, first=3, last=4, width=128, height=96)
    events = slow.events(job)
    assert [event.frame.number for event in events if event.frame] == [3, 4]
    assert decode_png(slow.user.get(f"/v1/jobs/{job}/frames/3").content, 128, 96).shape == (96, 128, 3)


def test_a_shot_that_cannot_be_painted_fails_with_its_reason(slow: Server) -> None:
    made = make_shot(2)
    slow.upload(made)
    job = slow.job(made, width=640, height=48)
    last = slow.events(job)[-1]
    assert last.type == "failed" and last.problem is not None and last.problem.code == "size-aspect"
    assert slow.state(job)["problem"]["code"] == "size-aspect"


def test_a_job_that_needs_too_much_memory_is_tried_again_once_and_then_told_so(slow: Server) -> None:
    made = make_shot(2)
    slow.upload(made)
    events = slow.events(slow.job(made, seed=GREEDY))
    assert [event.type for event in events] == ["queued", "started", "resumed", "failed"]
    assert events[-1].problem is not None and events[-1].problem.code == "memory-full"
    assert slow.events(slow.job(made, seed=1))[-1].type == "done"


def test_a_job_that_kills_its_worker_fails_after_five_attempts(tmp_path: Path) -> None:
    with running(tmp_path, workers=1, worker_command=[sys.executable, "-m", "tests.server.dying_worker"]) as server:
        made = make_shot(3)
        server.upload(made)
        events = server.events(server.job(made))
        following = make_shot(1)
        server.upload(following)
        assert server.events(server.job(following), most=2)[-1].type == "started"  # the next job has its turn
    assert events[-1].type == "failed" and events[-1].problem is not None and events[-1].problem.code == "worker-died"
    assert "code 3" in events[-1].problem.detail
    assert [event.type for event in events] == ["queued", "started", "frame"] + ["resumed"] * 5 + ["failed"]
