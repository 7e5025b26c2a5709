"""What a frame is held against: lists of hashes that somebody wrote down when it was painted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from render_server.provenance.signing import key_name, opened
from shot_format.codec import from_json
from shot_format.errors import FormatError, PaintoverError
from shot_format.files import storage_errors
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import ProvenFrame, SignedProof

TAKE, SIGNED = "take.json", "take.signed.json"


@dataclass(frozen=True)
class Evidence:
    """One list. name: for people, with who vouches for it; problem: why it counts for nothing."""

    name: str
    frames: tuple[ProvenFrame, ...] = ()
    problem: str = ""

    def by_file(self, sha256: str) -> ProvenFrame | None:
        """The frame whose file has this hash."""
        return next((frame for frame in self.frames if frame.sha256 == sha256), None)

    def by_number(self, number: int) -> ProvenFrame | None:
        """The frame of this number."""
        return next((frame for frame in self.frames if frame.number == number), None)


def evidence_beside(folder: Path, trusted: Iterable[str] = ()) -> list[Evidence]:
    """The lists of the take that lies in a folder, or around it. trusted: public keys that the caller vouches for."""
    places = [place for each in (folder, folder.parent) for place in (each / SIGNED, each / TAKE) if place.is_file()]
    keys = frozenset(trusted)
    return [_signed(place, keys) if place.name == SIGNED else _plain(place) for place in places]


def _signed(place: Path, trusted: frozenset[str]) -> Evidence:
    try:
        with storage_errors(place):
            signed = from_json(SignedProof, place.read_bytes(), MAX_JSON_BYTES, place.name)
        proof = opened(signed)
    except PaintoverError as error:
        return Evidence(place.name, problem=error.message)
    key = key_name(signed.public_key)
    if trusted and signed.public_key not in trusted:
        return Evidence(place.name, problem=f"{place.name} was signed with the key {key}, which is not the one to be trusted.")
    vouched = "a key that you trust" if trusted else f"the key {key}; whose it is, nobody vouched for"
    return Evidence(f"{place.name}, signed with {vouched}", proof.frames)


def _plain(place: Path) -> Evidence:
    """The list in a take's sidecar; a take.json without one says nothing."""
    try:
        with storage_errors(place):
            told = json.loads(place.read_bytes())
        return Evidence(f"{place.name}, which is not signed", tuple(_frames(told)))
    except (ValueError, KeyError, TypeError, AttributeError, PaintoverError):
        return Evidence(place.name, problem=f"{place.name} cannot be read.")


def _frames(told: dict[str, dict[str, str]]) -> Iterator[ProvenFrame]:
    frames, pixels = told.get("frames", {}), told.get("pixels", {})
    if not isinstance(frames, dict):
        raise FormatError("field-type", "frames: an object is needed.")
    for number, sha256 in frames.items():
        yield ProvenFrame(int(number), sha256, pixels.get(number))
