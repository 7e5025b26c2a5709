"""A whole training, small: it ends with a look that paints; stopped, paused or killed it ends with the same one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from render_server.look_training import previews, sequences, session, train
from render_server.look_training.material import Material, Still
from render_server.look_training.session import HALVED
from render_server.look_training.train import Outcome, train_look
from render_server.looks.install import check_look
from render_server.looks.lineage import ArtPiece
from render_server.looks.plan import Given, LookPlan, TrainingReport, write_given
from render_server.training.checkpoint import Progress
from shot_format.blobs import sha256
from shot_format.errors import FormatError, MissingError

PLAN = LookPlan(name="hero/stripes", steps=8, preview_every=4, keep_every=2)
SMALL = (
    (train, "CLIPS", 2),
    (previews, "SCENES", previews.SCENES[:1]),
    (train, "SCENES", previews.SCENES[:1]),
    (previews, "FRAMES", 2),
    (sequences, "CROP", (96, 96)),
    (session, "WARM_UP", 1),
)


def make_small(set_: Callable[[object, str, object], None] = setattr) -> None:
    """Less of everything, so that a training takes seconds; in a process of its own, too."""
    torch.set_num_threads(1)
    for module, name, value in SMALL:
        set_(module, name, value)


def painting() -> np.ndarray:
    """Wavy blue and yellow strokes."""
    y, x = np.mgrid[0:200, 0:320]
    wave = np.sin(0.7 * (y + 9 * np.sin(x / 40)) + np.sin(x / 7))[..., None]
    noise = np.random.default_rng(1).normal(0, 8, (200, 320, 1))
    return np.clip(np.where(wave > 0, (235, 205, 90), (30, 70, 160)) + noise, 0, 255).astype(np.uint8)


class Watcher:
    """Notes what it is told; wishes what it was told to, from a step on."""

    def __init__(self, wish: str = "go on", step: int = 10**9) -> None:
        self.reports: list[TrainingReport] = []
        self.checkpoints: list[int] = []
        self.sheets: list[Path] = []
        self._wish, self._from = wish, step

    def report(self, report: TrainingReport) -> None:
        self.reports.append(report)

    def checkpoint(self, path: Path, step: int) -> None:
        assert path.is_file()
        self.checkpoints.append(step)

    def preview(self, sheet: Path, step: int) -> None:
        self.sheets.append(sheet)

    def wish(self) -> str:
        return self._wish if self.reports[-1].step >= self._from else "go on"


def prepare(folder: Path) -> Material:
    """Art in the folder, and whose it is."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(painting()).save(folder / "art.png")
    name = sha256((folder / "art.png").read_bytes())
    write_given(folder, Given("0" * 64, (ArtPiece(name, "Stripes", "the tests", "Apache-2.0"),)))
    return Material((Still(folder / "art.png", name, "Stripes"),))


def run(folder: Path, watcher: Watcher, plan: LookPlan = PLAN, like: Path | None = None) -> Outcome:
    """Train in a folder; like: another training's, whose rendered blocking is taken."""
    material = prepare(folder)
    if like is not None and not (folder / "clips").exists():
        (folder / "clips").symlink_to(like / "clips")
    return train_look(plan, material, folder, watcher)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    patch, threads = pytest.MonkeyPatch(), torch.get_num_threads()
    make_small(patch.setattr)
    yield
    patch.undo()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, Watcher]:
    folder, watcher = tmp_path_factory.mktemp("undisturbed"), Watcher()
    return folder, run(folder, watcher), watcher


def weights_of(outcome: Outcome) -> bytes:
    assert outcome.draft is not None
    return (outcome.draft / "weights.safetensors").read_bytes()


