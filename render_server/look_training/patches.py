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
    """Places in pictures: which picture, where, and along which direction. All (N,)."""

    picture: Tensor  # index
    x: Tensor
    y: Tensor
    cosine: Tensor
    sine: Tensor

    def of(self, rows: Tensor) -> Spots:
        """Some of them."""
        return Spots(self.picture[rows], self.x[rows], self.y[rows], self.cosine[rows], self.sine[rows])


def patches(band: Tensor, spots: Spots, level: int) -> Tensor:
    """Patches of a band around spots, turned along them: (N, 3 * PATCH * PATCH). Spots are in pixels of level 0."""
    count, _, height, width = band.shape
    reach = torch.arange(PATCH, dtype=torch.float32, device=band.device) - PATCH // 2
    v, u = torch.meshgrid(reach, reach, indexing="ij")
    u, v = u.reshape(1, -1), v.reshape(1, -1)
    x = ((spots.x + 0.5) / 2**level - 0.5)[:, None] + u * spots.cosine[:, None] - v * spots.sine[:, None]
    y = ((spots.y + 0.5) / 2**level - 0.5)[:, None] + u * spots.sine[:, None] + v * spots.cosine[:, None]
    return _look_up(band, spots.picture, x, y, height, width).flatten(1)


def _look_up(band: Tensor, picture: Tensor, x: Tensor, y: Tensor, height: int, width: int) -> Tensor:
    """Bilinear values (N, P, 3) of places (N, P). An embedding, since its gradient is summed in the same order every time."""
    rows = band.permute(0, 2, 3, 1).reshape(-1, band.shape[1])
    x, y = x.clamp(0, width - 1.001), y.clamp(0, height - 1.001)
    left, top = x.floor(), y.floor()
    right_share, down_share = (x - left)[..., None], (y - top)[..., None]
    start = (picture[:, None] * height + top.long()) * width + left.long()
    corners = F.embedding(torch.stack([start, start + 1, start + width, start + width + 1]), rows)
    upper = corners[0] * (1 - right_share) + corners[1] * right_share
    lower = corners[2] * (1 - right_share) + corners[3] * right_share
    return upper * (1 - down_share) + lower * down_share


@dataclass(frozen=True)
class ArtBank:
    """The art at one scale, ready to be sampled."""

    bands: list[list[Tensor]]  # of each piece
    labels: list[Tensor]  # (H, W) of each piece: the colour that a place belongs to
    turns: list[tuple[Tensor, Tensor]]  # cosine and sine of the direction, (H, W) of each piece
    colours: Tensor  # (M, 3) OKLab, of many pixels
    contrast: Tensor  # (LEVELS,) of the bands
    places: list[Tensor]  # for each label its places, (n, 3): piece, y, x


def make_bank(pieces: list[Tensor], masks: list[Tensor], centres: Tensor, rng: np.random.Generator) -> ArtBank:
    """pieces: (1, 3, H, W) sRGB 0..1 at the scale wanted; masks: (H, W) True where a piece may be learnt from; centres: (K, 3) OKLab of the
    colours."""
    labs = [oklab(piece) for piece in pieces]
    found = [bands(lab) for lab in labs]
    labels = [nearest(_broad(lab), centres)[0] for lab in labs]
    turns = []
    for lab in labs:
        angle, _ = directions(lab[0, 0].double().numpy(), 1.0, 2.5)
        turns.append((torch.from_numpy(np.cos(angle)).float(), torch.from_numpy(np.sin(angle)).float()))
    flat = torch.cat([lab[0][:, mask].T for lab, mask in zip(labs, masks, strict=True)])
    colours = flat[torch.from_numpy(rng.integers(len(flat), size=60_000))]
    contrast = torch.stack([torch.cat([piece[level].flatten() for piece in found]).std() for level in range(LEVELS)]).clamp(min=1e-3)
    places = []
    for k in range(len(centres)):
        rows = [
            F.pad(torch.nonzero((label == k) & mask), (1, 0), value=n) for n, (label, mask) in enumerate(zip(labels, masks, strict=True))
        ]
        places.append(torch.cat(rows))
    return ArtBank(found, labels, turns, colours, contrast, places)


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
    """For each of N places of ours with a label a random patch of the art of the same label: LEVELS times (N, 147)."""
    count = len(labels)
    chosen = torch.zeros(count, 3, dtype=torch.long)
    for k, places in enumerate(bank.places):
        mine = torch.nonzero(labels == k)[:, 0]
        if len(mine) and len(places):
            chosen[mine] = places[torch.randint(len(places), (len(mine),), generator=generator)]
    out = [torch.zeros(count, 3 * PATCH * PATCH) for _ in range(LEVELS)]
    for n, (turn, found) in enumerate(zip(bank.turns, bank.bands, strict=True)):
        mine = torch.nonzero(chosen[:, 0] == n)[:, 0]
        if len(mine):
            y, x = chosen[mine, 1], chosen[mine, 2]
            spots = Spots(torch.zeros(len(mine), dtype=torch.long), x.float(), y.float(), turn[0][y, x], turn[1][y, x])
            for level in range(LEVELS):
                out[level][mine] = patches(found[level], spots, level)
    return out


def sliced(ours: Tensor, theirs: Tensor, labels: Tensor, directions: Tensor, unit: Tensor | float) -> Tensor:
    """Sliced Wasserstein distance of two clouds (N, D), matched within labels (N,), in a unit; directions: (D, K)."""
    apart = 1e3 * labels[:, None].float()  # far more than any value: sorting keeps the labels apart, and both have as many of each
    one = (ours @ directions / unit + apart).sort(dim=0, stable=True).values
    other = (theirs @ directions / unit + apart).sort(dim=0, stable=True).values
    apart_in_all: Tensor = (one - other).abs().mean()
    return apart_in_all


def random_directions(dimensions: int, count: int, generator: torch.Generator) -> Tensor:
    """Unit vectors (dimensions, count)."""
    vectors = torch.randn(dimensions, count, generator=generator)
    unit: Tensor = vectors / vectors.norm(dim=0)
    return unit
