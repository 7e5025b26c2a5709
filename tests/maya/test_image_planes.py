"""Image planes: exact, silent, gone when they are removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_maya import Maya
from tests.fake_maya.lens import rendering_frustum
from tests.fake_maya.scene import Node
from tests.maya.state import snapshot

from maya_plugin.host.image_planes import PaintedPlane, planes_in_scene, remove_planes  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip
from maya import cmds  # isort: skip

REQUEST = CaptureRequest("shotCam", 1, 3, 64, 48)


def _plane_node(maya: Maya) -> Node:
    return next(node for node in maya.scene.nodes if node.type == "imagePlane")


def _paint(folder: Path, number: int, content: bytes = b"picture") -> Path:
    path = folder / f"painted.{number}.png"
    path.write_bytes(content + str(number).encode())
    return path


def test_frames_show_as_they_arrive_and_never_a_file_that_is_not_there(maya: Maya, tmp_path: Path) -> None:
    plane, node, shown = PaintedPlane(REQUEST, "v001"), _plane_node(maya), []
    assert maya.scene.plane_path(node) == ""
    for number in (1, 2, 3):
        plane.show(number, _paint(tmp_path, number))
        for time in (1.0, 2.0, 3.0, 2.5, 100.0, -5.0):
            cmds.currentTime(time)
            shown.append((number, time, Path(maya.scene.plane_path(node)).name))
    assert [name for number, _, name in shown if number == 2] == [f"painted.{n}.png" for n in (1, 2, 2, 2, 2, 1)]
    assert maya.scene.script_errors == []


def test_a_finished_take_is_a_plain_sequence_that_needs_no_plug_in(maya: Maya, tmp_path: Path) -> None:
    plane = PaintedPlane(REQUEST, "v001")
    for number in (1, 2, 3):
        plane.show(number, _paint(tmp_path, number))
    plane.finish()
    assert maya.callbacks == {}
    for time in (1.0, 2.0, 3.0):
        cmds.currentTime(time)
        assert Path(maya.scene.plane_path(_plane_node(maya))) == tmp_path / f"painted.{int(time)}.png"
    cmds.currentTime(4.0)
    assert maya.scene.plane_path(_plane_node(maya)) == "" and maya.scene.script_errors == []


def test_a_plane_covers_the_picture_exactly(maya: Maya) -> None:
    camera = maya.scene.node("shotCamShape")
    values = {"filmFit": 2, "filmFitOffset": 0.5, "horizontalFilmOffset": 0.1, "verticalFilmOffset": -0.05, "cameraScale": 1.0}
    for name, value in values.items():
        camera.attributes[name].value = value
    PaintedPlane(REQUEST, "v001")
    get = lambda name: maya.scene.get(_plane_node(maya), name)  # noqa: E731
    left, right, bottom, top = rendering_frustum(35.0, (1.41732, 0.94488), (0.1, -0.05), 2, 0.5, 1.0, 64 / 48, 35.0 / 25.4)
    assert get("fit") == 4
    assert (get("sizeX"), get("sizeY")) == pytest.approx((right - left, top - bottom))
    assert (get("offsetX"), get("offsetY")) == pytest.approx(((left + right) / 2, (bottom + top) / 2))
    assert get("depth") == pytest.approx(0.101) and get("colorSpace") == "sRGB" and get("ignoreColorSpaceFileRules")


def test_depth_follows_the_unit_that_the_artist_works_in(maya: Maya) -> None:
    maya.scene.units["linear"] = "m"
    PaintedPlane(REQUEST, "v001")
    assert maya.scene.get(_plane_node(maya), "depth") == pytest.approx(0.101)  # centimetres inside


@pytest.mark.parametrize("referenced", [False, True])
def test_removing_a_plane_leaves_nothing_behind(maya: Maya, tmp_path: Path, referenced: bool) -> None:
    for name in ("shotCam", "shotCamShape"):
        maya.scene.node(name).referenced = referenced
    before = snapshot(maya)
    plane = PaintedPlane(REQUEST, "v001")
    plane.show(1, _paint(tmp_path, 1))
    plane.set_opacity(0.5)
    assert maya.scene.get(_plane_node(maya), "alphaGain") == 0.5
    assert maya.scene.undo_queue == [] and not maya.scene.modified
    plane.remove()
    assert snapshot(maya) == before


def test_a_referenced_camera_gets_no_edit_and_ours_sees_the_same(maya: Maya) -> None:
    for name in ("shotCam", "shotCamShape"):
        maya.scene.node(name).referenced = True
    maya.scene.node("shotCam").attributes["translate"].curve = lambda time: (time, 2.0, 3.0)
    plane = PaintedPlane(REQUEST, "v001")
    assert maya.scene.references == []
    ours = maya.scene.node(plane.camera)
    assert ours.name != "shotCamShape"
    for time in (1.0, 7.0):
        cmds.currentTime(time)
        paths = [next(maya.scene.paths(maya.scene.node(name))) for name in ("shotCamShape", plane.camera)]
        assert maya.scene.world_matrix(paths[0]) == pytest.approx(maya.scene.world_matrix(paths[1]))


def test_planes_of_an_earlier_session_are_found_and_removed_with_their_cameras(maya: Maya, tmp_path: Path) -> None:
    before = sorted(node.name for node in maya.scene.nodes)
    PaintedPlane(REQUEST, "v001").finish()
    maya.scene.node("shotCam").referenced = maya.scene.node("shotCamShape").referenced = True
    PaintedPlane(REQUEST, "v002").finish()
    assert sorted(planes_in_scene().values()) == ["v001", "v002"]
    remove_planes(planes_in_scene())
    assert planes_in_scene() == {} and sorted(node.name for node in maya.scene.nodes) == before


def test_a_new_take_in_the_same_folder_would_show_the_old_pictures(maya: Maya, tmp_path: Path) -> None:
    """Why every take has a folder of its own."""
    plane = PaintedPlane(REQUEST, "v001")
    plane.show(1, _paint(tmp_path, 1, b"old"))
    path = _paint(tmp_path, 1, b"new")
    plane.show(1, path)
    assert maya.scene.image_cache[path.as_posix()] == b"old1"


def test_a_plane_forgets_a_scene_that_is_closed(maya: Maya, tmp_path: Path) -> None:
    plane = PaintedPlane(REQUEST, "v001")
    plane.show(1, _paint(tmp_path, 1))
    assert len(maya.callbacks) == 4
    maya.fire("scene6")  # before another scene is opened
    assert maya.callbacks == {}
    before = snapshot(maya)  # as if this were the other scene, with a plane of the same name in it
    plane.show(2, _paint(tmp_path, 2))
    plane.set_opacity(0.1)
    plane.finish()
    plane.remove()
    assert snapshot(maya) == before
