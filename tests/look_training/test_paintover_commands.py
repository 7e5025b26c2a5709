"""`paintover paintovers …`: out, back, and into a training, whose own part stands aside here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from render_server.cli.commands import app
from render_server.look_training import train
from render_server.look_training.material import Material
from render_server.look_training.observer import Observer
from render_server.looks.palette import Palette
from render_server.looks.plan import LookPlan, TrainingReport, read_given
from render_server.looks.registry import load_look
from render_server.scenes.demo import export_demo
from tests.look_training.studio import demo, guest_paints
from tests.looks.made import small_look

SIZE = (320, 180)
RIGHTS = ("--artist", "the guest", "--owner", "The production", "--licence", "work for hire", "--consent", "contract 12")


def run(*arguments: object) -> tuple[dict[str, Any], str]:
    result = CliRunner().invoke(app, ["paintovers", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer, " ".join(result.stderr.split())


def refused(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["paintovers", *map(str, arguments)])
    assert result.exit_code == 1
    return " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shot")
    export_demo(folder, 6, SIZE)
    return folder


@pytest.fixture(scope="module")
def painted(shot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    answer, _ = run("export", shot, "--frames", "1002, 1005", "--out", folder)
    assert answer["files"] == ["Tea_for_two.1002.ora", "Tea_for_two.1005.ora"]
    Image.fromarray(guest_paints(demo(6, SIZE), 1005, SIZE)).save(folder / "painted 1005.png")
    return folder


def test_out_and_back(shot: Path, painted: Path, tmp_path: Path) -> None:
    answer, _ = run("check", shot, painted)
    assert [(each["frame"], each["name"], each["remarks"]) for each in answer["paintings"]] == [(1005, "painted 1005.png", [])]
    picture = np.roll(np.asarray(Image.open(painted / "painted 1005.png")), 8, axis=1)
    Image.fromarray(picture).save(tmp_path / "any.png")
    _, words = run("check", shot, painted, tmp_path / "any.png", "--frame", "1005")
    assert "moved against the template: 8 pixels to the right" in words
    assert "paintover-untouched" in refused("check", shot, painted, painted / "Tea_for_two.1002.ora")
    assert "paintover-no-template" in refused("check", shot, tmp_path)
    assert "frames-broken" in refused("export", shot, "--frames", "1001-1004", "--out", tmp_path / "x")
    assert "look-unknown" in refused("export", shot, "--frames", "1001", "--out", tmp_path / "x", "--look", "none")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[LookPlan, Material, Path]]:
    """What trainings were asked for; each gives a small look at once."""
    asked: list[tuple[LookPlan, Material, Path]] = []

    def instead(plan: LookPlan, material: Material, folder: Path, observer: Observer) -> train.Outcome:
        asked.append((plan, material, folder))
        observer.report(TrainingReport("training", 1, 2, remarks=("It goes well.",), figures={"texture": 0.5}))
        draft = small_look(folder / "draft", f"{plan.name}@1", len(asked), lineage=[{"look": plan.start}] if plan.start else [])
        return train.Outcome(draft, {}, 2, 1.0)

    monkeypatch.setattr(train, "train_look", instead)
    monkeypatch.delenv("PAINTOVER_ART", raising=False)
    return asked


def test_without_rights_nothing_is_trained(
    shot: Path, painted: Path, tmp_path: Path, trained: list[tuple[LookPlan, Material, Path]]
) -> None:
    asked = ("train", shot, painted, "--name", "hero/dots", "--art", "hero/paint", "--out", tmp_path / "t", "--data", tmp_path / "data")
    words = refused(*asked, "--owner", "The production")
    assert "rights-missing" in words and "frame 1005, painted over" in words and "licence, consent" in words and not trained
    assert not (tmp_path / "t" / "pairs").exists()


def test_painted_frames_become_a_look(shot: Path, painted: Path, tmp_path: Path, trained: list[tuple[LookPlan, Material, Path]]) -> None:
    data = tmp_path / "data"
    asked = ("train", shot, painted, "--name", "hero/dots", "--art", "hero/paint", "--out", tmp_path / "t", "--data", data, *RIGHTS)
    answer, words = run(*asked)
    assert answer["look"] == "hero/dots@1" and "It goes well." in words and "texture 0.500" in words
    ((plan, material, folder),) = trained
    assert plan.start is None and len(material.pairs) == 2 and material.style is not None and material.style.palette
    Palette(material.style.palette)
    (still,), given = material.stills, read_given(folder)
    assert np.array_equal(np.asarray(Image.open(still.path)), np.asarray(Image.open(painted / "painted 1005.png")))
    assert [(piece.sha256, piece.owner) for piece in given.art] == [(still.sha256, "The production")]
    look = load_look("hero/dots@1", (data / "looks",))
    assert look.for_shot is None and look.stranger("another", "Another") == ""


def test_a_look_is_corrected_for_one_shot(
    shot: Path, painted: Path, tmp_path: Path, trained: list[tuple[LookPlan, Material, Path]]
) -> None:
    data = tmp_path / "data"
    asked = ("train", shot, painted, "--name", "hero/pastel", "--art", "hero/paint", "--out", tmp_path / "t", "--data", data, *RIGHTS)
    answer, _ = run(*asked, "--correct", "pastel")
    ((plan, material, folder),) = trained
    parent, look = load_look("pastel@1"), load_look(answer["look"], (data / "looks",))
    assert plan.start == "pastel@1" and read_given(folder).start == str(parent.folder)
    assert material.style is not None and material.style.palette == parent.palette and material.style.tuning == parent.tuning
    assert look.lineage == ({"look": "pastel@1"},) and look.for_shot == {"id": "demo-320x180-6", "name": "Tea for two"}
    assert look.stranger("demo-320x180-6", "renamed") == "" == look.stranger("captured-again", "Tea for two")
