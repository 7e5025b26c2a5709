"""A strict reader of server-sent events: bytes in, whole messages out. What is cut off at the end is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shot_format.errors import FormatError

MAX_MESSAGE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Message:
    """One server-sent event."""

    id: str
    type: str
    data: str


def read_messages(pieces: Iterable[bytes]) -> Iterator[Message]:
    """Read messages as they come. Comments (heartbeats) and fields that are not known give nothing.

    Raises FormatError ("events-broken") when a message is larger than a MiB, or is not UTF-8.
    """
    fields: dict[str, list[str]] = {}
    size = 0
    for line in _lines(pieces):
        if line.startswith(b":"):
            continue
        size += len(line)
        if size > MAX_MESSAGE_BYTES:
            raise FormatError("events-broken", "The server sent an event that is too large.")
        if line:
            name, value = _field(line)
            fields.setdefault(name, []).append(value)
            continue
        if "data" in fields:
            yield Message(fields.get("id", [""])[-1], fields.get("event", ["message"])[-1], "\n".join(fields["data"]))
        fields, size = {}, 0


def _field(line: bytes) -> tuple[str, str]:
    try:
        name, _, value = line.decode("utf-8").partition(":")
    except UnicodeDecodeError as error:
        raise FormatError("events-broken", "The server sent an event that is not UTF-8.") from error
    return name, value[1:] if value.startswith(" ") else value


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Split at LF, CRLF or CR, wherever the pieces are cut."""
    rest, after_cr = bytearray(), False
    for piece in filter(None, pieces):
        fresh = piece[1:] if after_cr and piece.startswith(b"\n") else piece
        after_cr = fresh.endswith(b"\r")
        first, *others = fresh.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest += first
        for line in others:
            yield bytes(rest)
            rest = bytearray(line)
        if len(rest) > MAX_MESSAGE_BYTES:
            raise FormatError("events-broken", "The server sent an event that is too large.")
