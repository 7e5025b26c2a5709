"""The manifest of a collection of art: one readable JSON file that says what each piece is, whose it is, and what happened to it.

Nothing is ever taken out of it: a change keeps what stood there before, a piece that may no longer be used is retired, an override stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Optional

from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors
from shot_format.limits import FRAME_NUMBER
from shot_format.shot import Id, Sha256

MANIFEST = "art.json"
VERSION = 1
MAX_PIECES = 10_000
MAX_TEXT = 1000  # characters; what a look's lineage repeats may be no longer
MAX_MANIFEST_BYTES = 256 << 20
COLLECTION = r"[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?"  # "oils", or "show/oils"
KINDS = ("still", "movie", "sequence")
COLOURS = ("stated", "assumed", "converted", "unknown")
STATES = ("retired", "restored")
RIGHTS = ("artist", "owner", "licence", "consent", "source", "date")

Text = Annotated[str, rules(maxLength=MAX_TEXT)]
Count = Annotated[int, rules(minimum=0)]
Share = Annotated[float, rules(minimum=0, maximum=1)]
CollectionName = Annotated[str, rules(pattern=COLLECTION)]


@dataclass(frozen=True)
class Stamp:
    """Who did something, and when (UTC)."""

    when: Annotated[str, rules(pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
    by: Text


@dataclass(frozen=True)
class Rights:
    """Whose a piece is and what allows its use. shows: where it may be used; none stated: anywhere."""

    artist: Text = ""
    owner: Text = ""
    licence: Text = ""
    consent: Text = ""
    source: Text = ""
    date: Text = ""
    shows: tuple[Id, ...] = ()


@dataclass(frozen=True)
class Change:
    """One field that was edited."""

    stamp: Stamp
    field: Text
    before: str
    after: str


@dataclass(frozen=True)
class StateChange:
    """A piece was retired, or taken back into use."""

    stamp: Stamp
    state: Annotated[str, rules(enum=STATES)]
    why: Text


@dataclass(frozen=True)
class Picture:
    """A PNG of the collection: a still, or one frame of moving art. number: the frame's, in the movie or sequence."""

    file: Annotated[str, rules(pattern=r"[0-9a-f]{64}(\.[0-9]{6})?\.png")]
    sha256: Sha256
    bytes: Count
    width: Count
    height: Count
    number: Optional[Annotated[int, rules(minimum=-FRAME_NUMBER, maximum=FRAME_NUMBER)]] = None


@dataclass(frozen=True)
class Arrival:
    """What a piece was when it came, before it was written anew as PNG in sRGB.

    colour: the file says sRGB; says nothing, and sRGB is taken for granted; was converted from a profile; or is in an unknown colour space.
    transparent: share of the picture that is see-through. jpeg_quality: by its tables, 1 to 100. frames: how many there were of moving art.
    """

    format: Text
    width: Count
    height: Count
    mode: Text = ""
    colour: Annotated[str, rules(enum=COLOURS)] = "assumed"
    profile: Text = ""
    turned: bool = False
    transparent: Share = 0.0
    jpeg_quality: Optional[Count] = None
    frames: Optional[Count] = None
    fps: Optional[Annotated[float, rules(minimum=0)]] = None


@dataclass(frozen=True)
class Piece:
    """A painting, a storyboard, a still, or a finished shot.

    sha256: of the original's bytes; of a sequence: of the text with one line "NUMBER SHA256" a frame. name: the original's file name.
    """

    sha256: Sha256
    kind: Annotated[str, rules(enum=KINDS)]
    name: Text
    bytes: Count
    title: Text
    rights: Rights
    added: Stamp
    arrival: Arrival
    pictures: tuple[Picture, ...]
    history: tuple[Change, ...] = ()
    states: tuple[StateChange, ...] = ()

    @property
    def retired(self) -> bool:
        """Whether it may no longer be used."""
        return bool(self.states) and self.states[-1].state == "retired"

    @property
    def key(self) -> str:
        """Enough of the hash to name it by."""
        return self.sha256[:10]


@dataclass(frozen=True)
class Gap:
    """What a piece lacks before it may be trained on: names of fields, or "show:NAME" where it is not cleared for that show."""

    piece: Sha256
    missing: tuple[Text, ...]


@dataclass(frozen=True)
class Override:
    """Somebody took it upon himself to train on art whose rights are not all there. It stays for ever."""

    stamp: Stamp
    why: Text
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Manifest:
    """A collection."""

    name: CollectionName
    version: Annotated[int, rules(minimum=1)] = VERSION
    pieces: Annotated[tuple[Piece, ...], rules(maxItems=MAX_PIECES)] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def usable(self) -> tuple[Piece, ...]:
        """The pieces that are not retired."""
        return tuple(piece for piece in self.pieces if not piece.retired)

    def find(self, sha256: str) -> Piece | None:
        """The piece of a hash, if it is there."""
        return next((piece for piece in self.pieces if piece.sha256 == sha256), None)


def stamp(by: str) -> Stamp:
    """Somebody, now."""
    return Stamp(datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), harmless(by))


def harmless(text: str) -> str:
    """A text from outside without control characters, line ends and half characters, no longer than a field may be."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:MAX_TEXT]


def manifest_text(manifest: Manifest) -> bytes:
    """The manifest as it lies on the disk: always the same bytes for the same content."""
    return (to_json(manifest, indent=1) + "\n").encode()


def manifest_hash(manifest: Manifest) -> str:
    """SHA-256 of the manifest's file, for a look's lineage."""
    return hashlib.sha256(manifest_text(manifest)).hexdigest()


def read_manifest(path: Path, name: str) -> Manifest:
    """Read a manifest. Raises MissingError ("art-unknown"), FormatError ("art-newer", …), LimitError, StorageError."""
    try:
        with storage_errors(path):
            data = path.read_bytes() if path.exists() else None
    except ValueError:  # a name that no file can have
        data = None
    if data is None:
        raise art_unknown(name)
    manifest = from_json(Manifest, data, MAX_MANIFEST_BYTES, f"the manifest of '{name}'")
    if manifest.version > VERSION:
        raise FormatError("art-newer", f"The art '{name}' was written by a newer Paintover; bring this one up to date.")
    return manifest


def art_unknown(name: str) -> MissingError:
    """What is said of a collection that is not there, or that the caller may not know of."""
    return MissingError("art-unknown", f"There is no collection of art '{name}'; 'paintover art add FILES… --art {name}' makes it.")


def find_piece(manifest: Manifest, text: str) -> Piece:
    """The piece that a person means: by the first letters of its hash, its file name or its title.

    Raises MissingError ("piece-unknown"), LimitError ("piece-ambiguous").
    """
    wanted = text.strip()
    found = [each for each in manifest.pieces if wanted in (each.sha256, each.name, each.title)]
    if not found and len(wanted) >= 4:
        found = [each for each in manifest.pieces if each.sha256.startswith(wanted.lower())]
    if not found:
        raise MissingError("piece-unknown", f"'{manifest.name}' has no piece '{harmless(wanted)}'; 'paintover art list' names them.")
    if len(found) > 1:
        named = ", ".join(each.key for each in found)
        raise LimitError("piece-ambiguous", f"'{harmless(wanted)}' names {len(found)} pieces: {named}. Use the letters of one's hash.")
    return found[0]
