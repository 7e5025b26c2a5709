"""Train the painter from nothing, on scenes made by code and pictures painted by code.

    python -m render_server.training.train_painter --out out/training/oil --seed 0 --steps 12000

Clips are rendered first and kept. Stopping (Ctrl-C) and starting again goes on where it was, with the same result as without the stop.
Half of the training sees single frames without a past; then rollouts, begun with no previous frame, on the network's own output.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from render_server.training.batches import Batch, draw_batch
from render_server.training.checkpoint import Progress, load_checkpoint, replace_file, save_checkpoint
from render_server.training.clips import HELD_OUT, render_clips
from render_server.training.losses import is_sound, picture_loss, steadiness_loss
from render_server.training.previews import as_fast, as_written, preview, remembered
from render_server.video_models.painter.network import PainterNetwork

CLIPS_FROM = 1000  # the first training scene's seed


@dataclass(frozen=True)
class Plan:
    """One training, wholly."""

    out: Path
    seed: int = 0
    steps: int = 12_000
    minutes: float = 0.0  # 0: no limit; else the plan is shortened to fit
    clips: int = 620
    held_out: int = 8
    batch: int = 4
    height: int = 160
    width: int = 192
    rate: float = 8e-4
    alone: float = 0.3  # the share of the training on single frames
    longest: int = 6  # frames of a rollout before the graded ones
    preview_minutes: float = 5.0
    threads: int = 2
    model: dict[str, Any] = field(default_factory=dict)  # what differs from PainterNetwork's own defaults


@dataclass
class Training:
    """The moving parts."""

    plan: Plan
    network: PainterNetwork
    mean: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    progress: Progress

    def done(self) -> float:
        """0 to 1."""
        by_time = self.progress.seconds / (self.plan.minutes * 60) if self.plan.minutes else 0.0
        return min(1.0, max(self.progress.step / self.plan.steps, by_time))


def begin(plan: Plan) -> Training:
    """A new training, or the one that the folder holds."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    network = _laid_out(PainterNetwork(**plan.model))
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, betas=(0.9, 0.99), weight_decay=1e-3)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    training = Training(plan, network, mean, optimiser, Progress())
    checkpoint = plan.out / "checkpoint.safetensors"
    if checkpoint.exists():
        training.progress = load_checkpoint(checkpoint, network, mean, optimiser)
    return training


def train_step(training: Training, paths: list[Path]) -> Tensor:
    """One step of the optimiser; returns the loss."""
    plan, done, step = training.plan, training.done(), training.progress.step
    for group in training.optimiser.param_groups:
        group["lr"] = plan.rate * min(1.0, (step + 1) / 150) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
    run_up = 0 if done < plan.alone else step % (plan.longest + 1)
    graded = 1 if done < plan.alone else 2
    batch = draw_batch(paths, plan.seed, step, plan.batch, run_up + graded, plan.height, plan.width)
    training.optimiser.zero_grad(set_to_none=True)
    loss = _rollout(training.network, batch, run_up)
    if not is_sound(loss):
        raise FloatingPointError(f"the loss of step {step} is not a number; go on from the last checkpoint with a smaller --rate")
    torch.nn.utils.clip_grad_norm_(training.network.parameters(), 1.0)
    training.optimiser.step()
    decay = min(0.999, (step + 1) / (step + 20))
    for name, value in training.network.state_dict().items():
        training.mean[name].lerp_(value, 1 - decay)
    return loss


def _rollout(network: PainterNetwork, batch: Batch, run_up: int) -> Tensor:
    """Paint from nothing; the frames after the run-up are graded, each on its own."""
    previous: Tensor | None = None
    style = torch.zeros(batch.guides.shape[1], dtype=torch.long)
    total = torch.zeros(())
    for t in range(len(batch.guides)):
        carried, usable = remembered(previous, batch, t)
        since = torch.full(style.shape, float(t))
        with torch.set_grad_enabled(t >= run_up), torch.autocast("cpu", torch.bfloat16):
            frame, _ = network(as_fast(batch.guides[t]), carried, usable, since, style)
        if t >= run_up:
            loss = picture_loss(frame, batch.target[t])
            if t > 0:
                carried_target, _ = remembered(batch.target[t - 1], batch, t)
                loss = loss + 0.6 * steadiness_loss(frame, carried, batch.target[t], carried_target, usable)
            loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        previous = as_written(frame.detach())
    return total / (len(batch.guides) - run_up)


