"""Files that are whole or not there: written beside their place, synced, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from shot_format.blobs import Buffer
from shot_format.errors import StorageError

PARTIAL = ".partial-"  # what a temporary file's name begins with; a sweep may delete such files


def write_whole(path: Path, data: Buffer, sync: bool = True, private: bool = False) -> None:
    """Write a file so that it is never seen half-written, not even after a power cut.

    sync: wait for the disk. Without it a power cut can still cost the file, for which many small files are written ten times as fast; only
    where the content is checked when it is read. private: nobody but its owner may read it, from its first byte (on Windows the user's own
    folder sees to that). Raises StorageError: "disk-full", "disk-refused".
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f"{PARTIAL}{secrets.token_hex(8)}"
        try:
            with open(temporary, "xb", opener=_for_its_owner if private else None) as file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        if sync:
            sync_folder(path.parent)


def _for_its_owner(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def swap_folder(fresh: Path, target: Path) -> None:
    """Put a folder in another's place; where that fails, the other stays. Raises OSError."""
    old = target.with_name(f"{PARTIAL}{secrets.token_hex(8)}")
    if target.exists():
        os.replace(target, old)
    try:
        os.replace(fresh, target)
    except OSError:
        if old.exists():
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into StorageError with a sentence for people."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageError("disk-full", f"There is no room to write {path}; free some space and start again.") from error
        raise StorageError("disk-refused", f"{path} cannot be used: {error.strerror}.") from error
