"""Train the painter on scenes made by code and pictures painted by code: one base network, and an adapter for every hand.

    python -m render_server.training.train_painter --out out/training/painters --steps 12000

Clips are rendered first and kept. Stopping (Ctrl-C, or kill -9) and starting again goes on from the last checkpoint, with the same result
as without the stop. The hands take turns. Each goes through sequences of frames, begun with no previous frame and then on the network's
own output, one frame a turn; so nothing is painted without being graded. With the clips at hand this needs torch, numpy, Pillow and
safetensors only.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import FrameType

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from render_server.training.batches import Batch, draw_batch, hand_of
from render_server.training.checkpoint import Progress, Weights, load_checkpoint, replace_file, save_checkpoint
from render_server.training.losses import is_sound, picture_loss, steadiness_loss
from render_server.training.previews import as_written, note, preview, remembered
from render_server.video_models.painter.adapter import merged, new_adapter
from render_server.video_models.painter.network import PainterConfig, PainterNetwork
from render_server.video_models.painter.processor import fastest_type, mixed

CLIPS_FROM = 1002  # the first training scene's seed
BASE = "base"


@dataclass(frozen=True)
class Plan:
    """One training, wholly."""

    out: Path
    seed: int = 0
    steps: int = 12_000
    clips: int = 1200
    held_out: int = 12
    batch: int = 4
    height: int = 160
    width: int = 192
    length: int = 8  # frames of a sequence
    rate: float = 8e-4
    start: Path | None = None  # a folder with config.json and weights.safetensors to start from
    keep_every: int = 250  # steps between checkpoints
    preview_every: int = 1000
    threads: int = 2
    device: str = "cpu"
    model: PainterConfig = field(default_factory=PainterConfig)


@dataclass
class Training:
    """The moving parts. Weights have names like base/look_full.weight and oil/look_full.bias."""

    plan: Plan
    clips: dict[str, list[Path]]  # of each hand
    network: PainterNetwork  # only its shape counts
    weights: Weights
    mean: Weights
    optimiser: torch.optim.Optimizer
    memories: Weights = field(default_factory=dict)  # each hand's last painted frames, bytes
    batches: dict[str, tuple[int, Batch]] = field(default_factory=dict)  # each hand's sequence, with its number
    progress: Progress = field(default_factory=Progress)


def begin(plan: Plan, clips: dict[str, list[Path]]) -> Training:
    """A new training, or the one that the folder holds."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    network = nn.Module.to(PainterNetwork(plan.model), memory_format=torch.channels_last)  # type: ignore[call-overload]
    if plan.start:
        network.load_state_dict(load_file(plan.start / "weights.safetensors"))
    base = {name: value.detach() for name, value in network.state_dict().items()}
    weights = {f"{BASE}/{name}": value for name, value in base.items()}
    for number, hand in enumerate(clips):
        weights |= {f"{hand}/{name}": value for name, value in new_adapter(base, plan.seed + number).items()}
    weights = {name: value.to(plan.device, copy=True).requires_grad_() for name, value in weights.items()}
    network = network.to(plan.device)
    mean = {name: value.detach().clone() for name, value in weights.items()}
    optimiser = torch.optim.AdamW(list(weights.values()), lr=plan.rate, betas=(0.9, 0.99), weight_decay=1e-3, foreach=True)
    training = Training(plan, clips, network, weights, mean, optimiser)
    checkpoint = plan.out / "checkpoint.safetensors"
    if checkpoint.exists():
        training.progress = load_checkpoint(checkpoint, weights, mean, optimiser, training.memories)
    return training


