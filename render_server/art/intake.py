"""Taking a piece in: its pixels are decoded and written anew by a child process that may do nothing else.

The child (art_pictures.child) reads an open file and writes PNGs to a pipe; it has no network, writes no files, has little memory and time.
Decoders of pictures and movies have holes, and art comes from anywhere; what comes back is bounded and checked here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from render_server.art.manifest import Arrival, harmless
from render_server.art.originals import HEAD, Original, content_type, open_original
from shot_format.blobs import PNG
from shot_format.codec import decode
from shot_format.errors import FormatError, LimitError, PaintoverError, StorageError
from shot_format.files import storage_errors

COMMAND = (sys.executable, "-m", "render_server.art_pictures.child")
MAX_STILL_BYTES = 256 << 20
MAX_MOVING_BYTES = 4 << 30
MAX_SIDE = 16_384  # pixels
MAX_PIXELS = 80_000_000
MOVING_SIDE = 2048  # pixels: frames of moving art are scaled down to it
CLIPS, CLIP_FRAMES = 12, 8  # of a long shot, so many runs of so many frames in a row are kept: what training goes through at once
STILL_TIME, MOVING_TIME = 90.0, 600.0  # seconds
_MAX_LINE = 64 << 10
_BLOCK = 1 << 20
_ERRORS: dict[str, type[PaintoverError]] = {"art-too-large": LimitError, "art-too-heavy": LimitError}


@dataclass(frozen=True)
class Copy:
    """An original, copied to where nobody else can change it, and what its bytes are called."""

    file: IO[bytes]  # without a name: it is gone when this process is
    kind: str  # "still", "movie", "sequence"
    format: str
    sha256: str
    bytes: int
    sizes: tuple[int, ...]  # of each file, in bytes


@dataclass(frozen=True)
class Decoded:
    """One picture as the child wrote it."""

    png: bytes
    width: int
    height: int
    index: int  # which frame of the original


@contextlib.contextmanager
def copied(original: Original, scratch: Path) -> Iterator[Copy]:
    """Copy an original into a nameless file below a folder, and take its hash on the way.

    Raises FormatError ("art-format", "art-link", …), LimitError ("art-too-large"), MissingError, StorageError.
    """
    with storage_errors(scratch):
        file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed below, whatever happens
    with file:
        yield _sequence(original, file) if original.sequence else _single(original, file)


def _single(original: Original, file: IO[bytes]) -> Copy:
    path = original.paths[0]
    with open_original(path) as source:
        kind = content_type(source.read(HEAD), original.name)
        source.seek(0)
        still = kind in ("png", "jpeg")
        sha256, size = _append(source, file, MAX_STILL_BYTES if still else MAX_MOVING_BYTES, original.name)
    return Copy(file, "still" if still else "movie", kind, sha256, size, (size,))


def _sequence(original: Original, file: IO[bytes]) -> Copy:
    """Every frame has a say in the hash; only the frames that are kept are copied."""
    kept, sizes, names, kind = set(chosen(len(original.paths))), [], [], ""
    for index, path in enumerate(original.paths):
        with open_original(path) as source:
            kind = content_type(source.read(HEAD), path.name)
            if kind not in ("png", "jpeg"):
                raise FormatError("art-format", f"'{harmless(path.name)}' is no PNG or JPEG; a sequence is pictures.")
            source.seek(0)
            sha256, size = _append(source, file if index in kept else None, MAX_STILL_BYTES, path.name)
        names.append(f"{original.numbers[index]} {sha256}\n")
        if index in kept:
            sizes.append(size)
            _check_size(sum(sizes), MAX_MOVING_BYTES, original.name)
    return Copy(file, "sequence", kind, hashlib.sha256("".join(names).encode()).hexdigest(), sum(sizes), tuple(sizes))


def chosen(count: int) -> tuple[int, ...]:
    """Which frames of so many are kept: all of a short shot; of a long one CLIPS runs of CLIP_FRAMES in a row, spread evenly."""
    if count <= CLIPS * CLIP_FRAMES:
        return tuple(range(count))
    starts = [round(clip * (count - CLIP_FRAMES) / (CLIPS - 1)) for clip in range(CLIPS)]
    return tuple(start + frame for start in starts for frame in range(CLIP_FRAMES))


def _append(source: BinaryIO, file: IO[bytes] | None, most: int, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        size += len(block)
        _check_size(size, most, name)
        digest.update(block)
        if file is not None:
            with storage_errors(Path(name)):
                file.write(block)
    return digest.hexdigest(), size


def _check_size(size: int, most: int, name: str) -> None:
    if size > most:
        raise LimitError("art-too-large", f"'{harmless(name)}' is larger than the {most >> 20} MiB that are taken; export it smaller.")


def decode_copy(copy: Copy, name: str, take: Callable[[Decoded], None]) -> Arrival:
    """Have the child write a copy's pictures anew, hand each on as it comes, and say what the original was.

    Raises FormatError ("art-broken", …), LimitError ("art-too-large", "art-too-heavy"), StorageError ("art-unconfined").
    """
    copy.file.flush()
    copy.file.seek(0)
    process = _start(copy)
    timer = threading.Timer(STILL_TIME if copy.kind == "still" else MOVING_TIME, _kill, (process,))
    timer.start()
    try:
        return _listen(process, name, take)
    finally:
        timer.cancel()
        _kill(process)
        process.wait()


def _start(copy: Copy) -> subprocess.Popen[bytes]:
    job = json.dumps({"kind": copy.kind, "format": copy.format, "sizes": copy.sizes})
    known = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR")  # nothing else: tokens travel in environments
    environment = {name: os.environ[name] for name in known if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own module
        [*COMMAND, job], stdin=copy.file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The child, and the decoder that it may have started. Only before the child is waited for: until then nobody else has its number."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _listen(process: subprocess.Popen[bytes], name: str, take: Callable[[Decoded], None]) -> Arrival:
    """Read what the child says: a line of JSON and a PNG for each picture, then a line with what the original was, or what is wrong."""
    if process.stdout is None:
        raise StorageError("art-unconfined", "No process could be started to read the art.")
    with process.stdout as pipe:
        while line := pipe.readline(_MAX_LINE):
            said = _parsed(line, name)
            if "error" in said:
                code, words = str(said["error"]), harmless(str(said.get("words", "")))
                raise _ERRORS.get(code, FormatError)(code, f"'{harmless(name)}' {words}")
            if "arrival" in said:
                return decode(Arrival, said["arrival"], name)
            take(_picture(said, pipe, name))
    raise LimitError("art-too-heavy", f"'{harmless(name)}' takes more time or memory than a piece of art may; export it anew, smaller.")


def _parsed(line: bytes, name: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise FormatError("art-broken", f"'{harmless(name)}' cannot be read; export it anew.")
    return said


def _picture(said: dict[str, Any], pipe: IO[bytes], name: str) -> Decoded:
    """A picture, if it is what the child says: it has read hostile bytes and need not be itself any more."""
    try:
        length, width, height, index = (int(said[key]) for key in ("bytes", "width", "height", "index"))
    except (KeyError, TypeError, ValueError):
        length = width = height = index = -1
    if not (0 < length <= 5 * MAX_PIXELS and index >= 0):
        raise FormatError("art-broken", f"'{harmless(name)}' cannot be read; export it anew.")
    png = pipe.read(length)
    if len(png) != length or png[:8] != PNG or png[12:16] != b"IHDR" or struct.unpack(">II", png[16:24]) != (width, height):
        raise LimitError("art-too-heavy", f"'{harmless(name)}' takes more time or memory than a piece of art may; export it anew, smaller.")
    return Decoded(png, width, height, index)
