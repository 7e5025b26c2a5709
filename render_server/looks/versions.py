"""Versions of looks that were trained: a draft comes with any number, and gets the next that was never used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from render_server.looks.card import card
from render_server.looks.install import CARD, install_look
from render_server.looks.registry import Look, read_look
from shot_format.errors import FormatError, PaintoverError
from shot_format.files import storage_errors, write_whole

LAST_VERSION = 999_999


def next_version(name: str, roots: Sequence[Path]) -> int:
    """The version after every one that was ever installed under a name, by the histories too. Raises StorageError."""
    last = 0
    for root in roots:
        with storage_errors(root):
            found = (re.search(r"@([0-9]{1,6})(\.history)?$", place.name) for place in root.glob(f"{name}@*"))
            last = max([last, *(int(match[1]) for match in found if match)])
    if last >= LAST_VERSION:
        raise FormatError("look-versions", f"No version of {name} is left; train it under another name.")
    return last + 1


def renumber(draft: Path, version: int) -> Look:
    """Give a draft, which nobody has installed yet, its version, also on its card. Raises FormatError ("look-broken"), StorageError."""
    look, place = read_look(draft), draft / "look.json"
    if look.version != version:
        with storage_errors(place):
            fields = json.loads(place.read_text("utf-8"))
            written = (draft / CARD).read_text("utf-8")
        if look.training and written == card(look):  # a card in other words stays as it is
            write_whole(draft / CARD, card(replace(look, version=version)).encode())
        write_whole(place, json.dumps(fields | {"version": version}, indent=1).encode())
    return read_look(draft)


def install_next(draft: Path, store: Path, others: Sequence[Path], who: str, why: str) -> Look:
    """Install a draft as the next version of its name; one whose weights are installed under that name already changes nothing.

    Raises what `install_look` raises.
    """
    look = read_look(draft)
    known = next((each for each in _installed(store, look.name) if each.model_sha256 == look.model_sha256), None)
    if known is not None:
        return known
    renumber(draft, next_version(look.name, (store, *others)))
    return install_look(draft, store, who, why)


def _installed(store: Path, name: str) -> Iterator[Look]:
    for place in sorted(store.glob(f"{name}@*/look.json")):
        try:
            yield read_look(place.parent)
        except PaintoverError:  # a broken one is another command's business
            continue
