"""`paintover look …`: two servers' data folders, one look that goes from one to the other and paints the same there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from render_server.cli.commands import app
from render_server.looks.install import install_look
from render_server.scenes.demo import export_demo
from tests.cli.test_demo import paintover, pictures
from tests.looks.made import painting_look, small_look


def told(*arguments: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer


def refused(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 1
    return " ".join(result.stderr.split())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A server's data folder with one installed look."""
    install_look(small_look(tmp_path / "draft"), tmp_path / "data" / "looks", "ana", "trained")
    return tmp_path / "data"


def test_looks_are_listed_shown_approved_and_retired(data: Path) -> None:
    assert "oil" in {look["name"] for look in told("look")["looks"]}
    listed = {look["name"]: look for look in told("look", "list", "--data", data)["looks"]}
    assert listed["hero/wash"]["state"] == "candidate" and listed["oil"]["state"] == "approved"
    told("look", "approve", "hero/wash@3", "--why", "matches the key art", "--by", "ana", "--data", data)
    shown = told("look", "show", "hero/wash", "--data", data)
    assert shown["state"] == "approved" and [entry["state"] for entry in shown["history"]] == ["candidate", "approved"]
    assert shown["training"]["art_manifest_sha256"] == "ab" * 32 and shown["licence"] == "the production's own"
    assert told("look", "retire", "hero/wash@3", "--why", "rights", "--data", data)["last"]["who"]
    assert "hero/wash" not in {look["name"] for look in told("look", "list", "--data", data)["looks"]}
    assert "hero/wash" in {look["name"] for look in told("look", "list", "--all", "--data", data)["looks"]}
    assert "look-state" in refused("look", "approve", "hero/wash@3", "--why", "no", "--data", data)
    assert "look-unknown" in refused("look", "show", "hero/none", "--data", data)


def test_a_look_is_handed_out_and_taken_in(data: Path, tmp_path: Path) -> None:
    out = told("look", "export", "hero/wash@3", "--out", tmp_path / "wash.paintover", "--data", data)
    taken = told("look", "import", tmp_path / "wash.paintover", "--why", "bought", "--by", "ben", "--data", tmp_path / "other")
    assert taken["sha256"] == out["sha256"] and taken["last"]["who"] == "ben" and taken["state"] == "candidate"
    broken = bytearray((tmp_path / "wash.paintover").read_bytes())
    broken[700] ^= 1
    (tmp_path / "broken.paintover").write_bytes(broken)
    refused("look", "import", tmp_path / "broken.paintover", "--data", tmp_path / "third")
    assert not list((tmp_path / "third").rglob("*.*"))


def test_the_same_recipe_gives_the_same_bytes_on_a_second_empty_server(tmp_path: Path) -> None:
    first, second, shot = tmp_path / "first", tmp_path / "second", tmp_path / "shot"
    export_demo(shot, 2, (128, 72))
    install_look(painting_look(tmp_path / "draft"), first / "looks", "ana", "trained")
    told("look", "export", "hero/wash@3", "--out", tmp_path / "wash.paintover", "--data", first)
    told("look", "import", tmp_path / "wash.paintover", "--data", second)
    for data in (first, second):
        done = paintover("render", shot, "--out", data / "out", "--look", "hero/wash@3", "--data", data, "--no-report")
        assert done.returncode == 0, done.stderr
    painted = pictures(first / "out" / "frames")
    assert len(painted) == 2 and pictures(second / "out" / "frames") == painted
    done = paintover("render", shot, "--out", tmp_path / "shipped", "--look", "watercolour", "--data", second, "--no-report")
    assert done.returncode == 0, done.stderr
    assert pictures(tmp_path / "shipped" / "frames") != painted  # it was the show's own look, not the one that it was made from
    take = json.loads((first / "out" / "take.json").read_text())
    assert take["recipe"]["look"] == "hero/wash@3" and len(take["recipe"]["look_sha256"]) == 64
