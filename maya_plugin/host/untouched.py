"""Changing the artist's scene without a trace: each is a context manager that puts back what it changed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from maya import cmds


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Whatever is done inside is not in the undo queue, and does not make a saved scene a modified one."""
    modified = cmds.file(query=True, modified=True)
    recording = cmds.undoInfo(query=True, state=True)
    cmds.undoInfo(stateWithoutFlush=False)
    try:
        yield
    finally:
        cmds.undoInfo(stateWithoutFlush=recording)
        if not modified:
            cmds.file(modified=False)


@contextlib.contextmanager
def without_messages() -> Iterator[None]:
    """Keep messages in the view, which would be in the picture, away."""
    before = cmds.optionVar(query="inViewMessageEnable")
    cmds.optionVar(intValue=("inViewMessageEnable", 0))
    try:
        yield
    finally:
        cmds.optionVar(intValue=("inViewMessageEnable", before))


class Playhead:
    """Moves through time and goes back to where it was, unless the artist moved it meanwhile."""

    def __init__(self) -> None:
        self._home = self._here = cmds.currentTime(query=True)

    def go(self, time: float) -> None:
        """Evaluate the scene at a time, once."""
        if cmds.currentTime(query=True) != time:
            cmds.currentTime(time)
        self._here = time

    def go_home(self) -> None:
        """Go back."""
        now = cmds.currentTime(query=True)
        if now == self._here and now != self._home:
            cmds.currentTime(self._home)
