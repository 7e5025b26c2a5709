"""mayapy's road: scenes opened, captured and painted without a window, one and many."""

from __future__ import annotations

import _thread
import json
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

from maya_plugin.client import Address, save_pairing
from shot_format.folder import ShotFolder
from tests.client.small_server import TOKEN, Small, png, serving
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


LISTED = [{"scene": SCENE, "frames": "1001-1004"}, {"scene": SCENE, "frames": "1001-1004", "seed": 7}, {"scene": OTHER, "frames": "1002"}]


def _stopped_in_the_second(small: Small, shots: Path, rest: list[str]) -> None:
    """Ctrl-C while the second shot of the list is painted, when one frame of it is here."""
    shots.write_text(json.dumps(LISTED))
    go_on = threading.Event()

    def paint(job: Any, number: int) -> Optional[bytes]:
        if job.recipe.seed == 7 and number == 1002 and not go_on.is_set():
            folder = shots.parent / "out" / "paintover" / "s010" / "crane" / "v002"
            small.wait_for(lambda: (folder / "painted.1001.png").is_file(), 5.0)
            _thread.interrupt_main()
            go_on.wait(60)
        return png(64, 36, number)

    small.paint = paint
    assert batch.main(["--shots", str(shots), *rest]) == batch.STOPPED
    go_on.set()


def test_a_list_that_was_stopped_goes_on_where_it_was(
    mayapy: Maya, small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["--size", "64x36", "--out", str(tmp_path / "out"), "--json"]
    _stopped_in_the_second(small, tmp_path / "shots.json", rest)
    printed = capsys.readouterr()
    assert "--resume goes on" in printed.err and len(printed.out.splitlines()) == 1
    half = tmp_path / "out" / "paintover" / "s010" / "crane" / "v002"
    assert (half / "painted.1001.png").is_file() and json.loads((half / "take.json").read_text())["unfinished"] is True
    first = (half / "painted.1001.png").stat().st_mtime_ns

    assert batch.main(["--shots", str(tmp_path / "shots.json"), *rest, "--resume"]) == 0
    printed = capsys.readouterr()
    told = [json.loads(line) for line in printed.out.splitlines()]
    assert [(Path(each["folder"]).parts[-3:], each["frames"], each["code"]) for each in told] == [
        (("s010", "crane", "v001"), 4, "already-painted"), (("s010", "crane", "v002"), 4, ""), (("s020", "crane", "v001"), 1, ""),
    ]  # fmt: skip
    assert "v001 has all 4 frames already" in told[0]["message"] and "v002 has" in printed.err
    assert (half / "painted.1001.png").stat().st_mtime_ns == first, "a frame that was here was fetched again"
    assert [(job.recipe.seed, job.state) for job in small.jobs.values()] == [(0, "done"), (7, "done"), (0, "done")], "painted twice"
    assert json.loads((half / "take.json").read_text())["unfinished"] is False and not list(half.glob(".*"))

    assert batch.main(["--shots", str(tmp_path / "shots.json"), *rest, "--resume"]) == 0
    assert [each["code"] for each in _told(capsys)] == ["already-painted"] * 3 and len(small.jobs) == 3


def test_a_half_painted_shot_of_another_state_of_the_scene_is_painted_anew(
    mayapy: Maya, small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = ["--size", "64x36", "--out", str(tmp_path / "out"), "--json"]
    _stopped_in_the_second(small, tmp_path / "shots.json", rest)
    half = tmp_path / "out" / "paintover" / "s010" / "crane" / "v002"
    journal = (half / ".captured").read_text().splitlines()
    (half / ".captured").write_text("\n".join(line[:-4] + "0000" for line in journal) + "\ncut o")
    held = next(shot for shot in small.shots.values() if shot.shot.id == json.loads((half / "take.json").read_text())["shot"])
    held.closed = False  # its last frame had not arrived
    capsys.readouterr()
    assert batch.main(["--shots", str(tmp_path / "shots.json"), *rest, "--resume"]) == 0
    printed = capsys.readouterr()
    assert "not as it was when v002 was begun" in printed.err
    assert Path(json.loads(printed.out.splitlines()[1])["folder"]).name == "v003"


def test_a_scene_that_was_saved_since_is_painted_anew(
    mayapy: Maya, small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = tmp_path / "s030.ma"
    scene.write_text("//Maya ASCII")
    mayapy.disk[str(scene)] = mayapy.disk.pop(SCENE)
    mayapy.disk[str(scene)].file_name = str(scene)
    rest = [str(scene), "--frames", "1001", "--size", "64x36", "--out", str(tmp_path), "--json", "--resume"]
    codes = []
    for later in (-60, -60, 60):
        os.utime(scene, (time.time() + later, time.time() + later))
        assert batch.main(rest) == 0
        codes += [(Path(each["folder"]).name, each["code"]) for each in _told(capsys)]
    assert codes == [("v001", ""), ("v001", "already-painted"), ("v002", "")]


def test_an_export_that_is_there_is_passed_over(mayapy: Maya, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rest = [SCENE, "--frames", "1001", "--size", "64x36", "--export", str(tmp_path / "out"), "--no-passes", "--json", "--resume"]
    assert (batch.main(rest), batch.main(rest)) == (0, 0)
    assert [each["code"] for each in _told(capsys)] == ["", "already-exported"]
