"""The looks in the registry, as the web half needs them."""

from __future__ import annotations

from pathlib import Path

from render_server.looks.registry import Look, list_looks, load_look
from shot_format.errors import MissingError
from shot_format.messages import LookInfo


class InstalledLooks:
    """Reads the registry anew each time, so that a look that was trained a moment ago is there.

    folder: a folder of looks in place of the installed ones.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folders = None if folder is None else (folder,)

    def list(self) -> list[LookInfo]:
        """List every look, the newest version of each name first."""
        return [_info(look) for look in list_looks(self._folders)]

    def find(self, name: str) -> LookInfo:
        """Find a look, "oil" or "oil@1". Raises MissingError ("look-unknown")."""
        return _info(load_look(name, self._folders))

    def thumbnail(self, name: str) -> Path:
        """Say where a look's thumbnail lies. Raises MissingError ("look-unknown", "thumbnail-missing")."""
        look = load_look(name, self._folders)
        if not look.thumbnail.is_file():
            raise MissingError("thumbnail-missing", f"The look {look.key} has no thumbnail.")
        return look.thumbnail


def _info(look: Look) -> LookInfo:
    return LookInfo(look.name, look.version, look.title, look.description, look.model_sha256)
