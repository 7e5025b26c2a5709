"""Passes fetched from a real server, and from one that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, Patience, Progress, fetch_passes, upload_folder
from shot_format.errors import CancelledError, ServerError
from shot_format.folder import ShotFolder
from shot_format.messages import PASS_FILES, ExportStatus, PassFile, Problem
from shot_format.pass_names import pass_file_name

harness = pytest.importorskip("tests.server.harness", reason="the server is not installed here", exc_type=ImportError)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with (
        harness.running(tmp_path_factory.mktemp("data")) as server,
        Connection(Address(server.process.address, server.process.token), Patience(2.0, 30.0, 30.0)) as line,
    ):
        yield line


def _shot(place: Path, count: int) -> ShotFolder:
    made, folder = harness.make_shot(count), ShotFolder(place)
    for blob in made.blobs.values():
        folder.add_blob(blob)
    folder.write(made.shot, tuple(made.frames))
    return folder


def test_passes_come_whole_and_the_server_keeps_none(line: Connection, tmp_path: Path) -> None:
    folder, seen = _shot(tmp_path / "shot", 2), list[Progress]()
    upload_folder(line, folder)
    shot = folder.read().shot
    files = fetch_passes(line, shot, tmp_path / "out", seen.append)
    wanted = sorted(tmp_path / "out" / name / pass_file_name(name, number) for name in PASS_FILES for number in (1, 2))
    assert sorted(files) == wanted == sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert all(path.stat().st_size > 50 for path in files)
    assert [(each.stage, each.total) for each in seen] == [("passes", 2)] * len(seen) and seen[-1].done == 2
    assert line.call("GET", f"/v1/shots/{shot.id}/export", expected=(404,)).status == 404


def test_a_shot_that_the_server_does_not_have(line: Connection, tmp_path: Path) -> None:
    with pytest.raises(ServerError) as caught:
        fetch_passes(line, _shot(tmp_path / "shot", 2).read().shot, tmp_path / "out")
    assert caught.value.code == "shot-unknown"


def test_stopping_it_ends_it_on_the_server_too(line: Connection, tmp_path: Path) -> None:
    folder = _shot(tmp_path / "shot", 8)
    upload_folder(line, folder)
    shot, stopped = folder.read().shot, list[bool]()
    with line.session(lambda: bool(stopped)) as session, pytest.raises(CancelledError):
        fetch_passes(session, shot, tmp_path / "out", lambda progress: stopped.append(True))
    assert line.call("GET", f"/v1/shots/{shot.id}/export", expected=(404,)).status == 404


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (PassFile("depth", 99, "ab" * 32, 10), "frame-unasked"),
        (PassFile("depth", 1, "ab" * 32, 1 << 40), "frame-unasked"),
        (PassFile("depth", 1, "ab" * 32, 4), "frame-broken"),
    ],
)
def test_files_that_were_not_asked_for_or_are_damaged(
    line: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: PassFile, code: str
) -> None:
    shot = _shot(tmp_path / "shot", 2).read().shot
    monkeypatch.setattr(Connection, "ask", lambda *_: ExportStatus(shot.id, "done", 2, 2, (file,)))
    monkeypatch.setattr("maya_plugin.client.passes.download", lambda *_: b"1234")
    with pytest.raises(ServerError) as caught:
        fetch_passes(line, shot, tmp_path / "out")
    assert caught.value.code == code and not list((tmp_path / "out").rglob("*.exr"))


def test_a_failed_export_says_why_in_the_servers_words(line: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _shot(tmp_path / "shot", 2)
    upload_folder(line, folder)
    shot = folder.read().shot
    problem = Problem("Error", 500, "No memory is left.", "export-failed")
    monkeypatch.setattr(Connection, "ask", lambda *_: ExportStatus(shot.id, "failed", 0, 2, (), problem))
    with pytest.raises(ServerError, match=r"No memory is left.") as caught:
        fetch_passes(line, shot, tmp_path / "out")
    assert caught.value.code == "export-failed"
