"""A shot as a folder for other tools: out of the fake Maya, its passes from a real server."""

from __future__ import annotations

import json
import math
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image
from pxr import Gf, Usd, UsdGeom

from maya_plugin.client import Address, Connection, Patience
from maya_plugin.workflow.camera_files import camera_usda, rigid
from shot_format.errors import CancelledError, PaintoverError, StorageError
from shot_format.folder import ShotFolder
from shot_format.shot import IDENTITY, Camera, Frame, Rational, Shot, Source
from tests.fake_maya import Maya
from tests.maya.conftest import FRAMES, SIZE
from tests.maya.state import snapshot
from tests.server.harness import running

from maya_plugin.host.maya_host import this_maya  # isort: skip
from maya_plugin.workflow.capture_run import Listener  # isort: skip
from maya_plugin.workflow.export import ShotExport  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip

REQUEST = CaptureRequest("crane", 1001, 1000 + FRAMES, *SIZE)
NUMBERS = range(1001, 1001 + FRAMES)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with (
        running(tmp_path_factory.mktemp("data")) as server,
        Connection(Address(server.process.address, server.process.token), Patience(2.0, 30.0, 30.0)) as line,
    ):
        yield line


class Notes(Listener):
    """Keeps what it is told, and on which thread."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.threads: set[int] = set()

    def captured(self, done: int, total: int) -> None:
        self.stages.append("capturing")

    def progressed(self, progress: object) -> None:
        self.stages.append(progress.stage)  # type: ignore[attr-defined]
        self.threads.add(threading.get_ident())


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
def test_the_folder_holds_everything_and_nothing_else(demo_maya: Maya, line: Connection, tmp_path: Path) -> None:
    before, notes = snapshot(demo_maya), Notes()
    folder = ShotExport(this_maya(), REQUEST, tmp_path / "Ünï shot", line, notes).run()
    assert snapshot(demo_maya) == before and [path.name for path in tmp_path.iterdir()] == ["Ünï shot"]
    assert list(dict.fromkeys(notes.stages)) == ["capturing", "uploading", "passes"] and notes.threads == {threading.get_ident()}
    made = {"shot", "camera.json", "camera.usda", "objects.json", "beauty", "pose", "depth", "normal", "motion", "ids"}
    assert {path.name for path in folder.iterdir()} == made
    for name, ending in (("beauty", "png"), ("pose", "png"), ("depth", "exr"), ("normal", "exr"), ("motion", "exr"), ("ids", "exr")):
        assert {path.name for path in (folder / name).iterdir()} == {f"{name}.{number}.{ending}" for number in NUMBERS}

    file = ShotFolder(folder / "shot").verify()
    assert (folder / "beauty" / "beauty.1001.png").read_bytes() == ShotFolder(folder / "shot").read_blob(str(file.frames[0].beauty))
    assert np.array(Image.open(folder / "pose" / "pose.1003.png")).any(), "no figure in the pose"
    objects = json.loads((folder / "objects.json").read_text())
    with OpenEXR.File(str(folder / "ids" / "ids.1002.exr"), separate_channels=True) as exr:
        seen = set(np.unique(exr.channels()["id"].pixels).tolist()) - {0}
    assert seen and {str(each) for each in seen} <= set(objects) and objects == {str(m.object_id): m.name for m in file.shot.meshes}
    told = json.loads((folder / "camera.json").read_text())
    assert [each["number"] for each in told["frames"]] == list(NUMBERS) and told["frames"][2]["fx"] == file.frames[2].camera.fx


@pytest.mark.parametrize("demo_maya", ["2024"], indirect=True)
def test_without_a_server_the_passes_are_left_out(demo_maya: Maya, tmp_path: Path) -> None:
    folder = ShotExport(this_maya(), REQUEST, tmp_path / "out", None).run()
    assert {path.name for path in folder.iterdir()} == {"shot", "camera.json", "camera.usda", "objects.json", "beauty"}


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
def test_a_folder_that_is_taken_is_left_alone(demo_maya: Maya, tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(StorageError) as caught:
        ShotExport(this_maya(), REQUEST, tmp_path / "out", None)
    assert caught.value.code == "folder-taken" and snapshot(demo_maya) == before
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
@pytest.mark.parametrize("stage", ["capturing", "uploading"])
def test_stopped_at_any_time_it_leaves_nothing(demo_maya: Maya, line: Connection, tmp_path: Path, stage: str) -> None:
    before, notes = snapshot(demo_maya), Notes()
    export = ShotExport(this_maya(), REQUEST, tmp_path / "out", line, notes)
    while stage not in notes.stages:
        export.step()
    export.stop()
    export.close()
    assert isinstance(export.error, CancelledError) and not export.done
    assert snapshot(demo_maya) == before and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)
def test_a_server_that_is_not_there_leaves_nothing(demo_maya: Maya, tmp_path: Path) -> None:
    with (
        Connection(Address("http://127.0.0.1:9", "a-token-of-nobody"), Patience(0.2, 0.2, 0.2, 0.5)) as nobody,
        pytest.raises(PaintoverError) as caught,
    ):
        ShotExport(this_maya(), REQUEST, tmp_path / "out", nobody).run()
    assert caught.value.code == "server-unreachable" and list(tmp_path.iterdir()) == []


def test_the_usd_camera_sees_what_the_shots_camera_sees(tmp_path: Path) -> None:
    chance = random.Random(4)
    for up in "yz":
        frames = tuple(_random_frame(chance, number) for number in range(-2, 6))
        shot = Shot("s", "S", Rational(24000, 1001), -2, 5, 317, 201, 0.01, up, Source("tests", "none", "cam"))
        path = tmp_path / f"camera_{up}.usda"
        path.write_bytes(camera_usda(shot, frames))
        stage = Usd.Stage.Open(str(path))
        assert UsdGeom.GetStageUpAxis(stage) == up.upper() and UsdGeom.GetStageMetersPerUnit(stage) == 0.01
        assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (-2, 5) and stage.GetFramesPerSecond() == pytest.approx(24000 / 1001)
        camera = UsdGeom.Camera(stage.GetDefaultPrim())
        for frame in frames:
            _compare(camera.GetCamera(Usd.TimeCode(frame.number)), frame.camera, shot, chance)


def _random_frame(chance: random.Random, number: int) -> Frame:
    turn = Gf.Matrix4d().SetRotate(Gf.Rotation(Gf.Vec3d(*(chance.gauss(0, 1) for _ in range(3))), chance.uniform(0, 360)))
    matrix = Gf.Matrix4d().SetScale(chance.uniform(0.1, 9)) * turn * Gf.Matrix4d().SetTranslate([chance.uniform(-99, 99) for _ in range(3)])
    values = tuple(value for row in matrix for value in row)
    focal = chance.uniform(100, 900)
    camera = Camera(values, focal, focal * chance.uniform(0.8, 1.2), chance.uniform(100, 200), chance.uniform(60, 140), 0.1, 1e4)
    return Frame(number, camera)


def _compare(theirs: Gf.Camera, ours: Camera, shot: Shot, chance: random.Random) -> None:
    """Project points through USD's frustum and through the pinhole."""
    frustum = theirs.frustum
    to_clip = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    for _ in range(5):
        x, y, z = chance.uniform(-50, 50), chance.uniform(-50, 50), -chance.uniform(5, 500)
        world = Gf.Matrix4d(*rigid(ours.matrix)).Transform(Gf.Vec3d(x, y, z))
        clip = to_clip.Transform(world)
        pixel = ((clip[0] + 1) / 2 * shot.width, (1 - clip[1]) / 2 * shot.height)
        wanted = (ours.cx + ours.fx * x / -z, ours.cy - ours.fy * y / -z)
        assert math.dist(pixel, wanted) < 1e-3 * (1 + math.hypot(*wanted)), "USD keeps apertures as 32-bit floats"


def test_a_camera_without_scale_is_left_as_it_is() -> None:
    assert rigid(IDENTITY) == IDENTITY
