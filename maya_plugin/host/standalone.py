"""Maya without a window: started, and given scenes to open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from maya import cmds, standalone

from shot_format.errors import MissingError


@contextlib.contextmanager
def maya_without_window() -> Iterator[None]:
    """Start Maya inside mayapy for as long as the context lasts."""
    standalone.initialize(name="python")  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        standalone.uninitialize()  # type: ignore[no-untyped-call]


def open_scene(path: str) -> str:
    """Open a scene, whatever is open now. Gives what Maya complained of, "" where all is well. Raises MissingError ("scene-missing")."""
    try:
        cmds.file(path, open=True, force=True, prompt=False, ignoreVersion=True)
    except RuntimeError as error:
        now = str(cmds.file(query=True, sceneName=True) or "")
        if not now or Path(now) != Path(path):
            raise MissingError("scene-missing", f"Maya cannot open {path}: {str(error).strip()}") from None
        return str(error).strip()  # a plug-in that is not here, a node that is not known: the rest of the scene is open
    return ""
