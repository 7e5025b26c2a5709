"""Live painting: the newest state of the scene wins, nothing queues up, nothing is left behind."""

from __future__ import annotations

import threading
from typing import Any

from maya_plugin.workflow.live import LONGEST_SIDE
from maya_plugin.workflow.words import live_words
from tests.client.small_server import png
from tests.maya.state import snapshot
from tests.maya.ui.studio import Studio


def _live_plane(room: Studio) -> Any:
    return next((node for node in room.maya.scene.nodes if node.type == "imagePlane"), None)


def _shown(room: Studio) -> str:
    return room.maya.scene.plane_path(_live_plane(room)) if _live_plane(room) else ""


def _scene(room: Studio) -> dict[str, Any]:
    state = snapshot(room.maya)
    del state["option vars"]
    return state


def test_a_frame_is_painted_when_the_scene_rests_and_hidden_when_it_moves(room: Studio) -> None:
    before = _scene(room)
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.shown)
    assert _shown(room).endswith("painted.1001.png") and "painted in" in live_words(room.desk)
    first = _shown(room)
    room.maya.scene.set_time(1003.0)
    room.desk.step()
    assert _shown(room) == "", "the old picture is shown over a new frame"
    room.until(lambda: room.desk.live.shown)
    assert _shown(room).endswith("painted.1003.png") and _shown(room) != first and room.desk.live.frames == 2
    for _ in range(50):
        room.desk.step()
    assert room.desk.live.frames == 2, "a scene at rest is painted once"
    room.maya.scene.time = 1001.0
    room.desk.set_live(False)
    assert _scene(room) == before


def test_only_the_newest_state_is_painted_after_one_that_is_on_its_way(room: Studio) -> None:
    held = threading.Event()
    asked: list[int] = []

    def paint(job: Any, number: int) -> Any:
        asked.append(number)
        return png(job.recipe.width, job.recipe.height, number) if held.wait(20) else None

    room.small.paint = paint
    room.desk.set_live(True)
    room.until(lambda: asked == [1001])
    for number in (1002, 1003, 1004, 1005):
        room.maya.scene.set_time(number)
        for _ in range(5):
            room.desk.step()
    assert asked == [1001] and len(room.small.jobs) == 1
    held.set()
    room.until(lambda: room.desk.live.shown)
    assert asked == [1001, 1005] and room.desk.live.frames == 1 and _shown(room).endswith("painted.1005.png")


def test_a_pose_and_the_camera_are_seen_to_change(room: Studio) -> None:
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.frames == 1)
    from maya import cmds

    cmds.setAttr("crane.visibility", True)  # any action of the artist's
    room.until(lambda: room.desk.live.frames == 2)
    room.maya.scene.node("craneShape").attributes["focalLength"].value = 50.0
    room.until(lambda: room.desk.live.frames == 3)
    piece = next(node for node in room.maya.scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
    room.maya.scene.selection = [piece.name]
    room.until(lambda: room.desk.live.frames == 4)
    piece.attributes["translate"].value = (0.0, 10.0, 0.0)  # while it is dragged, before there is anything to undo
    room.until(lambda: room.desk.live.frames == 5)


def test_a_draft_is_small_has_no_viewport_picture_and_is_one_job(room: Studio) -> None:
    resolution = room.maya.scene.node("defaultResolution").attributes
    resolution["width"].value, resolution["height"].value = 1920, 1080
    room.desk._next_look = 0.0
    room.desk.step()
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.shown)
    (job,) = room.small.jobs.values()
    shot = room.small.shots[job.shot]
    assert (job.recipe.width, job.recipe.height) == (LONGEST_SIDE, 288) and shot.frames[1001].beauty is None
    assert not [node for node in room.maya.scene.nodes if node.name.startswith("paintoverCapture")]


def test_painting_a_shot_goes_before_live_and_live_goes_on_after_it(room: Studio) -> None:
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.shown)
    room.paint()
    assert room.desk.state == "done" and room.desk.job.state == "over"
    room.until(lambda: room.desk.live.shown)
    room.desk.set_live(False)
    assert [row.name for row in room.desk.takes] == ["v001"], "drafts are no takes"


def test_a_live_frame_that_fails_says_so_and_is_not_tried_again_and_again(room: Studio) -> None:
    room.maya.scene.node("craneShape").attributes["filmRollValue"].value = 5.0
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.error)
    assert "film roll" in live_words(room.desk)
    calls = len(room.maya.calls)
    for _ in range(20):
        room.desk.step()
    assert not [call for call in room.maya.calls[calls:] if call[0] == "createNode"]
    room.maya.scene.node("craneShape").attributes["filmRollValue"].value = 0.0
    room.maya.scene.set_time(1002.0)
    room.until(lambda: room.desk.live.shown)


def test_the_live_plane_is_not_written_into_the_scene_file(room: Studio) -> None:
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.shown)
    assert _live_plane(room).do_not_write and all(parent.do_not_write for parent in _live_plane(room).parents)


def test_live_goes_on_in_another_scene(room: Studio) -> None:
    room.desk.set_live(True)
    room.until(lambda: room.desk.live.shown)
    room.maya.fire("scene6")  # before another scene is opened
    for parent in list(_live_plane(room).parents):
        room.maya.scene.remove(parent)
    room.maya.scene.set_time(1002.0)
    room.until(lambda: room.desk.live.frames == 2)
    assert _shown(room).endswith("painted.1002.png")
