"""Training can be stopped at any step and goes on to the same weights."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file

from render_server.training.checkpoint import Progress
from render_server.training.clips import HANDS, Window, render_clip
from render_server.training.losses import detail, gradient_loss, picture_loss, sharpness, steadiness_loss
from render_server.training.make_look import make_look
from render_server.training.train_painter import Plan, Training, begin, by_hand, keep, mean_network, save_weights, train, train_step
from render_server.video_models.painter.network import PainterConfig
from render_server.video_models.painter.pipeline import load_network
from shot_format.errors import FormatError

SMALL = PainterConfig((16, 16, 16), (1, 1, 1), full=16, half=16, coarse=8, fine=16, last=8, condition=16)
WINDOW = Window(100, 60, 64, 64, 384, 216)
SHORT: dict[str, Any] = {
    "steps": 40, "clips": 3, "held_out": 1, "batch": 2, "height": 64, "width": 64, "length": 3, "preview_every": 1000, "model": SMALL
}  # fmt: skip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One clip of each of two hands for training, and one held out."""
    folder = tmp_path_factory.mktemp("clips")
    for seed in (24, 25, 31, 1_000_002):
        hand = {"hand": HANDS[seed % len(HANDS)]}
        save_file(render_clip(seed, 4, WINDOW), folder / f"clip_{seed:07d}.safetensors", hand)
    return folder


def plan_in(folder: Path, clips: Path) -> Plan:
    folder.mkdir(exist_ok=True)
    (folder / "clips").symlink_to(clips)
    return Plan(folder, **SHORT)


def run(training: Training, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(train_step(training)))
        training.progress = Progress(training.progress.step + 1)
    return losses


def begun(plan: Plan) -> Training:
    return begin(plan, by_hand(sorted((plan.out / "clips").iterdir())[:3]))


def test_stopping_and_going_on_changes_nothing(clips: Path, tmp_path: Path) -> None:
    whole = begun(plan_in(tmp_path / "whole", clips))
    run(whole, 9)
    plan = plan_in(tmp_path / "parts", clips)
    first = begun(plan)
    run(first, 5)
    keep(first)
    run(first, 2)  # lost
    second = begun(plan)
    assert second.progress.step == 5
    run(second, 4)
    for name, value in whole.weights.items():
        assert torch.equal(value, second.weights[name]), name
        assert torch.equal(whole.mean[name], second.mean[name]), name


COMMAND = """
import sys
from pathlib import Path
import tests.training.test_train as t
from render_server.training.train_painter import Plan, train
train(Plan(Path(sys.argv[1]), **t.SHORT, keep_every=4))
"""


def test_a_killed_training_ends_as_one_that_was_left_alone(clips: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path / "alone", clips)
    undisturbed = train(replace(plan, keep_every=4))
    folder = plan_in(tmp_path / "killed", clips).out
    for steps in (1, 9):  # checkpoints after which it is killed
        child = subprocess.Popen([sys.executable, "-c", COMMAND, str(folder)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        while not (folder / "checkpoint.safetensors").exists() or step_of(folder) < steps:
            assert child.poll() is None
            time.sleep(0.02)
        child.kill()
        child.wait()
        assert step_of(folder) < 40
    subprocess.run([sys.executable, "-c", COMMAND, str(folder)], check=True, stdout=subprocess.DEVNULL)
    for name, value in load_file(folder / "weights" / "base.safetensors").items():
        assert torch.equal(value, undisturbed.mean[f"base/{name}"].half()), name


def step_of(folder: Path) -> int:
    """Read from the header alone: the file may be replaced at any moment."""
    with (folder / "checkpoint.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return int(json.loads(header["__metadata__"]["progress"])["step"])


def test_training_lowers_the_loss(clips: Path, tmp_path: Path) -> None:
    losses = run(begun(replace(plan_in(tmp_path / "t", clips), steps=120, rate=4e-3)), 60)
    assert sum(losses[-12:]) < 0.9 * sum(losses[:12])


def test_a_loss_that_is_not_a_number_stops_the_training(clips: Path, tmp_path: Path) -> None:
    training = begun(plan_in(tmp_path / "t", clips))
    with torch.no_grad():
        training.weights["base/paint_out.bias"].fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="step 0"):
        train_step(training)


def test_a_look_is_the_base_with_its_changes(clips: Path, tmp_path: Path) -> None:
    training = begun(plan_in(tmp_path / "t", clips))
    run(training, 4)
    save_weights(training, tmp_path / "weights")
    hand = list(training.clips)[1]
    make_look(tmp_path / "weights", hand, tmp_path / "looks")
    wanted = mean_network(training, hand).state_dict()
    loaded = load_network(tmp_path / "looks" / f"{hand}@1").state_dict()
    for name, value in wanted.items():
        assert torch.allclose(loaded[name].float(), value.float(), atol=0.01, rtol=0.02), name
    (tmp_path / "looks" / "painter@1" / "weights.safetensors").write_bytes(b"another")
    with pytest.raises(FormatError):
        load_network(tmp_path / "looks" / f"{hand}@1")


def test_the_page_shows_what_was_measured(clips: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path / "t", clips)
    train(replace(plan, steps=4))
    entry = json.loads((plan.out / "log.jsonl").read_text().splitlines()[-1])
    assert entry["step"] == 4
    assert 0 < next(iter(entry["figures"].values()))["sharpness_first"] < 3
    assert "preview_000004.png" in (plan.out / "index.html").read_text()
    assert (plan.out / "preview_000004.png").stat().st_size > 1000


def test_a_training_with_clips_at_hand_needs_little() -> None:
    code = "import sys, render_server.training.train_painter; print({'numba', 'scipy', 'diffusers', 'fastapi'} & sys.modules.keys() or [])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "[]"


def test_losses_are_nothing_for_a_perfect_picture() -> None:
    picture = torch.rand(1, 3, 32, 32)
    mask = torch.ones(1, 1, 32, 32)
    assert float(picture_loss(picture, picture)) == 0.0
    assert float(steadiness_loss(picture, picture, picture, picture, mask)) == 0.0
    assert float(picture_loss(picture, 1 - picture)) > 0.1


def test_blur_shows_in_sharpness_and_detail() -> None:
    picture = torch.rand(1, 3, 32, 32)
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1)
    assert sharpness(blurred) < 0.5 * sharpness(picture)
    assert float(detail(blurred, 1).abs().mean()) < 0.6 * float(detail(picture, 1).abs().mean())
    assert float(gradient_loss(blurred, picture)) > 0.0