def mean_network(training: Training) -> PainterNetwork:
    """The network with the running mean of its weights, which is what is shipped."""
    network = PainterNetwork(**{k: v for k, v in training.network.config.items() if not k.startswith("_")})
    network.load_state_dict(training.mean)
    return _laid_out(network.eval())


def _laid_out(network: PainterNetwork) -> PainterNetwork:
    """With its weights in memory as processors like them."""
    return nn.Module.to(network, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def save_weights(training: Training, folder: Path) -> None:
    """Write what the painter loads: config.json and half-precision weights."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {k: v for k, v in training.network.config.items() if not k.startswith("_")}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    half = {name: value.to(torch.float16).contiguous() for name, value in training.mean.items()}
    replace_file(
        folder / "weights.safetensors", half, {"format": "pt", "steps": str(training.progress.step), "seed": str(training.plan.seed)}
    )


def train(plan: Plan) -> None:
    """Render the clips, train to the end of the plan or until stopped, and keep checkpoints, previews and a log."""
    plan.out.mkdir(parents=True, exist_ok=True)
    seeds = [HELD_OUT + i for i in range(plan.held_out)] + [CLIPS_FROM + i for i in range(plan.clips)]
    paths = render_clips(plan.out / "clips", seeds, _report_clips)
    held_out, paths = paths[: plan.held_out], paths[plan.held_out :]
    training = begin(plan)
    stopping = _stop_on_signal()
    since, shown, losses = time.monotonic(), time.monotonic(), []
    while training.done() < 1 and not stopping:
        losses.append(float(train_step(training, paths)))
        now = time.monotonic()
        training.progress = Progress(training.progress.step + 1, training.progress.seconds + now - since)
        since = now
        if training.progress.step % 50 == 0:
            print(_line(training, losses), flush=True)
            losses = losses[-50:]
        if now - shown > plan.preview_minutes * 60 or training.progress.step == 300:
            _show(training, held_out)
            shown = since = time.monotonic()
    _show(training, held_out)


def _show(training: Training, held_out: list[Path]) -> None:
    """Save everything and paint the held-out clips."""
    out, step = training.plan.out, training.progress.step
    save_checkpoint(out / "checkpoint.safetensors", training.network, training.mean, training.optimiser, training.progress)
    save_weights(training, out / "weights")
    figures = preview(mean_network(training), held_out, out / f"preview_{step:06d}.png")
    entry = {"step": step, "seconds": round(training.progress.seconds), **{k: round(v, 4) for k, v in asdict(figures).items()}}
    with (out / "log.jsonl").open("a") as log:
        log.write(json.dumps(entry) + "\n")
    print(json.dumps(entry), flush=True)


def _line(training: Training, losses: list[float]) -> str:
    recent, done, seconds = losses[-50:], training.done(), training.progress.seconds
    left = seconds / max(done, 1e-6) - seconds
    rate = training.progress.step / max(seconds, 1e-6)
    loss = sum(recent) / len(recent)
    return f"step {training.progress.step}  loss {loss:.4f}  {rate:.2f} steps/s  {100 * done:.1f} %  {left / 60:.0f} min left"


def _report_clips(done: int, count: int) -> None:
    if done % 20 == 0 or done == count:
        print(f"clips {done} of {count}", flush=True)


def _stop_on_signal() -> list[int]:
    """A list that is no longer empty once Ctrl-C or a termination came."""
    caught: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        caught.append(number)

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    return caught


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the painter from nothing.")
    for name, default in (("seed", 0), ("steps", 12_000), ("clips", 620), ("batch", 4), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=8e-4)
    train(Plan(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
