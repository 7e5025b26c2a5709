"""A disk that is full, at every place that writes: a clear answer, nothing half-written, and on it goes once there is room."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.harness import make_shot, png, running

ROOM = 16 << 20  # bytes; the write-ahead log alone takes four megabytes now and then


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(data: Path) -> Path:
    """Leave no room at all."""
    filler = data / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def check_full(answer: object) -> None:
    assert answer.status_code == 507 and answer.json()["code"] == "disk-full", answer.text  # type: ignore[attr-defined]


def test_every_write_says_that_the_disk_is_full_and_works_again_after(small_disk: Path) -> None:
    with running(small_disk, poll_time=0.2) as server:
        made, other = make_shot(3), make_shot(1)
        server.upload(made)
        job = server.job(made)
        lease = server.claim()
        assert lease is not None
        blob = os.urandom(300_000)
        name = hashlib.sha256(blob).hexdigest()

        filler = fill(small_disk)
        check_full(server.open(other))
        check_full(server.submit(made))
        check_full(server.patch(name, blob, 0, len(blob)))
        check_full(server.hand_in(lease, 1, png(1)))
        check_full(server.on_lease(lease, "POST", "heartbeat"))
        check_full(server.user.delete(f"/v1/jobs/{job}"))
        assert server.user.get("/ready").status_code == 503 and not server.user.get("/ready").json()["ledger"]
        assert server.user.get(f"/v1/jobs/{job}").json()["frames_done"] == 0
        assert server.user.get("/v1/jobs").status_code == 200
        assert not list((small_disk / "frames").glob("*/*"))
        assert server.user.get(f"/v1/shots/{other.shot.id}").status_code == 404

        filler.unlink()
        offset = int(server.head(name).headers.get("upload-offset", 0)) if server.head(name).status_code == 200 else 0
        assert server.patch(name, blob[offset:], offset, len(blob)).status_code == 204
        for frame in made.frames:
            assert server.hand_in(lease, frame.number, png(frame.number)).status_code == 201
        assert server.on_lease(lease, "POST", "done").status_code == 204
        assert [event.number for event in server.events(job)] == [1, 2, 3, 4, 5, 6]
        server.upload(other)
        for frame in made.frames:
            assert server.user.get(f"/v1/jobs/{job}/frames/{frame.number}").content == png(frame.number)


def test_a_worker_waits_out_a_full_disk(small_disk: Path) -> None:
    with running(small_disk, workers=1, lease_time=1.0) as server:
        made = make_shot(40)
        server.upload(made)
        job = server.job(made)
        while server.state(job)["frames_done"] < 2:
            pass
        filler = fill(small_disk)
        check_full(server.submit(made))
        filler.unlink()
        events = server.events(job)
        assert events[-1].type == "done"
        assert [event.frame.number for event in events if event.frame] == list(range(1, 41))
        assert [event.number for event in events] == list(range(1, len(events) + 1))


def test_a_file_size_limit_is_a_full_disk_too(tmp_path: Path) -> None:
    with running(tmp_path, file_limit=400_000) as server:
        blob = os.urandom(900_000)
        name = hashlib.sha256(blob).hexdigest()
        check_full(server.patch(name, blob, 0, len(blob)))
        assert server.head(name).headers["upload-offset"] == "400000"
        assert server.user.get("/health").status_code == 200


def test_below_the_floor_no_job_is_taken(tmp_path: Path) -> None:
    with running(tmp_path, disk_floor=1 << 60) as server:
        made = make_shot(1)
        server.upload(made)
        check_full(server.submit(made))
        ready = server.user.get("/ready")
        assert ready.status_code == 503 and ready.json()["disk"] is False and ready.json()["ledger"] is True


def test_a_full_disk_at_the_start_is_one_sentence(small_disk: Path) -> None:
    with running(small_disk):
        pass
    fill(small_disk)
    (small_disk / "ledger.sqlite").unlink()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.server.launch", json.dumps({"data": str(small_disk)})], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.wait(60) == 1 and child.stderr is not None
        told = child.stderr.read().decode()
        assert "disk-full" in told and told.count("\n") == 1
