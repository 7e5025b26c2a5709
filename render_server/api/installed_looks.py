"""The looks in the catalogue, as the web half needs them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from render_server.looks.catalogue import Catalogue, Offer
from render_server.looks.install import base_of
from shot_format.errors import MissingError
from shot_format.messages import LookInfo


class InstalledLooks:
    """Reads the catalogue anew each time, so that a look that was trained a moment ago is there.

    store: the folder of installed looks; others: folders in place of those that ship. show: whose looks may be seen; None: everybody's.
    """

    def __init__(self, store: Path, others: Sequence[Path] | None = None) -> None:
        self._catalogue = Catalogue(store, others)

    def list(self, show: str | None) -> list[LookInfo]:
        """List every look that is offered, the one that a bare name means first."""
        return [_info(offer) for offer in self._catalogue.list(show)]

    def find(self, name: str, show: str | None) -> LookInfo:
        """Find a look, "oil" or "oil@1", retired too. Raises MissingError ("look-unknown"), FormatError ("look-changed")."""
        return _info(self._catalogue.find(name, show))

    def base(self, name: str, show: str | None) -> str | None:
        """The hash of the network that a look changes; None where it has its own. Raises what `find` raises."""
        base = base_of(self._catalogue.find(name, show).look.folder)
        return base.sha256 if base else None

    def thumbnail(self, name: str, show: str | None) -> Path:
        """Say where a look's thumbnail lies. Raises MissingError ("look-unknown", "thumbnail-missing")."""
        look = self._catalogue.find(name, show).look
        if not look.thumbnail.is_file():
            raise MissingError("thumbnail-missing", f"The look {look.key} has no thumbnail.")
        return look.thumbnail


def _info(offer: Offer) -> LookInfo:
    look, note = offer.look, offer.last.sentence if offer.last else ""
    return LookInfo(look.name, look.version, look.title, look.description, look.model_sha256, offer.sha256, offer.state, note)
