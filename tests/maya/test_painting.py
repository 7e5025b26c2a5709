"""Capture, paint and show at once, against the small server of the client's tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, Patience, Progress, TakeFrame
from shot_format.errors import CancelledError, FormatError, MissingError, PaintoverError, StorageError
from shot_format.messages import Recipe
from shot_format.shot import Frame, Shot
from tests.client.small_server import TOKEN, Small, png, serving
from tests.fake_maya import Maya
from tests.maya.conftest import FRAMES, SIZE
from tests.maya.state import snapshot

from maya_plugin.host.maya_host import this_maya  # isort: skip
from maya_plugin.workflow.handover import AHEAD  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip
from maya_plugin.workflow.painting import Listener, Painting  # isort: skip

Demo = tuple[Shot, list[Frame], dict[str, bytes]]
RECIPE = Recipe("oil", seed=1)
REQUEST = CaptureRequest("crane", 1001, 1000 + FRAMES, *SIZE, beauty=False)


@pytest.fixture
def small() -> Iterator[tuple[Small, Connection]]:
    with serving() as (small, url), Connection(Address(url, TOKEN), Patience(2.0, 3.0, 10.0, 1.0)) as connection:
        yield small, connection


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("paintover")]


class Notes(Listener):
    """Keeps what it is told, and on which thread."""

    def __init__(self) -> None:
        self.arrivals: list[int] = []
        self.captures: list[int] = []
        self.stages: list[str] = []
        self.threads: set[int] = set()

    def captured(self, done: int, total: int) -> None:
        self.captures.append(done)

    def progressed(self, progress: Progress) -> None:
        self.stages.append(progress.stage)

    def arrived(self, frame: TakeFrame) -> None:
        self.arrivals.append(frame.number)
        self.threads.add(threading.get_ident())


def _without_planes(state: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in state.items() if key not in ("nodes", "values", "parents", "sets", "callbacks")}


def test_a_shot_is_captured_painted_and_shown(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    before, notes = snapshot(demo_maya), Notes()
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "v001", notes)
    take = painting.run()
    numbers = list(range(1001, 1001 + FRAMES))
    assert [frame.number for frame in take.frames] == notes.arrivals == numbers
    assert notes.captures == list(range(1, FRAMES + 1)) and notes.stages[-1] == "done" and notes.threads == {threading.get_ident()}
    assert all(frame.path.read_bytes() == png(*SIZE, frame.number) for frame in take.frames)
    assert _without_planes(snapshot(demo_maya)) == _without_planes(before)
    plane = next(node for node in demo_maya.scene.nodes if node.type == "imagePlane")
    assert Path(demo_maya.scene.plane_path(plane)) == take.frames[0].path
    painting.plane.remove()
    assert snapshot(demo_maya) == before


def test_frames_arrive_while_others_are_still_captured(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    notes, seen_early = Notes(), False
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "v001", notes)
    for _ in range(2):
        painting.step()
    ends = time.monotonic() + 10
    while not notes.arrivals and time.monotonic() < ends:
        painting._drain()
        time.sleep(0.01)
    seen_early = bool(notes.arrivals) and not painting.captured
    painting.run()
    assert seen_early, "no frame was painted before the capture was over"


def test_escape_stops_everything_and_leaves_the_scene_as_it_was(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    for steps in (0, 1, 3):
        demo_maya.escape = False
        painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / f"v{steps}")
        for _ in range(steps):
            painting.step()
        demo_maya.escape = True
        painting.step()
        assert painting.captured
        painting.close()
        assert isinstance(painting.error, CancelledError) and painting.error.code == "stopped"
        painting.plane.remove()
        assert snapshot(demo_maya) == before
    assert all(job.state == "cancelled" for job in small[0].jobs.values())


def test_an_error_in_the_middle_of_the_capture_ends_the_take(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    camera = demo_maya.scene.node("craneShape")
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "v001")
    painting.step()
    camera.attributes["orthographic"].value = True
    with pytest.raises(FormatError) as caught:
        painting.run()
    assert caught.value.code == "camera-orthographic"
    camera.attributes["orthographic"].value = False
    painting.plane.remove()
    assert snapshot(demo_maya) == before and all(job.state == "cancelled" for job in small[0].jobs.values())


def test_a_server_that_goes_away_ends_the_capture_too(demo_maya: Maya, tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    with Connection(Address("http://127.0.0.1:9", TOKEN), Patience(0.2, 0.2, 0.5, 0.5)) as nobody:
        painting = Painting(this_maya(), nobody, REQUEST, RECIPE, tmp_path / "v001")
        with pytest.raises(PaintoverError) as caught:
            painting.run()
    assert caught.value.code == "server-unreachable" and snapshot(demo_maya) == before


def test_a_camera_that_is_not_there_is_told_before_anything_begins(
    demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path
) -> None:
    before = snapshot(demo_maya)
    with pytest.raises(MissingError):
        Painting(this_maya(), small[1], CaptureRequest("nobody", 1, 2, 64, 48), RECIPE, tmp_path)
    assert snapshot(demo_maya) == before and small[0].requests == []


def test_a_server_that_does_not_answer_never_holds_the_main_thread_up(
    demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path
) -> None:
    held = threading.Event()
    small[0].before = lambda method, path: held.wait(20) and None
    notes = Notes()
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "v001", notes)
    for _ in range(100):
        assert painting.step()
    assert len(notes.captures) == AHEAD, "more frames wait in memory than there should"
    painting.stop()
    assert painting.captured
    held.set()
    painting.close()
    assert isinstance(painting.error, CancelledError)


def test_a_folder_that_cannot_be_written_ends_the_take(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    (tmp_path / "in the way").write_text("a file")
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "in the way" / "v001")
    with pytest.raises(StorageError):
        painting.run()
    assert snapshot(demo_maya) == before and all(job.state == "cancelled" for job in small[0].jobs.values())


def test_paths_of_any_script_and_length(demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path) -> None:
    folder = tmp_path / "Ünï cödé 日本" / ("long " * 40).strip() / "v001"
    take = Painting(this_maya(), small[1], REQUEST, RECIPE, folder).run()
    plane = next(node for node in demo_maya.scene.nodes if node.type == "imagePlane")
    for frame in take.frames:
        demo_maya.scene.set_time(frame.number)
        assert Path(demo_maya.scene.plane_path(plane)) == frame.path
    assert demo_maya.scene.script_errors == []


def test_stopping_while_the_last_frames_are_painted_keeps_what_is_there(
    demo_maya: Maya, small: tuple[Small, Connection], tmp_path: Path
) -> None:
    more = threading.Event()
    small[0].paint = lambda job, number: png(*SIZE, number) if number < 1003 or more.wait(20) else None
    notes = Notes()
    painting = Painting(this_maya(), small[1], REQUEST, RECIPE, tmp_path / "v001", notes)
    ends = time.monotonic() + 20
    while (len(notes.arrivals) < 2 or not painting.captured) and time.monotonic() < ends:
        painting.step()
    painting.stop()
    more.set()
    painting.close()
    assert painting.take is None and notes.arrivals == [1001, 1002]
    plane = next(node for node in demo_maya.scene.nodes if node.type == "imagePlane")
    assert Path(demo_maya.scene.plane_path(plane)).name == "painted.1001.png"
