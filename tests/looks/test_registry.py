"""Looks are found by name and version, from several folders, without numpy or torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from render_server.looks.registry import list_looks, load_look
from shot_format.errors import FormatError, MissingError

FIELDS = {
    "title": "T", "description": "D", "palette": {}, "strokes": {}, "recipe": {}, "model_sha256": "0" * 64, "lineage": [],
    "licence": "Apache-2.0",
}  # fmt: skip


def add(root: Path, name: str, version: int, **more: object) -> Path:
    folder = root / f"{name}@{version}"
    folder.mkdir(parents=True)
    (folder / "look.json").write_text(json.dumps({"name": name, "version": version, **FIELDS, **more}))
    return folder


def test_a_name_alone_means_the_newest_version(tmp_path: Path) -> None:
    for version in (2, 10, 1):
        add(tmp_path, "oil", version)
    assert load_look("oil", [tmp_path]).key == "oil@10"
    assert load_look("oil@2", [tmp_path]).version == 2


def test_an_unknown_look_names_those_that_exist(tmp_path: Path) -> None:
    add(tmp_path, "oil", 1)
    with pytest.raises(MissingError, match=r"oil@1.*look-unknown"):
        load_look("gouache", [tmp_path])


def test_the_first_folder_counts(tmp_path: Path) -> None:
    add(tmp_path / "a", "oil", 1, title="mine")
    add(tmp_path / "b", "oil", 1, title="theirs")
    assert [look.title for look in list_looks([tmp_path / "a", tmp_path / "b"])] == ["mine"]


def test_looks_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path, "zinc", 3)
    monkeypatch.setenv("PAINTOVER_LOOKS", str(tmp_path))
    assert load_look("zinc").key == "zinc@3"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "oil"}', '{"name": "oil", "version": "one"}'])
def test_a_broken_look_says_which(tmp_path: Path, text: str) -> None:
    (tmp_path / "oil@1").mkdir()
    (tmp_path / "oil@1" / "look.json").write_text(text)
    with pytest.raises(FormatError, match=r"oil@1.*look-broken"):
        list_looks([tmp_path])


def test_the_list_needs_neither_numpy_nor_torch() -> None:
    code = "import sys, render_server.looks.registry as r; r.list_looks(); sys.exit(bool({'numpy', 'torch', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
