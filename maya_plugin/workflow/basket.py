"""Collects the blobs of one frame, giving each only once in a shot's whole life."""

from __future__ import annotations

from shot_format.blobs import sha256


class Basket:
    """Blobs on their way out."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._new: dict[str, bytes] = {}

    def add(self, blob: bytes) -> str:
        """Put a blob in and get its name."""
        name = sha256(blob)
        if name not in self._seen:
            self._seen.add(name)
            self._new[name] = blob
        return name

    def take(self) -> dict[str, bytes]:
        """Give the blobs that came in since the last time."""
        new, self._new = self._new, {}
        return new
