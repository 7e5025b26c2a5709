"""The plug-in on the Pythons that Maya brings: 3.9 to 3.13.

PAINTOVER_PYTHONS names interpreters, parted as in PATH; without it those on the PATH are tried.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for package in ("maya_plugin", "shot_format") for path in (ROOT / package).rglob("*.py"))
NEWER = {"zip": "strict", "dataclass": "slots", "field": "kw_only", "Thread": "context"}  # calls, and keywords that 3.9 does not know
IMPORT_ALL = """
import importlib, sys, types

class Bare(types.ModuleType):
    __path__ = []
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Bare(name)

for name in ("maya", "maya.cmds", "maya.api", "maya.api.OpenMaya", "maya.OpenMaya"):
    sys.modules[name] = Bare(name)
MAY_LACK = ("httpx", "PySide6", "PySide2")  # what this Python may not have, and every Maya has
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in MAY_LACK:
            raise
"""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_uses_what_came_after_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match), f"line {node.lineno}"
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert NEWER.get(name, "") not in [word.arg for word in node.keywords], f"line {node.lineno}"
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert futures or not any(isinstance(node, (ast.FunctionDef, ast.AnnAssign)) for node in ast.walk(tree)), "annotations are evaluated"


@pytest.mark.parametrize("minor", range(9, 14))
def test_every_module_can_be_imported(minor: int) -> None:
    python = _interpreter(minor)
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, "-c", IMPORT_ALL, *modules], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _interpreter(minor: int) -> str:
    named = os.environ.get("PAINTOVER_PYTHONS", "").split(os.pathsep)
    for candidate in filter(None, [*named, shutil.which(f"python3.{minor}")]):
        told = subprocess.run([candidate, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, text=True, check=False)
        if told.stdout.strip() == str(minor):
            return candidate
    pytest.skip(f"Python 3.{minor} is not here")
