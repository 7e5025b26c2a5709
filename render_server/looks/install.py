"""Installs looks: a folder is checked from end to end, then it is there, whole and for ever, with its first entry: candidate.

An installed look lies in the server's data folder as `looks/NAME@VERSION`, or `looks/SHOW/NAME@VERSION`; the base that it changes, where
that does not ship, beside it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from render_server.looks.content import Member, content_sha256, members
from render_server.looks.history import Entry, add_entry, now
from render_server.looks.registry import OWN_LOOKS, Look, look_folders, read_look
from render_server.looks.tensors import read_metadata
from shot_format.blobs import PNG
from shot_format.codec import parse
from shot_format.errors import FormatError, MissingError
from shot_format.files import PARTIAL, storage_errors, sync_folder
from shot_format.limits import MAX_FRAME_JSON_BYTES

BASE_NAME = r"[a-z0-9][a-z0-9_-]{0,63}@[0-9]{1,6}"
WEIGHTS, CONFIG, CARD = "weights.safetensors", "config.json", "MODEL_CARD.md"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Base:
    """The network that a look changes: what the look's weights say of it."""

    name: str
    sha256: str

    def find(self, beside: Path) -> Path | None:
        """Its folder: beside the look, or among those that ship; None where it is not there with these weights."""
        for root in (beside, OWN_LOOKS):
            if (root / self.name / WEIGHTS).is_file():
                return root / self.name if base_sha256(root / self.name) == self.sha256 else None
        return None


@dataclass(frozen=True)
class Checked:
    """A look's folder that was found sound."""

    look: Look
    members: tuple[Member, ...]
    base: Base | None

    @property
    def sha256(self) -> str:
        """The hash of all of it."""
        return content_sha256(self.members)


def base_of(folder: Path) -> Base | None:
    """The base that the weights in a folder change; None where they are whole. Raises FormatError ("weights-broken")."""
    metadata = read_metadata(folder / WEIGHTS)
    if "base" not in metadata:
        return None
    if not re.fullmatch(BASE_NAME, metadata["base"]) or not re.fullmatch("[0-9a-f]{64}", metadata.get("base_sha256", "")):
        raise FormatError("weights-broken", "The weights name a base by a name that none has.")
    return Base(metadata["base"], metadata["base_sha256"])


def base_sha256(folder: Path) -> str:
    """The hash of a base's weights."""
    return next((each.sha256 for each in members(folder) if each.name == WEIGHTS), "")


def check_look(folder: Path) -> Checked:
    """Read a look's folder and everything in it, but its base.

    Raises FormatError ("look-broken", "look-stray", "weights-broken", "look-lineage", "json-broken"), LimitError, StorageError.
    """
    found = members(folder)
    names = {each.name: each for each in found}
    for name in ("look.json", WEIGHTS, CARD):
        if name not in names:
            raise FormatError("look-broken", f"The look in {folder.name} has no {name}.")
    _check_kinds(folder, found)
    look, base = read_look(folder), base_of(folder)
    if names[WEIGHTS].sha256 != look.model_sha256:
        raise FormatError("look-broken", f"The weights of {look.key} are not those that its look.json names.")
    if base is None and CONFIG not in names:
        raise FormatError("look-broken", f"The look {look.key} has whole weights but no {CONFIG}.")
    _check_lineage(look, base)
    return Checked(look, found, base)


def install_look(draft: Path, store: Path, who: str, why: str) -> Look:
    """Install a look from a folder, which stays as it is; its base must be there. The same look again changes nothing.

    Raises what `check_look` raises, MissingError ("look-base-missing"), FormatError ("look-exists").
    """
    checked = check_look(draft)
    with room_in(store) as room:
        with storage_errors(store):
            shutil.copytree(draft, room / "look")
        return settle(room, store, checked, who, why)


@contextlib.contextmanager
def room_in(store: Path) -> Iterator[Path]:
    """A folder to make a look in, gone at the end whatever happens."""
    room = store / f"{PARTIAL}{secrets.token_hex(8)}"
    try:
        with storage_errors(store):
            room.mkdir(parents=True)
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def settle(room: Path, store: Path, checked: Checked, who: str, why: str) -> Look:
    """Give `room/look`, and `room/base` where that is there, their places: the base first, the look's history, then the look."""
    look, target = checked.look, store / checked.look.key
    if content_sha256(members(room / "look")) != checked.sha256:
        raise FormatError("look-changed", f"The files of {look.key} changed while it was being installed; try again.")
    if target.exists():
        if content_sha256(members(target)) == checked.sha256:
            return read_look(target)
        raise FormatError("look-exists", f"Another look is installed as {look.key}, and a version never changes; give this one a new one.")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _settle_base(room / "base", target.parent, checked)
        add_entry(store, look.key, Entry("candidate", who, now(), why, checked.sha256))
        for path in (room / "look").rglob("*"):
            _sync(path)
        os.replace(room / "look", target)
        sync_folder(target.parent)
    return read_look(target)


def _settle_base(brought: Path, place: Path, checked: Checked) -> None:
    base = checked.base
    if base is None or base.find(place) is not None:
        return
    beside = [folder for folder in look_folders(place) if folder.parent == place]
    others = [folder for folder in beside if (theirs := base_of(folder)) and theirs.name == base.name]
    if (place / base.name).exists() or others:
        raise FormatError(
            "look-base-differs", f"{checked.look.key} needs another {base.name} than the looks that are here; give that base a new version."
        )
    if not brought.is_dir():
        raise MissingError(
            "look-base-missing", f"{checked.look.key} changes {base.name}, which is not here with the right weights; bring it too."
        )
    for path in brought.iterdir():
        _sync(path)
    os.replace(brought, place / base.name)


def check_base(folder: Path, base: Base) -> None:
    """Check a base's folder that was brought. Raises FormatError ("look-broken", "weights-broken"), LimitError."""
    found = members(folder)
    if {each.name for each in found} != {CONFIG, WEIGHTS} or base_sha256(folder) != base.sha256:
        raise FormatError("look-broken", f"What was brought is not the base {base.name} that the look changes.")
    _check_kinds(folder, found)
    read_metadata(folder / WEIGHTS)


def _check_lineage(look: Look, base: Base | None) -> None:
    if look.show is None:
        return
    if look.training is None:
        raise FormatError("look-lineage", f"{look.key} does not say how it was trained; a show's look does ('training' in look.json).")
    if look.training.base_sha256 != (base.sha256 if base else None):
        raise FormatError("look-lineage", f"{look.key} says that it was trained on another base than its weights do.")


def _check_kinds(folder: Path, found: tuple[Member, ...]) -> None:
    """A file is what its content says, not its name."""
    for each in found:
        place = folder / each.name
        with storage_errors(place), open(place, "rb") as file:
            head = file.read(8)
        suffix = place.suffix
        if (suffix == ".png" and not head.startswith(PNG)) or (suffix == ".jpg" and not head.startswith(_JPEG)):
            raise FormatError("look-stray", f"{each.name} is no {suffix[1:].upper()}.")
        if suffix == ".json":
            parse(place.read_bytes(), MAX_FRAME_JSON_BYTES, each.name)
        if suffix == ".md":
            _check_text(place, each.name)
        if suffix == ".safetensors":
            read_metadata(place)


def _check_text(place: Path, name: str) -> None:
    try:
        place.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("look-stray", f"{name} is no text.") from None


def _sync(path: Path) -> None:
    if path.is_dir():
        return sync_folder(path)
    with open(path, "r+b") as file:
        os.fsync(file.fileno())
