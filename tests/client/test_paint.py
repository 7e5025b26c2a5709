"""The whole road: paint_shot against the small server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_plugin.client import Connection, Progress, ShotStream, paint_shot
from shot_format.blobs import sha256
from shot_format.errors import CancelledError, FormatError, MissingError, ServerError
from shot_format.messages import Problem, Recipe
from tests.client.shots import make_folder, make_frames, make_head
from tests.client.small_server import Small, png

RECIPE = Recipe("oil", seed=7)


def test_a_folder_is_painted_in_order_and_whole(connection: Connection, small: Small, tmp_path: Path) -> None:
    seen: list[int] = []
    folder = make_folder(tmp_path / "shot", make_head())
    take = paint_shot(connection, folder, RECIPE, tmp_path / "out", on_frame=lambda frame: seen.append(frame.number))
    assert seen == [frame.number for frame in take.frames] == list(range(1001, 1007))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"painted.{n}.png" for n in seen]
    assert all(frame.path.read_bytes() == png(64, 32, frame.number) for frame in take.frames)
    assert take.job.state == "done" and take.job.recipe.look == "oil@3"
    assert 0 < take.first_frame_seconds <= take.seconds


def test_painting_starts_while_frames_are_still_made(connection: Connection, small: Small, tmp_path: Path) -> None:
    head, painted_first = make_head(), threading.Event()

    def frames() -> Iterator[tuple[object, object]]:
        for number, pair in enumerate(make_frames(head)):
            if number == 2:
                assert painted_first.wait(10), "nothing was painted before the third frame was captured"
            yield pair

    take = paint_shot(connection, ShotStream(head, frames()), RECIPE, tmp_path, on_frame=lambda _: painted_first.set())
    assert len(take.frames) == 6


def test_progress_goes_forward_and_ends_done(connection: Connection, tmp_path: Path) -> None:
    reports: list[Progress] = []
    paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out", reports.append)
    order = ["uploading", "waiting", "painting", "done"]
    stages = [order.index(report.stage) for report in reports]
    assert stages == sorted(stages)
    assert reports[0] == Progress("uploading", 0, 6) and reports[-1] == Progress("done", 6, 6, 0.0)
    painting = [report.done for report in reports if report.stage == "painting"]
    assert sorted(set(painting)) == [1, 2, 3, 4, 5, 6]


def test_callbacks_come_on_the_calling_thread(connection: Connection, tmp_path: Path) -> None:
    threads = set()
    note = lambda _: threads.add(threading.current_thread())  # noqa: E731
    paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out", note, on_frame=note)
    assert threads == {threading.current_thread()}


def test_stop_cancels_the_job_and_leaves_whole_frames(connection: Connection, small: Small, tmp_path: Path) -> None:
    stop = threading.Event()
    with pytest.raises(CancelledError) as caught:
        paint_shot(
            connection,
            ShotStream(make_head(), _slow_frames(stop)),
            RECIPE,
            tmp_path,
            stop=stop.is_set,
            on_frame=lambda frame: stop.set() if frame.number == 1002 else None,
        )
    assert caught.value.code == "stopped" and "of 6 frames are in" in caught.value.message
    assert [job.state for job in small.jobs.values()] == ["cancelled"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == png(64, 32, int(path.name.split(".")[1]))


def _slow_frames(stop: threading.Event) -> Iterator[tuple[object, object]]:
    """Two frames at once, and the others only as long as nobody stopped."""
    for number, pair in enumerate(make_frames(make_head())):
        if number >= 2 and stop.wait(10):
            return
        yield pair


def test_stop_before_it_begins(connection: Connection, small: Small, tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out", stop=lambda: True)
    assert not (tmp_path / "out").exists()


def test_stop_while_the_job_is_asked_for_leaves_no_job(connection: Connection, small: Small, tmp_path: Path) -> None:
    stop = threading.Event()

    def slowly(method: str, path: str) -> None:
        if (method, path) == ("POST", "/v1/jobs") and not stop.is_set():
            stop.set()
            threading.Event().wait(0.3)  # the client hangs up before it is answered

    small.before = slowly
    with pytest.raises(CancelledError):
        paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out", stop=stop.is_set)
    assert small.wait_for(lambda: len(small.requests) >= 4 and bool(small.jobs), 5)
    assert [job.state for job in small.jobs.values()] == ["cancelled"]


def test_the_same_again_is_the_same_take(connection: Connection, small: Small, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "shot", make_head())
    first = paint_shot(connection, folder, RECIPE, tmp_path / "out")
    fetched = len([path for _, path in small.requests if "/frames/" in path])
    second = paint_shot(connection, folder, RECIPE, tmp_path / "out")
    assert second.job.id == first.job.id and [f.sha256 for f in second.frames] == [f.sha256 for f in first.frames]
    assert len(small.blobs) == 7
    assert not [path for method, path in small.requests[fetched:] if method == "PATCH"] or len(small.uploads) == 0


def test_a_stopped_take_is_asked_anew(connection: Connection, small: Small, tmp_path: Path) -> None:
    folder, stop = make_folder(tmp_path / "shot", make_head()), threading.Event()
    release = threading.Event()
    small.paint = lambda job, number: png(64, 32, number) if release.wait(10) else None
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(CancelledError):
        paint_shot(connection, folder, RECIPE, tmp_path / "out", stop=stop.is_set)
    release.set()
    take = paint_shot(connection, folder, RECIPE, tmp_path / "out")
    assert take.job.id == "job-2" and len(take.frames) == 6


def test_a_failed_job_tells_why(connection: Connection, small: Small, tmp_path: Path) -> None:
    def fail(job: object, number: int) -> None:
        small.add_event("job-1", "failed", problem=Problem("Out of memory", 500, "The GPU has no memory left.", "gpu-memory"))

    small.paint = fail
    with pytest.raises(ServerError, match="no memory left") as caught:
        paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out")
    assert caught.value.code == "gpu-memory"


def test_a_job_cancelled_by_somebody_else(connection: Connection, small: Small, tmp_path: Path) -> None:
    def cancel(job: object, number: int) -> None:
        small.add_event("job-1", "cancelled")

    small.paint = cancel
    with pytest.raises(CancelledError) as caught:
        paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out")
    assert caught.value.code == "job-cancelled"


def test_a_blob_that_was_never_handed_over_cancels_the_job(connection: Connection, small: Small, tmp_path: Path) -> None:
    frames = make_frames(make_head())
    with pytest.raises(MissingError):
        paint_shot(connection, ShotStream(make_head(), [(frame, {}) for frame, _ in frames]), RECIPE, tmp_path)
    assert small.jobs["job-1"].state == "cancelled"


def test_a_broken_source_ends_everything(connection: Connection, tmp_path: Path) -> None:
    def frames() -> Iterator[tuple[object, object]]:
        yield make_frames(make_head())[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        paint_shot(connection, ShotStream(make_head(), frames()), RECIPE, tmp_path)


def test_the_source_is_closed(connection: Connection, tmp_path: Path) -> None:
    closed = []

    class Frames:
        def __iter__(self) -> Iterator[tuple[object, object]]:
            return iter(make_frames(make_head()))

        def close(self) -> None:
            closed.append(True)

    paint_shot(connection, ShotStream(make_head(), Frames()), RECIPE, tmp_path)
    assert closed == [True]


def test_part_of_a_shot(connection: Connection, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "shot", make_head())
    take = paint_shot(connection, folder, Recipe("oil", first=1003, last=1004, width=32, height=16), tmp_path / "out")
    assert [frame.number for frame in take.frames] == [1003, 1004]
    with pytest.raises(FormatError) as caught:
        paint_shot(connection, folder, Recipe("oil", first=1003, last=2000), tmp_path / "out")
    assert caught.value.code == "recipe-range"


def test_an_unknown_look(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(ServerError) as caught:
        paint_shot(connection, make_folder(tmp_path / "shot", make_head()), Recipe("chalk"), tmp_path / "out")
    assert caught.value.code == "look-unknown"


def test_what_arrived_is_what_was_painted(connection: Connection, small: Small, tmp_path: Path) -> None:
    take = paint_shot(connection, make_folder(tmp_path / "shot", make_head()), RECIPE, tmp_path / "out")
    assert [sha256(frame.path.read_bytes()) for frame in take.frames] == [sha256(small.painted["job-1", f.number]) for f in take.frames]
