"""Fetch painted frames: nothing appears on this disk before it was checked against what was asked for."""

from __future__ import annotations

import contextlib
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from maya_plugin.client.connection import Connection, Retries
from shot_format.blobs import PNG, Buffer, sha256
from shot_format.errors import ServerError
from shot_format.files import PARTIAL, storage_errors, write_whole
from shot_format.messages import PaintedFrame, PassFile

PARTIAL_AGE = 600.0  # seconds after which a half-written file can be nobody's work in progress
Promised = Union[PaintedFrame, PassFile]
_COLOUR_TYPES = (0, 2, 4, 6)  # no palette: a painted frame is true colour, or grey


@dataclass(frozen=True)
class FrameRequest:
    """What painted frames must be, by our own request: their range and size, and the folder that they go to."""

    first: int
    last: int
    width: int
    height: int
    folder: Path

    @property
    def total(self) -> int:
        """How many frames were asked for."""
        return self.last - self.first + 1

    def path(self, number: int) -> Path:
        """Where a painted frame goes; the name is made here, never by the server."""
        return self.folder / f"painted.{number:04d}.png"

    def most_bytes(self) -> int:
        """No PNG of this size is larger: 16 bits, four channels, and room for its chunks."""
        return self.width * self.height * 8 + self.height + 1024 * 1024


def fetch_frame(connection: Connection, job: str, painted: PaintedFrame, request: FrameRequest) -> Path:
    """Fetch one painted frame of a job, check it and write it whole; one that is there already is left as it is.

    Raises ServerError ("frame-unasked", "frame-broken": it is not what was promised), StorageError, CancelledError.
    """
    place = request.path(painted.number)
    if not request.first <= painted.number <= request.last or painted.bytes > request.most_bytes():
        raise ServerError("frame-unasked", f"The server offers a frame that was not asked for ({painted.number}); update it.")
    if _is_there(place, painted):
        return place
    data = download(connection, f"/v1/jobs/{job}/frames/{painted.number}", painted)
    if sha256(data) != painted.sha256 or png_size(data) != (request.width, request.height):
        raise ServerError("frame-broken", f"The painted frame {painted.number} came damaged or in another size; paint the shot again.")
    write_whole(place, data)
    return place


def png_size(data: Buffer) -> tuple[int, int]:
    """Read width and height from a PNG's head; (0, 0) where it is none, or one with a palette."""
    head = bytes(memoryview(data)[:29])
    if len(head) < 29 or head[:8] != PNG or head[8:16] != b"\0\0\0\x0dIHDR":
        return (0, 0)
    width, height, bits, colours, *rest = struct.unpack_from(">IIBBBBB", head, 16)
    usual = bits in (8, 16) and colours in _COLOUR_TYPES and rest == [0, 0, 0]
    return (width, height) if usual else (0, 0)


def sweep(folder: Path) -> None:
    """Delete what a client that was killed left half-written in this folder."""
    with storage_errors(folder):
        for path in folder.glob(f"{PARTIAL}*"):
            with contextlib.suppress(FileNotFoundError):  # another sweep was first
                if time.time() - path.stat().st_mtime > PARTIAL_AGE:
                    path.unlink()


def _is_there(place: Path, painted: PaintedFrame) -> bool:
    with storage_errors(place):
        return place.is_file() and place.stat().st_size == painted.bytes and sha256(place.read_bytes()) == painted.sha256


def download(connection: Connection, path: str, promised: Promised) -> bytes:
    """Read the bytes that were promised, going on where a broken connection left off. Raises ServerError ("frame-broken", …)."""
    retries, data = Retries(connection), bytearray()
    while len(data) < promised.bytes:
        try:
            _read_on(connection, path, promised, data, retries)
        except ServerError as error:
            retries.wait(error)
    return bytes(data)


def _read_on(connection: Connection, path: str, promised: Promised, data: bytearray, retries: Retries) -> None:
    headers = {"Range": f"bytes={len(data)}-", "If-Range": f'"{promised.sha256}"'} if data else {}
    with connection.open("GET", path, headers=headers) as response:
        if response.status_code != 206:
            data.clear()
        for piece in response.iter_raw():
            data += piece
            retries.moved()
            if len(data) > promised.bytes:
                raise ServerError("frame-broken", f"Frame {promised.number} is larger than the server said; update it.")
    if len(data) < promised.bytes:
        raise ServerError("frame-broken", f"Frame {promised.number} is smaller than the server said; update it.")
