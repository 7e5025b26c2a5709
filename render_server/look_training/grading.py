"""What a look is graded on where there is no target: patches, palette, broad colour, steadiness, and that a picture does not depend on its
place on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_server.look_training.art import Art
from render_server.look_training.blocking import HEIGHTS
from render_server.look_training.patches import (
    LEVELS,
    PATCH,
    ArtBank,
    Spots,
    bands,
    make_bank,
    nearest,
    oklab,
    patches,
    random_directions,
    sample_art,
    sliced,
)
from render_server.look_training.study import at_frame_scale, colours_of
from render_server.look_training.style import Style
from render_server.quality.colour import to_oklab
from render_server.quality.filters import mean_gradient
from render_server.video_models.painter.channels import LAYER, SCAFFOLD, STRUCTURE

LABELS = 6  # colours that patches are matched within
SPOTS = 2560  # patches a step
SLICES = 48
STEADY = 0.2  # of the art's own contrast from pixel to pixel: a picture that changes less than that is steady enough, and stays sharp
COLOURS = 4096  # pixels a step whose colours are compared
COSINE, SINE = len(STRUCTURE) + SCAFFOLD.index("cos2"), len(STRUCTURE) + SCAFFOLD.index("sin2")


@dataclass(frozen=True)
class Weights:
    """How much each part of the loss counts."""

    texture: float = 1.0
    palette: float = 6.0
    broad: float = 3.0
    steady: float = 3.0
    shift: float = 10.0
    line: float = 2.0


@dataclass(frozen=True)
class Critic:
    """The art, ready to grade by. All colours OKLab."""

    banks: dict[int, ArtBank]  # by the height of the whole picture
    centres: Tensor  # (LABELS, 3) the art's main colours
    ours: Tensor  # (LABELS, 3) the mean of the blocking's colours that become each of them
    bias: Tensor  # (LABELS,) so that the blocking has as much of each colour as the art
    line: Tensor | None  # (3,) the colour of outlines, where the art draws them
    restless: float  # OKLab: change from frame to frame that is let pass
    weights: Weights

    def on(self, device: str) -> Critic:
        """The same with its colours on a device; the art's patches stay, and what is drawn of them goes there."""
        line = None if self.line is None else self.line.to(device)
        return replace(self, centres=self.centres.to(device), ours=self.ours.to(device), bias=self.bias.to(device), line=line)


def make_critic(art: Art, style: Style, blocking: Tensor, weights: Weights, seed: int) -> Critic:
    """blocking: (N, 3) OKLab, colours of what will be painted."""
    found, shares = colours_of(art.pictures, LABELS, seed)
    centres = torch.from_numpy(found).float()
    bias = _balanced(blocking, centres, torch.from_numpy(shares).float())
    owner = ((blocking[:, None] - centres).square().sum(dim=2) + bias).argmin(dim=1)
    ours = torch.stack([blocking[owner == k].mean(dim=0) if (owner == k).any() else centres[k] for k in range(LABELS)])
    rng = np.random.default_rng([seed, 7104])
    banks = {height: make_bank(*art.at(height), centres, rng) for height in HEIGHTS}
    line = torch.tensor(style.line) if style.drawn else None
    contrast = np.mean([mean_gradient(to_oklab(at_frame_scale(picture))) for picture in art.pictures])
    return Critic(banks, centres, ours, bias, line, STEADY * float(contrast), weights)


def _balanced(points: Tensor, centres: Tensor, shares: Tensor) -> Tensor:
    """Offsets to squared distances with which each colour becomes the nearest of its share of the points: an auction. Half of the way only,
    for a blocking of one colour is not to be painted in six."""
    apart = (points[:, None] - centres).square().sum(dim=2)
    bias = torch.zeros(len(centres))
    for _ in range(300):
        had = torch.bincount((apart + bias).argmin(dim=1), minlength=len(centres)) / len(points)
        bias = bias + 0.02 * (had - shares)
    return bias


def labels_of(critic: Critic, broad: Tensor) -> Tensor:
    """Which of the art's colours each place of blocking (B, 3, H, W) OKLab becomes."""
    return nearest(broad, critic.centres, critic.bias)


def wanted_colour(critic: Critic, broad: Tensor) -> Tensor:
    """The colour that blocking (B, 3, H, W) OKLab is to have at large, moved smoothly towards the art's."""
    apart = (broad[:, None] - critic.centres[None, :, :, None, None]).square().sum(dim=2) + critic.bias[None, :, None, None]
    share = torch.softmax(-apart / 0.006, dim=1)
    return broad + torch.einsum("bkhw,kc->bchw", share, critic.centres - critic.ours)


