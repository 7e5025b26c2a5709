"""The file of a colour script: written, changed by hand, read; and what of it a recipe takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from render_server.looks.colour_script import ColourScript, Line, check_keys, keys_of, read_script, script_text
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.messages import ColourKey

SCRIPT = ColourScript(
    'Tea, "for" two',
    "oil@1",
    1040,
    (Line("|room|wall", "#54635b", "#54635b", None, "#4a6965", 0.26), Line("rug, ]", "#e48372", "#e48372", None, "#c27d6d", 0.114)),
)


def written(path: Path, old: str = "", new: str = "") -> Path:
    text = script_text(SCRIPT)
    assert old in text
    path.write_text(text.replace(old, new) if old else text)
    return path


def test_the_file_is_plain_json_a_line_an_object(tmp_path: Path) -> None:
    path = written(tmp_path / "colours.json")
    fields = json.loads(path.read_text())
    assert fields["frame"] == 1040 and fields["look"] == "oil@1"
    assert fields["objects"][0] == {"name": "|room|wall", "is": "#54635b", "to": "#54635b", "blocking": "#4a6965", "share": 0.26}
    assert len(path.read_text().splitlines()) == 2 + len(SCRIPT.objects)
    assert read_script(path) == SCRIPT and keys_of(SCRIPT) is None


def test_lines_are_changed_and_deleted_by_hand(tmp_path: Path) -> None:
    path = written(tmp_path / "colours.json", '"to": "#54635b"', '"to": "#2A6F7C"')
    key = ColourKey("|room|wall", 1040, "#54635b", "#2a6f7c")
    assert keys_of(read_script(path)) == (key,)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], *lines[3:]]))  # the last object goes; the comma before it stays
    assert keys_of(read_script(path)) == (key,)
    path.write_text("".join([lines[0], *lines[3:]]))
    assert keys_of(read_script(path)) is None


def test_keys_stand_in_order_and_one_that_changes_nothing_counts_beside_one_that_does() -> None:
    lines = (Line("b", "#111111", "#222222", 30), Line("b", "#111111", "#111111"), Line("a", "#333333", "#444444"))
    keys = keys_of(ColourScript("s", "ink", 5, (*lines, Line("c", "#555555", "#555555"))))
    assert keys is not None
    assert [(key.object, key.frame, key.wanted) for key in keys] == [("a", 5, "#444444"), ("b", 5, "#111111"), ("b", 30, "#222222")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[", "", "json-broken"),
        ('"to": "#54635b"', '"to": "teal"', "field-value"),
        ('"to": "#54635b", ', "", "field-missing"),
        ('"share": 0.26', '"colour": 3', "field-unknown"),
        ('"format": 1', '"format": 2', "field-value"),
        ('"share": 0.26', '"from_frame": "1001"', "field-type"),
    ],
)
def test_what_is_no_script_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(FormatError) as error:
        read_script(written(tmp_path / "colours.json", old, new))
    assert error.value.code == code and "colours.json" in error.value.message


def refused(*keys: ColourKey) -> str:
    with pytest.raises(PaintoverError) as error:
        check_keys(keys)
    return error.value.code


def test_a_script_that_contradicts_itself_or_fills_frames_is_refused(tmp_path: Path) -> None:
    one, two = ColourKey("a", 1, "#000000", "#111111"), ColourKey("a", 2, "#000000", "#111111")
    check_keys((one, two))
    assert refused(one, one) == refused(two, one) == "colours-keys"
    with pytest.raises(FormatError, match="colours-keys"):
        keys_of(ColourScript("s", "ink", 5, (Line("a", "#000000", "#111111"), Line("a", "#000000", "#222222", 5))))
    assert refused(*(ColourKey(f"{n:04}", 1, "#000000", "#111111") for n in range(257))) == "colours-large"
    assert refused(*(ColourKey(f"{n}" + "x" * 900, 1, "#000000", "#111111") for n in range(10, 60))) == "colours-large"
    with pytest.raises(MissingError, match="colours-missing"):
        read_script(tmp_path / "none.json")
    (tmp_path / "huge.json").write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(LimitError, match="json-too-large"):
        read_script(tmp_path / "huge.json")
