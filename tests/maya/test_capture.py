"""Capture: what comes out is the scene, and the scene is as it was."""

from __future__ import annotations

import numpy as np
import pytest

from shot_format.shot import Frame, Shot
from tests.fake_maya import Maya
from tests.maya.conftest import FRAMES, SIZE
from tests.maya.state import snapshot

from maya_plugin.host.capture import SceneCapture  # isort: skip - after the fake is installed
from maya_plugin.workflow.host import CaptureRequest  # isort: skip


def _request(shot: Shot, **changes: object) -> CaptureRequest:
    values: dict[str, object] = {"camera": "crane", "first": shot.first, "last": shot.last, "width": SIZE[0], "height": SIZE[1], **changes}
    return CaptureRequest(**values)  # type: ignore[arg-type]


def test_the_demo_comes_out_as_it_went_in(demo_maya: Maya, demo: tuple[Shot, list[Frame], dict[str, bytes]]) -> None:
    shot, frames, blobs = demo
    capture = SceneCapture(_request(shot, beauty=False))
    taken, given = [], {}
    for frame, new in capture:
        assert not set(new) & set(given), "a blob was given twice"
        taken.append(frame)
        given.update(new)
    assert [frame.number for frame in taken] == [frame.number for frame in frames]
    assert [mesh.name for mesh in capture.shot.meshes] == [mesh.name for mesh in shot.meshes]
    assert [mesh.colour for mesh in capture.shot.meshes] == [mesh.colour for mesh in shot.meshes]
    assert capture.shot.characters == shot.characters and capture.shot.up_axis == "y" and capture.shot.metres_per_unit == 0.01
    for ours, theirs in zip(taken, frames):
        for one, other in zip(ours.meshes, theirs.meshes):
            assert (one.object_id, one.topology, one.points) == (other.object_id, other.topology, other.points)
            assert one.matrix == pytest.approx(other.matrix, abs=1e-9)
        for name in ("matrix", "fx", "fy", "cx", "cy", "near", "far"):
            assert getattr(ours.camera, name) == pytest.approx(getattr(theirs.camera, name), rel=1e-9, abs=1e-9)
        for pose, other in zip(ours.characters, theirs.characters):
            assert pose.name == other.name
            expected = np.array(other.joints)
            expected[1, :3] = (expected[2, :3] + expected[5, :3]) / 2
            assert np.array(pose.joints) == pytest.approx(expected, abs=1e-9)


def test_the_scene_is_as_it_was_after_a_whole_capture(demo_maya: Maya, demo: tuple[Shot, list[Frame], dict[str, bytes]]) -> None:
    demo_maya.scene.time = 1003.4
    demo_maya.scene.selection = ["crane"]
    before = snapshot(demo_maya)
    frames = list(SceneCapture(_request(demo[0])))
    assert len(frames) == FRAMES and all(frame.beauty for frame, _ in frames)
    assert snapshot(demo_maya) == before


def test_the_same_scene_gives_the_same_shot_and_one_changed_pose_one_changed_frame(
    demo_maya: Maya, demo: tuple[Shot, list[Frame], dict[str, bytes]]
) -> None:
    def take() -> tuple[Shot, list[Frame]]:
        capture = SceneCapture(_request(demo[0], shot_id="tea"))
        return capture.shot, [frame for frame, _ in capture]

    first = take()
    assert take() == first
    tray = next(node for node in demo_maya.scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
    tray.attributes["translate"].curve = lambda time: (0.0, 30.0 if time == 1004.0 else 0.0, 0.0)
    shot, frames = take()
    assert shot == first[0]
    assert [frame.number for frame, other in zip(frames, first[1]) if frame != other] == [1004]
