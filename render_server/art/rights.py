"""Whether art may be trained on. No rights entry, no training; an override is explicit, and stays in the manifest for ever."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from render_server.art.errors import RightsError
from render_server.art.manifest import RIGHTS, Change, Gap, Manifest, Override, Piece, Rights, Stamp, harmless
from shot_format.errors import FormatError, MissingError

REQUIRED = ("owner", "licence", "consent")
EDITABLE = ("title", *(field.name for field in fields(Rights)))
SHOW = "show:"  # what a gap begins with where a piece is not cleared for a show
EVERY_SHOW = "*"  # of a look that every show may paint with: a piece that is cleared for some shows only is not cleared for it


def missing(piece: Piece, show: str | None = None) -> tuple[str, ...]:
    """What a piece lacks to be trained on, for a show where one is named."""
    lacks = [name for name in REQUIRED if not getattr(piece.rights, name)]
    if show is not None and piece.rights.shows and show not in piece.rights.shows:
        lacks.append(f"{SHOW}{show}")
    return tuple(lacks)


def gaps(manifest: Manifest, show: str | None = None, among: frozenset[str] | None = None) -> tuple[Gap, ...]:
    """What the pieces in use lack, but for what an override covers already. among: hashes of the pieces that are asked for; None: all."""
    covered = {(gap.piece, name) for override in manifest.overrides for gap in override.gaps for name in gap.missing}
    found = []
    for piece in _asked(manifest, among):
        lacks = tuple(name for name in missing(piece, show) if (piece.sha256, name) not in covered)
        if lacks:
            found.append(Gap(piece.sha256, lacks))
    return tuple(found)


def _asked(manifest: Manifest, among: frozenset[str] | None) -> tuple[Piece, ...]:
    return tuple(piece for piece in manifest.usable if among is None or piece.sha256 in among)


def check_rights(manifest: Manifest, show: str | None = None, among: frozenset[str] | None = None) -> tuple[Piece, ...]:
    """The pieces that may be trained on: all that are in use, or those among them that are asked for.

    Raises RightsError ("rights-missing") with the list of what is missing, MissingError ("art-empty").
    """
    asked = _asked(manifest, among)
    if not asked:
        raise MissingError("art-empty", f"'{manifest.name}' has no piece that is in use; add art to it first.")
    found = gaps(manifest, show, among)
    if found:
        lines = "; ".join(_line(manifest, gap) for gap in found)
        raise RightsError(
            "rights-missing",
            f"'{manifest.name}' may not be trained on, because {len(found)} of {len(asked)} pieces lack rights: {lines}. "
            "State them with 'paintover art set', or retire the pieces.",
            found,
        )
    return asked


def _line(manifest: Manifest, gap: Gap) -> str:
    piece = manifest.find(gap.piece)
    return f"{piece.title if piece else gap.piece} ({gap.piece[:10]}): {', '.join(map(_words, gap.missing))}"


def _words(name: str) -> str:
    if name == SHOW + EVERY_SHOW:
        return "clearance for every show"
    return f"clearance for the show {name[len(SHOW) :]}" if name.startswith(SHOW) else name


def with_override(manifest: Manifest, stamp: Stamp, why: str, show: str | None = None, among: frozenset[str] | None = None) -> Manifest:
    """The manifest with an override of all that is missing now; the same manifest where nothing is. What comes later is not covered.

    Raises FormatError ("override-unsigned").
    """
    if not stamp.by or not harmless(why):
        raise FormatError("override-unsigned", "An override of missing rights needs a name and a reason; it stays in the manifest.")
    found = gaps(manifest, show, among)
    if not found:
        return manifest
    return replace(manifest, overrides=(*manifest.overrides, Override(stamp, harmless(why), found)))


def edited(piece: Piece, changes: dict[str, str | tuple[str, ...]], stamp: Stamp) -> Piece:
    """The piece with fields changed, and with what stood there before in its history. Raises FormatError ("rights-field")."""
    history = list(piece.history)
    for name, value in changes.items():
        if name not in EDITABLE:
            raise FormatError("rights-field", f"'{harmless(name)}' cannot be changed; what can is {', '.join(EDITABLE)}.")
        before = piece.title if name == "title" else getattr(piece.rights, name)
        if value != before:
            history.append(Change(stamp, name, _shown(before), _shown(value)))
            piece = _changed(piece, name, value)
    return replace(piece, history=tuple(history))


def _changed(piece: Piece, name: str, value: str | tuple[str, ...]) -> Piece:
    if name == "title":
        return replace(piece, title=str(value))
    entry: dict[str, Any] = {name: value}
    return replace(piece, rights=replace(piece.rights, **entry))


def _shown(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def filled(rights: Rights, fallback: Rights) -> Rights:
    """Rights with what they leave open taken from others."""
    texts = {name: getattr(rights, name) or getattr(fallback, name) for name in RIGHTS}
    return Rights(**texts, shows=rights.shows or fallback.shows)
