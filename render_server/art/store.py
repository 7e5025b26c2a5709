"""Collections of art on the disk: `NAME.art/art.json` is the manifest, and `NAME.art/pictures/` the pictures that it names.

A picture is written whole before the manifest names it. One writer at a time; readers need no lock, for a file is never changed in place.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from render_server.art.intake import Copy, Decoded, copied, decode_copy
from render_server.art.locking import alone
from render_server.art.manifest import (
    COLLECTION,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MAX_PIECES,
    STATES,
    Manifest,
    Picture,
    Piece,
    Rights,
    StateChange,
    find_piece,
    harmless,
    manifest_hash,
    manifest_text,
    read_manifest,
    stamp,
)
from render_server.art.originals import Original
from render_server.art.rights import check_rights, edited, with_override
from shot_format.blobs import sha256
from shot_format.codec import from_json
from shot_format.errors import FormatError, LimitError
from shot_format.files import PARTIAL, storage_errors, write_whole

FOLDER = "PAINTOVER_ART"  # names the folder of collections in place of the server's own
SUFFIX = ".art"  # no collection's name has a dot: that of a show never meets that of a collection


@dataclass(frozen=True)
class Added:
    """What came of adding a piece. fresh: it was not there before."""

    piece: Piece
    fresh: bool


@dataclass(frozen=True)
class Collection:
    """One collection. Whoever changes it says who he is: `by`."""

    folder: Path
    name: str

    def manifest(self) -> Manifest:
        """Read it. Raises MissingError ("art-unknown"), FormatError, StorageError."""
        return read_manifest(self.folder / MANIFEST, self.name)

    def picture(self, picture: Picture) -> Path:
        """Where a picture lies."""
        return self.folder / "pictures" / picture.file

    def add(self, original: Original, rights: Rights, by: str, title: str = "") -> Added:
        """Take a piece in, whole or not at all. Bytes that are there already change nothing, not even their rights.

        Raises FormatError ("art-format", "art-broken", …), LimitError ("art-too-large", "art-too-heavy", "art-full"), MissingError,
        StorageError.
        """
        with self._writing(begin=True) as manifest, copied(original, self.folder) as copy:
            there = manifest.find(copy.sha256)
            if there is not None:
                return Added(there, fresh=False)
            if len(manifest.pieces) >= MAX_PIECES:
                raise LimitError("art-full", f"'{self.name}' holds {MAX_PIECES} pieces, and no more are taken; begin another collection.")
            piece = self._taken_in(copy, original, rights, by, title)
            self._write(replace(manifest, pieces=(*manifest.pieces, piece)))
            return Added(piece, fresh=True)

    def edit(self, piece: str, changes: Mapping[str, str | tuple[str, ...]], by: str) -> Piece:
        """Change the title and rights of a piece; what stood there before is kept.

        Raises MissingError ("piece-unknown"), LimitError ("piece-ambiguous"), FormatError ("rights-field", "field-value").
        """
        clean = {name: harmless(value) if isinstance(value, str) else value for name, value in changes.items()}
        return self._change(piece, lambda each: edited(each, clean, stamp(by)))

    def set_state(self, piece: str, state: str, by: str, why: str) -> Piece:
        """Retire a piece, or take it back into use ("retired", "restored"); it is never deleted. Once more changes nothing.

        Raises MissingError ("piece-unknown"), LimitError ("piece-ambiguous"), FormatError ("state-unsigned").
        """
        if state not in STATES or not harmless(by) or not harmless(why):
            raise FormatError("state-unsigned", "Retiring a piece, or restoring it, needs a name and a reason; both stay in the manifest.")
        change = StateChange(stamp(by), state, harmless(why))
        wanted = state == "retired"
        return self._change(piece, lambda each: each if each.retired == wanted else replace(each, states=(*each.states, change)))

    def cleared(
        self, show: str | None = None, override: tuple[str, str] | None = None, among: frozenset[str] | None = None
    ) -> tuple[Piece, ...]:
        """The pieces that may be trained on, for a show where one is named: every training asks this first.

        among: hashes of the pieces that are asked for, all where None. override: who and why; takes the pieces although rights are missing,
        and is recorded for ever.
        Raises RightsError ("rights-missing") with what is missing of each piece, MissingError ("art-empty"),
        FormatError ("override-unsigned").
        """
        if override is None:
            return check_rights(self.manifest(), show, among)
        with self._writing() as manifest:
            allowed = with_override(manifest, stamp(override[0]), override[1], show, among)
            if allowed is not manifest:
                self._write(allowed)
            return check_rights(allowed, show, among)

    def seal(self) -> str:
        """The manifest's hash, for the lineage of what is trained now. A copy is kept under that hash, so that it can always be read."""
        manifest = self.manifest()
        name = manifest_hash(manifest)
        place = self.folder / "sealed" / f"{name}.json"
        if not place.exists():
            write_whole(place, manifest_text(manifest))
        return name

    def sealed(self, sha256: str) -> Manifest:
        """The manifest as it was when something was trained on it. Raises MissingError ("art-unknown"), FormatError ("sha-broken")."""
        if not re.fullmatch("[0-9a-f]{64}", sha256):
            raise FormatError("sha-broken", "A manifest's hash has 64 letters from 0 to f.")
        return read_manifest(self.folder / "sealed" / f"{sha256}.json", self.name)

    def _change(self, text: str, change: Callable[[Piece], Piece]) -> Piece:
        with self._writing() as manifest:
            before = find_piece(manifest, text)
            after = change(before)
            if after != before:
                self._write(replace(manifest, pieces=tuple(after if each is before else each for each in manifest.pieces)))
            return after

    @contextlib.contextmanager
    def _writing(self, begin: bool = False) -> Iterator[Manifest]:
        """The manifest, while nobody else changes it; what a writer that was killed left behind is swept away first.

        begin: make the collection where there is none. Raises MissingError ("art-unknown").
        """
        if not begin:
            self.manifest()
        with alone(self.folder / "lock"):
            manifest = self.manifest() if (self.folder / MANIFEST).exists() else Manifest(self.name)
            self._sweep({picture.file for piece in manifest.pieces for picture in piece.pictures})
            yield manifest

    def _sweep(self, named: set[str]) -> None:
        with storage_errors(self.folder):
            pictures = self.folder / "pictures"
            pictures.mkdir(exist_ok=True)
            strays = [place for place in pictures.iterdir() if place.name not in named]
            for place in (*strays, *self.folder.glob(f"{PARTIAL}*")):
                place.unlink(missing_ok=True)

    def _taken_in(self, copy: Copy, original: Original, rights: Rights, by: str, title: str) -> Piece:
        pictures: list[Picture] = []

        def take(decoded: Decoded) -> None:
            pictures.append(_picture(copy, original, decoded))
            write_whole(self.picture(pictures[-1]), decoded.png)

        try:
            arrival = decode_copy(copy, original.name, take)
            if not pictures:
                raise FormatError("art-broken", f"'{harmless(original.name)}' holds no picture; export it anew.")
        except BaseException:
            for picture in pictures:
                self.picture(picture).unlink(missing_ok=True)
            raise
        name = harmless(os.path.basename(original.name)) or copy.sha256[:10]
        words = harmless(title) or harmless(Path(name).stem)
        return Piece(copy.sha256, copy.kind, name, copy.bytes, words, rights, stamp(by), arrival, tuple(pictures))

    def _write(self, manifest: Manifest) -> None:
        """Only what can be read again is written: every rule of the manifest holds for what is new, too."""
        text = manifest_text(manifest)
        from_json(Manifest, text, MAX_MANIFEST_BYTES, self.name)
        write_whole(self.folder / MANIFEST, text)


