"""The model behind the panel: what its buttons do, against a small server and a strict Maya."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.workflow.settings import Settings
from maya_plugin.workflow.words import state_words
from shot_format.messages import Problem
from tests.client.small_server import TOKEN, png
from tests.maya.conftest import FRAMES, SIZE
from tests.maya.state import snapshot
from tests.maya.ui.studio import Studio, studio

Demo = tuple[Any, Any, Any]
NUMBERS = list(range(1001, 1001 + FRAMES))


def _scene(room: Studio) -> dict[str, Any]:
    state = snapshot(room.maya)
    del state["option vars"]  # where the panel's own settings are kept
    return state


def test_a_shot_is_painted_listed_shown_and_deleted_without_a_trace(room: Studio) -> None:
    before = _scene(room)
    room.paint()
    assert room.desk.state == "done" and sorted(room.desk.job.files) == NUMBERS
    (row,) = room.desk.takes
    assert list(row.frames) == NUMBERS and sorted(row.blocked) == NUMBERS and row.whole
    assert room.desk.shown is row and row.take.record.job and row.take.record.recipe.look == "oil@3"
    painted, blocking = room.desk.pictures(1002)
    assert painted.read_bytes() == png(*SIZE, 1002) and blocking.read_bytes().startswith(b"\x89PNG")
    room.desk.delete(row)
    room.until(lambda: not room.desk.busy)
    assert room.desk.takes == () and not row.take.folder.exists() and _scene(room) == before


def test_only_what_changed_is_painted_and_the_rest_is_kept_byte_for_byte(room: Studio) -> None:
    room.paint()
    first = room.desk.takes[0]
    old = {number: path.read_bytes() for number, path in first.files().items()}
    room.small.paint = lambda job, number: png(*SIZE, number + 100)
    room.desk.change(only_changed=True)
    assert room.desk.earlier.name == "v001"
    camera = room.maya.scene.node("crane").attributes["offsetParentMatrix"]
    curve = camera.curve
    camera.curve = lambda time: (
        tuple(value + (0.5 if i == 12 else 0.0) for i, value in enumerate(curve(time))) if time == 1004 else curve(time)
    )
    room.paint()
    camera.curve = curve
    assert room.desk.state == "done" and room.desk.job.plan.painted == (1004,) and room.desk.job.progress.paint.total == 1
    second = room.desk.takes[0]
    new = {number: path.read_bytes() for number, path in second.files().items()}
    assert second.name == "v002" and new == {**old, 1004: png(*SIZE, 1104)}
    assert second.take.record.kept == tuple(n for n in NUMBERS if n != 1004)
    assert "1 frame painted, 5 kept" in state_words(room.desk).sentence
    assert room.desk.workplace.shown_takes() == (second.take.folder.as_posix(),)
    assert not list(second.take.folder.glob(".*")), "what was painted on the way was left behind"


def test_nothing_changed_makes_no_take(room: Studio) -> None:
    room.paint()
    room.desk.change(only_changed=True)
    jobs = len(room.small.jobs)
    room.paint()
    assert room.desk.state == "unchanged" and "all 6 frames are kept" in room.desk.sentence
    assert [row.name for row in room.desk.takes] == ["v001"] and len(room.small.jobs) == jobs
    assert not (room.desk.takes[0].take.folder.parent / "v002").exists()


def test_another_recipe_keeps_nothing(room: Studio) -> None:
    room.paint()
    room.desk.change(only_changed=True, seed=7)
    assert room.desk.earlier is None
    room.paint()
    assert room.desk.state == "done" and room.desk.takes[0].take.record.kept == () and room.desk.takes[0].take.record.recipe.seed == 7


def test_a_stopped_take_keeps_its_frames_and_goes_on_from_them(room: Studio) -> None:
    more = threading.Event()
    room.small.paint = lambda job, number: png(*SIZE, number) if number < 1003 or more.wait(20) else None
    room.desk.paint()
    room.until(lambda: room.desk.job.state == "painting" and len(room.desk.job.files) == 2)
    room.desk.stop()
    more.set()
    room.finish()
    assert room.desk.state == "stopped" and room.desk.takes[0].frames == (1001, 1002) and not room.desk.takes[0].whole
    room.desk.change(only_changed=True)
    room.paint()
    assert room.desk.state == "done" and room.desk.job.plan.kept == (1001, 1002) and room.desk.takes[0].whole


def test_a_job_that_fails_says_why_and_leaves_nothing(room: Studio) -> None:
    before = _scene(room)

    def fail(job: Any, number: int) -> None:
        room.small.add_event(job.id, "failed", problem=Problem("Failed", 507, "The GPU's memory is full; paint smaller.", "memory-full"))

    room.small.paint = fail
    room.paint()
    assert room.desk.state == "failed" and room.desk.sentence == "The GPU's memory is full; paint smaller."
    assert "memory-full" in room.desk.support_text() and room.desk.takes == () and _scene(room) == before


def test_a_scene_that_cannot_be_captured_says_why(room: Studio) -> None:
    room.maya.scene.node("craneShape").attributes["filmRollValue"].value = 5.0
    room.paint()
    assert room.desk.state == "failed" and "film roll" in room.desk.sentence and room.desk.takes == ()


def test_closing_in_the_middle_leaves_the_scene_as_it_was(room: Studio) -> None:
    before = _scene(room)
    held = threading.Event()
    room.small.paint = lambda job, number: held.wait(20) and None
    room.desk.paint()
    room.until(lambda: room.desk.job.progress.capture.done == 2)
    room.desk.close()
    held.set()
    assert _scene(room) == before


@pytest.mark.parametrize(
    ("token", "url", "state", "words"),
    [
        (TOKEN, "http://127.0.0.1:9", "no-server", "No server answers"),
        ("wrong-token-0123456789abcdef", "", "wrong-token", "refused"),
    ],
)
def test_a_server_that_cannot_be_used_is_told(demo: Demo, tmp_path: Path, token: str, url: str, state: str, words: str) -> None:
    with studio(demo, tmp_path, token, url) as room:
        room.until(lambda: room.desk.state != "looking")
        assert room.desk.state == state and words in state_words(room.desk).sentence and not room.desk.can_paint
        room.desk.paint()
        assert room.desk.job is None
        assert token not in room.desk.support_text()


def test_an_old_server_is_told_and_a_new_one_is_found_by_itself(demo: Demo, tmp_path: Path) -> None:
    with studio(demo, tmp_path) as room:
        good, room.small.health = room.small.health, {"status": "ok", "version": "99.0.0"}
        room.until(lambda: room.desk.state != "looking")
        assert room.desk.state == "old-server" and "99.0.0" in state_words(room.desk).sentence
        room.small.health = good
        room.desk.look_again()
        room.until(lambda: room.desk.server.ready)
        assert room.desk.can_paint


def test_the_recipe_of_a_take_is_used_again(room: Studio) -> None:
    room.desk.change(seed=42, stroke_scale=1.5, accumulation=0.25, size="half")
    room.paint()
    room.desk.change(seed=1, stroke_scale=1.0, accumulation=0.0, size="full")
    room.desk.use_recipe(room.desk.takes[0])
    settings = room.desk.settings
    assert (settings.seed, settings.stroke_scale, settings.accumulation, room.desk.size) == (42, 1.5, 0.25, (80, 45))


def test_takes_are_compared_and_shown_one_at_a_time(room: Studio) -> None:
    room.paint()
    room.desk.change(seed=5)
    room.paint()
    newer, older = room.desk.takes
    assert room.desk.workplace.shown_takes() == (newer.take.folder.as_posix(),)
    room.desk.compare_with(older)
    painted, other = room.desk.pictures(1003)
    assert painted.parent == newer.take.folder and other.parent == older.take.folder
    room.desk.job = None
    room.desk.show(older)
    assert room.desk.shown is older and room.desk.workplace.shown_takes() == (older.take.folder.as_posix(),)
    plane = next(node for node in room.maya.scene.nodes if node.type == "imagePlane")
    for number in NUMBERS:
        room.maya.scene.set_time(number)
        assert Path(room.maya.scene.plane_path(plane)) == older.files()[number]
    room.desk.hide_takes()
    assert room.desk.workplace.shown_takes() == () and room.maya.scene.script_errors == []


def test_opacity_and_flip_reach_the_viewport(room: Studio) -> None:
    room.paint()
    plane = next(node for node in room.maya.scene.nodes if node.type == "imagePlane").attributes["alphaGain"]
    before = snapshot(room.maya)
    room.desk.set_opacity(0.4)
    assert plane.value == 0.4
    room.desk.flip()
    assert plane.value == 0.0
    room.desk.flip()
    assert plane.value == 0.4
    after = snapshot(room.maya)
    assert after["undo"] == before["undo"] and after["modified"] == before["modified"]


def test_settings_come_back_at_the_next_start_and_broken_ones_do_no_harm(room: Studio) -> None:
    room.desk.change(seed=11, range="whole", size="quarter")
    again = type(room.desk)(room.desk.workplace, lambda: room.desk._watch._found.address)
    assert again.settings == room.desk.settings
    room.maya.scene.option_vars["paintover_panel"] = '{"seed": "many"}'
    broken = type(room.desk)(room.desk.workplace, lambda: room.desk._watch._found.address)
    assert broken.settings == Settings()
    for desk in (again, broken):
        desk.close()
        desk.join()


def test_ranges_follow_what_the_scene_offers(room: Studio) -> None:
    scene, desk = room.maya.scene, room.desk
    scene.playback["minTime"], scene.marked = 1002, (1003.0, 1006.0)
    scene.add("shot", "sh020", startTime=1002.0, endTime=1004.0, shotName="sh020", currentCamera="craneShape")
    scene.set_time(1005)
    desk._next_look = 0.0
    desk.step()
    found = {}
    for name in ("slider", "whole", "selected", "frame"):
        desk.change(range=name)
        found[name] = desk.range
    assert found == {"slider": (1002, 1006), "whole": (1001, 1006), "selected": (1003, 1005), "frame": (1005, 1005)}
    desk.change(range="shot", shot="sh020")
    assert (desk.range, desk.camera) == ((1002, 1004), "crane")
    desk.change(range="own", first=1003, last=1001)
    assert desk.range == (1003, 1003)
    desk.settings = replace(desk.settings, range="shot", shot="gone")
    assert desk.range == (1002, 1006)


def test_characters_are_mapped_by_hand_and_captured_so(room: Studio) -> None:
    figures = {figure.name: figure for figure in room.desk.figures()}
    assert figures["mia"].rig == "humanik" and figures["mia"].points[4] == "mia:RightHand"
    room.desk.map_figure("mia", tuple("mia:LeftHand" if number == 4 else "" for number in range(18)))
    room.desk.map_figure("nobody", ("gone",) * 18)
    assert {figure.name: figure.rig for figure in room.desk.figures()}["mia"] == "mapped"
    room.paint()
    shot = next(iter(room.small.shots.values()))
    pose = next(pose for pose in shot.frames[1001].characters if pose.name == "mia")
    assert [number for number, joint in enumerate(pose.joints) if joint[3] > 0] == [4]
    room.desk.map_figure("mia", ())
    assert room.desk.figures()[0].rig == "humanik"


def test_a_full_disk_is_told_and_what_was_painted_before_is_kept(room: Studio) -> None:
    """The limit on a file's size stands for a disk without room: the system refuses to write, with an error of the same kind."""
    resource = pytest.importorskip("resource", reason="this system has no such limit")
    before, limits = _scene(room), resource.getrlimit(resource.RLIMIT_FSIZE)

    def paint(job: Any, number: int) -> bytes:
        if number == 1003:
            ends = time.monotonic() + 20
            while len(room.desk.job.files) < 2 and time.monotonic() < ends:
                time.sleep(0.01)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, limits[1]))
        return png(*SIZE, number)

    room.small.paint = paint
    try:
        room.desk.paint()
        room.until(lambda: room.desk.state == "failed")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    room.until(lambda: not room.desk.busy)
    assert "no room to write" in room.desk.sentence and "free some space" in room.desk.sentence
    room.until(lambda: all(job.state == "cancelled" for job in room.small.jobs.values()))
    assert sorted(room.desk.job.files) == [1001, 1002] and all(path.read_bytes() for path in room.desk.job.files.values())
    assert not [path for path in room.desk.job.folder.rglob(".partial-*")], "half a file is left"
    room.desk.workplace.remove_take(room.desk.job.folder.as_posix())
    from maya import cmds

    cmds.currentTime(1002)  # what listens to the time sees that its plane is gone
    cmds.currentTime(1001)
    assert _scene(room) == before
