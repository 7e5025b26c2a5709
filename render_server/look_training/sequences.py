"""The frames that a look is trained on, in order: windows of blocking, several side by side, each at another place in its sequence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from render_server.training.clips import CLIP_FRAMES
from render_server.video_models.painter.network import carry

MEMBERS = 3  # sequences side by side
CROP = (144, 176)  # rows and columns of a picture that is trained on


@dataclass(frozen=True)
class Window:
    """A part of a clip: consecutive frames, as they lie in its file."""

    guides: Tensor  # (T, H, W, C) bytes
    motion: Tensor  # (T, H, W, 2) half
    occlusion: Tensor  # (T, H, W) bytes
    inks: Tensor  # (6,)
    height: int  # of the whole picture that it was cut from
    target: Tensor | None = None  # (T, H, W, 3) bytes
    graded: Tensor | None = None  # (T,) 1 where the target counts


@dataclass(frozen=True)
class Place:
    """Where one of the sequences is at a step: nothing is kept of it, so a training that was killed finds it again."""

    number: int  # of the sequence, of this member
    t: int  # frame of its clip
    since: int  # frames since the sequence began


def place_at(member: int, step: int) -> Place:
    """Sequences begin at different frames, so that each step grades frames of every age."""
    stagger = member * CLIP_FRAMES // MEMBERS
    number, t = divmod(step + stagger, CLIP_FRAMES)
    return Place(number, t, t if number else t - stagger)


def draw_window(paths: list[Path], key: tuple[int, ...]) -> Window:
    """A random part of a random clip; the same one for the same key."""
    rng = np.random.default_rng([*key, 7105])
    with safe_open(paths[int(rng.integers(len(paths)))], framework="pt") as clip:
        names = set(clip.keys())
        _, height, width, _ = clip.get_slice("guides").get_shape()
        rows, columns = min(CROP[0], height), min(CROP[1], width)
        top, left = int(rng.integers(0, height - rows + 1)), int(rng.integers(0, width - columns + 1))
        part = (slice(None), slice(top, top + rows), slice(left, left + columns))
        guides, motion, occlusion = (clip.get_slice(name)[part] for name in ("guides", "motion", "occlusion"))
        target = clip.get_slice("target")[part] if "target" in names else None
        graded = clip.get_tensor("graded") if "graded" in names else None
        whole = int(clip.get_tensor("height")[0]) if "height" in names else 288
        return Window(guides, motion, occlusion, clip.get_tensor("inks"), whole, target, graded)


@dataclass(frozen=True)
class Inputs:
    """What the network takes for one frame of each of B windows."""

    guides: Tensor  # (B, C, H, W) 0..1
    carried: Tensor  # (B, 3, H, W)
    usable: Tensor  # (B, 1, H, W)
    since: Tensor  # (B,)
    inks: Tensor  # (B, 6)

    def moved(self, down: int, right: int) -> Inputs:
        """The same without the first rows and columns: the pictures lie elsewhere on the screen."""
        guides, carried, usable = (part[..., down:, right:] for part in (self.guides, self.carried, self.usable))
        return Inputs(guides, carried, usable, self.since, self.inks)


def inputs_of(windows: list[Window], frames: list[int], previous: list[Tensor | None], since: list[int], device: str) -> Inputs:
    """previous: each window's last painted frame, (3, H, W) bytes, or None where nothing was painted before."""
    guides = torch.stack([window.guides[t] for window, t in zip(windows, frames, strict=True)]).to(device)
    carried, usable = [], []
    for window, t, before in zip(windows, frames, previous, strict=True):
        brought, seen = _brought(window, t, before)
        carried.append(brought)
        usable.append(seen)
    return Inputs(
        guides.permute(0, 3, 1, 2).float() / 255,
        torch.stack(carried).to(device),
        torch.stack(usable).to(device),
        torch.tensor([0.0 if before is None else float(n) for n, before in zip(since, previous, strict=True)], device=device),
        torch.stack([window.inks for window in windows]).to(device),
    )


def _brought(window: Window, t: int, before: Tensor | None) -> tuple[Tensor, Tensor]:
    """The frame before brought to frame t by true motion, (3, H, W), and where it shows the same surface, (1, H, W)."""
    visible = 1.0 - window.occlusion[t].float()[None]
    if before is None:
        return torch.zeros(3, *visible.shape[1:]), torch.zeros_like(visible)
    brought, inside = carry(before.cpu()[None].float() / 255, window.motion[t].permute(2, 0, 1)[None].float())
    return brought[0], inside[0] * visible
