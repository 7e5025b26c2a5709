"""The states of installed looks: candidate, approved, retired; who brought a look there, when and why.

A look's folder never changes, so its history lies beside it: one small file an entry, in `NAME@VERSION.history`. An entry is never written
over, and two who write at once get a number each.
"""

from __future__ import annotations

import datetime
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError
from shot_format.files import PARTIAL, storage_errors, sync_folder, write_whole
from shot_format.limits import MAX_NAME
from shot_format.messages import LOOK_STATES
from shot_format.shot import Sha256

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Entry:
    """A step in a look's life. look_sha256: the hash of its folder."""

    state: Annotated[str, rules(enum=LOOK_STATES)]
    who: Annotated[str, rules(maxLength=MAX_NAME)]
    when: str  # UTC, ISO 8601
    why: Annotated[str, rules(maxLength=MAX_NAME)]
    look_sha256: Sha256

    @property
    def sentence(self) -> str:
        """The entry for people."""
        return f"{self.state} on {self.when[:10]} by {self.who}: {self.why}"


def history_folder(root: Path, key: str) -> Path:
    """Where a look's history lies."""
    return root / f"{key}.history"


def read_history(root: Path, key: str) -> tuple[Entry, ...]:
    """A look's life so far, oldest first; empty where it was never installed. Raises FormatError, StorageError."""
    folder = history_folder(root, key)
    with storage_errors(folder):
        places = sorted(folder.glob("[0-9]*.json"), key=lambda place: int(place.stem))
        return tuple(from_json(Entry, place.read_bytes(), _MOST_BYTES, f"{key}: {place.name}") for place in places)


def add_entry(root: Path, key: str, entry: Entry) -> None:
    """Write the next entry; it is there whole or not at all, and never in another's place.

    Raises FormatError ("look-state": it was in that state or beyond), StorageError.
    """
    folder = history_folder(root, key)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{PARTIAL}{secrets.token_hex(8)}"
        write_whole(temporary, to_json(entry, indent=1).encode())
        try:
            while True:
                written = read_history(root, key)
                _check_step(key, written[-1] if written else None, entry)
                try:
                    os.link(temporary, folder / f"{len(written) + 1:04d}.json")  # refuses a name that is taken, as a rename does not
                    break
                except FileExistsError:
                    continue  # somebody else was faster
        finally:
            temporary.unlink()
        sync_folder(folder)


def _check_step(key: str, last: Entry | None, entry: Entry) -> None:
    if last is None or entry.state == "candidate":  # a look that was installed again begins anew
        return
    if LOOK_STATES.index(entry.state) <= LOOK_STATES.index(last.state):
        raise FormatError("look-state", f"The look {key} was {last.sentence}. It does not become {entry.state}; make a new version.")


def now() -> str:
    """The present time as an entry has it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
