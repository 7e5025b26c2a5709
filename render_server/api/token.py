"""Tokens: 256 random bits. The server's own opens everything and lies in a file that only its owner may read; of a show's the hash is kept.

What is kept of a show's token is one small file in the folder `tokens`, written once. To revoke it is to delete that file, and counts with
the next request.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from render_server.jobs.shows import SHOW
from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.files import storage_errors, write_whole
from shot_format.shot import Id, Sha256

_MOST_BYTES = 64 * 1024

_log = logging.getLogger("paintover")


@dataclass(frozen=True)
class ShowToken:
    """What is kept of a show's token: never the token itself."""

    id: Id
    show: Annotated[str, rules(pattern=SHOW)]
    made: str  # UTC, ISO 8601
    sha256: Sha256


@dataclass(frozen=True)
class Holder:
    """Whom a right token belongs to. show: None opens all of them."""

    show: str | None


class Tokens:
    """The tokens that open a server. own: the server's; folder: of shows' tokens, read anew with each request."""

    def __init__(self, own: str, folder: Path) -> None:
        self._own = _hashed(own)
        self._folder = folder
        self._known: dict[str, ShowToken] = {}  # by file name: a file is never written over

    def holder(self, token: str) -> Holder | None:
        """Say whose token this is; None: nobody's. What is compared are hashes, so the time it takes tells nothing of a token."""
        given = _hashed(token)
        if hmac.compare_digest(given, self._own):
            return Holder(None)
        found = next((each for each in self._shows() if hmac.compare_digest(given, each.sha256)), None)
        return Holder(found.show) if found else None

    def _shows(self) -> list[ShowToken]:
        known: dict[str, ShowToken] = {}
        for place in self._folder.glob("*.json"):
            try:
                known[place.name] = self._known.get(place.name) or _read(place)
            except (OSError, PaintoverError) as error:  # revoked in this moment, or damaged: then it opens nothing
                _log.warning("The token file %s cannot be read: %s", place.name, error)
        self._known = known
        return list(known.values())


def ensure_token(place: Path) -> str:
    """Read the server's own token, or make it where there is none. Raises PaintoverError ("token-broken"), StorageError."""
    with storage_errors(place):
        if not place.exists():
            write_whole(place, f"{secrets.token_urlsafe(32)}\n".encode(), private=True)
        token = place.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[A-Za-z0-9_-]{43}", token):
        raise PaintoverError("token-broken", f"{place} does not hold a token; delete the file and a new one is made.")
    return token


def new_token(folder: Path, show: str) -> tuple[ShowToken, str]:
    """Make a token for a show; it is told here and never again. Raises FormatError ("show-name"), StorageError."""
    if not re.fullmatch(SHOW, show):
        raise FormatError("show-name", "A show's name has small letters, digits, hyphen and underscore, at most 64 of them.")
    token = secrets.token_urlsafe(32)
    made = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    kept = ShowToken(secrets.token_hex(4), show, made, _hashed(token))
    write_whole(folder / f"{kept.id}.json", to_json(kept).encode(), private=True)
    return kept, token


def list_tokens(folder: Path) -> list[ShowToken]:
    """Every show's tokens, the oldest first. Raises FormatError, StorageError."""
    with storage_errors(folder):
        return sorted((_read(place) for place in folder.glob("*.json")), key=lambda token: (token.show, token.made))


def revoke_token(folder: Path, id: str) -> ShowToken:
    """Let a token open nothing any more. Raises MissingError ("token-unknown"), StorageError."""
    found = next((each for each in list_tokens(folder) if each.id == id), None)
    if found is None:
        raise MissingError("token-unknown", "There is no such token; 'paintover token list' shows them.")
    with storage_errors(folder):
        (folder / f"{found.id}.json").unlink()
    return found


def _read(place: Path) -> ShowToken:
    return from_json(ShowToken, place.read_bytes(), _MOST_BYTES, place.name)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
