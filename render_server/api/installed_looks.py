"""The looks in the registry, as the web half needs them."""

from __future__ import annotations

from pathlib import Path

from shot_format.messages import LookInfo


class InstalledLooks:
    """Reads the registry anew each time, so that a look that was trained a moment ago is there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def list(self) -> list[LookInfo]:
        raise NotImplementedError

    def find(self, name: str) -> LookInfo:
        raise NotImplementedError

    def thumbnail(self, name: str) -> Path:
        raise NotImplementedError
