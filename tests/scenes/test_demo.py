"""The demo shot: whole, the same every time, and acted as it claims."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from render_server.passes.geometry import FrameGeometry, Mesh, View
from render_server.passes.raster import rasterise
from render_server.scenes import acting
from render_server.scenes.acting import Moment, mia_feet, otto_feet
from render_server.scenes.demo import _moving, camera, demo_shot, export_demo, iter_demo_frames
from render_server.scenes.gait import LEFT, RIGHT, Feet
from render_server.scenes.room import pieces
from render_server.scenes.shapes import Shape
from render_server.scenes.vectors import transform
from shot_format.blobs import sha256
from shot_format.codec import to_json
from shot_format.folder import ShotFolder, check_frames
from shot_format.shot import frame_blobs

SIZE = (320, 180)


@functools.cache  # the tests look at the same frames again and again
def moment(time: float) -> Moment:
    return acting.moment(time)


def shapes_at(time: float) -> list[tuple[str, Shape]]:
    still = [(p.name, p.shape.moved(p.matrix)) for p in pieces()]
    return still + [(p.name, p.shape.moved(p.matrix)) for p in _moving(moment(time))]


@functools.cache
def seen(time: float) -> dict[str, int]:
    """How many pixels of each thing are seen."""
    shapes = shapes_at(time)
    lens = camera(time, SIZE)
    to_camera = np.linalg.inv(np.array(lens.matrix).reshape(4, 4))
    view = View(to_camera, lens.fx, lens.fy, lens.cx, lens.cy, lens.near, lens.far, *SIZE)
    meshes = tuple(
        Mesh(name, i, shape.points, shape.triangles, shape.colours, shape.points.astype(np.float32), "")
        for i, (name, shape) in enumerate(shapes, 1)
    )
    triangle = rasterise(FrameGeometry(0, view, meshes), 1)
    owner = np.where(triangle.triangle >= 0, triangle.surface.triangle_object[triangle.triangle], 0)
    counts = np.bincount(owner.ravel(), minlength=len(shapes) + 1)
    return {name: int(counts[i]) for i, (name, _) in enumerate(shapes, 1)}


def pixels(time: float, who: str) -> int:
    return sum(count for name, count in seen(time).items() if name.startswith(who))


def test_a_figure_passes_wholly_behind_the_wall_and_comes_back() -> None:
    assert pixels(2, "otto") > 400
    assert [pixels(time, "otto") for time in (26, 36, 46, 56)] == [0, 0, 0, 0]
    assert pixels(85, "otto") > 800


@pytest.mark.parametrize("time", [0, 24, 48, 72, 95])
def test_mia_and_the_tray_are_in_the_picture(time: int) -> None:
    assert pixels(time, "mia") > 1000
    assert pixels(time, "tray") > 50


@pytest.mark.parametrize("feet", [mia_feet(), otto_feet()], ids=["mia", "otto"])
@pytest.mark.parametrize("foot", [LEFT, RIGHT])
def test_a_foot_that_stands_does_not_slide(feet: Feet, foot: int) -> None:
    who, side = ("mia" if feet is mia_feet() else "otto"), ("left" if foot == LEFT else "right")
    shoes = [next(p.shape.points for p in _moving(moment(float(t))) if p.name == f"{who}_shoe_{side}") for t in range(96)]
    stood = 0
    for t in range(95):
        both = feet.pose(foot, t).planted and feet.pose(foot, t + 1).planted
        down = (shoes[t][:, 1] < 0.6) & (shoes[t + 1][:, 1] < 0.6)
        if both and down.any():
            stood += 1
            slid = np.linalg.norm((shoes[t + 1] - shoes[t])[down][:, [0, 2]], axis=1)
            assert slid.max() < 0.3
    assert stood > 25


def test_a_walking_figure_never_floats_nor_sinks() -> None:
    for t in range(0, 96, 3):
        for who in ("mia", "otto"):
            lowest = [p.shape.points[:, 1].min() for p in _moving(moment(float(t))) if p.name.startswith(f"{who}_shoe")]
            assert min(lowest) < 1.0
            assert min(lowest) > -1.5


def test_legs_reach_the_feet_that_stand() -> None:
    for t in range(96):
        for figure in moment(float(t)).figures:
            for leg, sole in zip(figure.pose.legs, figure.pose.feet, strict=True):
                assert np.linalg.norm(leg.tip - sole.ankle) < (0.5 if sole.planted else 1.5)


def test_the_tray_is_carried_then_stands_still_on_the_table() -> None:
    places = np.array([moment(float(t)).tray.matrix[3, :3] for t in range(96)])
    assert np.linalg.norm(places[50] - places[0]) > 150
    assert np.ptp(places[70:], axis=0).max() == 0
    assert places[95, 1] == 72.0


@pytest.mark.parametrize("name, shape", shapes_at(40.0), ids=lambda value: value if isinstance(value, str) else "")
def test_every_shape_is_finite_closed_and_turned_outward(name: str, shape: Shape) -> None:
    assert np.isfinite(shape.points).all()
    assert shape.triangles.min() >= 0 and shape.triangles.max() < len(shape.points)
    edges = np.concatenate([shape.triangles[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0))]).astype(np.int64)
    there = np.sort(edges[:, 0] * len(shape.points) + edges[:, 1])
    back = np.sort(edges[:, 1] * len(shape.points) + edges[:, 0])
    assert np.array_equal(there, back), "each edge is walked once each way"
    a, b, c = (shape.points[shape.triangles[:, i]] for i in range(3))
    assert (a * np.cross(b, c)).sum() > 0, "the volume is positive"


def test_streaming_gives_each_blob_once_and_before_it_is_needed() -> None:
    known: set[str] = set()
    for frame, blobs in iter_demo_frames(4, SIZE):
        assert all(sha256(blob) == name for name, blob in blobs.items())
        assert not known & set(blobs)
        known |= set(blobs)
        assert set(frame_blobs(frame)) <= known


def test_the_same_bytes_every_time() -> None:
    first = [(to_json(frame), sorted(blobs)) for frame, blobs in iter_demo_frames(3)]
    assert first == [(to_json(frame), sorted(blobs)) for frame, blobs in iter_demo_frames(3)]


def test_export_writes_a_whole_shot(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    shot = export_demo(tmp_path / "demo", frames=3, size=SIZE, progress=lambda done, total: calls.append((done, total)))
    file = ShotFolder(tmp_path / "demo").verify()
    assert file.shot == shot == demo_shot(3, SIZE)
    assert [frame.number for frame in file.frames] == [1001, 1002, 1003]
    assert calls == [(1, 3), (2, 3), (3, 3)]
    check_frames(shot, file.frames)


def test_what_stands_still_is_sent_once() -> None:
    frames = [frame for frame, _ in iter_demo_frames(5, SIZE)]
    still = len(pieces())
    assert all(frame.meshes[:still] == frames[0].meshes[:still] for frame in frames)
    heads = [m for m in demo_shot().meshes if m.name.endswith(("_head", "_hair", "tray"))]
    assert len(heads) == 5
    for mesh in heads:
        states = [next(s for s in frame.meshes if s.object_id == mesh.object_id) for frame in frames]
        assert all(state.points is None for state in states) and len({state.matrix for state in states}) == 5


def test_joints_lie_within_their_figures() -> None:
    for figure in moment(30.0).figures:
        points = np.concatenate([transform(p.shape.points, p.matrix) for p in figure.parts])
        low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
        assert ((figure.joints >= low) & (figure.joints <= high)).all()