def _picture(copy: Copy, original: Original, decoded: Decoded) -> Picture:
    still = copy.kind == "still"
    name = f"{copy.sha256}.png" if still else f"{copy.sha256}.{decoded.index:06d}.png"
    number = None if still else original.numbers[decoded.index] if original.sequence else decoded.index
    return Picture(name, sha256(decoded.png), len(decoded.png), decoded.width, decoded.height, number)


def art_folder(data: Path) -> Path:
    """Where collections lie: in the folder that PAINTOVER_ART names, or else in a server's data folder."""
    return Path(os.environ.get(FOLDER) or data / "art")


def open_collection(root: Path, name: str) -> Collection:
    """A collection below a folder, whether it is there or not yet. Raises FormatError ("art-name")."""
    if not re.fullmatch(COLLECTION, name):
        raise FormatError(
            "art-name", f"'{harmless(name)[:80]}' cannot name a collection; use small letters, digits, - and _, such as oils or show/oils."
        )
    return Collection(root / f"{name}{SUFFIX}", name)


def list_collections(root: Path, show: str | None = None) -> tuple[Collection, ...]:
    """The collections below a folder by name; where a show is named, those of that show alone. Raises StorageError."""
    with storage_errors(root):
        places = [*root.glob(f"*{SUFFIX}/{MANIFEST}"), *root.glob(f"*/*{SUFFIX}/{MANIFEST}")]
    names = sorted(place.parent.relative_to(root).as_posix().removesuffix(SUFFIX) for place in places)
    known = [name for name in names if re.fullmatch(COLLECTION, name)]
    return tuple(open_collection(root, name) for name in known if show is None or name.startswith(f"{show}/"))
