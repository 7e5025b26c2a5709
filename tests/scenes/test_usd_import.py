"""Importing USD: cameras, frames, sizes, units, and everything that can be wrong."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import Gf, Usd, UsdGeom

from render_server.passes.raster import project
from render_server.scenes.usd import import_usd
from render_server.scenes.usd_stage import frame_rate
from shot_format.errors import LimitError, PaintoverError
from shot_format.folder import ShotFolder
from shot_format.shot import Rational
from tests.scenes.stages import BOX, BOX_FACES, SIZE, Build


def boxed(folder: Path, name: str = "scene.usda") -> Build:
    build = Build(folder, name)
    build.mesh("/box", BOX, BOX_FACES)
    return build


def failed(build: Build, code: str, **options: Any) -> str:
    """Import, expect an error, and check that nothing was left behind."""
    path, before = build.save(), sorted(p.name for p in build.path.parent.iterdir())
    with pytest.raises(PaintoverError) as caught:
        import_usd(path, build.path.parent / "out", **{"size": SIZE, **options})
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert sorted(p.name for p in build.path.parent.iterdir()) == before
    return caught.value.message


def test_the_head_says_where_it_came_from(tmp_path: Path) -> None:
    build = boxed(tmp_path, "Shot 010 (v2).usda")
    UsdGeom.SetStageUpAxis(build.stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(build.stage, 0.01)
    shot = build.shot().shot
    assert re.fullmatch("shot-010-v2-[0-9a-f]{12}", shot.id)
    assert (shot.name, shot.up_axis, shot.metres_per_unit) == ("Shot 010 (v2)", "z", 0.01)
    assert (shot.first, shot.last, shot.width, shot.height, shot.fps) == (1, 3, *SIZE, Rational(24))
    assert (shot.source.scene, shot.source.camera) == ("Shot 010 (v2).usda", "/cam")


RATES = {
    24: (24, 1), 25: (25, 1), 23.976: (24000, 1001), 23.976023976: (24000, 1001), 29.97: (30000, 1001), 59.94: (60000, 1001), 12.5: (25, 2),
}  # fmt: skip


@pytest.mark.parametrize("rate", RATES)
def test_frame_rates(rate: float) -> None:
    stage = Usd.Stage.CreateInMemory()
    stage.SetTimeCodesPerSecond(rate)
    found = frame_rate(stage)
    assert (found.numerator, found.denominator) == RATES[rate]


def test_a_camera_s_pixels(tmp_path: Path) -> None:
    camera = boxed(tmp_path).shot().frame(1).camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == pytest.approx((64, 64, 32, 18), rel=1e-6)
    assert (camera.near, camera.far) == pytest.approx((0.1, 100))
    assert camera.film_back and camera.film_back.focal_mm == pytest.approx(36)


def test_aperture_offsets_move_the_window(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    build.camera("/shifted", horizontalApertureOffset=0.09, verticalApertureOffset=0.045)
    camera = build.shot(camera="/shifted").frame(1).camera
    frustum = UsdGeom.Camera(build.stage.GetPrimAtPath("/shifted")).GetCamera(1).frustum
    to_clip = np.array(frustum.ComputeProjectionMatrix())
    lens = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    for point in ((0.5, 0.2, -3.0), (-1.0, 0.7, -9.0)):
        clip = np.array([*point, 1.0]) @ to_clip
        wanted = ((clip[0] / clip[3] + 1) * SIZE[0] / 2, (1 - clip[1] / clip[3]) * SIZE[1] / 2)
        assert project(*point, lens) == pytest.approx(wanted, abs=1e-4)


def test_the_film_back_s_width_fills_the_picture(tmp_path: Path) -> None:
    camera = boxed(tmp_path).shot(size=(64, 64)).frame(1).camera
    assert (camera.fx, camera.fy, camera.cy) == pytest.approx((64, 64, 32), rel=1e-6)


def test_without_a_size_the_picture_has_the_film_back_s_shape(tmp_path: Path) -> None:
    shot = boxed(tmp_path).shot(size=None).shot
    assert (shot.width, shot.height) == (1280, 720)


def test_a_camera_under_a_scaled_group_is_not_scaled(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    group = UsdGeom.Xform.Define(build.stage, "/group")
    group.AddScaleOp().Set((2, 2, 2))
    group.AddRotateYOp().Set(30)
    build.camera("/group/cam2")
    matrix = np.array(build.shot(camera="/group/cam2").frame(1).camera.matrix).reshape(4, 4)
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.norm(matrix[3, :3]) == pytest.approx(20)


def test_an_animated_lens(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    focal = UsdGeom.Camera(build.stage.GetPrimAtPath("/cam")).GetFocalLengthAttr()
    focal.Set(0.36, 1)
    focal.Set(0.72, 3)
    shown = build.shot()
    assert [shown.frame(n).camera.fx for n in (1, 2, 3)] == pytest.approx([64, 96, 128], rel=1e-6)


def test_a_part_of_the_frames(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    shown = build.shot(frames=(2, 3))
    assert [frame.number for frame in shown.file.frames] == [2, 3]
    assert (shown.shot.first, shown.shot.last) == (2, 3)


def test_progress_is_told_frame_by_frame(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    boxed(tmp_path).shot(progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_the_same_file_gives_the_same_shot(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    first, second = build.shot(), build.shot()
    assert first.file == second.file


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(PaintoverError) as caught:
        import_usd(tmp_path / "none.usd", tmp_path / "out")
    assert caught.value.code == "usd-missing"
    noise = random.Random(1).randbytes(4000)
    good = boxed(tmp_path, "good.usdc")
    whole = good.save().read_bytes()
    broken = {
        "noise.usdc": noise, "noise.usda": noise, "noise.usdz": noise, "noise.usd": noise, "empty.usda": b"",
        "half.usdc": whole[: len(whole) // 2], "words.usda": b"#usda 1.0\ndef Mesh {{{", "header.usdc": b"PXR-USDC" + noise,
    }  # fmt: skip
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PaintoverError) as caught:
            import_usd(tmp_path / name, tmp_path / "out")
        assert caught.value.code == "usd-broken", name
        assert caught.value.message.startswith(f"{name} cannot be read") and ".cpp" not in caught.value.message
        assert not (tmp_path / "out").exists()


def test_flipped_bytes_never_leave_half_a_shot(tmp_path: Path) -> None:
    whole = boxed(tmp_path, "good.usdc").save().read_bytes()
    chance = random.Random(7)
    for _ in range(30):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        place = tmp_path / "bad.usdc"
        place.write_bytes(damaged)
        try:
            import_usd(place, tmp_path / "out", size=SIZE, again=True)
        except PaintoverError:
            continue
        ShotFolder(tmp_path / "out").verify()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".partial")]


def test_an_existing_folder_is_kept_unless_asked(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    out = tmp_path / "out"
    first = import_usd(build.save(), out, size=SIZE)
    (out / "note.txt").write_text("mine")
    with pytest.raises(PaintoverError) as caught:
        import_usd(build.path, out, size=SIZE)
    assert caught.value.code == "out-exists" and (out / "note.txt").exists()
    assert import_usd(build.path, out, size=SIZE, again=True) == first
    assert not (out / "note.txt").exists()
    ShotFolder(out).verify()


def test_a_failed_second_import_keeps_the_first(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    out = tmp_path / "out"
    import_usd(build.save(), out, size=SIZE)
    points = UsdGeom.Mesh(build.stage.GetPrimAtPath("/box")).GetPointsAttr()
    points.Set([Gf.Vec3f(float("nan"))] * 8, 3)
    with pytest.raises(PaintoverError):
        import_usd(build.save(), out, size=SIZE, again=True)
    ShotFolder(out).verify()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "scene.usda"]


def test_cameras_that_do_not_fit(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    assert "/cam" in failed(build, "camera-unknown", camera="/other")
    build.camera("/group/cam")
    assert "/cam, /group/cam" in failed(build, "camera-ambiguous")
    assert build.shot(camera="group/cam").shot.source.camera == "/group/cam"
    assert build.shot(camera="/cam").shot.source.camera == "/cam"
    build.camera("/other/cam")
    failed(build, "camera-ambiguous", camera="cam")


def test_no_camera_at_all(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    build.stage.RemovePrim("/cam")
    failed(build, "camera-missing")


def test_an_orthographic_camera(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    build.camera("/side", projection="orthographic")
    failed(build, "camera-orthographic", camera="/side")


@pytest.mark.parametrize(
    "values", [{"focalLength": 0.0}, {"horizontalAperture": -1.0}, {"verticalAperture": float("nan")}, {"clippingRange": Gf.Vec2f(10, 1)}]
)
def test_a_camera_without_a_lens(tmp_path: Path, values: dict[str, Any]) -> None:
    build = boxed(tmp_path)
    build.camera("/bad", **values)
    failed(build, "camera-broken", camera="/bad")


@pytest.mark.parametrize("scale, code", [((-1, 1, 1), "camera-mirrored"), ((0, 0, 0), "camera-broken")])
def test_a_camera_that_is_scaled_away(tmp_path: Path, scale: tuple[float, float, float], code: str) -> None:
    build = boxed(tmp_path)
    UsdGeom.Xform.Define(build.stage, "/group").AddScaleOp().Set(scale)
    build.camera("/group/bad")
    failed(build, code, camera="/group/bad")


@pytest.mark.parametrize("frames, code", [((3, 2), "range-empty"), ((0, 2), "range-outside"), ((2, 4), "range-outside")])
def test_ranges_that_do_not_fit(tmp_path: Path, frames: tuple[int, int], code: str) -> None:
    failed(boxed(tmp_path), code, frames=frames)


def test_a_file_that_states_no_range(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    build.stage.ClearMetadata("startTimeCode")
    build.stage.ClearMetadata("endTimeCode")
    failed(build, "range-missing")
    assert len(build.shot(frames=(7, 8)).file.frames) == 2


def test_units_that_cannot_be(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    UsdGeom.SetStageMetersPerUnit(build.stage, 0.0)
    failed(build, "units-wrong")


def test_a_range_that_is_too_long(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    build.stage.SetEndTimeCode(50_000)
    with pytest.raises(LimitError, match="range-too-long"):
        import_usd(build.save(), tmp_path / "out")


@pytest.mark.parametrize("size", [(0, 10), (64, -1), (64, 9000), (8, 8)])
def test_sizes_that_are_not_possible(tmp_path: Path, size: tuple[int, int]) -> None:
    failed(boxed(tmp_path), "size-wrong", size=size)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e38])
def test_points_that_are_not_finite_are_named(tmp_path: Path, value: float) -> None:
    build = boxed(tmp_path)
    points = UsdGeom.Mesh(build.stage.GetPrimAtPath("/box")).GetPointsAttr()
    points.Set([Gf.Vec3f(*p) for p in BOX], 1)
    points.Set([Gf.Vec3f(value, 0, 0), *[Gf.Vec3f(*p) for p in BOX[1:]]], 2)
    message = failed(build, "points-not-finite")
    assert "/box" in message and "frame 2" in message


def test_a_matrix_that_is_not_finite_is_named(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    UsdGeom.Xformable(build.stage.GetPrimAtPath("/box")).AddTranslateOp().Set((float("inf"), 0, 0))
    assert "/box" in failed(build, "matrix-not-finite")


@pytest.mark.parametrize(
    "faces, counts",
    [([0, 1, 2, 9], [4]), ([0, 1, 2], [4]), ([0, -1, 2], [3]), ([0, 1, 2], [-3])],
    ids=["far", "short", "negative", "count"],
)
def test_faces_that_do_not_fit_are_named(tmp_path: Path, faces: list[int], counts: list[int]) -> None:
    build = boxed(tmp_path)
    mesh = UsdGeom.Mesh(build.stage.GetPrimAtPath("/box"))
    mesh.GetFaceVertexIndicesAttr().Set(faces)
    mesh.GetFaceVertexCountsAttr().Set(counts)
    assert "/box" in failed(build, "mesh-broken")


def test_points_that_vanish_later_are_named(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    points = UsdGeom.Mesh(build.stage.GetPrimAtPath("/box")).GetPointsAttr()
    points.Set([Gf.Vec3f(*p) for p in BOX], 1)
    points.Set([Gf.Vec3f(*p) for p in BOX[:3]], 2)
    assert "frame 2" in failed(build, "mesh-broken")


def test_a_scene_without_meshes(tmp_path: Path) -> None:
    failed(Build(tmp_path), "scene-empty")


def test_a_scene_whose_meshes_are_hidden(tmp_path: Path) -> None:
    build = Build(tmp_path)
    build.mesh("/box", BOX, BOX_FACES, visibility="invisible")
    failed(build, "scene-empty")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    build = boxed(tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PaintoverError) as caught:
        import_usd(build.save(), tmp_path / "file" / "out", size=SIZE)
    assert caught.value.code == "disk-refused"