def test_a_training_ends_with_a_look(undisturbed: tuple[Path, Outcome, Watcher]) -> None:
    folder, outcome, watcher = undisturbed
    assert outcome.draft is not None
    look = check_look(outcome.draft).look
    assert (look.name, look.show) == ("hero/stripes", "hero")
    assert look.training is not None and look.training.art[0].owner == "the tests"
    assert look.training.figures == outcome.figures
    assert watcher.checkpoints == [0, 2, 4, 6, 8]
    assert [sheet.name for sheet in watcher.sheets] == ["preview_000004.png", "preview_000008.png"]
    with Image.open(watcher.sheets[-1]) as sheet:
        assert sheet.width > 1500
    assert "palette" in (folder / "index.html").read_text()
    assert watcher.reports[-1].stage == "finishing"
    told = [report for report in watcher.reports if report.figures]
    assert [report.step for report in told] == [4, 8]
    assert all(np.isfinite(list(report.figures.values())).all() for report in told)


def test_paused_and_gone_on_with_it_is_the_same(undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path) -> None:
    paused = run(tmp_path, Watcher("pause", step=5), like=undisturbed[0])
    assert paused.draft is None and paused.step == 5
    again = Watcher()
    assert weights_of(run(tmp_path, again)) == weights_of(undisturbed[1])
    assert again.checkpoints[0] == 6


def test_only_the_checkpoint_is_needed_to_go_on(undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path) -> None:
    run(tmp_path / "one", Watcher("pause", step=3), like=undisturbed[0])
    prepare(tmp_path / "other")
    os.replace(tmp_path / "one" / "checkpoint.safetensors", tmp_path / "other" / "checkpoint.safetensors")
    assert weights_of(run(tmp_path / "other", Watcher())) == weights_of(undisturbed[1])


def test_killed_it_is_the_same(undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path) -> None:
    places = f"t.Path({str(tmp_path)!r}), t.Watcher(), like=t.Path({str(undisturbed[0])!r})"
    code = f"from tests.look_training import test_train as t; t.make_small(); t.run({places})"
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        place = tmp_path / "checkpoint.safetensors"
        end = time.monotonic() + 120
        while time.monotonic() < end and not (place.exists() and _step(place) >= 2):
            time.sleep(0.02)
        os.kill(child.pid, signal.SIGKILL)
    assert 2 <= _step(place) < 8
    assert weights_of(run(tmp_path, Watcher())) == weights_of(undisturbed[1])


def _step(place: Path) -> int:
    return _progress(place).step


def _progress(place: Path) -> Progress:
    with safe_open(place, framework="pt") as file:
        return Progress(**json.loads(file.metadata()["progress"]))


def test_finished_early_it_keeps_the_best_so_far(undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path) -> None:
    outcome = run(tmp_path, Watcher("finish", step=5), like=undisturbed[0])
    assert outcome.draft is not None and outcome.step == 4


def test_another_plan_does_not_go_on_with_this_one(undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path) -> None:
    run(tmp_path, Watcher("pause", step=2), like=undisturbed[0])
    with pytest.raises(FormatError) as caught:
        run(tmp_path, Watcher(), LookPlan(name="hero/stripes", steps=8, seed=5, preview_every=4, keep_every=2))
    assert caught.value.code == "plan-differs"


def test_without_art_nothing_is_trained(tmp_path: Path) -> None:
    prepare(tmp_path)
    with pytest.raises(MissingError) as caught:
        train_look(PLAN, Material(()), tmp_path, Watcher())
    assert caught.value.code == "art-empty"


def test_a_loss_that_is_no_number_steps_back_and_halves_the_rate(
    undisturbed: tuple[Path, Outcome, Watcher], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, broken = train.train_step, []

    def now_and_then(running: train.Session) -> dict[str, float]:
        if running.progress.step == 3 and not broken:
            broken.append(running.progress.step)
            next(iter(running.weights.values())).data.fill_(float("nan"))
        return real(running)

    monkeypatch.setattr(train, "train_step", now_and_then)
    outcome = run(tmp_path, Watcher(), like=undisturbed[0])
    assert broken and outcome.draft is not None
    assert all(np.isfinite(value.float().numpy()).all() for value in load_file(outcome.draft / "weights.safetensors").values())
    assert _progress(tmp_path / "checkpoint.safetensors").notes[HALVED] == 1
