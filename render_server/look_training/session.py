"""The moving parts of one training of a look: one step grades a frame of each of several sequences and moves the adapter's weights."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from render_server.look_training.grading import Critic, grade, steadiness
from render_server.look_training.sequences import MEMBERS, Inputs, Window, draw_window, inputs_of, place_at
from render_server.training.checkpoint import Progress, Weights, load_checkpoint, save_checkpoint
from render_server.training.losses import picture_loss
from render_server.video_models.painter.adapter import merged, new_adapter
from render_server.video_models.painter.network import PainterConfig, PainterNetwork
from render_server.video_models.painter.processor import fastest_type, mixed

CHECKPOINT = "checkpoint.safetensors"
RATE = 1e-3
WARM_UP = 50  # steps
HALVED = "halved"  # note: how often the rate was halved, since a loss was no number
LEAST = 0.05  # of the rate, at the end
MARGIN = 8  # pixels at the border of a picture, where it may depend on where the picture ends
PAIR_BATCH = 2


@dataclass(frozen=True)
class Course:
    """What does not change while a training runs."""

    seed: int
    steps: int
    clips: tuple[Path, ...]
    pairs: tuple[Path, ...]
    device: str = "cpu"
    rate: float = RATE


@dataclass
class Session:
    """One training. weights: the adapter's, which alone are trained; mean: their running mean, which becomes the look."""

    course: Course
    critic: Critic
    network: PainterNetwork  # only its shape counts
    base: Weights
    weights: Weights
    mean: Weights
    optimiser: torch.optim.Optimizer
    kept: Weights = field(
        default_factory=dict
    )  # what else a checkpoint holds: painted/N, each sequence's last frame, and the best mean so far
    windows: dict[int, tuple[int, Window]] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)


def load_base(folder: Path) -> tuple[PainterConfig, Weights]:
    """A base's shape and weights, single precision."""
    fields = json.loads((folder / "config.json").read_text("utf-8"))
    shape: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    config = PainterConfig(**shape)
    return config, {name: value.float() for name, value in load_file(folder / "weights.safetensors").items()}


def begin(course: Course, critic: Critic, base: Path, start: Weights | None, whole: bool) -> Session:
    """A new training, from nothing or from a look's adapter. whole: every weight is changed whole, not as a product of thin matrices."""
    config, weights = load_base(base)
    adapter = {name: torch.zeros_like(value) for name, value in weights.items()} if whole else new_adapter(weights, course.seed)
    if start is not None:
        adapter = merged_adapter(weights, start) if whole else {**adapter, **start}
    network = nn.Module.to(PainterNetwork(config), memory_format=torch.channels_last).to(course.device)  # type: ignore[call-overload]
    weights = {name: value.to(course.device) for name, value in weights.items()}
    adapter = {name: value.to(course.device).clone().requires_grad_() for name, value in adapter.items()}
    mean = {name: value.detach().clone() for name, value in adapter.items()}
    optimiser = torch.optim.AdamW(list(adapter.values()), lr=course.rate, betas=(0.9, 0.99), weight_decay=1e-4, foreach=True)
    return Session(course, critic, network, weights, adapter, mean, optimiser)


def merged_adapter(base: Weights, adapter: Weights) -> Weights:
    """An adapter's changes as whole weights."""
    return {name: value - base[name] for name, value in merged(base, adapter).items()}


def train_step(session: Session) -> dict[str, float]:
    """Move the weights once; returns the parts of the loss. With paintovers every other step is graded by them, exactly."""
    step, course = session.progress.step, session.course
    rate = _rate(session)
    for group in session.optimiser.param_groups:
        group["lr"] = rate
    session.optimiser.zero_grad(set_to_none=True)
    by_pairs = bool(course.pairs) and step % 2 == 1
    parts = _pair_parts(session) if by_pairs else _free_parts(session)
    loss = torch.stack(list(parts.values())).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(list(session.weights.values()), 1.0)
    session.optimiser.step()
    _follow(session, min(0.98, (step + 1) / (step + 10)))
    session.progress = replace(session.progress, step=step + 1)
    return {"loss": float(loss.detach())} | {name: float(value.detach()) for name, value in parts.items()}


def _rate(session: Session) -> float:
    """Up at first, then down along a cosine; halved as often as a loss was no number."""
    step, course = session.progress.step, session.course
    halved: float = 0.5 ** session.progress.notes.get(HALVED, 0)
    falling = LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, course.steps))))
    return course.rate * halved * min(1.0, (step + 1) / WARM_UP) * falling


