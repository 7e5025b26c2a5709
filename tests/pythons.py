"""`python -m tests.pythons 3.9 3.13`: the plug-in's tests on the Pythons that Maya brings.

For each a small environment in `.venvs/` with pinned packages (tests/pins/*.txt) and without the server; test files that need the server
are left out there, and named. The panel runs on the Qt that such a Maya has: PySide2 on 3.9, PySide6 on 3.13. A Python that is not on this
machine is skipped, and said so. PAINTOVER_PYTHONS names interpreters beside those on the PATH and those of pyenv.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shot_format.folder import ShotFolder

ROOT = Path(__file__).resolve().parents[1]
PINS = Path(__file__).parent / "pins"
ROOMS = ("tests/client", "tests/shot_format", "tests/maya")
SERVER_ONLY = {"render_server", "tests.server", "numba", "torch", "pxr", "PIL", "OpenEXR", "PySide6", "typer", "shelf"}
MAYAS = {"3.9": "2023", "3.10": "2024"}  # which Maya brings it; the tables end with 2025
OWN_PYTHON_ONLY = {"tests/maya/test_old_python.py", "tests/maya/test_planted_mistakes.py"}  # they start other Pythons, and mypy


def find_python(version: str) -> str | None:
    """An interpreter of this version ("3.9"), None where there is none."""
    named = os.environ.get("PAINTOVER_PYTHONS", "").split(os.pathsep)
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    for candidate in filter(None, [*named, shutil.which(f"python{version}"), *map(str, pyenv)]):
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)  # a shim may know nothing
        if told.stdout.strip() == version:
            return candidate
    return None


def environment(version: str, python: str) -> Path:
    """The interpreter of a small environment with the pinned packages; made where it is not there or the pins are newer."""
    folder, pins = ROOT / ".venvs" / f"py{version}", PINS / f"{version}.txt"
    stamp, made = folder / "pins", folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not stamp.is_file() or stamp.read_text() != pins.read_text():
        print(f"Python {version}: making {folder.relative_to(ROOT)} …", flush=True)
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(made), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--requirement", str(pins)]
        subprocess.run(pip, check=True)
        stamp.write_text(pins.read_text())
    return made


def choose() -> tuple[list[str], list[str]]:
    """Test files that need no server, and those that do."""
    files = sorted(path for room in ROOMS for path in (ROOT / room).rglob("test_*.py"))
    names = [path.relative_to(ROOT).as_posix() for path in files]
    left_out = [name for name in names if name in OWN_PYTHON_ONLY or needs_server(ROOT / name, set())]
    return [name for name in names if name not in left_out], left_out


def needs_server(path: Path, seen: set[Path]) -> bool:
    """Whether a test file imports, or imports a test module that imports, what only the server's environment has."""
    if path in seen:
        return False
    seen.add(path)
    for name in _imported(path):
        if any(name == each or name.startswith(f"{each}.") for each in SERVER_ONLY):
            return True
        inner = ROOT / f"{name.replace('.', '/')}.py"
        if name.startswith("tests.") and inner.is_file() and needs_server(inner, seen):
            return True
    return False


def _imported(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func).endswith("importorskip"):
            yield ast.literal_eval(node.value.args[0])


def _write_demo(folder: Path) -> None:
    """The demo shot for environments that cannot make it."""
    from render_server.scenes.demo import demo_shot, iter_demo_frames
    from tests.maya.conftest import FRAMES, SIZE

    shot, made = ShotFolder(folder), []
    for frame, blobs in iter_demo_frames(FRAMES, SIZE):
        for blob in blobs.values():
            shot.add_blob(blob)
        made.append(frame)
    shot.write(demo_shot(FRAMES, SIZE), tuple(made))


def main(versions: list[str]) -> int:
    """Run the tests on each; 1 where any failed."""
    chosen, left_out = choose()
    print(f"Left out, for they need the server or start other Pythons: {', '.join(left_out)}.", flush=True)
    bad = 0
    with tempfile.TemporaryDirectory(prefix="paintover-") as folder:
        _write_demo(Path(folder))
        told = {**os.environ, "PAINTOVER_DEMO_SHOT": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        for version in versions:
            python = find_python(version)
            if python is None:
                print(f"Python {version}: skipped, it is not on this machine.", flush=True)
                continue
            print(f"Python {version}: {len(chosen)} test files", flush=True)
            told["PAINTOVER_MAYAS"] = MAYAS.get(version, "2025")
            command = [str(environment(version, python)), "-m", "pytest", "-p", "no:cacheprovider", *chosen]
            bad |= subprocess.run(command, cwd=ROOT, env=told, check=False).returncode != 0
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["3.9", "3.13"]))
