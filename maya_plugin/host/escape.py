"""Hearing Esc while a capture runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Callable

from maya import cmds

from maya_plugin.host.scene import is_batch


@contextlib.contextmanager
def watching_escape(title: str) -> Iterator[Callable[[], bool]]:
    """Show Maya's progress window, which hears Esc, for as long as the context lasts. Gives what says whether Esc was pressed."""
    if is_batch():
        yield lambda: False
        return
    cmds.progressWindow(title=title, status="Esc stops", isInterruptable=True, maxValue=100)
    try:
        yield lambda: bool(cmds.progressWindow(query=True, isCancelled=True))
    finally:
        cmds.progressWindow(endProgress=True)
