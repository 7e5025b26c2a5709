"""A shot's passes as files for other tools: asked for, watched, fetched, given up; by a real process."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from render_server.passes.export import Reel
from render_server.passes.pass_files import write_pass_files
from shot_format.folder import ShotFolder
from shot_format.messages import PASS_FILES
from tests.server.harness import HEIGHT, WIDTH, Server, TestShot, make_shot


def _wait(server: Server, made: TestShot, until: str = "done") -> dict[str, Any]:
    ends = time.monotonic() + 120
    while True:
        status: dict[str, Any] = server.user.get(f"/v1/shots/{made.shot.id}/export").json()
        assert time.monotonic() < ends and status.get("state") in ("running", until), status
        if status["state"] == until:
            return status
        time.sleep(0.1)


def _channels(data: bytes, folder: Path) -> dict[str, Any]:
    (folder / "one.exr").write_bytes(data)
    with OpenEXR.File(str(folder / "one.exr"), separate_channels=True) as file:
        return {name: channel.pixels.copy() for name, channel in file.channels().items()}


def _folder(made: TestShot, place: Path) -> ShotFolder:
    folder = ShotFolder(place)
    for blob in made.blobs.values():
        folder.add_blob(blob)
    folder.write(made.shot, tuple(made.frames))
    return folder


def test_every_pass_arrives_as_it_was_computed(server: Server, tmp_path: Path) -> None:
    made = make_shot(3)
    server.upload(made)
    address = f"/v1/shots/{made.shot.id}/export"
    assert server.user.get(address).json()["code"] == "export-unknown"
    assert server.user.put(address).status_code == 202
    status = _wait(server, made)
    assert status["frames_done"] == status["frames_total"] == 3
    assert sorted((each["number"], each["name"]) for each in status["files"]) == sorted((n, name) for n in (1, 2, 3) for name in PASS_FILES)
    data = {}
    for each in status["files"]:
        answer = server.user.get(f"{address}/{each['name']}/{each['number']}")
        assert answer.status_code == 200 and len(answer.content) == each["bytes"]
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        data[each["name"], each["number"]] = answer.content
    reel = Reel((folder := _folder(made, tmp_path / "shot")).read(), folder.read_blob, None)
    passes = reel.passes(1)
    exr = {name: _channels(data[name, 2], tmp_path) for name in PASS_FILES if name not in ("beauty", "pose")}
    seen = np.isfinite(passes.depth)
    assert seen.any() and not seen.all()
    assert np.array_equal(exr["depth"]["Z"][seen], passes.depth[seen]) and (exr["depth"]["Z"][~seen] == np.float32(1e10)).all()
    assert np.array_equal(np.stack([exr["normal"][c] for c in "RGB"], -1), passes.normal)
    assert exr["ids"]["id"].dtype == np.uint32 and np.array_equal(exr["ids"]["id"], passes.object_id)
    for way, motion in (("forward", passes.motion_forward), ("backward", passes.motion_backward)):
        assert np.array_equal(exr["motion"][f"{way}.u"], motion[..., 0]) and np.array_equal(exr["motion"][f"{way}.v"], -motion[..., 1])
        assert np.abs(motion).max() > 0
    assert np.array_equal(np.array(Image.open(io.BytesIO(data["beauty", 2]))), passes.beauty)
    assert Image.open(io.BytesIO(data["pose", 2])).size == (WIDTH, HEIGHT)
    assert [each["number"] for each in server.user.get(address, params={"after": 2}).json()["files"]] == [3] * len(PASS_FILES)
    assert server.user.delete(address).status_code == 204
    assert server.user.get(address).status_code == 404 and not (server.data / "exports" / made.shot.id).exists()


def test_only_a_whole_shot_that_is_known_is_exported(server: Server) -> None:
    made = make_shot(2)
    address = f"/v1/shots/{made.shot.id}/export"
    assert server.user.put(address).json()["code"] == "shot-unknown"
    server.upload(made, close=False)
    assert (server.user.put(address).status_code, server.user.put(address).json()["code"]) == (409, "shot-open")
    for path in ("depth/1", "nonsense/1", "..%2fshot.json/1"):
        assert server.user.get(f"{address}/{path}").status_code == 404, path


def test_what_went_wrong_is_told_and_it_can_be_asked_for_again(server: Server) -> None:
    made = make_shot(2)
    server.upload(made)
    name = made.frames[1].meshes[0].points
    assert name is not None
    place = server.data / "blobs" / name[:2] / name
    whole = place.read_bytes()
    place.write_bytes(b"spoilt")
    address = f"/v1/shots/{made.shot.id}/export"
    server.user.put(address)
    failed = _wait(server, made, "failed")
    assert failed["problem"]["code"] == "export-failed" and name in failed["problem"]["detail"]
    place.write_bytes(whole)
    server.user.put(address)
    assert _wait(server, made)["frames_done"] == 2


def test_an_export_that_runs_can_be_given_up(server: Server) -> None:
    made = make_shot(12)
    server.upload(made)
    address = f"/v1/shots/{made.shot.id}/export"
    server.user.put(address)
    assert server.user.delete(address).status_code == 204
    assert not (server.data / "exports" / made.shot.id).exists() and server.user.get(address).status_code == 404


def test_one_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_shot(4)
    folder = _folder(made, tmp_path / "whole")
    monkeypatch.setattr("render_server.passes.pass_files.REPORT_TIME", 0.0)
    whole = write_pass_files(folder, folder)

    other = _folder(made, tmp_path / "cut")
    compute, asked = Reel.passes, []

    def cut(reel: Reel, place: int) -> Any:
        asked.append(place)
        if asked == [0, 1, 2]:
            raise KeyboardInterrupt
        return compute(reel, place)

    monkeypatch.setattr(Reel, "passes", cut)
    with pytest.raises(KeyboardInterrupt):
        write_pass_files(other, other)
    assert write_pass_files(other, other) == whole and asked == [0, 1, 2, 2, 3]
