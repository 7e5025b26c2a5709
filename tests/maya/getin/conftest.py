"""A mayapy with two scenes on its disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from shot_format.shot import Frame, Shot
from tests import fake_maya
from tests.fake_maya import Maya
from tests.fake_maya.load import load_shot
from tests.fake_maya.scene import Scene

SCENE, OTHER = "/shows/tea/s010.ma", "/shows/tea/s020.ma"


@pytest.fixture
def mayapy(demo: tuple[Shot, list[Frame], dict[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maya:
    """A Maya with two scenes on its disk and none open."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE", "PAINTOVER_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    running = Maya(version="2024", user_folder=f"{tmp_path}/maya/", project=str(tmp_path / "project"))
    fake_maya.start(running)
    for path in (SCENE, OTHER):
        scene = Scene()
        load_shot(scene, *demo)
        scene.file_name, scene.panels, scene.focus = path, {}, ""
        running.disk[path] = scene
    return running
