"""The looks of one server: those that ship and those that were installed, with their states, as one show may see them."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from render_server.looks.content import folder_sha256
from render_server.looks.history import Entry, add_entry, now, read_history
from render_server.looks.registry import Look, look_folders, looks_folders, read_placed
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.messages import LOOK

_log = logging.getLogger("paintover.looks")


@dataclass(frozen=True)
class Offer:
    """A look with its content's hash. last: the newest entry of its history; None for looks that ship, which are always approved."""

    look: Look
    sha256: str
    last: Entry | None = None

    @property
    def state(self) -> str:
        """Candidate, approved or retired."""
        return self.last.state if self.last else "approved"


class Catalogue:
    """Reads the folders anew each time, so that a look that was installed a moment ago is there.

    store: the folder of installed looks, see install.py; others: more folders, as PAINTOVER_LOOKS names them, and the package's own where
    None. show: whose looks are meant beside those of all shows; None: every show's.
    """

    def __init__(self, store: Path, others: Sequence[Path] | None = None) -> None:
        self.store = store
        self._others = others

    def list(self, show: str | None = None, retired: bool = False) -> tuple[Offer, ...]:
        """Every look that is offered, by name; the one that the bare name means first. What cannot be read is passed over, and logged."""
        found: dict[str, Offer] = {}
        for root in self._roots():
            for folder in look_folders(root):
                key = folder.relative_to(root).as_posix()
                if not _visible(key, show) or key in found:
                    continue
                try:
                    offer = self._read(root, folder)
                    found.setdefault(offer.look.key, offer)
                except PaintoverError as error:
                    _log.warning("%s", error)
        offers = (offer for offer in found.values() if retired or offer.state != "retired")
        return tuple(sorted(offers, key=_order))

    def find(self, name: str, show: str | None = None) -> Offer:
        """The look of a name: one version, retired too; for a bare name the newest that is approved, else the newest candidate.

        Raises MissingError ("look-unknown"), FormatError ("look-broken", "look-changed").
        """
        if re.fullmatch(LOOK, name) and _visible(name, show):
            for root in self._roots() if "@" in name else ():
                if (root / name / "look.json").is_file():
                    return self._read(root, root / name)
            for offer in self.list(show, retired="@" in name):
                if name in (offer.look.key, offer.look.name):
                    return offer
        there = ", ".join(offer.look.key for offer in self.list(show)) or "none"
        raise MissingError("look-unknown", f'There is no look "{name}"; there are: {there}.')

    def history(self, name: str) -> tuple[Entry, ...]:
        """The life of an installed look. Raises what `find` raises."""
        return read_history(self.store, self.find(name).look.key)

    def change(self, name: str, state: str, who: str, why: str) -> Offer:
        """Approve or retire an installed look. Raises what `find` raises, FormatError ("look-state", "look-shipped", "look-why")."""
        if "@" not in name:
            raise FormatError("look-version", f"Say which version of {name} is meant, such as {self.find(name).look.key}.")
        if not who.strip() or not why.strip():
            raise FormatError("look-why", "Say who decides this, and why; it stays in the look's history.")
        offer = self.find(name)
        if offer.last is None:
            raise FormatError("look-shipped", f"{name} was not installed on this server; only installed looks are approved and retired.")
        entry = Entry(state, who.strip(), now(), why.strip(), offer.sha256)
        add_entry(self.store, offer.look.key, entry)
        return replace(offer, last=entry)

    def _roots(self) -> tuple[Path, ...]:
        return (self.store, *(looks_folders() if self._others is None else self._others))

    def _read(self, root: Path, folder: Path) -> Offer:
        look, sha256 = read_placed(root, folder), folder_sha256(folder)
        written = read_history(root, look.key) if root == self.store else ()
        if root == self.store and not written:
            raise FormatError("look-broken", f"The look {look.key} lies in the server's folder but was never installed; import it.")
        if written and written[-1].look_sha256 != sha256:
            raise FormatError(
                "look-changed", f"The files of the look {look.key} are not those that were installed; take it away and import it again."
            )
        return Offer(look, sha256, written[-1] if written else None)


def _visible(key: str, show: str | None) -> bool:
    """Whether a show may see a look, by nothing but its name."""
    owner = key.rpartition("/")[0]
    return show is None or owner in ("", show)


def _order(offer: Offer) -> tuple[str, int, int]:
    rank = ("approved", "candidate", "retired").index(offer.state)
    return offer.look.name, rank, -offer.look.version
