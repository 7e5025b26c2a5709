"""Batches of crops out of the clips on disk. A batch is a pure function of its key, so training resumes exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from render_server.video_models.painter.channels import STRUCTURE

BARE = 0.06  # share of clips that are shown without strokes, grain and lines


@dataclass(frozen=True)
class Batch:
    """Consecutive frames, as bytes where they came as bytes; see guides, target and the like for one of them."""

    guide_bytes: Tensor  # (T, B, H, W, C)
    target_bytes: Tensor  # (T, B, H, W, 3)
    motion_half: Tensor  # (T, B, H, W, 2)
    occlusion: Tensor  # (T, B, H, W)
    inks: Tensor  # (B, 6)

    def __len__(self) -> int:
        return len(self.guide_bytes)

    def on(self, device: str) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))

    def guides(self, t: int) -> Tensor:
        """(B, C, H, W) 0..1, channels innermost in memory."""
        return self.guide_bytes[t].permute(0, 3, 1, 2).float() / 255.0

    def target(self, t: int) -> Tensor:
        """(B, 3, H, W) 0..1."""
        return self.target_bytes[t].permute(0, 3, 1, 2).float() / 255.0

    def motion(self, t: int) -> Tensor:
        """(B, 2, H, W) pixels back to the frame before."""
        return self.motion_half[t].permute(0, 3, 1, 2).float()

    def visible(self, t: int) -> Tensor:
        """(B, 1, H, W) 1 where the surface was seen in the frame before."""
        return 1.0 - self.occlusion[t][:, None].float()


def hand_of(path: Path) -> str:
    """The painter of a clip."""
    with safe_open(path, framework="pt") as clip:
        return str(clip.metadata()["hand"])


def draw_batch(paths: list[Path], key: tuple[int, ...], size: int, frames: int, height: int, width: int) -> Batch:
    """Draw crops from random clips; now and then without strokes, grain and lines."""
    rng = np.random.default_rng([*key, 7003])
    crops = [_crop(paths[int(rng.integers(len(paths)))], rng, frames, height, width) for _ in range(size)]
    guides, target, motion, occlusion = (torch.stack([crop[k] for crop in crops], dim=1) for k in range(4))
    return Batch(guides, target, motion, occlusion, torch.stack([crop[4] for crop in crops]))


def _crop(path: Path, rng: np.random.Generator, frames: int, height: int, width: int) -> tuple[Tensor, ...]:
    with safe_open(path, framework="pt") as clip:
        count, full_height, full_width, _ = clip.get_slice("guides").get_shape()
        first, top, left = (int(rng.integers(0, room + 1)) for room in (count - frames, full_height - height, full_width - width))
        part = (slice(first, first + frames), slice(top, top + height), slice(left, left + width))
        guides, target, motion, occlusion = (clip.get_slice(name)[part] for name in ("guides", "target", "motion", "occlusion"))
        inks = clip.get_tensor("inks")
    if rng.uniform() < BARE:
        guides = guides.clone()
        guides[..., len(STRUCTURE) :] = 0
    return guides, target, motion, occlusion, inks


def whole_clip(path: Path) -> Batch:
    """All of one clip, as a batch of one."""
    with safe_open(path, framework="pt") as clip:
        guides, target, motion, occlusion = (clip.get_tensor(name)[:, None] for name in ("guides", "target", "motion", "occlusion"))
        return Batch(guides, target, motion, occlusion, clip.get_tensor("inks")[None])