def draw_spots(guides: Tensor, generator: torch.Generator) -> Spots:
    """Random places of (B, C, H, W) guides, along their strokes; along nothing in particular where there is none."""
    count, _, height, width = guides.shape
    shape = (count, SPOTS // count)
    x, y = (torch.randint(side, shape, generator=generator).to(guides.device) for side in (width, height))
    chance = 6.2832 * torch.rand(shape, generator=generator).to(guides.device)
    cosine, sine, layer = (_at(guides[:, channel], x, y) for channel in (COSINE, SINE, LAYER))
    angle = torch.where(layer > 0, 0.5 * torch.atan2(2 * sine - 1, 2 * cosine - 1), chance)
    return Spots(x.float(), y.float(), angle.cos(), angle.sin())


def _at(picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Values of (B, H, W) at places (B, N)."""
    return picture.flatten(1).gather(1, y * picture.shape[-1] + x)


def grade(critic: Critic, heights: list[int], painted: Tensor, guides: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
    """The parts of the loss of painted pictures (B, 3, H, W) sRGB, made from guides: texture, palette, broad.

    heights: of the whole picture that each was cut from, which says at what scale the art is compared with it.
    """
    lab, own = oklab(painted), oklab(guides[:, :3])
    around = F.avg_pool2d(F.pad(own, (2, 2, 2, 2), mode="replicate"), 5, stride=1)
    spots = draw_spots(guides, generator)
    mine = _at(labels_of(critic, around), spots.x.long(), spots.y.long())
    texture, found = torch.zeros((), device=lab.device), bands(lab)
    for height in sorted(set(heights)):
        members = [number for number, each in enumerate(heights) if each == height]
        part = _texture(critic.banks[height], [band[members] for band in found], spots.of(members), mine[members].flatten(), generator)
        texture = texture + len(members) / len(heights) * part
    colours = critic.banks[heights[0]].colours
    parts = {"texture": texture, "palette": _palette_loss(colours, lab, generator), "broad": _broad_loss(critic, lab, own)}
    return parts if critic.line is None else {**parts, "line": _line_loss(critic.line, lab, guides[:, -1:])}


def _texture(bank: ArtBank, found: list[Tensor], spots: Spots, labels: Tensor, generator: torch.Generator) -> Tensor:
    """How far the bands' patches, and their middle pixels' colours, are from the art's of the same label, in units of its contrast."""
    theirs = sample_art(bank, labels, generator)
    loss = torch.zeros((), device=labels.device)
    for level, band in enumerate(found):
        ours, unit = patches(band, spots, level), bank.contrast[level]
        loss = loss + sliced(ours, theirs[level], labels, random_directions(ours.shape[1], SLICES, generator), unit)
        loss = loss + 0.5 * sliced(_colours(ours), _colours(theirs[level]), labels, random_directions(3, 12, generator), unit)
    return loss / LEVELS


def _colours(rows: Tensor) -> Tensor:
    """The middle pixel of each patch."""
    return rows.view(len(rows), PATCH * PATCH, 3)[:, PATCH * PATCH // 2]


def _palette_loss(colours: Tensor, lab: Tensor, generator: torch.Generator) -> Tensor:
    """Sliced Wasserstein distance of all colours to the art's (M, 3), OKLab."""
    rows = lab.permute(0, 2, 3, 1).reshape(-1, 3)
    ours = rows[torch.randint(len(rows), (COLOURS,), generator=generator).to(rows.device)]
    theirs = colours[torch.randint(len(colours), (COLOURS,), generator=generator)].to(rows.device)
    return sliced(ours, theirs, torch.zeros(COLOURS, device=rows.device), random_directions(3, 24, generator), 1.0)


def _line_loss(colour: Tensor, lab: Tensor, line: Tensor) -> Tensor:
    """How far outlines are from their colour, OKLab; line: (B, 1, H, W) how far each pixel is covered by one."""
    apart = (lab - colour.view(1, 3, 1, 1)).abs().sum(dim=1, keepdim=True)
    return (apart * line).sum() / (line.sum() + 1.0)


def _broad_loss(critic: Critic, lab: Tensor, own: Tensor) -> Tensor:
    """How far areas are from the colour that they are to have."""
    wanted = wanted_colour(critic, own)
    loss = torch.zeros((), device=lab.device)
    for size in (6, 16):
        loss = loss + (F.avg_pool2d(lab, size) - F.avg_pool2d(wanted, size)).abs().mean()
    return loss


def steadiness(painted: Tensor, carried: Tensor, usable: Tensor, let_pass: float) -> Tensor:
    """How much more than is let pass a picture differs from the one before it, where the same surface is seen, OKLab.

    Without something let pass, a picture gets ever steadier and ever softer: nothing is as steady as blur.
    """
    change = (oklab(painted) - oklab(carried)).abs().sum(dim=1, keepdim=True)
    return F.relu((change * usable).sum() / (usable.sum() + 1.0) - let_pass)
