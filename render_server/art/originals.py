"""What people hand in: which files make up a piece, and what kind of file each is by its content, never by its suffix."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from render_server.art.manifest import harmless
from shot_format.blobs import JPEG, PNG
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors

SUFFIXES = (".png", ".jpg", ".jpeg", ".mov", ".mp4", ".m4v", ".mkv", ".webm")  # what is taken out of a folder
MAX_FILES = 20_000
HEAD = 512  # bytes that tell what a file is
_HEIF = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_OTHERS = (  # files that artists have, and what to say to them
    (b"GIF8", "a GIF"), (b"II*\0", "a TIFF"), (b"MM\0*", "a TIFF"), (b"8BPS", "a Photoshop document"), (b"%PDF", "a PDF"),
    (b"v/1\x01", "an OpenEXR file"), (b"SDPX", "a DPX file"), (b"XPDS", "a DPX file"), (b"BM", "a BMP"), (b"\0\0\0\x0cjP", "a JPEG 2000"),
)  # fmt: skip


@dataclass(frozen=True)
class Original:
    """The files of one piece: one for a still or a movie, one a frame for a sequence, in their order, with the frames' numbers."""

    name: str
    paths: tuple[Path, ...]
    numbers: tuple[int, ...] = ()  # of a sequence

    @property
    def sequence(self) -> bool:
        """Whether it is frames of one shot."""
        return bool(self.numbers)


def gather(paths: Sequence[Path], sequence: bool = False) -> tuple[list[Original], list[str]]:
    """Find the pieces in files and folders, and say what was passed over.

    sequence: each folder is the frames of one shot, and so are the files that are named beside folders, taken together.
    Raises MissingError ("art-missing"), FormatError ("sequence-numbers"), LimitError ("art-too-many").
    """
    found: list[Original] = []
    passed: list[str] = []
    files: list[Path] = []
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            inside = list(_inside(path, passed))
            found += [_sequence(path.resolve().name, inside)] if sequence else [Original(each.name, (each,)) for each in inside]
        elif path.exists() or path.is_symlink():
            files.append(path)
        else:
            raise MissingError("art-missing", f"There is no file {path}; check its name.")
    if sequence and files:
        found.append(_sequence(files[0].parent.resolve().name, files))
    else:
        found += [Original(each.name, (each,)) for each in files]
    if len(found) > MAX_FILES:
        raise LimitError("art-too-many", f"{len(found)} files are too many at once; at most {MAX_FILES} are taken.")
    return found, passed


def _inside(folder: Path, passed: list[str]) -> Iterator[Path]:
    """The pictures and movies of a folder and the folders below it. Links are never followed: they could lead anywhere."""
    with storage_errors(folder):
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(root, name)
                if name.startswith(".") or path.suffix.lower() not in SUFFIXES:
                    if not name.startswith("."):
                        passed.append(f"{harmless(name)}: no picture or movie by its name")
                elif path.is_symlink():
                    passed.append(f"{harmless(name)}: a link; name the file itself")
                else:
                    yield path


def _sequence(name: str, paths: list[Path]) -> Original:
    numbered = sorted((_number(path), path) for path in paths)
    numbers = tuple(number for number, _ in numbered)
    if not numbers or len(set(numbers)) != len(numbers):
        raise FormatError("sequence-numbers", f"'{harmless(name)}' is no sequence: each of its pictures needs a frame number of its own.")
    return Original(f"{name}.{numbers[0]}-{numbers[-1]}", tuple(path for _, path in numbered), numbers)


def _number(path: Path) -> int:
    digits = re.findall(r"\d{1,6}", path.stem)
    if not digits:
        raise FormatError("sequence-numbers", f"'{harmless(path.name)}' has no frame number in its name; a sequence needs one a picture.")
    return int(digits[-1])


def open_original(path: Path) -> BinaryIO:
    """Open a file to read it; links, folders and devices are refused.

    Raises FormatError ("art-link", "art-no-file"), MissingError ("art-missing"), StorageError.
    """
    if path.is_symlink():
        raise FormatError("art-link", f"'{harmless(path.name)}' is a link; name the file itself.")
    with storage_errors(path):
        try:  # no waiting for a pipe that nobody writes to, and no link that took the file's place a moment ago
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (FileNotFoundError, ValueError):
            raise MissingError("art-missing", f"There is no file '{harmless(str(path))}'; check its name.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FormatError("art-no-file", f"'{harmless(path.name)}' is no ordinary file; only files can be added.")
    return open(handle, "rb")


def content_type(head: bytes, name: str) -> str:
    """What a file is by its first bytes: "png", "jpeg", "mov" or "matroska". Raises FormatError ("art-format")."""
    if head.startswith(PNG):
        return "png"
    if head.startswith(JPEG):
        return "jpeg"
    if head[4:8] == b"ftyp" and head[8:12] not in _HEIF or head[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    raise FormatError("art-format", f"'{harmless(name)}' is {_named(head)}; export it as PNG or JPEG, a movie as MP4, MOV or MKV.")


def _named(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "a HEIF picture"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "a WebP picture"
    if b"<svg" in head.lower():
        return "an SVG drawing"
    if not head:
        return "empty"
    return next((words for magic, words in _OTHERS if head.startswith(magic)), "no picture that is known here")
