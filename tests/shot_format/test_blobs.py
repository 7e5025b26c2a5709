"""Blobs: what is written is read again, and a changed byte is read or refused, never a surprise."""

from __future__ import annotations

import struct
from typing import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shot_format import blobs
from shot_format.blobs import (
    image_type,
    read_array,
    read_points,
    read_topology,
    sha256,
    write_array,
    write_points,
    write_topology,
)
from shot_format.errors import FormatError, LimitError, PaintoverError
from shot_format.limits import MAX_SIDE, MAX_TRIANGLES, MAX_VERTICES

TOPOLOGY = write_topology(bytes(range(36)), struct.pack("<6I", 0, 1, 2, 2, 1, 0), bytes(range(6)))
POINTS = write_points(bytes(range(24)))
ARRAY = write_array("uint16", (2, 3, 1), bytes(range(12)))
READERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "topology": (read_topology, TOPOLOGY),
    "points": (read_points, POINTS),
    "array": (read_array, ARRAY),
}


def test_a_topology_is_read_again() -> None:
    topology = read_topology(TOPOLOGY)
    assert (topology.vertices, topology.triangles) == (3, 2)
    assert bytes(topology.rest) == bytes(range(36)) and bytes(topology.colours) == bytes(range(6))
    assert topology.indices.cast("B").nbytes == 24 and list(topology.indices.cast("I")) == [0, 1, 2, 2, 1, 0]


def test_points_are_read_again() -> None:
    assert read_points(POINTS).vertices == 2 and bytes(read_points(POINTS).points) == bytes(range(24))


@pytest.mark.parametrize(("type", "size"), [("uint8", 1), ("uint16", 2), ("float32", 4)])
@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (2, 3, 4)])
def test_arrays_are_read_again(type: str, size: int, shape: tuple[int, ...]) -> None:
    count = shape[0] * shape[1] * (shape[2] if len(shape) == 3 else 1)
    values = bytes(n % 256 for n in range(count * size))
    array = read_array(write_array(type, shape, values))
    assert (array.type, array.shape, bytes(array.values)) == (type, shape, values)


def test_the_layout_is_the_one_of_the_page() -> None:
    assert TOPOLOGY[:12] == b"PVT1" + struct.pack("<II", 3, 2)
    assert POINTS[:8] == b"PVP1" + struct.pack("<I", 2)
    assert ARRAY[:20] == b"PVA1" + bytes((1, 3, 0, 0)) + struct.pack("<3I", 2, 3, 1)


def test_any_buffer_will_do_and_nothing_is_copied() -> None:
    for form in (bytes, bytearray, memoryview, lambda blob: memoryview(blob + b"\0" * (-len(blob) % 4)).cast("I")):
        assert sha256(form(POINTS)) == sha256(POINTS)
        assert read_points(form(POINTS)).vertices == 2
    source = bytearray(POINTS)
    view = read_points(source).points
    source[8] = 99
    assert view[0] == 99 and view.readonly


@pytest.mark.parametrize("kind", READERS)
def test_every_wrong_length_is_refused(kind: str) -> None:
    read, blob = READERS[kind]
    for wrong in [blob[:end] for end in range(len(blob))] + [blob + b"\0"]:
        with pytest.raises(FormatError) as caught:
            read(wrong)
        assert caught.value.code == "blob-broken"


@pytest.mark.parametrize("kind", READERS)
def test_every_changed_byte_is_read_or_refused(kind: str) -> None:
    read, blob = READERS[kind]
    for place in range(min(len(blob), 24)):
        for value in range(256):
            try:
                read(blob[:place] + bytes((value,)) + blob[place + 1 :])
            except PaintoverError as error:
                assert error.code in ("blob-broken", "mesh-too-large", "image-too-large")


@settings(deadline=None)
@given(st.sampled_from([b"PVT1", b"PVP1", b"PVA1", b""]), st.binary(max_size=80))
def test_anything_at_all_is_read_or_refused(magic: bytes, rest: bytes) -> None:
    for read, _ in READERS.values():
        try:
            read(magic + rest)
        except PaintoverError as error:
            assert error.message.isprintable()


@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (b"PVT1" + struct.pack("<II", MAX_VERTICES + 1, 0), "mesh-too-large"),
        (b"PVT1" + struct.pack("<II", 0, MAX_TRIANGLES + 1), "mesh-too-large"),
        (b"PVP1" + struct.pack("<I", 2**32 - 1), "mesh-too-large"),
        (b"PVA1" + bytes((0, 2, 0, 0)) + struct.pack("<2I", MAX_SIDE + 1, 1), "image-too-large"),
        (b"PVA1" + bytes((0, 2, 0, 0)) + struct.pack("<2I", 0, 1), "image-too-large"),
        (b"PVA1" + bytes((0, 3, 0, 0)) + struct.pack("<3I", 1, 1, 5), "image-too-large"),
    ],
)
def test_limits_are_told_before_anything_is_made(blob: bytes, code: str) -> None:
    read = {b"PVT1": read_topology, b"PVP1": read_points, b"PVA1": read_array}[blob[:4]]
    with pytest.raises(LimitError) as caught:
        read(blob)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("type", "shape", "values"),
    [("int8", (1, 1), b"1"), ("uint8", (1,), b"1"), ("uint8", (-1, 1), b"1"), ("uint8", (2**40, 1), b"1"), ("uint8", (2, 1), b"1")],
)
def test_arrays_that_cannot_be_written(type: str, shape: tuple[int, ...], values: bytes) -> None:
    with pytest.raises(FormatError):
        write_array(type, shape, values)


@pytest.mark.parametrize(("rest", "indices", "colours"), [(b"x", b"", b""), (bytes(12), bytes(13), b"abc"), (bytes(12), bytes(12), b"ab")])
def test_meshes_that_cannot_be_written(rest: bytes, indices: bytes, colours: bytes) -> None:
    with pytest.raises(FormatError):
        write_topology(rest, indices, colours)


def test_pictures_are_known_by_their_content() -> None:
    assert image_type(blobs.PNG + b"rest") == "png" and image_type(blobs.JPEG + b"rest") == "jpeg"
    for other in (b"", b"GIF89a", b"\x89PNG", b"<svg/>", b"II*\0"):
        with pytest.raises(FormatError) as caught:
            image_type(other)
        assert caught.value.code == "image-unknown"
