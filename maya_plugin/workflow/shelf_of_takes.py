"""The takes of one shot on this disk, as the panel lists them. All of it waits for the disk: it is called on a worker thread."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from maya_plugin.workflow.takes import StoredTake, blocking_path, list_takes, painted_path, shot_folder
from shot_format.files import storage_errors


@dataclass(frozen=True)
class TakeRow:
    """A take, the frames that it has, and of which of them the viewport's picture is there."""

    take: StoredTake
    frames: tuple[int, ...]
    blocked: frozenset[int]

    @property
    def name(self) -> str:
        """Its number, such as v003."""
        return self.take.name

    @property
    def whole(self) -> bool:
        """Whether it has every frame that was asked for."""
        return len(self.frames) == self.take.record.last - self.take.record.first + 1

    def files(self) -> dict[int, Path]:
        """Its painted frames."""
        return {number: painted_path(self.take.folder, number) for number in self.frames}

    def blocking(self, number: int) -> Path:
        """The viewport's picture of a frame."""
        return blocking_path(self.take.folder, number)


def rows_of(places: Iterable[Path], scene: str, camera: str) -> tuple[TakeRow, ...]:
    """Every take of a shot in any of these places, the newest first; those without a frame are left out."""
    return tuple(row for row in every_row(places, scene, camera) if row.frames)


def every_row(places: Iterable[Path], scene: str, camera: str) -> tuple[TakeRow, ...]:
    """Every take, those without a frame too."""
    rows = [_row(take) for place in places for take in list_takes(shot_folder(place, scene, camera))]
    return tuple(sorted(rows, key=lambda row: (row.take.record.made, row.name), reverse=True))


def _row(take: StoredTake) -> TakeRow:
    with storage_errors(take.folder):
        names = [path.name.split(".") for path in take.folder.glob("*.*.png")]
    found = {
        kind: sorted(int(number) for what, number, _ in names if what == kind and _is_number(number)) for kind in ("painted", "blocking")
    }
    return TakeRow(take, tuple(found["painted"]), frozenset(found["blocking"]))


def _is_number(text: str) -> bool:
    return text.lstrip("-").isdecimal()


def now() -> str:
    """The present time as a take's record has it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def time_of_day(made: str) -> str:
    """When a take was made, for people: the time of day, and the date where that is not today."""
    try:
        then = datetime.datetime.fromisoformat(made).astimezone()
    except ValueError:
        return ""
    today = then.date() == datetime.datetime.now().astimezone().date()
    return then.strftime("%H:%M" if today else "%d %b, %H:%M")
