"""Takes on this disk: a new folder for each, numbered, with the recipe that made it.

A folder is never used twice, because Maya keeps a picture by its path. `take.json` says what the take is. While it is made, `.captured`
grows by a line a frame, so that a Maya that dies in the middle loses nothing.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from shot_format.blobs import sha256
from shot_format.codec import from_json, to_json
from shot_format.errors import PaintoverError, StorageError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import Recipe
from shot_format.shot import FrameNumber, Id, Name, Sha256

LONGEST_PATH, SHORT_NAME = 259, 24
DEEPEST = "/v000/.painting/.partial-0123456789abcdef"  # what lies deepest in a shot's folder
RECORD, JOURNAL = "take.json", ".captured"
_NUMBERED = re.compile(r"v(\d{3,6})")
_JOURNALED = re.compile(r"([0-9a-f]{64}) (-?\d+) ([0-9a-f]{64})")


@dataclass(frozen=True)
class FrameContent:
    """What a frame was painted from: the hash of the shot's frame."""

    number: FrameNumber
    sha256: Sha256


@dataclass(frozen=True)
class TakeRecord:
    """What a take is: the shot as the server knows it, what it was painted with, the job that painted it (none before it was asked for).

    made: when, UTC, ISO 8601. head: the hash of the shot's head as far as it determines the pixels. contents: what its frames were painted
    from, as far as they were captured. kept: frames that came unchanged from an earlier take. unfinished: it is made, or was made by a Maya
    that is gone, and can be gone on with. since: the earlier take, if only what changed since is painted.
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
    unfinished: bool = False
    since: Optional[Name] = None


@dataclass(frozen=True)
class StoredTake:
    """A take's folder and what it says of itself."""

    folder: Path
    record: TakeRecord

    @property
    def name(self) -> str:
        """Its number, such as v003."""
        return self.folder.name

    @property
    def total(self) -> int:
        """How many frames were asked for."""
        return self.record.last - self.record.first + 1

    @property
    def whole(self) -> bool:
        """Whether it is over, with every frame that was asked for."""
        return not self.record.unfinished and len(self.frames) == self.total

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
    """Where a place keeps the takes of a shot. Long names in a deep place are cut, for Windows, and for Maya there, ends a path at 259."""
    root, names = place / "paintover", (_plain(scene), _plain(camera))
    if len(str(root.joinpath(*names))) + len(DEEPEST) > LONGEST_PATH:
        names = (_cut(names[0]), _cut(names[1]))
    return root.joinpath(*names)


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


def new_shot_id() -> str:
    """A name for a shot that no server has yet."""
    return f"shot-{secrets.token_hex(8)}"


def write_record(folder: Path, record: TakeRecord) -> None:
    """Write what a take is; once it is finished its journal is of no more use. Raises StorageError."""
    write_whole(folder / RECORD, to_json(record, indent=1).encode())
    if not record.unfinished:
        with storage_errors(folder), contextlib.suppress(FileNotFoundError):
            (folder / JOURNAL).unlink()


def note_captured(folder: Path, head: str, content: FrameContent) -> None:
    """Note that a frame was captured, before it is on its way. head: as the record has it. Raises StorageError."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / JOURNAL, "a", encoding="ascii") as journal:
            journal.write(f"{head} {content.number} {content.sha256}\n")


def _with_journal(folder: Path, record: TakeRecord) -> TakeRecord:
    """A record with what was captured since it was written. A last line that was cut off is passed over."""
    if not record.unfinished or not (folder / JOURNAL).is_file():
        return record
    head, contents = record.head, {each.number: each for each in record.contents}
    for line in (folder / JOURNAL).read_text("ascii", errors="replace").splitlines():
        match = _JOURNALED.fullmatch(line)
        if match:
            head, number = match[1], int(match[2])
            contents[number] = FrameContent(number, match[3])
    return replace(record, head=head, contents=tuple(contents[number] for number in sorted(contents)))


def list_takes(root: Path) -> tuple[StoredTake, ...]:
    """Every take of a shot, oldest first; folders without a record that can be read are passed over."""
    takes = []
    for folder in sorted(_folders(root), key=_number):
        try:
            with storage_errors(folder):
                data = (folder / RECORD).read_bytes()
                takes.append(StoredTake(folder, _with_journal(folder, from_json(TakeRecord, data, MAX_JSON_BYTES, RECORD))))
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


def _cut(name: str) -> str:
    """A long name's beginning, and a hash that tells it from others with the same."""
    return name if len(name) <= SHORT_NAME else f"{name[: SHORT_NAME - 9]}-{sha256(name.encode())[:8]}"


def _plain(name: str) -> str:
    """A name that every file system takes: letters, digits, point, hyphen and underscore of any script; others become underscores."""
    return re.sub(r"[^\w.-]+", "_", name).strip("._ ")[:80] or "untitled"
