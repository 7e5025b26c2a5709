"""Takes on this disk: a new folder for each, numbered, with the recipe that made it.

A folder is never used twice, because Maya keeps a picture by its path. `take.json` says what the take is.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from shot_format.codec import from_json, to_json
from shot_format.errors import PaintoverError, StorageError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import Recipe
from shot_format.shot import FrameNumber, Id, Name, Sha256

RECORD = "take.json"
_NUMBERED = re.compile(r"v(\d{3,6})")


@dataclass(frozen=True)
class FrameContent:
    """What a frame was painted from: the hash of the shot's frame."""

    number: FrameNumber
    sha256: Sha256


@dataclass(frozen=True)
class TakeRecord:
    """What a take is: the shot as the server knows it, what it was painted with, the job that painted it (none before it was asked for).

    made: when, UTC, ISO 8601. head: the hash of the shot's head as far as it determines the pixels. contents: what its frames were painted
    from, as far as they were captured. kept: frames that came unchanged from an earlier take.
    """

    shot: Id
    camera: Name
    first: FrameNumber
    last: FrameNumber
    recipe: Recipe
    job: Optional[Id] = None
    made: str = ""
    head: Optional[Sha256] = None
    contents: tuple[FrameContent, ...] = ()
    kept: tuple[FrameNumber, ...] = ()


@dataclass(frozen=True)
class StoredTake:
    """A take's folder and what it says of itself."""

    folder: Path
    record: TakeRecord

    @property
    def name(self) -> str:
        """Its number, such as v003."""
        return self.folder.name

    def blocking(self, number: int) -> Path:
        """Where the viewport's picture of a frame lies, if it was captured."""
        return blocking_path(self.folder, number)

    @property
    def frames(self) -> tuple[Path, ...]:
        """The painted frames that are there, in order."""
        found = self.folder.glob("painted.*.png")
        return tuple(sorted(found, key=lambda path: int(path.name.split(".")[1])))


def blocking_path(folder: Path, number: int) -> Path:
    """Where a take keeps the viewport's picture of a frame."""
    return folder / f"blocking.{number:04d}.png"


def painted_path(folder: Path, number: int) -> Path:
    """Where a take keeps a painted frame."""
    return folder / f"painted.{number:04d}.png"


def shot_folder(place: Path, scene: str, camera: str) -> Path:
    """Where a place keeps the takes of a shot."""
    return place / "paintover" / _plain(scene) / _plain(camera)


def take_root(places: Iterable[Path], scene: str, camera: str) -> Path:
    """The folder of a shot's takes, in the first of these places that can be written to. Raises StorageError ("disk-refused")."""
    refused: Optional[StorageError] = None
    for place in places:
        root = shot_folder(place, scene, camera)
        try:
            with storage_errors(root):
                root.mkdir(parents=True, exist_ok=True)
            probe = root / ".paintover-probe"
            write_whole(probe, b"")
            probe.unlink()
            return root
        except StorageError as error:
            refused = error
    raise refused or StorageError("disk-refused", "There is no folder for takes; choose one in the settings.")


def new_take(root: Path, record: TakeRecord) -> Path:
    """Make the next take's folder, v001 and so on, and write its record. Raises StorageError."""
    number = max((_number(path) for path in _folders(root)), default=0)
    while True:
        number += 1
        folder = root / f"v{number:03d}"
        with storage_errors(folder):
            root.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                continue  # another Maya was faster
        write_record(folder, record)
        return folder


def write_record(folder: Path, record: TakeRecord) -> None:
    """Write what a take is. Raises StorageError."""
    write_whole(folder / RECORD, to_json(record, indent=1).encode())


def list_takes(root: Path) -> tuple[StoredTake, ...]:
    """Every take of a shot, oldest first; folders without a record that can be read are passed over."""
    takes = []
    for folder in sorted(_folders(root), key=_number):
        try:
            with storage_errors(folder):
                data = (folder / RECORD).read_bytes()
            takes.append(StoredTake(folder, from_json(TakeRecord, data, MAX_JSON_BYTES, RECORD)))
        except PaintoverError:
            continue
    return tuple(takes)


def delete_take(take: StoredTake) -> None:
    """Delete a take's folder with all its frames. Raises StorageError."""
    with storage_errors(take.folder):
        shutil.rmtree(take.folder)


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir() and _NUMBERED.fullmatch(path.name)] if root.is_dir() else []


def _number(folder: Path) -> int:
    match = _NUMBERED.fullmatch(folder.name)
    return int(match[1]) if match else 0


def _plain(name: str) -> str:
    """A name that every file system takes: letters, digits, point, hyphen and underscore of any script; others become underscores."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._ ")[:80] or "untitled"
