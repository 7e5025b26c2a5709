"""Uploads that break, collide or lie."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from shot_format.limits import MAX_BLOB_BYTES, MAX_PACK_BYTES
from shot_format.pack import write_pack
from tests.server.harness import Server, make_shot

CHUNK = 64 * 1024


def blob(size: int, seed: int) -> tuple[str, bytes]:
    data = random.Random(seed).randbytes(size)
    return hashlib.sha256(data).hexdigest(), data


def cut_upload(server: Server, name: str, data: bytes, announced: int, length: int, offset: int = 0) -> None:
    """Announce more bytes than are sent, then cut the connection."""
    parts = urlsplit(server.process.address)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = (
            f"PATCH /v1/blobs/{name} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {server.process.token}\r\n"
            f"Upload-Offset: {offset}\r\nUpload-Length: {length}\r\nContent-Length: {announced}\r\n\r\n"
        )
        connection.sendall(head.encode() + data)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        while connection.recv(4096):  # until the server has noticed
            pass


def settled_offset(server: Server, name: str, hoped: int) -> int:
    """Give the server a moment to read what arrived before the cut."""
    ends = time.monotonic() + 5
    while True:
        answer = server.head(name)
        offset = int(answer.headers["upload-offset"]) if answer.status_code == 200 else 0
        if offset == hoped or time.monotonic() > ends:
            return offset


def test_a_blob_goes_up_in_pieces_of_any_size(server: Server) -> None:
    name, data = blob(10_000, 1)
    assert server.head(name).status_code == 404
    offset = 0
    for size in (1, 4999, 5000):
        answer = server.patch(name, data[offset : offset + size], offset, len(data))
        offset += size
        assert answer.status_code == 204 and answer.headers["upload-offset"] == str(offset)
        assert server.head(name).headers["upload-offset"] == str(offset)
    assert server.head(name).headers["upload-length"] == "10000"
    assert (server.data / "blobs" / name[:2] / name).read_bytes() == data
    assert not list((server.data / "uploads").iterdir())


@pytest.mark.parametrize("arrived", [0, 1, CHUNK - 1, CHUNK, random.Random(5).randrange(200_000), 199_999])
def test_every_byte_that_arrived_is_kept_when_the_connection_breaks(server: Server, arrived: int) -> None:
    name, data = blob(200_000, 100 + arrived)
    cut_upload(server, name, data[:arrived], len(data), len(data))
    offset = settled_offset(server, name, arrived)
    assert offset == arrived
    done = server.patch(name, data[offset:], offset, len(data))
    ends = time.monotonic() + 5
    while done.status_code == 409 and done.json()["code"] == "upload-busy" and time.monotonic() < ends:  # the cut is not noticed yet
        done = server.patch(name, data[offset:], offset, len(data))
    assert done.status_code == 204 and done.headers["upload-offset"] == str(len(data))
    assert (server.data / "blobs" / name[:2] / name).read_bytes() == data


def test_a_client_that_goes_after_the_last_byte_has_sent_it_all(server: Server) -> None:
    name, data = blob(70_000, 2)
    cut_upload(server, name, data, len(data), len(data))
    assert settled_offset(server, name, 70_000) == 70_000
    path, ends = server.data / "blobs" / name[:2] / name, time.monotonic() + 5
    while not path.exists() and time.monotonic() < ends:  # all bytes are counted a moment before the file is in its place
        time.sleep(0.01)
    assert path.read_bytes() == data


def test_a_wrong_offset_changes_nothing_and_tells_the_right_one(server: Server) -> None:
    name, data = blob(1000, 3)
    assert server.patch(name, data[:400], 0, 1000).status_code == 204
    for wrong in (0, 399, 401, 1000, 10**15):
        answer = server.patch(name, b"x" * 10, wrong, 1000)
        assert answer.status_code == 409 and answer.json()["code"] == "upload-offset"
        assert answer.headers["upload-offset"] == "400"
    assert server.patch(name, data[400:], 400, 1000).status_code == 204


def test_of_two_clients_at_once_one_wins(server: Server) -> None:
    name, data = blob(300_000, 4)
    parts = urlsplit(server.process.address)
    with socket.create_connection((parts.hostname, parts.port)) as slow:
        head = (
            f"PATCH /v1/blobs/{name} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {server.process.token}\r\n"
            f"Upload-Offset: 0\r\nUpload-Length: {len(data)}\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        slow.sendall(head.encode() + data[:1000])
        while server.head(name).headers.get("upload-offset") != "1000":
            pass
        for offset in (0, 1000):
            answer = server.patch(name, data[offset:], offset, len(data))
            assert answer.status_code == 409 and answer.json()["code"] == "upload-busy"
            assert answer.headers["upload-offset"] == "1000"
        slow.sendall(data[1000:])
        assert slow.recv(4096).startswith(b"HTTP/1.1 204")
    assert (server.data / "blobs" / name[:2] / name).read_bytes() == data


def test_many_clients_racing_for_one_blob_leave_it_right(server: Server) -> None:
    name, data = blob(50_000, 6)
    barrier, statuses = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        statuses.append(server.patch(name, data, 0, len(data)).status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 204 in statuses and set(statuses) <= {204, 409}
    assert (server.data / "blobs" / name[:2] / name).read_bytes() == data


def test_a_wrong_hash_is_thrown_away(server: Server) -> None:
    name, data = blob(1000, 7)
    answer = server.patch(name, data[:-1] + b"?", 0, 1000)
    assert answer.status_code == 422 and answer.json()["code"] == "blob-hash"
    assert server.head(name).status_code == 404
    assert server.patch(name, data, 0, 1000).status_code == 204


def test_a_blob_that_is_there_is_not_read_again(server: Server) -> None:
    name, data = blob(1000, 8)
    assert server.patch(name, data, 0, 1000).status_code == 204
    for offset in (0, 500, 1000):
        assert server.patch(name, b"rubbish", offset, 1000).status_code == 204
    assert (server.data / "blobs" / name[:2] / name).read_bytes() == data


def test_more_bytes_than_announced_are_refused(server: Server) -> None:
    name, data = blob(1000, 9)
    assert server.patch(name, data[:100], 0, 1000).status_code == 204
    answer = server.patch(name, data[100:] + b"more", 100, 1000)
    assert answer.status_code == 413 and answer.json()["code"] == "upload-too-long"
    assert server.head(name).headers["upload-offset"] == "100"


def test_sizes_out_of_bounds_are_refused(server: Server) -> None:
    name, data = blob(10, 10)
    assert server.patch(name, data, 0, MAX_BLOB_BYTES + 1).json()["code"] == "blob-too-large"
    for offset, length in (("-1", "10"), ("0", "0"), ("0", "-5"), ("x", "10"), ("0", "1e3"), ("0", "")):
        answer = server.user.patch(f"/v1/blobs/{name}", content=data, headers={"Upload-Offset": offset, "Upload-Length": length})
        assert answer.status_code == 422 and answer.json()["code"] == "field-value", (offset, length)
    assert server.user.patch(f"/v1/blobs/{name}", content=data).status_code == 422
    assert not list((server.data / "uploads").glob(f"{name}*"))


def test_a_body_that_stands_still_is_given_up_and_its_bytes_kept(tmp_path: object) -> None:
    from tests.server.harness import running

    name, data = blob(5000, 11)
    with running(tmp_path, body_time=0.3) as server:  # type: ignore[arg-type]
        parts = urlsplit(server.process.address)
        with socket.create_connection((parts.hostname, parts.port)) as slow:
            slow.sendall(
                f"PATCH /v1/blobs/{name} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {server.process.token}\r\n"
                f"Upload-Offset: 0\r\nUpload-Length: 5000\r\nContent-Length: 5000\r\n\r\n".encode()
                + data[:123]
            )
            slow.settimeout(10)
            assert slow.recv(4096).startswith(b"HTTP/1.1 408")
        assert server.head(name).headers["upload-offset"] == "123"
        assert server.patch(name, data[123:], 123, 5000).status_code == 204


def test_memory_stays_bounded_while_a_large_blob_comes(server: Server) -> None:
    psutil = pytest.importorskip("psutil")
    size = 96 * 1024 * 1024
    process, block = psutil.Process(server.process.pid), os.urandom(1 << 20)
    digest = hashlib.sha256()
    for _ in range(size >> 20):
        digest.update(block)
    before = process.memory_info().rss
    headers = {"Upload-Offset": "0", "Upload-Length": str(size), "Content-Length": str(size)}
    answer = server.user.patch(f"/v1/blobs/{digest.hexdigest()}", content=(block for _ in range(size >> 20)), headers=headers)
    assert answer.status_code == 204
    assert process.memory_info().rss - before < 32 * 1024 * 1024


def test_a_head_that_dawdles_is_cut_off_and_others_are_served(tmp_path: object) -> None:
    from tests.server.harness import running

    with running(tmp_path, body_time=0.5) as server:  # type: ignore[arg-type]
        parts = urlsplit(server.process.address)
        slow = [socket.create_connection((parts.hostname, parts.port)) for _ in range(50)]
        for connection in slow[25:]:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: ")
        assert server.user.get("/health").status_code == 200
        for connection in slow:
            connection.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(100) == b""
            connection.close()
        assert server.user.get("/v1/jobs").status_code == 200


def test_many_small_blobs_go_up_at_once(server: Server) -> None:
    blobs = dict(blob(size, 1000 + size) for size in range(1, 40))
    pack = write_pack(blobs.items())
    for _ in range(2):
        assert server.user.post("/v1/blobs", content=pack).status_code == 204
    for name, data in blobs.items():
        assert (server.data / "blobs" / name[:2] / name).read_bytes() == data


def test_a_pack_of_very_many_blobs(server: Server) -> None:
    made = make_shot(2)
    server.open(made)
    for frame in made.frames:
        server.put_frame(made, frame)
    tiny = {hashlib.sha256(data).hexdigest(): data for data in (str(number).encode() for number in range(3000))}
    assert server.user.post("/v1/blobs", content=write_pack([*tiny.items(), *made.blobs.items()])).status_code == 204
    assert server.user.get(f"/v1/shots/{made.shot.id}").json()["missing"] == []


def test_a_broken_pack_keeps_what_came_before(server: Server) -> None:
    (first, one), (second, two) = blob(100, 2000), blob(100, 2001)
    pack = write_pack([(first, one), (second, two)])
    cut = server.user.post("/v1/blobs", content=pack[:-1])
    assert cut.status_code == 422 and cut.json()["code"] == "pack-broken"
    assert server.head(first).status_code == 200 and server.head(second).status_code == 404
    wrong = server.user.post("/v1/blobs", content=pack[:-1] + b"?")
    assert wrong.status_code == 422 and wrong.json()["code"] == "blob-hash"
    assert server.user.post("/v1/blobs", content=b"\0" * (MAX_PACK_BYTES + 1)).status_code == 413


def test_a_blob_that_lies_there_unnoted_is_noted_when_it_comes_again(server: Server) -> None:
    made = make_shot(2)
    server.open(made)
    for frame in made.frames:
        server.put_frame(made, frame)
    for name, data in made.blobs.items():  # as after a ledger that had no room just then
        place = server.data / "blobs" / name[:2] / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    (first, one), *rest = made.blobs.items()
    assert server.patch(first, one, 0, len(one)).status_code == 204
    assert first not in server.user.get(f"/v1/shots/{made.shot.id}").json()["missing"]
    assert server.user.post("/v1/blobs", content=write_pack(rest)).status_code == 204
    assert server.user.get(f"/v1/shots/{made.shot.id}").json()["missing"] == []
