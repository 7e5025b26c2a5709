"""A production file, exported by a DCC: what is in it, and that its joints lie in its figure."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from render_server.passes.loader import ShotLoader
from render_server.scenes.usd import import_usd
from shot_format.folder import ShotFolder
from shot_format.joint_names import BODY
from shot_format.shot import Rational, ShotFile

DATA = Path(os.environ.get("PAINTOVER_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SCENE = DATA / "shots" / "jump.usdc"
SIZE = (480, 270)
FRAMES = (1040, 1042)

pytestmark = pytest.mark.skipif(not SCENE.is_file(), reason="the shared test data is not here")


@pytest.fixture(scope="module")
def jump(tmp_path_factory: pytest.TempPathFactory) -> tuple[ShotFile, ShotFolder]:
    out = tmp_path_factory.mktemp("jump") / "shot"
    return import_usd(SCENE, out, "/Shot/shot_cam/shot_cam", FRAMES, SIZE), ShotFolder(out)


def test_what_is_in_it(jump: tuple[ShotFile, ShotFolder]) -> None:
    shot = jump[0].shot
    assert (shot.fps, shot.up_axis, shot.metres_per_unit, shot.skipped) == (Rational(24), "z", 1.0, ())
    assert len(shot.meshes) == 8 and len({mesh.colour for mesh in shot.meshes}) == 8
    assert shot.characters == ("/Shot/hero/_01_01",)
    camera = jump[0].frames[0].camera
    assert camera.fx == pytest.approx(480 * 32 / 36) and camera.film_back and camera.film_back.focal_mm == pytest.approx(32)


def test_only_the_figure_bends(jump: tuple[ShotFile, ShotFolder]) -> None:
    file, _ = jump
    moving = {state.object_id for frame in file.frames for state in frame.meshes if state.points}
    assert [mesh.name for mesh in file.shot.meshes if mesh.object_id in moving] == ["/Shot/hero/hero_body/hero_body"]


def test_its_parts_keep_their_materials(jump: tuple[ShotFile, ShotFolder]) -> None:
    file, folder = jump
    geometry = ShotLoader(file.shot, folder.read_blob).geometry(file.frames[0])
    hero = next(mesh for mesh in geometry.meshes if "hero" in mesh.name)
    assert len(np.unique(hero.colours, axis=0)) == 4  # skin, shirt, trousers, shoes


def test_joints_lie_in_the_figure(jump: tuple[ShotFile, ShotFolder]) -> None:
    file, folder = jump
    loader = ShotLoader(file.shot, folder.read_blob)
    hero = next(mesh.object_id for mesh in file.shot.meshes if "hero" in mesh.name)
    seen, passes = next(iter(loader.passes(file.frames[:1], causal=True)))
    figure = loader.geometry(file.frames[0]).skeletons[0]
    points = figure.joints @ seen.view.world_to_camera[:3, :3] + seen.view.world_to_camera[3, :3]
    x = seen.view.cx + seen.view.fx * points[:, 0] / -points[:, 2]
    y = seen.view.cy - seen.view.fy * points[:, 1] / -points[:, 2]
    rows, columns = np.nonzero(passes.object_id == hero)
    for joint in BODY:
        assert figure.scores[joint] == 1
        assert np.hypot(columns + 0.5 - x[joint], rows + 0.5 - y[joint]).min() < 2.5
