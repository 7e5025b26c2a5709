"""Many small blobs in one request: of each the SHA-256 (32 bytes), the length (uint32, little-endian) and the bytes, one after another."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from shot_format.blobs import Buffer, sha256
from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_PACK_BYTES

_HEAD = struct.Struct("<32sI")
HEAD_BYTES = _HEAD.size


def write_pack(blobs: Iterable[tuple[str, Buffer]]) -> bytes:
    """Make a pack of named blobs. Raises LimitError ("pack-too-large")."""
    parts: list[Buffer] = []
    for name, data in blobs:
        parts += (_HEAD.pack(bytes.fromhex(name), memoryview(data).nbytes), data)
    pack = b"".join(parts)
    _check_size(pack)
    return pack


def read_pack(pack: Buffer) -> Iterator[tuple[str, memoryview]]:
    """Take a pack apart, checking every hash. Raises LimitError ("pack-too-large"), FormatError ("pack-broken", "blob-hash")."""
    view = memoryview(pack).toreadonly()
    _check_size(view)
    while view:
        if len(view) < HEAD_BYTES:
            raise FormatError("pack-broken", "A pack of blobs ends in the middle of a head; send it again.")
        digest, length = _HEAD.unpack_from(view)
        data, view = view[HEAD_BYTES : HEAD_BYTES + length], view[HEAD_BYTES + length :]
        if len(data) != length:
            raise FormatError("pack-broken", "A pack of blobs ends in the middle of a blob; send it again.")
        if sha256(data) != digest.hex():
            raise FormatError("blob-hash", f"What was sent as {digest.hex()} has another hash and was not kept; send it again.")
        yield digest.hex(), data


def _check_size(pack: Buffer) -> None:
    size = memoryview(pack).nbytes
    if size > MAX_PACK_BYTES:
        raise LimitError("pack-too-large", f"A pack of {size} bytes is too large; at most {MAX_PACK_BYTES} are taken.")
