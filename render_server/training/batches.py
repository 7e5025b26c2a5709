"""Batches of crops out of the clips on disk. A batch is a pure function of seed and step, so training resumes exactly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from render_server.video_models.painter.guides import STRUCTURE


@dataclass(frozen=True)
class Batch:
    """Consecutive frames: guides (T, B, C, H, W), target (T, B, 3, H, W), motion (T, B, 2, H, W), visible (T, B, 1, H, W)."""

    guides: Tensor
    target: Tensor
    motion: Tensor
    visible: Tensor


def draw_batch(paths: list[Path], seed: int, step: int, size: int, frames: int, height: int, width: int) -> Batch:
    """Draw crops from random clips; now and then without a scaffold."""
    rng = np.random.default_rng([seed, step, 7003])
    crops = [_crop(paths[int(rng.integers(len(paths)))], rng, frames, height, width) for _ in range(size)]
    guides, target, motion, occlusion = (torch.stack([crop[k] for crop in crops], dim=1) for k in range(4))
    return Batch(_channels(guides) / 255.0, _channels(target) / 255.0, _channels(motion), 1.0 - occlusion[:, :, None].float())


def _channels(x: Tensor) -> Tensor:
    return x.permute(0, 1, 4, 2, 3).float()


def _crop(path: Path, rng: np.random.Generator, frames: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    with safe_open(path, framework="pt") as clip:
        count, full_height, full_width, _ = clip.get_slice("guides").get_shape()
        first, top, left = (int(rng.integers(0, room + 1)) for room in (count - frames, full_height - height, full_width - width))
        part = (slice(first, first + frames), slice(top, top + height), slice(left, left + width))
        guides, target, motion, occlusion = (clip.get_slice(name)[part] for name in ("guides", "target", "motion", "occlusion"))
    if rng.uniform() < 0.04:
        guides = guides.clone()
        guides[..., len(STRUCTURE) :] = 0
    return guides, target, motion, occlusion


def whole_clip(path: Path) -> Batch:
    """All of one clip, as a batch of one."""
    with safe_open(path, framework="pt") as clip:
        guides, target, motion, occlusion = (clip.get_tensor(name)[:, None] for name in ("guides", "target", "motion", "occlusion"))
    return Batch(_channels(guides) / 255.0, _channels(target) / 255.0, _channels(motion), 1.0 - occlusion[:, :, None].float())
