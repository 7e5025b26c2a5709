"""`paintover art …` as a person and as a program meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from render_server.cli.art import app
from tests.art.plant import painting, saved

RIGHTS = ("--owner", "us", "--licence", "work for hire", "--consent", "contract 7")


@pytest.fixture
def art(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAINTOVER_ART", str(tmp_path / "store"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def run(*arguments: str | Path, status: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def told(*arguments: str | Path, status: int = 0) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(run(*arguments, "--json", status=status).stdout.splitlines()[-1])
    return said


def test_a_piece_from_its_arrival_to_its_end(art: Path) -> None:
    folder = art / "in"
    folder.mkdir()
    saved(painting("oil", 1), folder / "env_01.png")
    (folder / "note.txt").write_text("not a picture")
    (folder / "drawing.png").write_text("<svg/>")
    (art / "rights.csv").write_text("file,title,artist\nenv_*,The yard,R. Duarte\nfig_*,,x\n")
    said = told("add", folder, "--art", "show/oils", *RIGHTS, "--rights", art / "rights.csv", "--by", "me", status=1)
    assert [(each["title"], each["fresh"]) for each in said["pieces"]] == [("The yard", True)]
    assert [(each["name"], each["code"]) for each in said["refused"]] == [("drawing.png", "art-format")]
    assert "note.txt" in said["passed"][0]
    again = run("add", folder / "env_01.png", "--art", "show/oils")
    assert "is there already" in again.stderr

    assert told("list")["collections"] == [{"name": "show/oils", "pieces": 1, "gaps": 0}]
    piece = told("show", "The yard", "--art", "show/oils")
    assert piece["rights"]["artist"] == "R. Duarte" and piece["added"]["by"] == "me" and Path(piece["files"][0]).is_file()
    changed = told("set", "all", "--art", "show/oils", "--consent", "", "--show", "hero", "--by", "you")["pieces"][0]
    assert changed["rights"]["consent"] == "" and changed["rights"]["shows"] == ["hero"]
    assert [(each["field"], each["before"], each["stamp"]["by"]) for each in changed["history"]] == [
        ("consent", "contract 7", "you"),
        ("shows", "", "you"),
    ]
    review = told("check", "--art", "show/oils", "--show", "other", "--out", art / "report")
    assert [finding["code"] for finding in review["pieces"][0]["findings"]] == ["rights-missing"]
    assert "consent, clearance for other" in review["pieces"][0]["findings"][0]["what"]
    assert (art / "report" / "report.html").is_file() and not review["trainable"]

    override = told("allow", "--art", "show/oils", "--by", "A. Producer", "--why", "for the pitch")["override"]
    assert override["why"] == "for the pitch" and override["gaps"][0]["missing"] == ["consent"]
    retired = told("retire", "The yard", "--art", "show/oils", "--why", "withdrawn", "--takes", art)
    assert retired["piece"]["retired"] and retired["looks"] == retired["takes"] == []
    assert not told("retire", "The yard", "--art", "show/oils", "--why", "a mistake", "--undo")["piece"]["retired"]


def test_what_cannot_be_done_is_said(art: Path) -> None:
    refusals = {
        "art-missing": ("add", art / "none.png", "--art", "oils"),
        "art-name": ("add", art, "--art", "../oils"),
        "art-unknown": ("check", "--art", "oils"),
        "nothing-to-set": ("set", "x", "--art", "oils"),
        "show-name": ("add", art, "--art", "oils", "--show", "../x"),
        "rights-file-missing": ("add", art, "--art", "oils", "--rights", art / "none.csv"),
    }
    for code, arguments in refusals.items():
        assert f"({code})" in " ".join(run(*arguments, status=1).stderr.split())
    assert not (art / "store").exists()
