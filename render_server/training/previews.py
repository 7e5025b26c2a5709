"""What a training shows: a contact sheet and figures of clips that were never trained on, and a page with the curves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from render_server.training.batches import Batch, whole_clip
from render_server.training.curves import plot
from render_server.training.losses import sharpness
from render_server.video_models.painter.network import PainterNetwork, carry
from render_server.video_models.painter.processor import mixed


@dataclass(frozen=True)
class Figures:
    """Measured at a clip's first and last frame, on the network's own output; sharpness relative to the target's."""

    sharpness_first: float
    sharpness_last: float
    error_first: float
    error_last: float
    kept: float


@torch.no_grad()
def run_clip(network: PainterNetwork, batch: Batch, memory: bool = True) -> tuple[list[Tensor], float]:
    """Paint a clip on the network's own output, rounded to bytes as it would be written; also the mean share kept of the frame before."""
    painted: list[Tensor] = []
    kept_sum = 0.0
    for t in range(len(batch)):
        carried, usable = remembered(painted[-1] if painted and memory else None, batch, t)
        since = torch.full((len(batch.inks),), float(t if memory else 0))
        with mixed("cpu"):
            frame, kept = network(batch.guides(t), carried, usable, since, batch.inks)
        painted.append(as_written(frame))
        kept_sum += float(kept.mean())
    return painted, kept_sum / len(painted)


def remembered(previous: Tensor | None, batch: Batch, t: int) -> tuple[Tensor, Tensor]:
    """The previous frame brought to frame t, and where it may be used."""
    visible = batch.visible(t)
    if previous is None:
        return torch.zeros_like(visible).expand(-1, 3, -1, -1), torch.zeros_like(visible)
    carried, inside = carry(previous, batch.motion(t))
    return carried, inside * visible


def as_written(frame: Tensor) -> Tensor:
    """Rounded to bytes."""
    return (frame.float().clamp(0, 1) * 255).round() / 255


def preview(network_of: Callable[[str], PainterNetwork], clips: dict[str, list[Path]], sheet: Path) -> dict[str, Figures]:
    """Paint the held-out clips of every hand, write a sheet (blocking | target | painted, at the last frame) and measure."""
    rows: list[Tensor] = []
    figures: dict[str, Figures] = {}
    for hand, paths in clips.items():
        network, pictures, measured = network_of(hand), [], []
        for path in paths:
            batch = whole_clip(path)
            painted, kept = run_clip(network, batch)
            first, last = batch.target(0), batch.target(-1)
            ratios = [sharpness(painted[0]) / sharpness(first), sharpness(painted[-1]) / sharpness(last)]
            measured.append([*ratios, _error(painted[0], first), _error(painted[-1], last), kept])
            pictures += [batch.guides(-1)[0, :3], last[0], painted[-1][0]]
        rows.append(torch.cat(pictures, dim=2))
        figures[hand] = Figures(*(float(x) for x in np.mean(measured, axis=0)))
    picture = torch.cat(rows, dim=1).permute(1, 2, 0)
    Image.fromarray((picture.numpy() * 255 + 0.5).astype(np.uint8)).save(sheet)
    return figures


def _error(painted: Tensor, target: Tensor) -> float:
    return float((painted - target).abs().mean())


def note(out: Path, step: int, seconds: float, loss: float, figures: dict[str, Figures], sheet: Path) -> None:
    """Add a line to log.jsonl and write index.html anew: the newest sheet, and a curve of each figure."""
    entry = {"step": step, "seconds": round(seconds), "loss": round(loss, 5), "figures": {hand: asdict(f) for hand, f in figures.items()}}
    with (out / "log.jsonl").open("a") as log:
        log.write(json.dumps(entry) + "\n")
    entries = {e["step"]: e for e in map(json.loads, (out / "log.jsonl").read_text().splitlines())}  # a step done again counts once
    told = [entries[number] for number in sorted(entries)]
    plots = [plot("training loss", {"all": [(e["step"], e["loss"]) for e in told]})]
    for name in Figures.__dataclass_fields__:
        plots.append(plot(name.replace("_", ", "), {h: [(e["step"], e["figures"][h][name]) for e in told] for h in figures}))
    page = f"<p>step {step}, {seconds / 3600:.2f} hours; the sheet shows blocking, target and painted, twice a hand</p>"
    page = f'<!doctype html><meta charset="utf-8"><title>Training</title><body style="font-family: sans-serif">{page}'
    (out / "index.html").write_text(page + f'<img src="{escape(sheet.name)}"><br>' + "".join(plots))
