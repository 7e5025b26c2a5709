"""Makes tables/commands.json.gz from PyMEL's command tables: `pip download --no-deps pymel==1.5.0`, unzip, then run this on the folder.

    python -m tests.fake_maya.make_tables PYMEL_FOLDER

PyMEL is Copyright (c) 2009 Chad Dombrova, BSD-3-Clause; its licence stands beside the table.
"""

from __future__ import annotations

import ast
import gzip
import json
import sys
from pathlib import Path
from typing import Any

VERSIONS = ("2023", "2024", "2025")
TABLES = Path(__file__).parent / "tables"
COMMANDS = (TABLES / "commands.txt").read_text("ascii").split()


def main(folder: Path) -> None:
    """Write the digest of the tables in a PyMEL distribution."""
    digest = {version: _commands(folder / "pymel" / "cache" / f"mayaCmdsList{version}.py") for version in VERSIONS}
    text = json.dumps(digest, separators=(",", ":"), sort_keys=True)
    (TABLES / "commands.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    licence = next(folder.glob("pymel-*.dist-info/LICENSE")).read_text("utf-8")
    (TABLES / "LICENSE.pymel").write_text("commands.json.gz is derived from PyMEL's mayaCmdsList tables:\n\n" + licence, "utf-8")


def _commands(path: Path) -> dict[str, dict[str, list[Any]]]:
    assignments = {node.targets[0].id: node.value for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    table = ast.literal_eval(assignments["data"])[0]
    return {name: {flag: _flag(entry) for flag, entry in table[name].get("flags", {}).items()} for name in COMMANDS if name in table}


def _flag(entry: dict[str, Any]) -> list[Any]:
    """Short name, modes, number of arguments, their types."""
    args = entry.get("args", [])
    types = [_type(each) for each in (args if isinstance(args, list) else [args])]
    return [entry["shortname"], "".join(mode[0] for mode in entry.get("modes", [])), entry["numArgs"], types]


def _type(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind).replace("<type ", "").strip("<>'")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
