"""Hearing what happens to the scene, without leaving a callback behind."""

from __future__ import annotations

from typing import Any, Callable

from maya.api import OpenMaya as om


class Ears:
    """Callbacks of ours. Those that listen for the scene's end take themselves off when it comes."""

    def __init__(self) -> None:
        self._callbacks: list[Any] = []

    def on_time(self, act: Callable[[], None]) -> None:
        """Act whenever the time has changed."""
        self._callbacks.append(om.MEventMessage.addEventCallback("timeChanged", lambda *_: act()))

    def on_end_of_scene(self, act: Callable[[], None]) -> None:
        """Act before another scene is opened, a new one is made or Maya exits."""
        for message in (om.MSceneMessage.kBeforeNew, om.MSceneMessage.kBeforeOpen, om.MSceneMessage.kMayaExiting):
            self._callbacks.append(om.MSceneMessage.addCallback(message, lambda *_: act()))

    def close(self) -> None:
        """Hear nothing more."""
        callbacks, self._callbacks = self._callbacks, []
        if callbacks:
            om.MMessage.removeCallbacks(callbacks)
