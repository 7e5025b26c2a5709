"""Training can be stopped at any step and goes on to the same weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.numpy import save_file

from render_server.training.batches import whole_clip
from render_server.training.checkpoint import Progress, save_checkpoint
from render_server.training.clips import Window, render_clip
from render_server.training.losses import detail, gradient_loss, picture_loss, sharpness, steadiness_loss
from render_server.training.previews import preview, run_clip
from render_server.training.train_painter import Plan, Training, begin, mean_network, save_weights, train_step
from render_server.video_models.painter.pipeline import load_network

SMALL = {"channels": (16, 16, 16), "blocks": (1, 1, 1), "full": 16, "half": 16, "fine": 16, "condition": 16}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("clips")
    paths = []
    for seed in (21, 22):
        paths.append(folder / f"{seed}.safetensors")
        save_file(render_clip(seed, 4, Window(100, 60, 64, 64, 384, 216)), paths[-1])
    return paths


def plan_in(folder: Path) -> Plan:
    return Plan(folder, steps=6, batch=2, height=64, width=64, alone=0.4, longest=1, model=SMALL)


def run(training: Training, clips: list[Path], steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(float(train_step(training, clips)))
        training.progress = Progress(training.progress.step + 1)
    return losses


def test_stopping_and_going_on_changes_nothing(clips: list[Path], tmp_path: Path) -> None:
    whole = begin(plan_in(tmp_path / "whole"))
    run(whole, clips, 5)
    (tmp_path / "parts").mkdir()
    first = begin(plan_in(tmp_path / "parts"))
    run(first, clips, 3)
    save_checkpoint(tmp_path / "parts" / "checkpoint.safetensors", first.network, first.mean, first.optimiser, first.progress)
    second = begin(plan_in(tmp_path / "parts"))
    assert second.progress.step == 3
    run(second, clips, 2)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name
        assert torch.equal(whole.mean[name], second.mean[name]), name


def error(training: Training, clip: Path) -> float:
    batch = whole_clip(clip)
    painted, _ = run_clip(training.network, batch, memory=False)
    return float((torch.stack(painted) - batch.target).abs().mean())


def test_training_lowers_the_loss(clips: list[Path], tmp_path: Path) -> None:
    training = begin(replace(plan_in(tmp_path), steps=60, alone=1.0, rate=4e-3))
    before = error(training, clips[0])
    run(training, clips, 40)
    assert error(training, clips[0]) < 0.9 * before


def test_a_loss_that_is_not_a_number_stops_the_training(clips: list[Path], tmp_path: Path) -> None:
    training = begin(plan_in(tmp_path))
    with torch.no_grad():
        training.network.paint_out.bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="step 0"):
        train_step(training, clips)


def test_saved_weights_load_as_a_network(clips: list[Path], tmp_path: Path) -> None:
    training = begin(plan_in(tmp_path))
    run(training, clips, 1)
    save_weights(training, tmp_path / "weights")
    loaded = load_network(tmp_path / "weights").state_dict()
    for name, value in training.mean.items():
        assert torch.allclose(loaded[name].float(), value, atol=0.01, rtol=0.02), name


def test_a_preview_is_written_and_measured(clips: list[Path], tmp_path: Path) -> None:
    training = begin(plan_in(tmp_path))
    figures = preview(mean_network(training), clips, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000
    assert 0 < figures.sharpness_first < 2


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
