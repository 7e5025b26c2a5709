"""The module folder and its `.mod` file: put into a folder of modules, and taken out again."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

from shot_format.errors import MissingError
from shot_format.files import PARTIAL, storage_errors, swap_folder, write_whole
from shot_format.version import VERSION

NAME = "paintover"
DEFINITION = f"{NAME}.mod"
APP_FOLDER = "MAYA_APP_DIR"  # the environment variable that moves the user's folder for Maya


def module_definition() -> str:
    """The `.mod` file's one line. No qualifiers: it is pure Python, so it is good for every Maya on every system."""
    return f"+ {NAME} {VERSION} ./{NAME}\n"


def modules_folder(maya: Optional[str] = None, environment: Mapping[str, str] = os.environ) -> Path:
    """Where this user's Maya looks for modules. maya: a version, such as "2026"; None is for all versions."""
    folder = Path(environment[APP_FOLDER]) if environment.get(APP_FOLDER) else _default_app_folder()
    return folder / maya / "modules" if maya else folder / "modules"


def install(bundle: Path, modules: Path) -> Path:
    """Copy a bundle's module into a folder of modules, in place of an older one, and give its `.mod` file.

    Raises MissingError ("bundle-missing"), StorageError.
    """
    if not (bundle / NAME / "plug-ins").is_dir():
        raise MissingError("bundle-missing", f"There is no bundle in {bundle}; make one with 'paintover maya bundle'.")
    target = modules / NAME
    fresh = modules / f"{PARTIAL}{secrets.token_hex(8)}"
    with storage_errors(modules):
        try:
            modules.mkdir(parents=True, exist_ok=True)
            shutil.copytree(bundle / NAME, fresh, ignore=shutil.ignore_patterns("__pycache__"))
            swap_folder(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    write_whole(modules / DEFINITION, module_definition().encode())
    return modules / DEFINITION


def uninstall(modules: Path) -> bool:
    """Delete what `install` put there, and the folder itself if that leaves it empty. Whether there was anything. Raises StorageError."""
    target, definition = modules / NAME, modules / DEFINITION
    with storage_errors(modules):
        there = definition.exists() or target.exists()
        definition.unlink() if definition.exists() else None
        if target.exists():
            shutil.rmtree(target)
        with contextlib.suppress(OSError):  # others keep modules there too
            modules.rmdir()
    return there


def _default_app_folder() -> Path:
    if sys.platform == "win32":
        return Path.home() / "Documents" / "maya"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / "Autodesk" / "maya"
    return Path.home() / "maya"