def train_step(training: Training) -> Tensor:
    """Grade one frame of one hand and move the weights; returns the loss."""
    plan, step, hands = training.plan, training.progress.step, list(training.clips)
    turn, number = divmod(step, len(hands))
    hand = hands[number]
    sequence, t = divmod(turn + number, plan.length)
    for group in training.optimiser.param_groups:
        group["lr"] = plan.rate * min(1.0, (step + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / plan.steps))))
    training.optimiser.zero_grad(set_to_none=True)
    loss = _grade(training, hand, _batch(training, hand, number, sequence), t)
    if not is_sound(loss):
        raise FloatingPointError(f"the loss of step {step} is not a number; start again from the last checkpoint with a smaller --rate")
    torch.nn.utils.clip_grad_norm_([weight for weight in training.weights.values() if weight.grad is not None], 1.0)
    training.optimiser.step()
    _follow(training, BASE, step, 0.998)
    _follow(training, hand, turn, 0.99)
    return loss


@torch.no_grad()
def _follow(training: Training, owner: str, turns: int, most: float) -> None:
    """Move the mean of an owner's weights on."""
    names = [name for name in training.weights if name.startswith(f"{owner}/")]
    share = 1 - min(most, (turns + 1) / (turns + 20))
    torch._foreach_lerp_([training.mean[name] for name in names], [training.weights[name] for name in names], share)


def _batch(training: Training, hand: str, number: int, sequence: int) -> Batch:
    """The hand's clips of this sequence."""
    plan = training.plan
    kept = training.batches.get(hand)
    if kept is None or kept[0] != sequence:
        key = (plan.seed, number, sequence)
        kept = training.batches[hand] = (
            sequence, draw_batch(training.clips[hand], key, plan.batch, plan.length, plan.height, plan.width).on(plan.device)
        )  # fmt: skip
    return kept[1]


def _grade(training: Training, hand: str, batch: Batch, t: int) -> Tensor:
    """Paint frame t after the frame that the hand remembers, grade it and remember it."""
    memory = training.memories.get(hand) if t else None
    previous = None if memory is None else memory.float() / 255
    carried, usable = remembered(previous, batch, t)
    since = torch.full((len(batch.inks),), 0.0 if previous is None else float(t), device=batch.inks.device)
    target = batch.target(t)
    with mixed(training.plan.device):
        weights = _fast(merged(_part(training.weights, BASE), _part(training.weights, hand)))
        frame, _ = torch.func.functional_call(training.network, weights, (batch.guides(t), carried, usable, since, batch.inks))
    loss = picture_loss(frame, target)
    if previous is not None:
        carried_target, _ = remembered(batch.target(t - 1), batch, t)
        loss = loss + 0.6 * steadiness_loss(frame, carried, target, carried_target, usable)
    loss.backward()  # type: ignore[no-untyped-call]
    training.memories[hand] = (as_written(frame.detach()) * 255).round().to(torch.uint8)
    return loss.detach()


def _fast(weights: Weights) -> Weights:
    """Convolutions in the type that is multiplied fastest, once for the whole step."""
    return {name: value.to(fastest_type(value.device.type)) if value.ndim == 4 else value for name, value in weights.items()}


def _part(weights: Weights, owner: str) -> Weights:
    return {name[len(owner) + 1 :]: value for name, value in weights.items() if name.startswith(f"{owner}/")}


