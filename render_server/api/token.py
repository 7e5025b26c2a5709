"""The token: 256 random bits in a file that only its owner may read."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from shot_format.errors import PaintoverError
from shot_format.files import PARTIAL, storage_errors


def ensure_token(place: Path) -> str:
    """Read the token, or make it where there is none. Raises PaintoverError ("token-broken"), StorageError."""
    with storage_errors(place):
        if not place.exists():
            _make(place)
        token = place.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[A-Za-z0-9_-]{43}", token):
        raise PaintoverError("token-broken", f"{place} does not hold a token; delete the file and a new one is made.")
    return token


def _make(place: Path) -> None:
    temporary = place.with_name(f"{PARTIAL}token")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(handle)
    os.replace(temporary, place)
