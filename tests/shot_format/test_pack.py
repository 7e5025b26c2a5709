"""Packs of small blobs: what goes in comes out, and nothing that was changed on the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shot_format.blobs import sha256
from shot_format.errors import FormatError, LimitError, PaintoverError
from shot_format.limits import MAX_PACK_BYTES
from shot_format.pack import HEAD_BYTES, read_pack, write_pack


def named(*blobs: bytes) -> list[tuple[str, bytes]]:
    return [(sha256(blob), blob) for blob in blobs]


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_round_trip(blobs):
    assert [(name, bytes(data)) for name, data in read_pack(write_pack(named(*blobs)))] == named(*blobs)


def test_a_wrong_hash_is_refused_after_what_was_right():
    pack = bytearray(write_pack(named(b"good", b"bad")))
    pack[-1] ^= 1
    read = read_pack(bytes(pack))
    assert bytes(next(read)[1]) == b"good"
    with pytest.raises(FormatError) as error:
        next(read)
    assert error.value.code == "blob-hash"


@pytest.mark.parametrize("cut", [1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 3])
def test_a_cut_pack_is_refused(cut):
    with pytest.raises(FormatError) as error:
        list(read_pack(write_pack(named(b"blob"))[:cut]))
    assert error.value.code == "pack-broken"


@given(st.binary(max_size=300))
def test_noise_never_does_anything_but_be_refused(noise):
    try:
        list(read_pack(noise))
    except PaintoverError as error:
        assert error.code in ("pack-broken", "blob-hash")


def test_too_much_is_refused():
    with pytest.raises(LimitError) as error:
        write_pack(named(bytes(MAX_PACK_BYTES)))
    assert error.value.code == "pack-too-large"
