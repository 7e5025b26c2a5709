"""What the client offers, and what it may import."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import maya_plugin.client

PACKAGE = Path(maya_plugin.client.__file__).parent


def test_what_is_exported_is_there_and_sorted() -> None:
    names = maya_plugin.client.__all__
    assert names == sorted(names)
    assert all(hasattr(maya_plugin.client, name) for name in names)


def test_the_code_is_python_3_9() -> None:
    for path in PACKAGE.glob("*.py"):
        ast.parse(path.read_text("utf-8"), feature_version=(3, 9))


def test_only_httpx_and_the_contract_are_imported() -> None:
    standard = getattr(sys, "stdlib_module_names", None)
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.partition(".")[0]
                own = root in ("httpx", "shot_format") or name.startswith("maya_plugin.client")
                assert own or standard is None or root in standard, f"{path.name} imports {name}"
