"""The Maya that is running: its version, its scene, its callbacks; and the rule that only the main thread may call it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fake_maya.panel_commands import Control
from tests.fake_maya.plug_ins import PlugIns
from tests.fake_maya.scene import Scene


@dataclass
class Maya:
    """One Maya session. calls: every command that was called; draw: renders what a panel shows."""

    version: str = "2025"
    batch: bool = False
    scene: Scene = field(default_factory=Scene)
    main_thread: int = field(default_factory=threading.get_ident)
    callbacks: dict[int, tuple[str, Callable[..., Any], Any]] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    escape: bool = False  # whether the user holds Esc
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    controls: dict[str, Control] = field(default_factory=dict)  # workspace controls
    filling: list[Control] = field(default_factory=list)  # those whose content Maya is calling for
    project: str = "/shows/tea/"
    user_folder: str = "/home/artist/maya/"
    plug_ins: PlugIns = field(default_factory=PlugIns)
    disk: dict[str, Scene] = field(default_factory=dict)  # scenes that can be opened, by path
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def add_callback(self, event: str, function: Callable[..., Any], data: Any) -> int:
        number = next(self._numbers)
        self.callbacks[number] = (event, function, data)
        return number

    def fire(self, event: str) -> None:
        for name, function, data in list(self.callbacks.values()):
            if name == event:
                function(data)


_running: list[Maya] = []


def start(maya: Maya) -> None:
    """Make this the Maya that runs."""
    _running[:] = [maya]


def current() -> Maya:
    """The running Maya. Raises RuntimeError off the main thread, as a crash would be hard to test."""
    if not _running:
        raise RuntimeError("Maya is not running.")
    maya = _running[0]
    if threading.get_ident() != maya.main_thread:
        raise RuntimeError("Maya was called from a thread that is not its main thread.")
    return maya
