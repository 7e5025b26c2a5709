"""Builds the bundle: one folder with a Maya module that needs nothing else, and the files that are dropped into Maya.

    paintover-maya-0.1.0/
        install_paintover.py, uninstall_paintover.py    to be dropped into the viewport
        paintover.mod, paintover/                       the module: plug-ins, scripts, shelf, private packages

The private packages are those that this installation itself runs with; they are pure Python, and good for every Python of Maya.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import maya_plugin
import shot_format
from maya_plugin.install.place import DEFINITION, NAME, module_definition
from shot_format.errors import FormatError, MissingError
from shot_format.files import PARTIAL, storage_errors, swap_folder
from shot_format.version import VERSION

PRIVATE = ("httpx", "httpcore", "h11", "certifi", "idna")  # what httpx needs without asyncio and without its command line
OLDEST_PYTHON = 9  # Maya 2023 has 3.9
SOURCE_ENDINGS = (".py", ".json", ".png", ".svg", ".qss", ".typed")
INSTALL, UNINSTALL = "install_paintover.py", "uninstall_paintover.py"
READ_ME = """Paintover {version} for Maya 2023 to 2027

Install      drop install_paintover.py into Maya's viewport. A shelf "Paintover" appears.
             Or put this folder on MAYA_MODULE_PATH, and load the plug-in paintover.py.
Server       press Doctor on the shelf; it says what is missing. 'paintover pair ADDRESS' keeps address and token.
Uninstall    drop uninstall_paintover.py into Maya's viewport.

Everything that this brings is in the folder 'paintover'. Packages in paintover/private are used only where Maya's Python has none of
that name itself; their licences are beside them.
"""


def build_bundle(out: Path) -> Path:
    """Build the bundle below `out`, in place of an older one of this version, and give its folder.

    Raises MissingError ("package-missing", "shelf-missing"), FormatError ("package-unfit"), StorageError.
    """
    target = out / f"paintover-maya-{VERSION}"
    fresh = out / f"{PARTIAL}{secrets.token_hex(8)}"
    with storage_errors(target):
        try:
            out.mkdir(parents=True, exist_ok=True)
            _fill(fresh)
            swap_folder(fresh, target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return target


def _fill(folder: Path) -> None:
    module, install = folder / NAME, Path(__file__).parent
    for package in (maya_plugin, shot_format):
        source = Path(str(package.__file__)).parent
        _copy(source, module / "scripts" / source.name)
    (module / "plug-ins").mkdir()
    shutil.copyfile(install / "plug_in_file.py", module / "plug-ins" / f"{NAME}.py")
    _copy(_shelf(), module / "shelf", but=("draw.py",))
    for name in PRIVATE:
        _copy_distribution(_distribution(name), module / "private")
    shutil.copyfile(install / "drop_in.py", folder / INSTALL)
    shutil.copyfile(install / "drop_out.py", folder / UNINSTALL)
    (folder / DEFINITION).write_text(module_definition(), "utf-8")
    (folder / "README.txt").write_text(READ_ME.format(version=VERSION), "utf-8")


def _shelf() -> Path:
    folder = Path(str(maya_plugin.__file__)).parents[1] / "shelf"
    if not (folder / "buttons.json").is_file():
        raise MissingError("shelf-missing", f"The shelf's buttons are not in {folder}; build the bundle from a whole installation.")
    return folder


def _copy(source: Path, target: Path, but: tuple[str, ...] = ()) -> None:
    for path in sorted(source.rglob("*")):
        if path.suffix in SOURCE_ENDINGS and path.is_file() and path.name not in but:
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _distribution(name: str) -> Distribution:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise MissingError("package-missing", f"The package {name} is not installed here; install Paintover again.") from None
    oldest = re.search(r">=\s*3\.(\d+)", found.metadata["Requires-Python"] or "")
    if oldest and int(oldest[1]) > OLDEST_PYTHON:
        needs = f"needs Python 3.{oldest[1]}, and Maya 2023 has 3.{OLDEST_PYTHON}"
        raise FormatError("package-unfit", f"{name} {found.version} {needs}; install an older version of it.")
    return found


def _copy_distribution(found: Distribution, folder: Path) -> None:
    for path in _files(found):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(found.locate_file(path)), place)


def _files(found: Distribution) -> Iterator[str]:
    """The files of a package that are code, data of it, or its licence. Raises FormatError ("package-unfit") where it is compiled."""
    for each in found.files or ():
        path = each.as_posix()
        if each.suffix in (".so", ".pyd", ".dylib"):
            raise FormatError("package-unfit", f"{found.metadata['Name']} is compiled for one Python only; install its pure Python form.")
        inside = ".dist-info/" in path
        wanted = "/licen" in path.lower() or each.name == "METADATA" if inside else each.suffix in (".py", ".pem", ".typed")
        if wanted and ".." not in each.parts:
            yield path
