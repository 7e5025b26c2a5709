"""mayapy's road to the real painter, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maya_plugin.client import Connection
from tests.fake_maya import Maya
from tests.maya.getin.conftest import SCENE
from tests.maya.getin.test_batch import _size, _told
from tests.maya.test_whole_road import connection as real_server  # noqa: F401 - a fixture

from maya_plugin import batch  # isort: skip


def test_a_scene_is_painted_by_the_real_painter(
    mayapy: Maya,
    real_server: Connection,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = tmp_path / "token"
    token.write_text(real_server.address.token)
    where = ["--server", real_server.address.url, "--token-file", str(token), "--out", str(tmp_path / "out")]
    assert batch.main([SCENE, "--camera", "crane", "--frames", "1001-1003", "--size", "96x64", "--look", "raw", *where, "--json"]) == 0
    (told,) = _told(capsys)
    assert told["ok"] and told["frames"] == 3 and told["camera"] == "crane"
    folder = Path(told["folder"])
    assert folder.is_relative_to(tmp_path / "out") and {_size(path) for path in folder.glob("painted.*.png")} == {(96, 64)}
    assert json.loads((folder / "take.json").read_text())["recipe"]["look"] == "raw@1"
    assert mayapy.batch and [node for node in mayapy.scene.nodes if node.type == "imagePlane"] == []
