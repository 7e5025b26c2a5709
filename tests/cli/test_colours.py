"""A take with a colour script, by the whole road: painted, checked, painted again."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from render_server.cli.commands import app
from render_server.cli.console import stages
from render_server.cli.servers import own_server
from render_server.looks.colour_script import ColourScript, Line, script_text
from render_server.provenance.metadata import read_record
from render_server.scenes.demo import export_demo
from shot_format.messages import ColourKey
from tests.cli.test_commands import refused
from tests.cli.test_demo import pictures

FRAME = "frames/painted.1002.png"


def told(*arguments: str | Path) -> str:
    """Run a command in this process, which has loaded everything already; what it prints."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_take_with_a_script_is_untouched_and_painted_again(tmp_path: Path) -> None:
    export_demo(tmp_path / "shot", 2, (128, 72))
    lines = (Line("rug", "#e48372", "#4A8F86"), Line("piano", "#202020", "#303030"), Line("sofa", "#b67101", "#b67101"))
    (tmp_path / "colours.json").write_text(script_text(ColourScript("Tea for two", "oil@1", 1001, lines)))
    room, script = ("--data", tmp_path / "data"), ("--colours", tmp_path / "colours.json")
    with stages() as bars, own_server(tmp_path / "data", bars):  # one for both takes
        told("render", tmp_path / "shot", "--out", tmp_path / "out", "--look", "oil", *script, "--no-report", *room)
        told("render", tmp_path / "shot", "--again", tmp_path / "out" / FRAME, "--out", tmp_path / "again", *room)
    assert pictures(tmp_path / "again" / "frames") == pictures(tmp_path / "out" / "frames")
    take = json.loads((tmp_path / "out" / "take.json").read_text())
    assert take["warnings"] == ["The colour script names what is not in the shot: piano."]
    record = read_record((tmp_path / "out" / FRAME).read_bytes())
    assert record is not None
    assert record.recipe.colours == (ColourKey("piano", 1001, "#202020", "#303030"), ColourKey("rug", 1001, "#e48372", "#4a8f86"))
    checked = told("verify", tmp_path / "out", *room, "--json")
    assert json.loads(checked.splitlines()[-1])["frames"][1]["record"]["recipe"]["colours"] == take["recipe"]["colours"]


def test_a_script_that_is_none_is_refused_before_anything_starts(tmp_path: Path) -> None:
    export_demo(tmp_path / "shot", 1, (128, 72))
    (tmp_path / "colours.json").write_text('{"shot": "x"')
    ways = (tmp_path / "shot", "--out", tmp_path / "out", "--data", tmp_path / "data", "--colours")
    assert "json-broken" in refused("render", *ways, tmp_path / "colours.json")
    assert "colours-missing" in refused("render", *ways, tmp_path / "none.json")
    assert not (tmp_path / "out").exists()
