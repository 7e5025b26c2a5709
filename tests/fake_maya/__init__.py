"""A strict stand-in for Maya: the package `maya` as the plug-in imports it, over an in-memory scene."""

from __future__ import annotations

import sys
import types
from typing import Any

from tests.fake_maya import mel, openmaya, openmaya1, openmayaui, standalone
from tests.fake_maya.commands import command
from tests.fake_maya.session import Maya, current, start

__all__ = ["Maya", "current", "install", "start"]


class _Commands(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return command(name)


def install() -> None:
    """Put `maya` where imports find it. Whichever Maya was started last is the one that answers."""
    package, api = types.ModuleType("maya"), types.ModuleType("maya.api")
    package.__path__, api.__path__ = [], []
    modules = {
        "maya": package,
        "maya.cmds": _Commands("maya.cmds"),
        "maya.api": api,
        "maya.api.OpenMaya": openmaya,
        "maya.OpenMaya": openmaya1,
        "maya.OpenMayaUI": openmayaui,
        "maya.mel": mel,
        "maya.standalone": standalone,
    }
    package.cmds, package.api, package.OpenMaya = modules["maya.cmds"], api, openmaya1  # type: ignore[attr-defined]
    package.OpenMayaUI, package.mel, package.standalone = openmayaui, mel, standalone  # type: ignore[attr-defined]
    api.OpenMaya = openmaya  # type: ignore[attr-defined]
    sys.modules.update(modules)
