"""The worker's stages overlap, keep their order, stay bounded, and hand errors on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from render_server.worker.png import decode_png, encode_png
from render_server.worker.stages import Behind, ahead
from shot_format.errors import FormatError


def test_ahead_keeps_the_order_and_works_at_most_so_far_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    for taken, number in enumerate(ahead(items(), 3)):
        assert number == taken
        assert len(made) <= taken + 1 + 3 + 1  # taken, waiting, and one in the maker's hand


def test_ahead_hands_an_error_on_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise FormatError("broken", "It is broken.")

    found = []
    with pytest.raises(FormatError, match="broken"):
        for number in ahead(items(), 8):
            found.append(number)
    assert found == [1, 2]


def test_ahead_ends_its_thread_when_nobody_listens() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    for number in ahead(items(), 2):
        if number == 5:
            break
    assert closed.wait(10)


def test_behind_works_everything_off_in_order() -> None:
    done: list[int] = []
    with Behind(done.append, 2) as behind:
        for number in range(100):
            behind.add(number)
    assert done == list(range(100))


def test_behind_hands_an_error_on_and_does_nothing_after_it() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 3:
            raise FormatError("broken", "It is broken.")
        done.append(number)

    with pytest.raises(FormatError, match="broken"), Behind(work, 2) as behind:
        for number in range(100):
            behind.add(number)
    assert done == [0, 1, 2]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (64, 48), (257, 33)])
def test_a_picture_comes_back_as_it_was(size: tuple[int, int]) -> None:
    width, height = size
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3)).astype(np.uint8)
    data = encode_png(picture)
    assert (decode_png(data, width, height) == picture).all()
    assert encode_png(picture[::-1][::-1]) == data
    assert data.find(b"IHDR") < data.find(b"sRGB") < data.find(b"IDAT")


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", encode_png(np.zeros((4, 4, 3), np.uint8)), encode_png(np.zeros((9, 9, 3), np.uint8))[:-30]]
)
def test_what_is_no_such_picture_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode_png(data, 9, 9)