def _free_parts(session: Session) -> dict[str, Tensor]:
    """Paint the next frame of each sequence and grade it without any target; what was painted is remembered."""
    course, weights = session.course, session.critic.weights
    step = session.progress.step // 2 if course.pairs else session.progress.step
    places = [place_at(member, step) for member in range(MEMBERS)]
    windows = [_window(session, member, place.number) for member, place in enumerate(places)]
    previous = [session.kept.get(f"painted/{member}") if place.since else None for member, place in enumerate(places)]
    inputs = inputs_of(windows, [place.t for place in places], previous, [place.since for place in places], course.device)
    learnt = _learnt(session)
    frame = paint(session.network, learnt, inputs)
    generator = torch.Generator().manual_seed(course.seed * 1_000_003 + step)
    parts = grade(session.critic, [window.height for window in windows], frame, inputs.guides, generator)
    parts["steady"] = steadiness(frame, inputs.carried, inputs.usable, session.critic.restless)
    if step % 2 == 0:
        parts["shift"] = _shift_loss(session.network, learnt, inputs, frame, np.random.default_rng([course.seed, step, 7106]))
    for member, picture in enumerate(frame.detach()):
        session.kept[f"painted/{member}"] = (picture.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return {name: value * getattr(weights, name) for name, value in parts.items()}


def _window(session: Session, member: int, number: int) -> Window:
    found = session.windows.get(member)
    if found is None or found[0] != number:
        found = session.windows[member] = (number, draw_window(list(session.course.clips), (session.course.seed, member, number)))
    return found[1]


def _shift_loss(network: PainterNetwork, learnt: Weights, inputs: Inputs, frame: Tensor, rng: np.random.Generator) -> Tensor:
    """The same picture elsewhere on the screen must be painted the same: else marks would stick to the screen."""
    down, right = (int(number) for number in rng.integers(1, 8, 2))
    again = paint(network, learnt, inputs.moved(down, right))
    inner = (..., slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    return (again[inner] - frame.detach()[..., down:, right:][inner]).abs().mean()


def _pair_parts(session: Session) -> dict[str, Tensor]:
    """Paint windows of a shot on the network's own output, and hold the frames that an artist painted against his."""
    course, step = session.course, session.progress.step
    windows = [draw_window(list(course.pairs), (course.seed, step, index, 3)) for index in range(PAIR_BATCH)]
    learnt, loss, graded_frames = _learnt(session), torch.zeros((), device=course.device), 0
    for window in windows:
        count = len(window.guides)
        marks = [t for t in range(count) if window.graded is None or int(window.graded[t])]
        last = marks[int(np.random.default_rng([course.seed, step, 7107]).integers(len(marks)))]
        first = max(0, last - int(np.random.default_rng([course.seed, step, 7108]).integers(0, 4)))
        before: Tensor | None = None
        for t in range(first, last + 1):
            inputs = inputs_of([window], [t], [before], [t - first], course.device)
            with torch.set_grad_enabled(t == last):
                frame = paint(session.network, learnt, inputs)
            before = (frame.detach()[0].float().clamp(0, 1) * 255).round().to(torch.uint8)
        if window.target is None:
            continue
        target = window.target[last].permute(2, 0, 1)[None].float().to(course.device) / 255
        loss, graded_frames = loss + picture_loss(frame, target), graded_frames + 1
    return {"pair": 2.0 * loss / max(1, graded_frames)}


def paint(network: PainterNetwork, weights: Weights, inputs: Inputs) -> Tensor:
    """One frame (B, 3, H, W) by the network with these weights."""
    with mixed(inputs.guides.device.type):
        frame, _ = torch.func.functional_call(network, weights, (inputs.guides, inputs.carried, inputs.usable, inputs.since, inputs.inks))
    painted: Tensor = frame
    return painted


def _learnt(session: Session) -> Weights:
    """Base and adapter in one, convolutions in the type that is multiplied fastest."""
    return fast(merged(session.base, session.weights))


def fast(weights: Weights) -> Weights:
    """Convolutions in the type that is multiplied fastest, once for the whole step."""
    return {name: value.to(fastest_type(value.device.type)) if value.ndim == 4 else value for name, value in weights.items()}


@torch.no_grad()
def _follow(session: Session, most: float) -> None:
    names = list(session.weights)
    torch._foreach_lerp_([session.mean[name] for name in names], [session.weights[name] for name in names], 1 - most)


def keep(session: Session, folder: Path) -> Path:
    """Write the checkpoint."""
    path = folder / CHECKPOINT
    save_checkpoint(path, session.weights, session.mean, session.optimiser, session.kept, session.progress)
    return path


def go_on(session: Session, folder: Path) -> None:
    """Read the folder's checkpoint into a session that was just begun."""
    session.kept.clear()
    session.windows.clear()
    session.optimiser.state.clear()
    session.progress = load_checkpoint(folder / CHECKPOINT, session.weights, session.mean, session.optimiser, session.kept)
