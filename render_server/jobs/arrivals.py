"""Files that come in: written as they come into a temporary file, synced, and only then given their place."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread

from shot_format.files import PARTIAL, storage_errors, sync_folder

_HEAD = 33  # bytes of a PNG's signature and IHDR chunk


@dataclass(frozen=True)
class Arrived:
    """A file that has come in whole and lies synced in a temporary file."""

    place: Path
    sha256: str
    head: bytes
    size: int


async def receive(folder: Path, chunks: AsyncIterator[bytes]) -> Arrived:
    """Write what comes in to a temporary file in a folder. Raises StorageError."""
    place = folder / f"{PARTIAL}{secrets.token_hex(8)}"
    digest, head, size = hashlib.sha256(), b"", 0
    try:
        with storage_errors(place):
            place.parent.mkdir(exist_ok=True)
            with open(place, "xb") as file:
                async for chunk in chunks:
                    await to_thread.run_sync(file.write, chunk)
                    digest.update(chunk)
                    head, size = (head + chunk)[:_HEAD] if size < _HEAD else head, size + len(chunk)
                await to_thread.run_sync(_sync, file)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return Arrived(place, digest.hexdigest(), head, size)


def settle(arrived: Arrived, place: Path) -> None:
    """Give a file that arrived its place, so that it survives a power cut. Raises StorageError."""
    with storage_errors(place):
        os.replace(arrived.place, place)
        sync_folder(place.parent)


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
