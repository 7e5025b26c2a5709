"""Installing into the Maya that runs, and out of it again, without a restart."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from maya import cmds

from maya_plugin.host.messages import say, say_error
from maya_plugin.host.shelf import forget_shelf
from maya_plugin.install.place import NAME, install, uninstall
from shot_format.errors import PaintoverError

OURS = ("maya_plugin", "shot_format")
OPTIONS = "paintover_"  # what the names of our option variables begin with


def install_here(bundle: Path) -> None:
    """Install a bundle for this user, load the plug-in now and at every start, and say how it went."""
    try:
        definition = install(bundle, _modules())
    except PaintoverError as error:
        say_error("Paintover was not installed", error.message)
        return
    _forget_modules()
    with contextlib.suppress(RuntimeError):  # a module that is known already: this one takes its place
        cmds.loadModule(load=definition.as_posix())
    scripts = str(definition.parent / NAME / "scripts")
    sys.path[:] = [scripts, *(path for path in sys.path if path != scripts)]  # before any older copy, for this session
    cmds.loadPlugin((definition.parent / NAME / "plug-ins" / f"{NAME}.py").as_posix(), quiet=True)
    cmds.pluginInfo(NAME, edit=True, autoload=True)
    cmds.pluginInfo(savePluginPrefs=True)
    say("Paintover is installed", f"It is on the shelf 'Paintover'; Doctor there says what is missing.\n\nIt lies in {definition.parent}.")


def uninstall_here() -> None:
    """Take everything out: plug-in, shelf, settings, files. Takes and the pairing with a server stay."""
    forget_shelf()
    if cmds.pluginInfo(NAME, query=True, loaded=True):
        cmds.unloadPlugin(NAME, force=True)
    if cmds.pluginInfo(NAME, query=True, registered=True):
        cmds.pluginInfo(NAME, edit=True, autoload=False)
        cmds.pluginInfo(NAME, edit=True, remove=True)
        cmds.pluginInfo(savePluginPrefs=True)
    for option in cmds.optionVar(list=True) or []:
        if option.startswith(OPTIONS):
            cmds.optionVar(remove=option)
    modules = _modules()
    try:
        uninstall(modules)
    except PaintoverError as error:
        say_error("Paintover was not wholly uninstalled", error.message)
        return
    say("Paintover is uninstalled", "Painted takes are where they were.")
    _forget_modules()
    sys.path[:] = [path for path in sys.path if not path.startswith(str(modules / NAME))]


def _modules() -> Path:
    return Path(cmds.internalVar(userAppDir=True)) / "modules"


def _forget_modules() -> None:
    """Let the next import read the files that are there now."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
