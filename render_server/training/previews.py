"""Contact sheets and figures of a training, on clips that were never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from render_server.training.batches import Batch, whole_clip
from render_server.training.losses import sharpness
from render_server.video_models.painter.network import ANCHOR, PainterNetwork, carry


@dataclass(frozen=True)
class Figures:
    """Measured at a clip's first and last frame, on the network's own output, over all held-out clips."""

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
    for t in range(len(batch.guides)):
        carried, usable = remembered(painted[-1] if painted and memory else None, batch, t)
        since = torch.full((batch.guides.shape[1],), float(t if memory else 0))
        with torch.autocast("cpu", torch.bfloat16):
            frame, kept = network(as_fast(batch.guides[t]), carried, usable, since, torch.zeros(len(since), dtype=torch.long))
        painted.append(as_written(frame))
        kept_sum += float(kept.mean())
    return painted, kept_sum / len(painted)


def remembered(previous: Tensor | None, batch: Batch, t: int) -> tuple[Tensor, Tensor]:
    """The previous frame brought to frame t, and where it may be used."""
    if previous is None:
        return torch.zeros_like(batch.target[t]), torch.zeros_like(batch.visible[t])
    carried, inside = carry(previous, batch.motion[t])
    return carried, inside * batch.visible[t]


def as_fast(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def as_written(frame: Tensor) -> Tensor:
    """Rounded to bytes."""
    return (frame.float().clamp(0, 1) * 255).round() / 255


def preview(network: PainterNetwork, paths: list[Path], sheet: Path) -> Figures:
    """Paint the held-out clips, write a sheet (blocking | stroke colours | target | painted, at the last frame) and measure."""
    rows, firsts, lasts, errors, kepts = [], [], [], [], []
    for path in paths:
        batch = whole_clip(path)
        painted, kept = run_clip(network, batch)
        firsts.append(sharpness(painted[0]) / sharpness(batch.target[0]))
        lasts.append(sharpness(painted[-1]) / sharpness(batch.target[-1]))
        errors.append([float((painted[t] - batch.target[t]).abs().mean()) for t in (0, -1)])
        kepts.append(kept)
        guides = batch.guides[-1, 0]
        rows.append(torch.cat([guides[:3], guides[ANCHOR : ANCHOR + 3], batch.target[-1, 0], painted[-1][0]], dim=2))
    picture = torch.cat(rows, dim=1).permute(1, 2, 0)
    Image.fromarray((picture.numpy() * 255 + 0.5).astype(np.uint8)).save(sheet)
    first, last = np.mean(errors, axis=0)
    return Figures(float(np.mean(firsts)), float(np.mean(lasts)), float(first), float(last), float(np.mean(kepts)))
