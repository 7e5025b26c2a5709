"""What was made from a piece of art: the looks that were trained on it, and the takes that were painted with those looks.

A look says in its look.json what it was trained on; a take says which look painted it. Here the two are read together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render_server.art.manifest import Manifest, Piece, harmless, manifest_hash
from render_server.looks.lineage import ArtPiece
from render_server.looks.registry import Look
from shot_format.files import storage_errors

TAKE = "take.json"
_MAX_TAKE_BYTES = 16 << 20


@dataclass(frozen=True)
class LookLineage:
    """What a look was made from. parents: looks that it was blended from or goes on from, like "oil@1"."""

    look: str  # "show/oils@3"
    pieces: tuple[str, ...] = ()  # hashes of art
    manifests: tuple[str, ...] = ()  # hashes of the manifests at that time
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakeLineage:
    """What a take was painted with; one that blends two looks has one of these for each."""

    take: str  # a folder, or a job's id
    look: str  # at its version


@dataclass(frozen=True)
class Uses:
    """What was made from a piece, directly or through a look that goes on from another."""

    looks: tuple[str, ...]
    takes: tuple[str, ...]


def art_of(pieces: Sequence[Piece]) -> tuple[ArtPiece, ...]:
    """The pieces as a look's training names them."""
    return tuple(ArtPiece(each.sha256, each.title, each.rights.owner, each.rights.licence) for each in pieces)


def overrides_in_words(manifest: Manifest) -> tuple[str, ...]:
    """The overrides of missing rights as a look's training names them."""
    return tuple(
        harmless(f"{each.stamp.when[:10]}, {each.stamp.by}: {each.why} ({len(each.gaps)} pieces of {manifest.name})")
        for each in manifest.overrides
    )


def lineage_entry(manifest: Manifest, pieces: Sequence[Piece]) -> dict[str, Any]:
    """What a look's look.json says of the art that it was trained on: an entry of its `lineage`."""
    return {
        "what": f"{len(pieces)} pieces of art",
        "art": manifest.name,
        "manifest_sha256": manifest_hash(manifest),
        "pieces": [
            {"sha256": each.sha256, "title": each.title, "artist": each.rights.artist, "owner": each.rights.owner,
             "licence": each.rights.licence, "consent": each.rights.consent}
            for each in pieces
        ],
    }  # fmt: skip


def look_lineage(look: Look) -> LookLineage:
    """Read what a look says of its training and its lineage; entries that speak of no art and no other look are passed over."""
    pieces = [piece.sha256 for piece in look.training.art] if look.training else []
    manifests = [look.training.art_manifest_sha256] if look.training else []
    for entry in look.lineage:
        named = entry.get("pieces")
        pieces += [str(piece["sha256"]) for piece in (named if isinstance(named, list) else ()) if "sha256" in piece]
        manifests += [str(entry["manifest_sha256"])] if "manifest_sha256" in entry else []
    parents = tuple(str(entry["look"]) for entry in look.lineage if "look" in entry)
    return LookLineage(look.key, tuple(dict.fromkeys(pieces)), tuple(dict.fromkeys(manifests)), parents)


def uses(piece: str, looks: Iterable[LookLineage], takes: Iterable[TakeLineage]) -> Uses:
    """Every look that was made from a piece (its hash), and every take that one of them painted; each once, in order."""
    known = list(looks)
    tainted = {look.look for look in known if piece in look.pieces}
    while more := {look.look for look in known if tainted & set(look.parents)} - tainted:
        tainted |= more
    painted = {take.take for take in takes if take.look in tainted}
    return Uses(tuple(sorted(tainted)), tuple(sorted(painted)))


def find_takes(folders: Iterable[Path]) -> Iterator[TakeLineage]:
    """The takes in folders and the folders below them, by the take.json that each has; one that cannot be read is passed over."""
    for folder in folders:
        with storage_errors(folder):
            places = sorted(folder.rglob(TAKE))
        for place in places:
            yield from (TakeLineage(str(place.parent), look) for look in _looks_of(place))


def _looks_of(place: Path) -> tuple[str, ...]:
    """The looks that painted a take, at their versions: in the recipe, in its blend, or in a field of its own."""
    try:
        if place.stat().st_size > _MAX_TAKE_BYTES:
            return ()
        fields = json.loads(place.read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    found = [part.get("look") for part in _mappings(fields)]
    return tuple(dict.fromkeys(look for look in found if isinstance(look, str) and re.search("@[0-9]+$", look)))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """A JSON object and those within it, the outer first; two levels hold all that a take says."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, dict):
                yield inner
                yield from (each for each in inner.values() if isinstance(each, dict))
