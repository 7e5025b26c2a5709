"""How fast a shot goes up, beside what a bare socket carries."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable

from maya_plugin.client.address import Address
from maya_plugin.client.connection import Connection
from maya_plugin.client.upload import ShotUpload
from shot_format.blobs import sha256, write_points, write_topology
from shot_format.shot import Camera, Frame, Mesh, MeshState, Rational, Shot, Source

MIB = 1024 * 1024
POINT = 12  # bytes
ROUNDS = 3
LARGE = {"frames": 8, "meshes": 1, "points": 8 * MIB // POINT}
SMALL = {"frames": 24, "meshes": 8, "points": 24 * 1024 // POINT}
_CAMERA = Camera((1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0), 100.0, 100.0, 64.0, 36.0, 0.1, 100.0)

_Blobs = dict[str, bytes]


def bench_upload(server_url: str, token: str) -> dict[str, float]:
    """Upload two new shots, one of few large blobs and one of many small ones, and send the same bytes through a bare socket on loopback.

    Gives MB/s (10^6 bytes a second) for each, their ratio to the bare socket in the same run, and blobs a second. The server hashes what it
    gets, writes it and waits for the disk; the bare socket drops it. Best of three rounds. Raises ServerError.
    """
    with Connection(Address(server_url, token)) as connection:
        large = _best(lambda: _upload(connection, *_make_shot(**LARGE)))
        small = _best(lambda: _upload(connection, *_make_shot(**SMALL)))
    bare = _best(lambda: _bare_copy(8, 8 * MIB))
    return {
        "large_mb_s": large[0],
        "small_mb_s": small[0],
        "small_blobs_s": small[1],
        "bare_socket_mb_s": bare[0],
        "large_ratio": large[0] / bare[0],
        "small_ratio": small[0] / bare[0],
    }


def _best(measure: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    return max(measure() for _ in range(ROUNDS))


def _make_shot(frames: int, meshes: int, points: int) -> tuple[Shot, list[tuple[Frame, _Blobs]]]:
    """Make a shot that no server has yet: every mesh moves in every frame."""
    topology = write_topology(bytes(POINT * points), struct.pack("<3I", 0, 1, 2), bytes(3))
    things = tuple(Mesh(number, f"thing {number}") for number in range(1, meshes + 1))
    shot = Shot(f"bench-{secrets.token_hex(8)}", "bench", Rational(24), 1, frames, 128, 72, 1.0, "y", Source("bench", "", ""), things)
    made, fresh = [], {sha256(topology): topology}
    for number in range(1, frames + 1):
        moved = {sha256(blob): blob for blob in (write_points(os.urandom(POINT * points)) for _ in things)}
        states = (MeshState(thing.object_id, sha256(topology), points=name) for thing, name in zip(things, moved))
        made.append((Frame(number, _CAMERA, tuple(states)), {**fresh, **moved}))
        fresh = {}
    return shot, made


def _upload(connection: Connection, shot: Shot, frames: list[tuple[Frame, _Blobs]]) -> tuple[float, float]:
    """Give MB/s and blobs a second."""
    began = time.perf_counter()
    with ShotUpload(connection, shot) as upload:
        for frame, blobs in frames:
            upload.add(frame, blobs)
        upload.close()
    seconds = time.perf_counter() - began
    sizes = [len(blob) for _, blobs in frames for blob in blobs.values()]
    return sum(sizes) / 1e6 / seconds, len(sizes) / seconds


def _bare_copy(count: int, size: int) -> tuple[float, float]:
    """Send blobs to a thread that drops them, and wait for its word at the end; give MB/s and blobs a second."""
    blob = os.urandom(size)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        drop = threading.Thread(target=_drop, args=(listener, count * size))
        drop.start()
        with socket.create_connection(listener.getsockname()) as line:
            began = time.perf_counter()
            for _ in range(count):
                line.sendall(blob)
            line.recv(1)
            seconds = time.perf_counter() - began
        drop.join()
    return count * size / 1e6 / seconds, count / seconds


def _drop(listener: socket.socket, left: int) -> None:
    line, _ = listener.accept()
    with line:
        buffer = bytearray(256 * 1024)
        while left > 0:
            got = line.recv_into(buffer)
            if not got:
                return
            left -= got
        line.sendall(b"!")