def mean_network(training: Training, hand: str) -> PainterNetwork:
    """The network of a hand with the running mean of its weights, which is what is shipped."""
    network = PainterNetwork(training.plan.model)
    network.load_state_dict(merged(_part(training.mean, BASE), _part(training.mean, hand)))
    return nn.Module.to(network.eval(), memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def save_weights(training: Training, folder: Path) -> None:
    """Write config.json and half-precision weights: base.safetensors, and one file for each hand's adapter."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(asdict(training.plan.model), indent=2) + "\n")
    metadata = {"format": "pt", "steps": str(training.progress.step), "seed": str(training.plan.seed)}
    for owner in (BASE, *training.clips):
        half = {name: value.to(torch.float16).contiguous() for name, value in _part(training.mean, owner).items()}
        replace_file(folder / f"{owner}.safetensors", half, metadata)


def train(plan: Plan) -> Training:
    """Render the clips, train to the end of the plan or until stopped, and keep checkpoints, previews and a log."""
    plan.out.mkdir(parents=True, exist_ok=True)
    held_out, clips = _clips(plan)
    training = begin(plan, clips)
    stopping = _stop_on_signal()
    since, losses = time.monotonic(), list[float]()
    while training.progress.step < plan.steps and not stopping:
        losses = [*losses[-199:], float(train_step(training))]
        now = time.monotonic()
        training.progress = replace(training.progress, step=training.progress.step + 1, seconds=training.progress.seconds + now - since)
        since, step = now, training.progress.step
        if step % 50 == 0:
            print(_line(training, losses), flush=True)
        if step % plan.keep_every == 0:
            keep(training)
        if step % plan.preview_every == 0 or step == plan.keep_every:
            _show(training, held_out, sum(losses) / len(losses))
            since = time.monotonic()
    keep(training)
    _show(training, held_out, sum(losses) / max(1, len(losses)))
    return training


def _clips(plan: Plan) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """The clips of each hand, held out and for training; what is missing is rendered."""
    folder = plan.out / "clips"
    paths = sorted(folder.glob("clip_*.safetensors"))
    if len(paths) < plan.clips + plan.held_out:
        from render_server.training.clips import HELD_OUT, render_clips  # needs what draws; a training with clips at hand does not

        seeds = [CLIPS_FROM + i for i in range(plan.clips)] + [HELD_OUT + i for i in range(plan.held_out)]
        paths = render_clips(folder, seeds, _report_clips)
    split = len(paths) - plan.held_out
    return by_hand(paths[split:]), by_hand(paths[:split])


def by_hand(paths: list[Path]) -> dict[str, list[Path]]:
    """Clips by their painter."""
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(hand_of(path), []).append(path)
    return dict(sorted(found.items()))


def keep(training: Training) -> None:
    """Write the checkpoint."""
    path = training.plan.out / "checkpoint.safetensors"
    save_checkpoint(path, training.weights, training.mean, training.optimiser, training.memories, training.progress)


def _show(training: Training, held_out: dict[str, list[Path]], loss: float) -> None:
    """Write the weights, paint the held-out clips and renew the page."""
    out, step = training.plan.out, training.progress.step
    save_weights(training, out / "weights")
    sheet = out / f"preview_{step:06d}.png"
    figures = preview(lambda hand: mean_network(training, hand), held_out, sheet)
    note(out, step, training.progress.seconds, loss, figures, sheet)
    for hand, measured in figures.items():
        print(hand, {name: round(value, 3) for name, value in asdict(measured).items()}, flush=True)


def _line(training: Training, losses: list[float]) -> str:
    step, steps, seconds = training.progress.step, training.plan.steps, training.progress.seconds
    rate = step / max(seconds, 1e-6)
    left = (steps - step) / max(rate, 1e-6) / 60
    loss = sum(losses) / len(losses)
    return f"step {step}  loss {loss:.4f}  {rate:.2f} steps/s  {100 * step / steps:.1f} %  {left:.0f} min left"


def _report_clips(done: int, count: int) -> None:
    if done % 20 == 0 or done == count:
        print(f"clips {done} of {count}", flush=True)


def _stop_on_signal() -> list[int]:
    """A list that is no longer empty once Ctrl-C or a termination came."""
    caught: list[int] = []

    def note_signal(number: int, frame: FrameType | None) -> None:
        caught.append(number)

    signal.signal(signal.SIGINT, note_signal)
    signal.signal(signal.SIGTERM, note_signal)
    return caught


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="Train the painter and its hands.")
    for name in ("seed", "steps", "clips", "held_out", "batch", "threads", "keep_every", "preview_every"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Plan, name))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    parser.add_argument("--device", default=Plan.device, help="cpu or cuda")
    parser.add_argument("--start", type=Path, help="start from the weights in this folder, not from nothing")
    train(Plan(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
