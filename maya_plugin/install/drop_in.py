"""Drop this file into Maya's viewport to install Paintover, or to bring it up to date.

Keep it beside the folder `paintover`: that is what is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path


def onMayaDroppedPythonFile(*_args: object, **_kwargs: object) -> None:
    """What Maya calls."""
    scripts = str(Path(__file__).resolve().parent / "paintover" / "scripts")
    sys.path.insert(0, scripts)
    try:
        _forget()
        from maya_plugin.host import installation
    finally:
        sys.path.remove(scripts)
    try:
        installation.install_here(Path(__file__).resolve().parent)
    finally:
        sys.modules.pop(__name__, None)  # else the next file of this name that is dropped would run this one


def _forget() -> None:
    """Let no older version answer: its plug-in is unloaded first."""
    from maya import cmds

    if cmds.pluginInfo("paintover", query=True, loaded=True):
        cmds.unloadPlugin("paintover", force=True)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("maya_plugin", "shot_format")]:
        del sys.modules[name]
