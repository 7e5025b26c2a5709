"""A take that goes from one look to another, by the whole road: painted, checked, painted again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from render_server.cli.commands import parse_blend
from render_server.looks.registry import load_look
from render_server.provenance.metadata import read_record
from render_server.scenes.demo import export_demo
from shot_format.errors import FormatError
from shot_format.messages import Blend, BlendKey
from tests.cli.test_demo import paintover, pictures


def test_a_blended_take_is_untouched_and_painted_again(tmp_path: Path) -> None:
    export_demo(tmp_path / "shot", 3, (128, 72))
    room = ("--data", tmp_path / "data")
    keys = ("--blend", "ink", "--blend-key", "1003=1", "--blend-key", "1001=0")
    done = paintover("render", tmp_path / "shot", "--out", tmp_path / "out", "--look", "oil", *keys, "--no-report", *room)
    assert done.returncode == 0, done.stderr
    take, ink = json.loads((tmp_path / "out" / "take.json").read_text()), load_look("ink@1")
    assert take["recipe"]["look"] == "oil@1" and take["recipe"]["model_sha256"] == load_look("oil@1").model_sha256
    assert take["recipe"]["blend"]["look"] == "ink@1" and take["recipe"]["blend"]["model_sha256"] == ink.model_sha256
    assert "all of the take has the strokes of oil@1" in take["warnings"][0]
    frame = tmp_path / "out" / "frames" / "painted.1002.png"
    record = read_record(frame.read_bytes())
    assert record is not None and record.recipe.blend is not None
    assert record.recipe.blend.keys == (BlendKey(1001, 0.0), BlendKey(1003, 1.0)) and record.recipe.blend.look_sha256
    checked = paintover("verify", tmp_path / "out", *room, "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout.splitlines()[-1])["frames"][1]["record"]["recipe"]["blend"] == take["recipe"]["blend"]
    again = paintover("render", tmp_path / "shot", "--again", frame, "--out", tmp_path / "again", *room)
    assert again.returncode == 0, again.stderr
    assert pictures(tmp_path / "again" / "frames") == pictures(tmp_path / "out" / "frames")


def test_keys_are_read_in_any_order() -> None:
    assert parse_blend(None, []) is None
    assert parse_blend("ink", ["12=1", "-3=.25", "5=0.5"]) == Blend("ink", (BlendKey(-3, 0.25), BlendKey(5, 0.5), BlendKey(12, 1.0)))


@pytest.mark.parametrize(
    ("look", "keys"),
    [(None, ["1=0"]), ("ink", []), ("ink", ["1"]), ("ink", ["1=1.5"]), ("ink", ["1=x"]), ("ink", ["1=-0.5"]), ("ink", ["1=1", "1=0"])],
)
def test_what_is_no_blend_is_refused(look: str | None, keys: list[str]) -> None:
    with pytest.raises(FormatError, match="blend-broken"):
        parse_blend(look, keys)
