"""The beauty: what a render sees, of the right size, whatever the artist's camera and panel show."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from render_server.passes.compute import compute_passes
from render_server.passes.loader import ShotLoader
from shot_format.errors import FormatError
from shot_format.shot import Frame, Shot
from tests.fake_maya import Maya, viewport
from tests.fake_maya.meshes import box
from tests.fake_maya.viewport import ORNAMENT_COLOUR
from tests.maya.conftest import SIZE
from tests.maya.state import snapshot

from maya_plugin.host.capture import SceneCapture  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip

REQUEST = CaptureRequest("shotCam", 1, 2, 97, 53)
HOSTILE = {
    "overscan": 1.4, "panZoomEnabled": True, "zoom": 0.5, "displayGateMask": True, "displayResolution": True, "displayFilmGate": True,
    "depthOfField": True,
}  # fmt: skip


def _cube(maya: Maya) -> None:
    top = maya.scene.add("transform", "cube", rotate=(20.0, 30.0, 0.0), translate=lambda time: (time, 0.5, 0.0))
    maya.scene.add("mesh", "cubeShape", top).mesh = box(3.0)


def _beauties(request: CaptureRequest = REQUEST) -> list[NDArray[np.uint8]]:
    pictures, blobs = [], {}
    for frame, new in SceneCapture(request):
        blobs.update(new)
        assert frame.beauty is not None
        pictures.append(np.array(Image.open(io.BytesIO(blobs[frame.beauty]))))
    return pictures


def test_the_beauty_has_exactly_the_size_and_shows_each_frame(maya: Maya) -> None:
    _cube(maya)
    first, second = _beauties()
    assert first.shape == second.shape == (53, 97, 3)
    assert first.max() > 0 and (first != second).any(), "the first picture is the black one, or the frames are the same"
    assert not (first == ORNAMENT_COLOUR).all(-1).any(), "something of the viewport's own is in the picture"


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("referenced", [False, True])
def test_what_the_viewport_adds_to_the_camera_is_not_in_the_beauty(maya: Maya, locked: bool, referenced: bool) -> None:
    _cube(maya)
    plain = _beauties()
    camera = maya.scene.node("shotCamShape")
    for name, value in HOSTILE.items():
        camera.attributes[name].value = value
    for attribute in camera.attributes.values():
        attribute.locked = locked
    camera.referenced = maya.scene.node("shotCam").referenced = referenced
    before = snapshot(maya)
    for one, other in zip(plain, _beauties(), strict=True):
        assert (one == other).all()
    assert snapshot(maya) == before and maya.scene.references == []


def test_the_picture_covers_the_passes_pixel_by_pixel(maya: Maya) -> None:
    """The beauty's silhouette against the captured camera and points, projected by the shot format's own rule."""
    _cube(maya)
    camera = maya.scene.node("shotCamShape")
    for name, value in {"filmFit": 1, "horizontalFilmOffset": 0.2, "filmFitOffset": 0.4, "preScale": 1.1, "filmTranslateV": 0.03}.items():
        camera.attributes[name].value = value
    for (frame, _), beauty in zip(list(SceneCapture(REQUEST)), _beauties(), strict=True):
        path = next(maya.scene.paths(maya.scene.node("cubeShape")))
        matrix = maya.scene.world_matrix(path, frame.number)
        points = box(3.0).now(0.0).points @ matrix[:3, :3] + matrix[3, :3]
        at = np.array(frame.camera.matrix).reshape(4, 4)
        local = (points - at[3, :3]) @ np.linalg.inv(at[:3, :3])
        x = frame.camera.cx + frame.camera.fx * local[:, 0] / -local[:, 2]
        y = frame.camera.cy - frame.camera.fy * local[:, 1] / -local[:, 2]
        empty = _without_cube(maya, frame.number)
        rows, columns = np.nonzero((beauty != empty).any(-1))
        assert (columns.min(), rows.min()) == pytest.approx((x.min(), y.min()), abs=1.0)
        assert (columns.max() + 1, rows.max() + 1) == pytest.approx((x.max(), y.max()), abs=1.0)


def _without_cube(maya: Maya, time: int) -> NDArray[np.uint8]:
    cube = maya.scene.node("cube").attributes["visibility"]
    cube.value = False
    picture = _beauties(CaptureRequest("shotCam", time, time, 97, 53))[0]
    cube.value = True
    return picture


def test_the_demos_beauty_is_its_geometry_shaded_pixel_by_pixel(demo_maya: Maya, demo: tuple[Shot, list[Frame], dict[str, bytes]]) -> None:
    """The panel draws through the stand-in camera, the server from the captured numbers; with the same light both are one picture."""
    capture = SceneCapture(CaptureRequest("crane", 1002, 1003, *SIZE))
    frames, blobs = [], {}
    for frame, new in capture:
        frames.append(replace(frame, beauty=None))
        blobs.update(new)
        assert frame.beauty is not None
        drawn = np.array(Image.open(io.BytesIO(new[frame.beauty]))).astype(int)
        geometry = ShotLoader(capture.shot, blobs.__getitem__).geometry(frames[-1])
        shaded = compute_passes(None, geometry, None).beauty.astype(int)
        assert (np.abs(drawn - shaded).max(-1) <= 1).mean() > 0.999


def test_what_the_artist_isolated_is_what_is_taken(maya: Maya) -> None:
    _cube(maya)
    other = maya.scene.add("transform", "other", translate=(-3.0, 0.0, 0.0))
    maya.scene.add("mesh", "otherShape", other).mesh = box(2.0)
    panel = maya.scene.panels["modelPanel4"]
    chosen = maya.scene.add("objectSet", "modelPanel4ViewSelectedSet")
    chosen.members.append(other)
    panel.isolated, panel.isolate_set = True, chosen.name
    before = snapshot(maya)
    capture = SceneCapture(REQUEST)
    assert [mesh.name for mesh in capture.shot.meshes] == ["other"]
    capture.close()
    assert snapshot(maya) == before
    isolated = _beauties()[0]
    panel.isolated = False
    assert (isolated != _beauties()[0]).any()


def test_without_a_window_there_is_no_beauty_but_a_shot(maya: Maya) -> None:
    maya.batch = True
    _cube(maya)
    frames = [frame for frame, _ in SceneCapture(REQUEST)]
    assert [frame.beauty for frame in frames] == [None, None] and all(frame.meshes for frame in frames)


def test_a_picture_of_another_size_is_left_out_and_named(maya: Maya, monkeypatch: pytest.MonkeyPatch) -> None:
    _cube(maya)
    save = viewport.save_picture
    monkeypatch.setattr(viewport, "save_picture", lambda scene, panel, size, path: save(scene, panel, (size[0] - 1, size[1]), path))
    before = snapshot(maya)
    capture = SceneCapture(REQUEST)
    assert "96x53 pixels where 97x53" in capture.shot.skipped[0].reason
    assert [frame.beauty for frame, _ in capture] == [None, None] and snapshot(maya) == before


@pytest.mark.parametrize("how", ["nothing", "refuses"])
def test_a_driver_that_does_not_draw_is_named(maya: Maya, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("Could not initialize Playblast renderer.")

    monkeypatch.setattr(viewport, "save_picture", refuse if how == "refuses" else lambda *_: None)
    before = snapshot(maya)
    capture = SceneCapture(REQUEST)
    assert [each.name for each in capture.shot.skipped] == ["the viewport's picture"]
    assert [frame.beauty for frame, _ in capture] == [None, None] and snapshot(maya) == before


def test_a_picture_that_fails_in_the_middle_ends_the_capture(maya: Maya, monkeypatch: pytest.MonkeyPatch) -> None:
    save, before = viewport.save_picture, snapshot(maya)
    capture = SceneCapture(REQUEST)
    next(capture)
    monkeypatch.setattr(viewport, "save_picture", lambda scene, panel, size, path: save(scene, panel, (size[0] - 1, size[1]), path))
    with pytest.raises(FormatError) as caught:
        next(capture)
    assert caught.value.code == "beauty-size" and snapshot(maya) == before


def test_one_evaluation_a_frame_serves_all(maya: Maya) -> None:
    _cube(maya)
    maya.scene.time = 50.0
    maya.scene.evaluations = 0
    frames = list(SceneCapture(CaptureRequest("shotCam", 1, 10, 64, 48)))
    assert len(frames) == 10 and maya.scene.evaluations == 10 + 1  # and one to go back
