"""mayapy's road: scenes opened, captured and painted without a window, one and many."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.client import Address, save_pairing
from shot_format.folder import ShotFolder
from tests.client.small_server import TOKEN, Small, serving
from tests.fake_maya import Maya
from tests.maya.getin.conftest import OTHER, SCENE

from maya_plugin import batch  # isort: skip


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as (small, url):
        save_pairing(Address(url, TOKEN))
        yield small


def _told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _size(place: Path) -> tuple[int, ...]:
    return struct.unpack(">II", place.read_bytes()[16:24])


def test_many_shots_from_a_list(mayapy: Maya, small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shots = tmp_path / "shots.json"
    listed = [
        {"scene": SCENE, "frames": "1001-1002"},
        {"scene": SCENE, "frames": "1005", "seed": 7},
        {"scene": "/nowhere.ma"},
        {"scene": OTHER, "camera": "nobody"},
        {"scene": OTHER, "size": "32x18"},
    ]
    shots.write_text(json.dumps(listed))
    assert batch.main(["--shots", str(shots), "--size", "64x36", "--out", str(tmp_path / "out"), "--json"]) == 1
    told = _told(capsys)
    assert [(each["ok"], each["code"], each["frames"]) for each in told] == [
        (True, "", 2), (True, "", 1), (False, "scene-missing", 0), (False, "node-missing", 0), (True, "", 6),
    ]  # fmt: skip
    folders = [Path(each["folder"]) for each in told if each["ok"]]
    assert [folder.relative_to(tmp_path / "out" / "paintover").parts for folder in folders] == [
        ("s010", "crane", "v001"), ("s010", "crane", "v002"), ("s020", "crane", "v001"),
    ]  # fmt: skip
    assert _size(folders[0] / "painted.1001.png") == (64, 36) and _size(folders[2] / "painted.1006.png") == (32, 18)
    assert [job.recipe.seed for job in small.jobs.values()] == [0, 7, 0]
    assert [name for name, args, _ in mayapy.calls if name == "file" and args] == ["file"] * 3, "a scene that is open is not opened again"


def test_shots_are_exported_each_into_its_own_folder(mayapy: Maya, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shots = tmp_path / "shots.json"
    shots.write_text(json.dumps([{"scene": SCENE}, {"scene": OTHER, "export": str(tmp_path / "own")}, {"scene": SCENE}]))
    rest = ["--frames", "1001-1002", "--size", "64x36", "--export", str(tmp_path / "out"), "--no-passes"]
    assert batch.main(["--shots", str(shots), *rest, "--json"]) == 1
    told = _told(capsys)
    assert [each["code"] for each in told] == ["", "", "folder-taken"]
    assert [Path(each["folder"]) for each in told[:2]] == [tmp_path / "out" / "s010_crane", tmp_path / "own"]
    file = ShotFolder(tmp_path / "own" / "shot").verify()
    assert [frame.number for frame in file.frames] == [1001, 1002] and file.frames[0].beauty is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "scene-missing"),
        ([SCENE, "--frames", "2-x"], "frames-broken"),
        ([SCENE, "--size", "huge"], "size-broken"),
        (["--shots", "/nowhere.json"], "disk-refused"),
        (["--shots", "LIST:{}"], "field-type"),
        (["--shots", "LIST:[1]"], "field-type"),
        (["--shots", 'LIST:[{"scene": "a.ma", "colour": 1}]'], "field-unknown"),
        (["--shots", 'LIST:[{"scene": "a.ma", "frames": 5}]'], "field-type"),
        (["--shots", 'LIST:[{"camera": "crane"}]'], "scene-missing"),
    ],
)
def test_what_is_wrong_is_told_before_maya_starts(
    mayapy: Maya, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    if arguments[-1:] and arguments[-1].startswith("LIST:"):
        (tmp_path / "shots.json").write_text(arguments[-1][5:])
        arguments = [*arguments[:-1], str(tmp_path / "shots.json")]
    assert batch.main(arguments) == 2 and code in capsys.readouterr().err
    assert not mayapy.batch


def test_a_scene_that_maya_complains_of_is_painted_all_the_same(
    mayapy: Maya, small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fake_maya.commands import Commands

    plain = Commands._open

    def complaining(self: Commands, path: str, force: bool) -> None:
        plain(self, path, force)
        raise RuntimeError("Unknown node type: someStudioNode")

    monkeypatch.setattr(Commands, "_open", complaining)
    assert batch.main([SCENE, "--frames", "1001", "--size", "64x36", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "someStudioNode" in printed.err and printed.out.startswith(f"{SCENE} crane: ")
