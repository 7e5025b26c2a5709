"""How far painted patches are from the art's: sliced Wasserstein distance of small patches at three scales, each seen along its own stroke.

Patches are turned into the frame of the stroke that they lie on (the guide's direction on our side, the structure tensor's in the art), so
that a brush mark is the same mark whichever way it runs. They are matched within a colour: dark blue paint is compared with the art's dark
blue paint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_server.look_training.study import directions
from render_server.quality.colour import TO_CONES, TO_LAB

LEVELS = 3
PATCH = 7
PATCHES_A_LABEL = 3000  # that are kept of the art at each scale
LABELS_APART = 100.0


def oklab(rgb: Tensor) -> Tensor:
    """OKLab of (B, 3, H, W) sRGB 0..1; with a gradient everywhere."""
    x = rgb.clamp(0.0, 1.0)
    linear = torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055).clamp(min=1e-4) ** 2.4)
    cones = torch.einsum("kc,bchw->bkhw", torch.tensor(TO_CONES, dtype=x.dtype, device=x.device), linear).clamp(min=1e-5) ** (1 / 3)
    return torch.einsum("kc,bchw->bkhw", torch.tensor(TO_LAB, dtype=x.dtype, device=x.device), cones)


def blurred(picture: Tensor) -> Tensor:
    """Blur (B, C, H, W) with the weights 1 4 6 4 1; the border repeats. The same filter as the one that textures are measured with."""
    channels = picture.shape[1]
    weights = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=picture.device) / 16
    padded = F.pad(picture, (2, 2, 2, 2), mode="replicate")
    rows = F.conv2d(padded, weights.view(1, 1, 1, 5).expand(channels, 1, 1, 5), groups=channels)
    return F.conv2d(rows, weights.view(1, 1, 5, 1).expand(channels, 1, 5, 1), groups=channels)


def bands(lab: Tensor) -> list[Tensor]:
    """Detail at LEVELS scales, finest first, each half the size of the one before; see quality.filters.bands."""
    found = []
    for level in range(LEVELS):
        soft = blurred(lab)
        found.append(lab - soft)
        if level + 1 < LEVELS:
            lab = soft[..., ::2, ::2]
    return found


@dataclass(frozen=True)
class Spots:
    """As many places in each of B pictures, and the directions along which they are seen. All (B, N); pixels."""

    x: Tensor
    y: Tensor
    cosine: Tensor
    sine: Tensor

    def of(self, pictures: list[int]) -> Spots:
        """Those of some pictures."""
        return Spots(self.x[pictures], self.y[pictures], self.cosine[pictures], self.sine[pictures])


def patches(band: Tensor, spots: Spots, level: int) -> Tensor:
    """Patches of a level's band (B, C, H, W) around spots, turned along them: (B * N, PATCH * PATCH * C)."""
    count, channels, height, width = band.shape
    reach = torch.arange(PATCH, dtype=torch.float32, device=band.device) - PATCH // 2
    v, u = (part.reshape(-1) for part in torch.meshgrid(reach, reach, indexing="ij"))
    cosine, sine = spots.cosine[..., None], spots.sine[..., None]
    x = ((spots.x + 0.5) / 2**level)[..., None] + u * cosine - v * sine
    y = ((spots.y + 0.5) / 2**level)[..., None] + u * sine + v * cosine
    places = torch.stack([x * (2.0 / width) - 1, y * (2.0 / height) - 1], dim=-1)
    found = F.grid_sample(band, places, padding_mode="border", align_corners=False)  # (B, C, N, PATCH * PATCH)
    return found.permute(0, 2, 3, 1).reshape(-1, PATCH * PATCH * channels)


@dataclass(frozen=True)
class ArtBank:
    """The art at one scale, ready to be sampled."""

    patches: list[list[Tensor]]  # of each label and level: (n, PATCH * PATCH * 3)
    colours: Tensor  # (M, 3) OKLab, of many pixels
    contrast: Tensor  # (LEVELS,) of the bands


