"""A frame's record in its PNG: an XMP packet that other programs read, and the record as JSON, each an iTXt chunk before the pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from render_server.provenance.record import SOURCE_TYPE, FrameRecord
from shot_format.blobs import PNG
from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError, LimitError

XMP, RECORD, CREDENTIALS = b"XML:com.adobe.xmp", b"paintover", b"caBX"
MAX_RECORD_BYTES = 64 * 1024
_PLAIN = b"\0\0\0\0\0"  # the keyword's end; not compressed, by method 0; no language, no translated keyword
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    " xmp:CreatorTool={tool} Iptc4xmpExt:DigitalSourceType={source}/>"
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def metadata_chunks(record: FrameRecord) -> bytes:
    """Both chunks, always the same bytes for the same record."""
    tool = quoteattr(f"Paintover {record.software.get('paintover', '')}".strip())
    packet = _PACKET.format(tool=tool, source=quoteattr(SOURCE_TYPE))
    return chunk(b"iTXt", XMP + _PLAIN + packet.encode()) + chunk(b"iTXt", RECORD + _PLAIN + to_json(record).encode())


def read_record(data: bytes) -> FrameRecord | None:
    """The record in a PNG; None where there is none, or one that nobody wrote so."""
    prefix = RECORD + _PLAIN
    try:
        for kind, start, end in _chunks(data):
            if kind == b"iTXt" and data[start:end].startswith(prefix):
                return from_json(FrameRecord, data[start + len(prefix) : end], MAX_RECORD_BYTES, "record")
            if kind == b"IDAT":
                break
    except (FormatError, LimitError):
        pass
    return None


def without_credentials(data: bytes) -> bytes:
    """A PNG as it was before content credentials were put in: the chunk that holds them taken out."""
    try:
        spans = [(start - 8, end + 4) for kind, start, end in _chunks(data) if kind == CREDENTIALS]
    except FormatError:
        return data
    for start, end in reversed(spans):
        data = data[:start] + data[end:]
    return data


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk's content. Raises FormatError ("frame-broken")."""
    if not data.startswith(PNG):
        raise FormatError("frame-broken", "The file is no PNG.")
    place = len(PNG)
    while place < len(data):
        if place + 12 > len(data):
            raise FormatError("frame-broken", "The PNG breaks off.")
        length = int.from_bytes(data[place : place + 4], "big")
        if place + 12 + length > len(data):
            raise FormatError("frame-broken", "The PNG breaks off.")
        yield data[place + 4 : place + 8], place + 8, place + 8 + length
        place += 12 + length
