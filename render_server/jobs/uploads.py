"""Resumable uploads: the server alone knows how far a blob has come, and keeps every byte that arrived.

A blob grows in `uploads/HASH.LENGTH`, whose size is the offset; when it is whole and its hash is right, it moves to `blobs/` in one step.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from anyio import to_thread

from render_server.jobs import shots
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.errors import OffsetError
from render_server.jobs.ledger import Ledger
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors, sync_folder, write_whole
from shot_format.limits import MAX_BLOB_BYTES
from shot_format.pack import read_pack

KEPT_SECONDS = 7 * 24 * 3600  # an upload that nobody went on with is forgotten after a week
WRITERS = 8
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Progress:
    """How far a blob has come, in bytes."""

    offset: int
    length: int


class Uploads:
    """The blobs that are coming in. One process writes them, and never two requests the same one.

    A show's blobs are its own: what another show sent is not there for it, however well it knows the hash, and has to be sent again.
    """

    def __init__(self, ledger: Ledger, files: DataFolder, show: str | None = None, writers: ThreadPoolExecutor | None = None) -> None:
        self._ledger = ledger
        self._root, self._files = files, files.of(show)
        self._show = show
        self._busy: set[str] = set()
        self._writers = writers or ThreadPoolExecutor(WRITERS, "blobs")  # the disk takes several small files in the time of one
        self._shows: dict[str, Uploads] = {}
        self._lock = threading.Lock()

    def of(self, show: str | None) -> Uploads:
        """The uploads of a show; of none: these. Raises StorageError."""
        if show == self._show:
            return self
        with self._lock:
            if show is not None and show not in self._shows:
                place = self._root.of(show)
                with storage_errors(place.root):
                    for folder in (place.blobs, place.uploads):
                        folder.mkdir(parents=True, exist_ok=True)
                self._shows[show] = Uploads(self._ledger, self._root, show, self._writers)
            return self._shows[show] if show is not None else self

    @property
    def busy(self) -> int:
        """How many blobs are coming in now, of all shows."""
        return len(self._busy) + sum(each.busy for each in list(self._shows.values()))

    def progress(self, sha256: str) -> Progress:
        """Say how far a blob has come. Raises MissingError ("blob-unknown")."""
        with suppress(FileNotFoundError):
            size = self._files.blob(sha256).stat().st_size
            return Progress(size, size)
        found = [Progress(_size(place), int(place.suffix[1:])) for place in self._files.uploads.glob(f"{sha256}.*")]
        if not found:
            raise MissingError("blob-unknown", f"The server has nothing of the blob {sha256}.")
        return max(found, key=lambda progress: progress.offset)

    async def take(self, sha256: str, offset: int, length: int, chunks: AsyncIterator[bytes]) -> Progress:
        """Append to a blob; one that is whole already is left alone and nothing is read.

        Raises OffsetError ("upload-offset", "upload-busy"), LimitError ("blob-too-large", "upload-too-long"),
        FormatError ("blob-hash"), StorageError.
        """
        if length > MAX_BLOB_BYTES:
            raise LimitError("blob-too-large", f"A blob of {length} bytes is too large; at most {MAX_BLOB_BYTES} are taken.")
        if self._files.blob(sha256).exists():
            await to_thread.run_sync(self._note, (sha256,))
            return Progress(length, length)
        place = self._files.upload(sha256, length)
        with self._alone(sha256, place):
            size = await _append(place, offset, length, chunks)
            if size == length:
                await to_thread.run_sync(self._settle, sha256, place)
        return Progress(size, length)

    def take_pack(self, pack: bytes) -> None:
        """Keep the blobs of a pack; those before a broken one stay.

        Raises FormatError ("pack-broken", "blob-hash"), LimitError ("pack-too-large"), StorageError.
        """
        kept: dict[str, Future[None] | None] = {}
        try:
            for sha256, data in read_pack(pack):
                place = self._files.blob(sha256)
                kept[sha256] = None if place.exists() else self._writers.submit(write_whole, place, data)
        finally:
            written = [future for future in kept.values() if future is not None]
            wait(written)
            self._note(kept)
        for future in written:
            future.result()

    def sweep(self) -> None:
        """After a start: settle what became whole just before the stop, and forget uploads that are too old; those of shows too."""
        for show in self._root.shows() if self._show is None else ():
            self.of(show).sweep()
        for place in self._files.uploads.iterdir():
            sha256, length = place.stem, int(place.suffix[1:])
            if _size(place) >= length:
                with suppress(FormatError):
                    self._settle(sha256, place)
            elif place.stat().st_mtime < time.time() - KEPT_SECONDS:
                place.unlink()
        self._note(shots.wanted_blobs(self._ledger, self._show))

    def _note(self, names: Iterable[str]) -> None:
        """Enter the blobs that are whole, also those that were so before: that time it may not have come to the entry."""
        shots.blobs_arrived(self._ledger, self._show, [name for name in names if self._files.blob(name).exists()])

    @contextmanager
    def _alone(self, sha256: str, place: Path) -> Iterator[None]:
        if sha256 in self._busy:
            message = "This blob is being sent by another request just now; ask for its offset, then go on from there."
            raise OffsetError("upload-busy", message, _size(place))
        self._busy.add(sha256)
        try:
            yield
        finally:
            self._busy.discard(sha256)

    def _settle(self, sha256: str, place: Path) -> None:
        blob = self._files.blob(sha256)
        with storage_errors(blob):
            if _hash_synced(place) != sha256:
                place.unlink()
                raise FormatError("blob-hash", f"What was sent as {sha256} has another hash and was thrown away; send it again.")
            blob.parent.mkdir(exist_ok=True)
            os.replace(place, blob)
            sync_folder(blob.parent)
        self._note((sha256,))


async def _append(place: Path, offset: int, length: int, chunks: AsyncIterator[bytes]) -> int:
    """Write what comes, as it comes, and give the file's new size."""
    with storage_errors(place), open(place, "ab", buffering=0) as file:
        size = file.tell()
        if offset != size:
            raise OffsetError("upload-offset", f"The server has {size} bytes of this blob, not {offset}; go on from there.", size)
        async for chunk in chunks:
            if size + len(chunk) > length:
                file.truncate(offset)
                raise LimitError("upload-too-long", f"More than the {length} bytes that were announced came; check the file and its hash.")
            await to_thread.run_sync(_write, file, chunk)
            size += len(chunk)
            if size == length:
                break  # what is whole is settled, even if the client leaves in this moment
        return size


def _write(file: RawIOBase, chunk: bytes) -> None:
    while chunk:
        chunk = chunk[file.write(chunk) or 0 :]


def _hash_synced(place: Path) -> str:
    digest = hashlib.sha256()
    with open(place, "r+b") as file:
        os.fsync(file.fileno())
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _size(place: Path) -> int:
    with suppress(FileNotFoundError):
        return place.stat().st_size
    return 0
