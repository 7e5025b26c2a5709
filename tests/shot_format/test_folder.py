"""Shots on disk: whole or not there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from shot_format import folder as folder_module
from shot_format.blobs import sha256
from shot_format.errors import FormatError, LimitError, MissingError, StorageError
from shot_format.files import PARTIAL, write_whole
from shot_format.folder import ShotFolder, check_frame, check_frames, check_shot
from shot_format.shot import CharacterPose, Frame, Mesh, MeshState, PassBlobs, Shot, frame_blobs
from tests.client.shots import CAMERA, make_folder, make_frames, make_head

HEAD = make_head()
FRAMES = tuple(frame for frame, _ in make_frames(HEAD))


@pytest.fixture
def folder(tmp_path: Path) -> ShotFolder:
    return make_folder(tmp_path / "shot", HEAD)


def test_what_is_written_is_read_again(folder: ShotFolder) -> None:
    file = folder.verify()
    assert file.shot == HEAD and file.frames == FRAMES
    assert {path.name for path in folder.path.glob("blobs/*/*")} == {name for frame in FRAMES for name in frame_blobs(frame)}
    assert not list(folder.path.rglob(f"{PARTIAL}*"))


def test_a_blob_is_stored_once_under_its_hash(folder: ShotFolder) -> None:
    name = folder.add_blob(b"some bytes")
    place = folder.blob_path(name)
    assert name == sha256(b"some bytes") and place == folder.path / "blobs" / name[:2] / name
    before = place.stat().st_mtime_ns
    assert folder.add_blob(bytearray(b"some bytes")) == name and place.stat().st_mtime_ns == before
    assert folder.read_blob(name) == b"some bytes"


def test_a_missing_blob(folder: ShotFolder) -> None:
    folder.blob_path(FRAMES[2].meshes[0].topology).unlink()
    for act in (folder.verify, lambda: folder.write(HEAD, FRAMES)):
        with pytest.raises(MissingError) as caught:
            act()
        assert caught.value.code == "blob-missing"


@pytest.mark.parametrize("damage", [b"", b"x"])
def test_a_damaged_blob(folder: ShotFolder, damage: bytes) -> None:
    place = folder.blob_path(FRAMES[2].meshes[0].points or "")
    place.write_bytes(place.read_bytes()[:-1] + damage)
    with pytest.raises(FormatError) as caught:
        folder.verify()
    assert caught.value.code == "blob-hash"


def test_no_shot(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        ShotFolder(tmp_path).read()
    assert caught.value.code == "shot-missing"


def test_a_half_written_shot(folder: ShotFolder) -> None:
    place = folder.path / "shot.json"
    text = place.read_bytes()
    for end in range(0, len(text), 97):
        place.write_bytes(text[:end])
        with pytest.raises(FormatError) as caught:
            folder.read()
        assert caught.value.code in ("json-broken",)


def test_files_that_are_too_large(folder: ShotFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "MAX_JSON_BYTES", 10)
    monkeypatch.setattr(folder_module, "MAX_BLOB_BYTES", 10)
    name = FRAMES[0].meshes[0].topology
    for code, act in (("json-too-large", folder.read), ("blob-too-large", lambda: folder.read_blob(name))):
        with pytest.raises(LimitError) as caught:
            act()
        assert caught.value.code == code


@pytest.mark.parametrize(
    "frames",
    [
        (replace(FRAMES[0], camera=replace(CAMERA, fx=-1.0)),),
        (replace(FRAMES[0], camera=replace(CAMERA, cx=float("nan"))),),
        (replace(FRAMES[0], meshes=(replace(FRAMES[0].meshes[0], matrix=(1.0,)),)),),
        (replace(FRAMES[0], beauty="../../etc/passwd"),),
        (FRAMES[1], FRAMES[0]),
    ],
)
def test_what_could_not_be_read_is_not_written(folder: ShotFolder, frames: tuple[Frame, ...]) -> None:
    before = (folder.path / "shot.json").read_bytes()
    with pytest.raises(FormatError):
        folder.write(HEAD, frames)
    assert (folder.path / "shot.json").read_bytes() == before


BROKEN_FRAMES = {
    "shot-range": replace(FRAMES[0], number=1000),
    "mesh-unknown": replace(FRAMES[0], meshes=(MeshState(2, "a" * 64),)),
    "mesh-double": replace(FRAMES[0], meshes=(MeshState(1, "a" * 64),) * 2),
    "camera-range": replace(FRAMES[0], camera=replace(CAMERA, far=CAMERA.near)),
    "character-unknown": replace(FRAMES[0], characters=(CharacterPose("hero", ((0.0, 0.0, 0.0, 0.0),) * 18),)),
}


@pytest.mark.parametrize("code", BROKEN_FRAMES)
def test_frames_that_do_not_fit_their_shot(code: str) -> None:
    check_frame(HEAD, FRAMES[0])
    with pytest.raises(FormatError) as caught:
        check_frame(HEAD, BROKEN_FRAMES[code])
    assert caught.value.code == code


def test_a_character_may_be_posed_once() -> None:
    shot, pose = replace(HEAD, characters=("hero",)), CharacterPose("hero", ((0.0, 0.0, 0.0, 0.0),) * 18)
    check_frame(shot, replace(FRAMES[0], characters=(pose,)))
    with pytest.raises(FormatError):
        check_frame(shot, replace(FRAMES[0], characters=(pose, pose)))


@pytest.mark.parametrize(
    ("shot", "code"),
    [
        (replace(HEAD, last=1000), "shot-range"),
        (replace(HEAD, meshes=(Mesh(1, "a"),) * 2), "mesh-double"),
        (replace(HEAD, cuts=(HEAD.first,)), "shot-cuts"),
        (replace(HEAD, cuts=(HEAD.last + 1,)), "shot-cuts"),
        (replace(HEAD, cuts=(HEAD.last, HEAD.last)), "shot-cuts"),
    ],
)
def test_heads_that_make_no_sense(shot: Shot, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        check_shot(shot)
    assert caught.value.code == code


@pytest.mark.parametrize("frames", [(FRAMES[0], FRAMES[0]), FRAMES[::-1]])
def test_frames_stand_in_order(frames: tuple[Frame, ...]) -> None:
    with pytest.raises(FormatError) as caught:
        check_frames(HEAD, frames)
    assert caught.value.code == "shot-order"


def test_a_frame_names_all_its_blobs_once() -> None:
    a, b, c, d = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
    meshes = (MeshState(1, a, points=b), MeshState(2, a), MeshState(3, b))
    frame = Frame(1, CAMERA, meshes, beauty=c, passes=PassBlobs(depth=d, rest_position=a))
    assert frame_blobs(frame) == (a, b, c, d)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "file"
    for data in (b"first", b"", b"second" * 1000):
        write_whole(place, data)
        assert place.read_bytes() == data
    assert [path.name for path in place.parent.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "file" / "below", tmp_path / "folder"):
        with pytest.raises(StorageError) as caught:
            write_whole(place, b"data")
        assert caught.value.code == "disk-refused" and str(tmp_path) in caught.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from shot_format.errors import StorageError
from shot_format.folder import ShotFolder
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
folder = ShotFolder(Path(sys.argv[1]))
small = folder.add_blob(b"x" * 4096)
try:
    folder.add_blob(b"x" * 4097)
except StorageError as error:
    print(error.code, small)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on the size of files")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=60)
    code, small = done.stdout.split()
    assert code == "disk-full"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [small]