def make_bank(pieces: list[Tensor], masks: list[Tensor], centres: Tensor, rng: np.random.Generator) -> ArtBank:
    """pieces: (1, 3, H, W) sRGB 0..1 at the scale wanted; masks: (H, W) True where a piece may be learnt from; centres: (K, 3) OKLab of the
    colours, of which each place of the art belongs to one: its label."""
    labs = [oklab(piece) for piece in pieces]
    found = [bands(lab) for lab in labs]
    flat = torch.cat([lab[0][:, mask].T for lab, mask in zip(labs, masks, strict=True)])
    colours = flat[torch.from_numpy(rng.integers(len(flat), size=60_000))]
    contrast = torch.stack([torch.cat([piece[level].flatten() for piece in found]).std() for level in range(LEVELS)]).clamp(min=1e-3)
    rows: list[list[list[Tensor]]] = [[] for _ in centres]
    for lab, detail, mask in zip(labs, found, masks, strict=True):
        angle = torch.from_numpy(directions(lab[0, 0].double().numpy(), 1.0, 2.5)[0]).float()
        label = nearest(_broad(lab), centres)[0]
        for k in range(len(centres)):
            places = torch.nonzero((label == k) & mask)
            if len(places):
                y, x = places[torch.from_numpy(rng.integers(len(places), size=max(1, PATCHES_A_LABEL // len(pieces))))].T
                spots = Spots(x.float()[None], y.float()[None], angle[y, x].cos()[None], angle[y, x].sin()[None])
                rows[k].append([patches(band, spots, level) for level, band in enumerate(detail)])
    empty = [torch.zeros(0, PATCH * PATCH * 3)] * LEVELS
    of_label = [[torch.cat(level) for level in zip(*each, strict=True)] if each else empty for each in rows]
    return ArtBank(of_label, colours, contrast)


def _broad(lab: Tensor) -> Tensor:
    """The colours around each place, over some strokes."""
    return F.avg_pool2d(F.pad(lab, (6, 6, 6, 6), mode="replicate"), 13, stride=1)


def nearest(lab: Tensor, centres: Tensor, bias: Tensor | None = None) -> Tensor:
    """The nearest of K colours (K, 3) to each place of (B, 3, H, W): (B, H, W). bias: (K,) added to the squared distances."""
    apart = (lab[:, None] - centres[None, :, :, None, None]).square().sum(dim=2)
    if bias is not None:
        apart = apart + bias[None, :, None, None]
    return apart.argmin(dim=1)


def sample_art(bank: ArtBank, labels: Tensor, generator: torch.Generator) -> list[Tensor]:
    """For each of N places of ours with a label a random patch of the art of the same label: LEVELS times (N, PATCH * PATCH * 3)."""
    out, here = [torch.zeros(len(labels), PATCH * PATCH * 3) for _ in range(LEVELS)], labels.cpu()
    for k, found in enumerate(bank.patches):
        mine = torch.nonzero(here == k)[:, 0]
        if len(mine) and len(found[0]):
            chosen = torch.randint(len(found[0]), (len(mine),), generator=generator)
            for level in range(LEVELS):
                out[level][mine] = found[level][chosen]
    return [level.to(labels.device) for level in out]


def sliced(ours: Tensor, theirs: Tensor, labels: Tensor, directions: Tensor, unit: Tensor | float) -> Tensor:
    """Sliced Wasserstein distance of two clouds (N, D), matched within labels (N,), in a unit; directions: (D, K)."""
    apart = LABELS_APART * labels.float()  # more than any value: sorting keeps the labels apart, and both have as many of each
    along = directions.T.to(ours.device) / unit
    one = (along @ ours.T + apart).sort(dim=1, stable=True).values
    other = (along @ theirs.T + apart).sort(dim=1, stable=True).values
    distance: Tensor = (one - other).abs().mean()
    return distance


def random_directions(dimensions: int, count: int, generator: torch.Generator) -> Tensor:
    """Unit vectors (dimensions, count)."""
    vectors = torch.randn(dimensions, count, generator=generator)
    unit: Tensor = vectors / vectors.norm(dim=0)
    return unit
