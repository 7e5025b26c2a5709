"""What a look's folder holds, file by file, and the one hash that stands for all of it."""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from shot_format.codec import rules
from shot_format.errors import FormatError, LimitError
from shot_format.files import storage_errors
from shot_format.shot import Sha256

MAX_FILES = 256
MAX_FILE_BYTES = 2 << 30
MAX_LOOK_BYTES = 4 << 30
NAME = r"([A-Za-z0-9][A-Za-z0-9_-]{0,30}/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,50}\.(safetensors|json|png|jpg|md)"
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)  # Windows opens devices by these names, whatever follows
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Member:
    """One file. name: below the look's folder, with `/`."""

    name: Annotated[str, rules(pattern=NAME)]
    bytes: Annotated[int, rules(minimum=0, maximum=MAX_FILE_BYTES)]
    sha256: Sha256


def members(folder: Path) -> tuple[Member, ...]:
    """Every file of a folder with its hash, in the order of the names.

    Raises FormatError ("look-stray": something is there that no look has), LimitError ("look-too-large"), StorageError.
    """
    with storage_errors(folder):
        paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        names = [path.relative_to(folder).as_posix() for path in paths]
        for path, name in zip(paths, names):
            if path.is_symlink() or not path.is_file():
                raise FormatError("look-stray", f"{name} in {folder.name} is no plain file; take it away.")
        check_names(names)
        sizes = [path.stat().st_size for path in paths]
        check_sizes(sizes)
        return tuple(sorted((Member(*row) for row in zip(names, sizes, map(_hashed, paths))), key=lambda member: member.name))


def content_sha256(found: tuple[Member, ...]) -> str:
    """The hash of names, sizes and hashes, a line a file: two folders have the same one where every byte is the same."""
    lines = "".join(f"{each.sha256} {each.bytes} {each.name}\n" for each in sorted(found, key=lambda member: member.name))
    return hashlib.sha256(lines.encode()).hexdigest()


def folder_sha256(folder: Path) -> str:
    """A folder's hash as it is now; files are read again only where the disk says that they changed. Raises what `members` raises."""
    with storage_errors(folder):
        places = sorted(path for path in folder.rglob("*") if not path.is_dir())
        stats = ((path, path.lstat()) for path in places)
        marks = tuple((str(path), it.st_size, it.st_mtime_ns, it.st_ctime_ns, it.st_ino) for path, it in stats)
    return _folder_sha256(folder, marks)


@functools.lru_cache(maxsize=256)
def _folder_sha256(folder: Path, _marks: tuple[tuple[str, int, int, int, int], ...]) -> str:
    return content_sha256(members(folder))


def check_names(names: list[str]) -> None:
    """Refuse names that no look has, and those that some file system would take for one another. Raises FormatError ("look-stray")."""
    for name in names:
        if not re.fullmatch(NAME, name) or any(_RESERVED.fullmatch(part.partition(".")[0]) for part in name.split("/")):
            shown = "".join(each if each.isprintable() else "?" for each in name[:80])
            raise FormatError(
                "look-stray", f"'{shown}' is no file of a look; a look has safetensors, json, png, jpg and md, one folder deep."
            )
    if len({name.casefold() for name in names}) != len(names):
        raise FormatError("look-stray", "Two files of the look have the same name to some file systems.")


def check_sizes(sizes: list[int]) -> None:
    """Refuse what is too much. Raises LimitError ("look-too-large")."""
    if len(sizes) > MAX_FILES or max(sizes, default=0) > MAX_FILE_BYTES or sum(sizes) > MAX_LOOK_BYTES:
        raise LimitError("look-too-large", f"A look may have {MAX_FILES} files and {MAX_LOOK_BYTES >> 30} GiB; this one has more.")


def _hashed(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
