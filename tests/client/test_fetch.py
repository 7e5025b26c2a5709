"""Fetching: a hostile or broken server cannot put anything wrong on this disk."""

from __future__ import annotations

import os
import random
import struct
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from maya_plugin.client import Address, Connection, FrameRequest, fetch_frame, paint_shot
from maya_plugin.client.fetch import PARTIAL_AGE, png_size, sweep
from shot_format.blobs import sha256
from shot_format.errors import ServerError, StorageError
from shot_format.messages import PaintedFrame, Recipe
from tests.client.conftest import QUICK
from tests.client.proxy import Fault, bad_network
from tests.client.shots import make_folder, make_head
from tests.client.small_server import TOKEN, Small, png

NUMBER = 1001


@pytest.fixture
def request_(tmp_path: Path) -> FrameRequest:
    return FrameRequest(1001, 1010, 64, 32, tmp_path / "out")


def offer(small: Small, data: bytes, number: int = NUMBER) -> PaintedFrame:
    small.painted["job-1", number] = data
    return PaintedFrame(number, sha256(data), len(data), 0.1)


def noisy_png(width: int, height: int) -> bytes:
    """A PNG that does not compress."""
    rows = b"".join(b"\0" + os.urandom(3 * width) for _ in range(height))
    plain = png(width, height, 0)
    data = zlib.compress(rows)
    return plain[:33] + struct.pack(">I", len(data)) + b"IDAT" + data + bytes(4) + plain[-12:]


def test_a_frame_is_written_whole(connection: Connection, small: Small, request_: FrameRequest) -> None:
    data = png(64, 32, 5)
    path = fetch_frame(connection, "job-1", offer(small, data), request_)
    assert path == request_.folder / "painted.1001.png" and path.read_bytes() == data
    assert [each.name for each in request_.folder.iterdir()] == ["painted.1001.png"]


def test_a_frame_that_is_there_is_not_fetched(connection: Connection, small: Small, request_: FrameRequest) -> None:
    painted = offer(small, png(64, 32, 5))
    fetch_frame(connection, "job-1", painted, request_)
    before = len(small.requests)
    fetch_frame(connection, "job-1", painted, request_)
    assert len(small.requests) == before


def test_a_damaged_frame_that_is_there_is_replaced(connection: Connection, small: Small, request_: FrameRequest) -> None:
    painted = offer(small, png(64, 32, 5))
    path = fetch_frame(connection, "job-1", painted, request_)
    path.write_bytes(b"x" * painted.bytes)
    assert fetch_frame(connection, "job-1", painted, request_).read_bytes() == png(64, 32, 5)


HOSTILE = {
    "another hash": (lambda painted: replace(painted, sha256="0" * 64), png(64, 32, 1)),
    "another size": (lambda painted: painted, png(65, 32, 1)),
    "no picture": (lambda painted: painted, b"GIF89a" + bytes(100)),
    "more bytes than promised": (lambda painted: replace(painted, bytes=10), png(64, 32, 1)),
    "fewer bytes than promised": (lambda painted: replace(painted, bytes=painted.bytes + 1), png(64, 32, 1)),
    "a number before the range": (lambda painted: replace(painted, number=1000), png(64, 32, 1)),
    "a number behind the range": (lambda painted: replace(painted, number=1011), png(64, 32, 1)),
    "more bytes than any such picture has": (lambda painted: replace(painted, bytes=10**12), png(64, 32, 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_frames_never_appear(connection: Connection, small: Small, request_: FrameRequest, name: str) -> None:
    change, data = HOSTILE[name]
    with pytest.raises(ServerError) as caught:
        fetch_frame(connection, "job-1", change(offer(small, data)), request_)
    assert caught.value.code in ("frame-broken", "frame-unasked")
    assert not request_.folder.exists() or not list(request_.folder.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        lambda painted: replace(painted, number=1001),  # every frame again under the first number
        lambda painted: replace(painted, number=2107 - painted.number),
    ],
)
def test_frames_twice_or_out_of_order(connection: Connection, small: Small, tmp_path: Path, change: object) -> None:
    small.paint = lambda job, number: png(64, 32, 0)
    small.promise = change  # type: ignore[assignment]
    head = make_head(first=1001, last=1106)
    with pytest.raises(ServerError) as caught:
        paint_shot(connection, make_folder(tmp_path / "shot", head), Recipe("oil"), tmp_path / "out")
    assert caught.value.code in ("frame-unasked", "frame-unpainted")


def test_an_unpainted_frame(connection: Connection, request_: FrameRequest) -> None:
    with pytest.raises(ServerError) as caught:
        fetch_frame(connection, "job-1", PaintedFrame(NUMBER, "0" * 64, 100, 0.1), request_)
    assert caught.value.code == "frame-unpainted"


@pytest.mark.parametrize("seed", range(5))
def test_a_broken_download_goes_on_where_it_was(url: str, small: Small, tmp_path: Path, seed: int) -> None:
    numbers, data = random.Random(seed), noisy_png(320, 180)
    request = FrameRequest(1001, 1001, 320, 180, tmp_path)
    choose = lambda: Fault(down=numbers.randint(300, len(data) // 3), reset=numbers.random() < 0.5)  # noqa: E731
    with bad_network(url, choose) as proxy, Connection(Address(proxy.url, TOKEN), QUICK) as connection:
        assert fetch_frame(connection, "job-1", offer(small, data), request).read_bytes() == data
        assert proxy.cuts >= 3


def test_names_of_negative_and_long_numbers(tmp_path: Path) -> None:
    request = FrameRequest(-5, 100_000, 64, 32, tmp_path)
    assert [request.path(n).name for n in (-5, 7, 100_000)] == ["painted.-005.png", "painted.0007.png", "painted.100000.png"]


def test_only_usual_pictures_have_a_size() -> None:
    data = png(64, 32, 1)
    assert png_size(data) == (64, 32)
    for place, value in ((24, 4), (25, 3), (26, 1), (27, 1), (28, 1), (0, 0), (11, 12), (12, 0)):
        assert png_size(data[:place] + bytes((value,)) + data[place + 1 :]) == (0, 0)
    assert all(png_size(data[:end]) == (0, 0) for end in range(29))


def test_what_a_killed_client_left_is_swept(tmp_path: Path) -> None:
    old, new, painted = (tmp_path / name for name in (".partial-old", ".partial-new", "painted.1001.png"))
    for path in (old, new, painted):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 2 * PARTIAL_AGE,) * 2)
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".partial-new", "painted.1001.png"]


def test_a_folder_that_cannot_be_written(connection: Connection, small: Small, tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file stands where the folder should be")
    request = FrameRequest(1001, 1001, 64, 32, tmp_path / "out")
    with pytest.raises(StorageError):
        fetch_frame(connection, "job-1", offer(small, png(64, 32, 1)), request)
