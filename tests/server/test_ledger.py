"""The ledger's own promises, with plain calls: claims, leases, attempts, versions, restarts."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

import anyio
import pytest

from render_server.app import create_app
from render_server.jobs import events, leases, painted, queue, shots, tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger
from render_server.jobs.uploads import Uploads
from render_server.settings import Settings
from shot_format.errors import PaintoverError, StorageError
from shot_format.files import write_whole
from shot_format.messages import JobRequest, PaintedFrame, Recipe
from tests.server.harness import TestShot, make_shot, png
from tests.server.launch import FlatLooks

FLAT_LOOKS = queue.Looks(lambda name: FlatLooks().find(name, None), lambda name: None)


class Place:
    """A data folder with its ledger."""

    def __init__(self, root: Path) -> None:
        self.files = DataFolder(root)
        self.files.make()
        self.ledger = Ledger(self.files.ledger)

    def fill(self, made: TestShot) -> None:
        for name, data in made.blobs.items():
            write_whole(self.files.blob(name), data)
        shots.open_shot(self.ledger, made.shot)
        for frame in made.frames:
            shots.put_frame(self.ledger, self.files, made.shot.id, frame)

    def submit(self, made: TestShot, key: str) -> str:
        return queue.submit(self.ledger, FLAT_LOOKS, JobRequest(made.shot.id, Recipe("flat")), key)[0].id

    def hand_in(self, job: str, token: str, number: int, picture: bytes) -> bool:
        async def chunks() -> object:
            yield picture

        arrived = anyio.run(painted.receive, self.files, job, chunks())
        frame = PaintedFrame(number, hashlib.sha256(picture).hexdigest(), 0, 0.1)
        return painted.enter(self.ledger, self.files, job, token, frame, arrived, 30.0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_each_job_is_claimed_exactly_once_by_eight_workers(place: Place) -> None:
    made = make_shot(1)
    place.fill(made)
    asked = {place.submit(made, f"key-{number}") for number in range(40)}
    claimed: list[str] = []
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        while (lease := leases.claim(place.ledger, f"worker-{number}", 30.0)) is not None:
            claimed.append(lease.job.id)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == Counter(asked)
    for job in asked:
        assert [event.type for event in events.events_after(place.ledger, job, 0)] == ["queued", "started"]


def test_two_processes_may_claim_from_one_ledger(place: Place) -> None:
    made = make_shot(1)
    place.fill(made)
    asked = {place.submit(made, f"key-{number}") for number in range(20)}
    other = Ledger(place.files.ledger)  # its writes are kept apart by SQLite alone, as another process's are
    claimed: list[str] = []

    def work(ledger: Ledger) -> None:
        while (lease := leases.claim(ledger, "worker", 30.0)) is not None:
            claimed.append(lease.job.id)

    threads = [threading.Thread(target=work, args=(ledger,)) for ledger in (place.ledger, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == Counter(asked)


def test_jobs_are_claimed_in_the_order_they_were_asked_for(place: Place) -> None:
    made = make_shot(1)
    place.fill(made)
    asked = [place.submit(made, f"key-{number}") for number in range(5)]
    assert [leases.claim(place.ledger, "w", 30.0).job.id for _ in asked] == asked


def test_a_zombie_is_refused_everywhere(place: Place) -> None:
    made = make_shot(3)
    place.fill(made)
    job = place.submit(made, "key")
    zombie = leases.claim(place.ledger, "zombie", 30.0)
    assert place.hand_in(job, zombie.token, 1, png(1))
    with place.ledger.write() as tx:
        tx.execute(tables.jobs.update().values(lease_ends=time.time() - 1))
    with pytest.raises(ConflictError, match="lease-lost"):  # even before anybody noticed
        place.hand_in(job, zombie.token, 2, png(2))
    leases.take_back_expired(place.ledger)
    assert queue.get_job(place.ledger, job).state == "queued"
    fresh = leases.claim(place.ledger, "fresh", 30.0)
    assert fresh.job.id == job and fresh.job.frames_done == 1
    assert place.hand_in(job, fresh.token, 2, png(22))
    for act in (
        lambda: place.hand_in(job, zombie.token, 2, png(2)),
        lambda: place.hand_in(job, zombie.token, 3, png(3)),
        lambda: leases.heartbeat(place.ledger, job, zombie.token, 30.0),
        lambda: leases.done(place.ledger, job, zombie.token),
        lambda: leases.pause(place.ledger, job, zombie.token),
    ):
        with pytest.raises(ConflictError, match="lease-lost"):
            act()
    assert place.files.painted(job, 2).read_bytes() == png(22)
    assert not list(place.files.job(job).glob(".partial-*"))
    assert [event.type for event in events.events_after(place.ledger, job, 0)] == ["queued", "started", "frame", "resumed", "frame"]


def test_the_ledger_knows_no_lease_token(place: Place) -> None:
    made = make_shot(1)
    place.fill(made)
    place.submit(made, "key")
    lease = leases.claim(place.ledger, "w", 30.0)
    place.ledger.close()
    assert all(lease.token.encode() not in file.read_bytes() for file in place.files.root.glob("ledger*"))


def test_five_attempts_without_a_frame_are_enough_and_a_frame_begins_anew(place: Place) -> None:
    made = make_shot(3)
    place.fill(made)
    job = place.submit(made, "key")
    for attempt in range(1, 5):
        assert leases.claim(place.ledger, f"w{attempt}", 30.0).job.attempts == attempt
        leases.take_back_from(place.ledger, f"w{attempt}", "The worker was killed.")
    lease = leases.claim(place.ledger, "good", 30.0)
    place.hand_in(job, lease.token, 1, png())
    leases.take_back_from(place.ledger, "good", "The worker was killed.")
    for attempt in range(1, 6):
        assert queue.get_job(place.ledger, job).state == "queued"
        assert leases.claim(place.ledger, f"x{attempt}", 30.0).job.attempts == attempt
        leases.take_back_from(place.ledger, f"x{attempt}", f"It died for the time {attempt}.")
    ended = queue.get_job(place.ledger, job)
    assert ended.state == "failed" and ended.problem.detail == "It died for the time 5." and ended.problem.code == "worker-died"
    assert leases.claim(place.ledger, "w", 30.0) is None


def test_a_restart_puts_running_jobs_back_and_counts_no_attempt(place: Place) -> None:
    made = make_shot(2)
    place.fill(made)
    job = place.submit(made, "key")
    for _ in range(10):
        lease = leases.claim(place.ledger, "w", 30.0)
        assert lease.job.attempts == 1
        leases.take_back_all(place.ledger)
        with pytest.raises(ConflictError):
            leases.heartbeat(place.ledger, job, lease.token, 30.0)
    assert queue.get_job(place.ledger, job).state == "queued"


def test_a_start_sweeps_what_was_being_written(place: Place) -> None:
    made = make_shot(1)
    name, data = next(iter(made.blobs.items()))
    shots.open_shot(place.ledger, made.shot)
    shots.put_frame(place.ledger, place.files, made.shot.id, made.frames[0])
    assert name in shots.shot_status(place.ledger, made.shot.id).missing
    place.files.upload(name, len(data)).write_bytes(data)  # whole, but not yet settled
    half = place.files.upload("ab" * 32, 100)
    half.write_bytes(b"half")
    (place.files.frames / "job").mkdir()
    (place.files.frames / "job" / ".partial-1").write_bytes(b"torn")
    (place.files.root / ".partial-2").write_bytes(b"torn")
    (place.files.blob(name).parent).mkdir(exist_ok=True)
    (place.files.blob(name).parent / ".partial-3").write_bytes(b"torn")
    other = next(other for other in made.blobs if other != name)
    write_whole(place.files.blob(other), made.blobs[other])  # settled, but not yet noted
    place.ledger.close()
    create_app(Settings(data=place.files.root, workers=0), FlatLooks())
    assert shots.shot_status(Ledger(place.files.ledger), made.shot.id).missing == ()
    assert half.exists() and not list(place.files.root.rglob(".partial-*"))


def test_old_uploads_are_forgotten(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    half = place.files.upload("ab" * 32, 100)
    half.write_bytes(b"half")
    monkeypatch.setattr(time, "time", lambda: half.stat().st_mtime + 8 * 24 * 3600)
    Uploads(place.ledger, place.files).sweep()
    assert not half.exists()


def test_a_newer_ledger_is_left_alone(place: Place) -> None:
    with place.ledger.write() as tx:
        tx.execute(tables.version.update().values(number=99))
    place.ledger.close()
    with pytest.raises(PaintoverError, match="newer") as caught:
        Ledger(place.files.ledger)
    assert caught.value.code == "ledger-newer"


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(PaintoverError) as caught:
        Ledger(tmp_path / "ledger.sqlite")
    assert caught.value.code == "ledger-broken"
    with pytest.raises(StorageError):
        Ledger(tmp_path / "nowhere" / "ledger.sqlite")


def test_commits_are_synced_and_foreign_keys_hold(place: Place) -> None:
    with place.ledger.read() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_error_in_a_write_undoes_all_of_it(place: Place) -> None:
    made = make_shot(1)
    with pytest.raises(ZeroDivisionError), place.ledger.write() as tx:
        tx.execute(tables.shots.insert().values(id=made.shot.id, head="{}", closed=False, created="now"))
        raise ZeroDivisionError
    with sqlite3.connect(place.files.ledger) as raw:
        assert raw.execute("SELECT count(*) FROM shots").fetchone() == (0,)
