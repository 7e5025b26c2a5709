"""Uploads: only what is missing, nothing twice, and on through every cut."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, Patience, ShotUpload, upload_folder
from maya_plugin.client import upload as upload_module
from maya_plugin.client.upload import send_blob
from shot_format.blobs import sha256
from shot_format.errors import CancelledError, FormatError, MissingError, ServerError
from tests.client.conftest import QUICK
from tests.client.proxy import Fault, bad_network
from tests.client.shots import make_folder, make_frames, make_head
from tests.client.small_server import TOKEN, Small

CHUNK = 64 * 1024


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut uploads into small chunks, so that tests of cuts need few bytes."""
    monkeypatch.setattr(upload_module, "CHUNK", CHUNK)
    monkeypatch.setattr(upload_module, "PIECE", 4096)


def carries_blobs(method: str, path: str) -> bool:
    return method in ("PATCH", "POST") and path.startswith("/v1/blobs")


def test_a_folder_goes_up_whole(connection: Connection, small: Small, tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []
    status = upload_folder(connection, make_folder(tmp_path, make_head()), lambda done, total: reports.append((done, total)))
    assert status.closed and not status.missing and status.frames == tuple(range(1001, 1007))
    assert all(sha256(data) == name for name, data in small.blobs.items())
    assert reports == [(done, 6) for done in range(1, 7)]


def test_what_is_there_does_not_go_up_again(connection: Connection, small: Small, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, make_head())
    upload_folder(connection, folder)
    assert len(small.arrived) == len(small.blobs) == 7
    upload_folder(connection, folder)
    assert len(small.arrived) == 7


def test_small_blobs_go_up_together_and_large_ones_alone(connection: Connection, small: Small, tmp_path: Path) -> None:
    upload_folder(connection, make_folder(tmp_path / "small", make_head("small")))
    assert not [path for method, path in small.requests if method == "PATCH"]
    packs = sum(carries_blobs(method, path) for method, path in small.requests)
    assert packs < len(small.arrived)
    upload_folder(connection, make_folder(tmp_path / "large", make_head("large"), vertices=20_000))
    assert sum(method == "PATCH" for method, _ in small.requests) == len(small.arrived) - 7


def test_a_changed_frame_replaces_only_itself(connection: Connection, small: Small) -> None:
    head = make_head()
    frames, other = make_frames(head), make_frames(head, seed=1)
    with ShotUpload(connection, head) as upload:
        for frame, blobs in [*frames, other[3]]:
            upload.add(frame, blobs)
        upload.close()
    assert small.shots["shot-1"].frames[1004] == other[3][0]
    assert len(small.arrived) == 8


def test_a_blob_of_many_frames_goes_up_once(connection: Connection, small: Small) -> None:
    head = make_head()
    with ShotUpload(connection, head) as upload:
        for frame, blobs in make_frames(head):
            upload.add(frame, blobs)
        upload.finish()
    assert len(small.blobs) == 7 == len(small.arrived)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_sizes_around_the_chunk(connection: Connection, small: Small, small_chunks: None, size: int) -> None:
    data = os.urandom(size)
    send_blob(connection, sha256(data), data)
    assert small.blobs[sha256(data)] == data


def test_goes_on_from_what_the_server_has(url: str, connection: Connection, small: Small, small_chunks: None) -> None:
    data = os.urandom(10 * CHUNK)
    small.uploads[sha256(data)] = bytearray(data[: 8 * CHUNK + 17])
    with bad_network(url, Fault) as proxy, Connection(Address(proxy.url, TOKEN), QUICK) as watched:
        send_blob(watched, sha256(data), data)
        assert proxy.sent_up < 2 * CHUNK + 4096
    assert small.blobs[sha256(data)] == data


def test_what_lay_there_damaged_is_sent_again(connection: Connection, small: Small, small_chunks: None) -> None:
    data = os.urandom(2 * CHUNK)
    small.uploads[sha256(data)] = bytearray(CHUNK)
    send_blob(connection, sha256(data), data)
    assert small.blobs[sha256(data)] == data


def test_bytes_that_do_not_fit_their_name_are_refused(connection: Connection) -> None:
    with pytest.raises(ServerError) as caught:
        send_blob(connection, sha256(b"one"), b"two")
    assert caught.value.code == "blob-hash"


def test_two_clients_with_the_same_blob(url: str, connection: Connection, small: Small, small_chunks: None) -> None:
    data = os.urandom(5 * CHUNK)
    small.uploads[sha256(data)] = bytearray(data[:CHUNK])
    small.writing.add(sha256(data))  # another client is at it

    def other_client(method: str, path: str) -> None:
        if sum(method == "PATCH" for method, _ in small.requests) == 3 and sha256(data) in small.writing:
            small.uploads[sha256(data)] += data[CHUNK : 3 * CHUNK]
            small.writing.discard(sha256(data))

    small.before = other_client
    send_blob(connection, sha256(data), data)
    assert small.blobs[sha256(data)] == data


def test_patience_ends(url: str, small: Small, small_chunks: None) -> None:
    data = os.urandom(CHUNK)
    small.writing.add(sha256(data))  # for ever
    with Connection(Address(url, TOKEN), Patience(session=0.3)) as connection, pytest.raises(ServerError) as caught:
        send_blob(connection, sha256(data), data)
    assert caught.value.code == "upload-offset"


@pytest.mark.parametrize("place", [0, 1, 150, 300, 4096, CHUNK - 1, CHUNK, CHUNK + 300, CHUNK + 4096])
def test_a_cut_costs_no_more_than_a_chunk(url: str, small: Small, small_chunks: None, place: int) -> None:
    data, faults = os.urandom(4 * CHUNK), iter([Fault(up=place)])
    with bad_network(url, lambda: next(faults, Fault())) as proxy, Connection(Address(proxy.url, TOKEN), QUICK) as connection:
        send_blob(connection, sha256(data), data)
        assert proxy.sent_up <= 1.1 * len(data) + CHUNK
    assert small.blobs[sha256(data)] == data


@pytest.mark.parametrize("seed", range(3))
def test_cuts_everywhere(url: str, small: Small, small_chunks: None, tmp_path: Path, seed: int) -> None:
    numbers, folder = random.Random(seed), make_folder(tmp_path, make_head(), vertices=20_000, seed=seed)
    size = sum(len(folder.read_blob(name)) for name in _blobs(folder))

    def choose() -> Fault:
        up, down = (numbers.randint(0, 2 * CHUNK), None) if numbers.random() < 0.7 else (None, numbers.randint(0, 2000))
        return Fault(up, down, stall=0.05, reset=numbers.random() < 0.5)

    with bad_network(url, choose, seed) as proxy, Connection(Address(proxy.url, TOKEN), QUICK) as connection:
        upload_folder(connection, folder)
        assert proxy.cuts > 5
        assert proxy.sent_up <= 1.1 * size + CHUNK * proxy.cuts
    assert {name: sha256(data) for name, data in small.blobs.items()} == {name: name for name in _blobs(folder)}


def _blobs(folder: object) -> Iterator[str]:
    return (path.name for path in folder.path.glob("blobs/*/*"))  # type: ignore[attr-defined]


def test_a_lost_answer_is_asked_for_again(connection: Connection, small: Small, tmp_path: Path) -> None:
    small.lose_answers = {"PUT", "PATCH", "POST"}
    assert upload_folder(connection, make_folder(tmp_path, make_head())).closed


def test_the_server_may_restart_in_between(url: str, small: Small, tmp_path: Path) -> None:
    faults = iter([Fault(up=3000)] + [Fault(up=0, reset=True)] * 12)
    with bad_network(url, lambda: next(faults, Fault())) as proxy, Connection(Address(proxy.url, TOKEN), QUICK) as connection:
        assert upload_folder(connection, make_folder(tmp_path, make_head())).closed


def test_a_disk_that_is_full(connection: Connection, small: Small, tmp_path: Path) -> None:
    from tests.client.small_server import Refusal

    def full(method: str, path: str) -> None:
        if carries_blobs(method, path):
            raise Refusal(507, "disk-full")

    small.before = full
    with pytest.raises(ServerError) as caught:
        upload_folder(connection, make_folder(tmp_path, make_head()))
    assert (caught.value.code, caught.value.status) == ("disk-full", 507)


def test_an_incomplete_shot_cannot_be_closed(connection: Connection) -> None:
    head = make_head()
    with pytest.raises(ServerError) as caught, ShotUpload(connection, head) as upload:
        upload.add(*make_frames(head)[0])
        upload.close()
    assert caught.value.code == "shot-incomplete"


def test_an_id_that_is_taken(connection: Connection, tmp_path: Path) -> None:
    upload_folder(connection, make_folder(tmp_path, make_head()))
    with pytest.raises(ServerError) as caught:
        ShotUpload(connection, replace(make_head(), name="Another shot"))
    assert caught.value.code == "shot-differs"


def test_a_frame_that_breaks_the_shot_is_refused_here(connection: Connection, small: Small) -> None:
    head = make_head()
    frame, blobs = make_frames(head)[0]
    with pytest.raises(FormatError) as caught, ShotUpload(connection, head) as upload:
        upload.add(replace(frame, number=9), blobs)
    assert caught.value.code == "shot-range"
    assert not small.shots["shot-1"].frames


def test_a_blob_that_was_not_handed_over(connection: Connection) -> None:
    head = make_head()
    with pytest.raises(MissingError) as caught, ShotUpload(connection, head) as upload:
        upload.add(make_frames(head)[0][0], {})
        upload.finish()
    assert caught.value.code == "blob-missing"


def test_a_damaged_folder_is_not_sent(connection: Connection, small: Small, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, make_head())
    name = next(_blobs(folder))
    folder.blob_path(name).write_bytes(b"damaged")
    with pytest.raises(FormatError) as caught:
        upload_folder(connection, folder)
    assert caught.value.code == "blob-hash" and name not in small.blobs


def test_hung_up_from_another_thread(connection: Connection, small: Small, tmp_path: Path) -> None:
    small.before = lambda method, path: connection.hang_up() if carries_blobs(method, path) else None
    with pytest.raises(CancelledError):
        upload_folder(connection, make_folder(tmp_path, make_head()))


def test_a_server_that_gives_no_offset(connection: Connection, small: Small) -> None:
    data = hashlib.sha256(b"").digest()
    small.blobs[sha256(data)] = data
    for wrong in ("", "-1", "1e3", "99999999999999999999", str(len(data) + 1)):
        small.offset_header = wrong
        with pytest.raises(ServerError) as caught:
            send_blob(connection, sha256(data), data)
        assert caught.value.code == "server-answer"
