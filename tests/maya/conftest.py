"""A Maya that runs for every test, and the demo's scene in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shot_format.folder import ShotFolder
from shot_format.shot import Frame, Shot, frame_blobs
from tests import fake_maya
from tests.fake_maya import Maya
from tests.fake_maya.load import load_shot
from tests.fake_maya.scene import Panel

fake_maya.install()  # before any test module imports the plug-in's host

FRAMES, SIZE = 6, (160, 90)
VERSIONS_VARIABLE = "PAINTOVER_MAYAS"  # names the versions to stand in for, where not all are wanted
DEMO_VARIABLE = "PAINTOVER_DEMO_SHOT"  # names the folder


@pytest.fixture
def maya() -> Iterator[Maya]:
    """An empty Maya with a camera and a panel."""
    running = Maya()
    fake_maya.start(running)
    top = running.scene.add("transform", "shotCam", translate=(0.0, 0.0, 10.0))
    running.scene.add("camera", "shotCamShape", top)
    running.scene.panels["modelPanel4"] = Panel("modelPanel4", "|shotCam|shotCamShape", {"grid": True})
    running.scene.focus = "modelPanel4"
    yield running


@pytest.fixture(scope="session")
def demo() -> tuple[Shot, list[Frame], dict[str, bytes]]:
    """The demo shot and its blobs; from a folder where this Python has no server to make it."""
    if os.environ.get(DEMO_VARIABLE):
        return _read_demo(ShotFolder(Path(os.environ[DEMO_VARIABLE])))
    from render_server.scenes.demo import demo_shot, iter_demo_frames

    frames, blobs = [], {}
    for frame, new in iter_demo_frames(FRAMES, SIZE):
        frames.append(frame)
        blobs.update(new)
    return demo_shot(FRAMES, SIZE), frames, blobs


def _read_demo(folder: ShotFolder) -> tuple[Shot, list[Frame], dict[str, bytes]]:
    file = folder.read()
    return file.shot, list(file.frames), {name: folder.read_blob(name) for frame in file.frames for name in frame_blobs(frame)}


@pytest.fixture(params=os.environ.get(VERSIONS_VARIABLE, "2023 2024 2025").split())
def demo_maya(request: pytest.FixtureRequest, demo: tuple[Shot, list[Frame], dict[str, bytes]]) -> Maya:
    """The demo's scene in each Maya."""
    running = Maya(version=request.param)
    fake_maya.start(running)
    load_shot(running.scene, *demo)
    return running


@pytest.fixture
def shared_shots() -> Path:
    """The folder with shots that others made; the test is skipped where it is not."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("PAINTOVER_SHARED_DATA", default)) / "shots"
    if not folder.is_dir():
        pytest.skip("the shared test data is not here")
    return folder
