"""The painter's network: one forward pass a frame, causal, any size.

- A trunk at 1/8, 1/16 and 1/32 (attention there) sees shapes, light and what lies behind what.
- A guided path at full and half resolution sees bristles and stroke edges, which the guides bring: nothing sharp has to be invented. What a
  hand does with them it does mostly pixel by pixel, so few channels and two small neighbourhoods are enough there.
- The output is a change to the stroke's own colour, blended with the previous frame carried by true motion; never where that was hidden.
- No normalisation over space, so a window of a picture is painted as the whole picture is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_server.video_models.painter.channels import FOLDS, INKS, INPUTS, LAYER, STROKE_COLOUR, STRUCTURE

STRIDE = 32
HASHES = len(STRUCTURE)
SETTLED = 7  # frames after a cut, as far as training looks; from then on nothing changes with time


class Block(nn.Module):
    """A residual block steered by the style and the time since the cut."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.steer = nn.Linear(condition, 2 * channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)
        nn.init.normal_(self.second.weight, std=1e-3)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.steer(condition)[:, :, None, None].chunk(2, dim=1)
        hidden = self.first(F.silu(x)) * (1 + scale) + shift
        out: Tensor = x + self.second(F.silu(hidden))
        return out


class Attention(nn.Module):
    """Self-attention over all places of the coarsest level."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.mix = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        rows = x.flatten(2).transpose(1, 2)
        query, key, value = self.mix(self.norm(rows)).view(b, h * w, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(b, h * w, c)
        out: Tensor = x + self.out(seen).transpose(1, 2).reshape(b, c, h, w)
        return out


class Trunk(nn.Module):
    """A UNet over 1/8, 1/16 and 1/32."""

    def __init__(self, channels: tuple[int, int, int], blocks: tuple[int, int, int], condition: int) -> None:
        super().__init__()
        near, middle, far = channels
        self.near_in, self.middle_in, self.far_in = (
            nn.ModuleList(Block(c, condition) for _ in range(n)) for c, n in zip(channels, blocks, strict=True)
        )
        self.down_middle = nn.Conv2d(near, middle, 3, stride=2, padding=1)
        self.down_far = nn.Conv2d(middle, far, 3, stride=2, padding=1)
        self.attention = Attention(far)
        self.up_middle = nn.Conv2d(far, middle, 1)
        self.up_near = nn.Conv2d(middle, near, 1)
        self.middle_out = nn.ModuleList(Block(middle, condition) for _ in range(blocks[1]))
        self.near_out = nn.ModuleList(Block(near, condition) for _ in range(blocks[0]))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        near = _through(self.near_in, x, condition)
        middle = _through(self.middle_in, self.down_middle(near), condition)
        far = self.attention(_through(self.far_in, self.down_far(middle), condition))
        middle = _through(self.middle_out, middle + F.interpolate(self.up_middle(far), scale_factor=2.0), condition)
        return _through(self.near_out, near + F.interpolate(self.up_near(middle), scale_factor=2.0), condition)


def _through(blocks: nn.ModuleList, x: Tensor, condition: Tensor) -> Tensor:
    for block in blocks:
        x = block(x, condition)
    return x


@dataclass(frozen=True)
class PainterConfig:
    """The network's shape. Multiples of 8 are what processors are fast at."""

    channels: tuple[int, int, int] = (64, 128, 192)  # of the trunk at 1/8, 1/16 and 1/32
    blocks: tuple[int, int, int] = (1, 1, 2)
    full: int = 24  # channels of the guided path on its way in, ...
    half: int = 32  # ... at half size, ...
    coarse: int = 16  # ... on its way out at half size, ...
    fine: int = 16  # ... at full size ...
    last: int = 8  # ... and before the colours
    condition: int = 96


class PainterNetwork(nn.Module):
    """Paints one frame from its guides and the previous painted frame."""

    def __init__(self, config: PainterConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or PainterConfig()
        near, told = c.channels[0], c.condition + 8 + INKS
        self.style = nn.Parameter(torch.zeros(c.condition))
        self.steer = nn.Sequential(nn.Linear(told, c.condition), nn.SiLU(), nn.Linear(c.condition, c.condition), nn.SiLU())
        self.look_full = nn.Conv2d(INPUTS, c.full, 1)
        self.look_half = nn.Conv2d(4 * c.full, c.half, 1)
        self.look_near = nn.Conv2d(16 * c.half, near, 1)
        self.trunk = Trunk(c.channels, c.blocks, c.condition)
        self.paint_near = nn.Conv2d(near, 16 * c.coarse, 1)
        self.paint_half = nn.Conv2d(c.half, c.coarse, 3, padding=1)
        self.paint_wide = nn.Conv2d(c.coarse, 4 * c.fine, 1)
        self.paint_full = nn.Conv2d(c.full, c.fine, 3, padding=1)
        self.paint_fine = nn.Conv2d(c.fine, c.last, 3, padding=1)
        self.paint_out = nn.Conv2d(c.last, 4, 1)
        self.paint_plain = nn.Conv2d(c.full, 4, 1, bias=False)
        for layer in (self.paint_out, self.paint_plain):
            nn.init.normal_(layer.weight, std=2e-2)

    def forward(self, guides: Tensor, carried: Tensor, usable: Tensor, since_cut: Tensor, inks: Tensor) -> tuple[Tensor, Tensor]:
        """Paint one frame.

        guides: (B, GUIDES, H, W) 0..1; carried: (B, 3, H, W) 0..1, the previous frame brought here by true motion; usable: (B, 1, H, W)
        1 where it shows the same surface; since_cut: (B,) frames since there was nothing before; inks: (B, 6) the
        colours of ground and line.
        Returns the frame (B, 3, H, W) 0..1 and how much of it is the previous frame (B, 1, H, W).
        """
        height, width = guides.shape[-2:]
        inputs = _padded(_assembled(self.look_full.weight.dtype, guides - 0.5, (carried - 0.5) * usable, usable, *_folded(guides)))
        change = self._change(inputs, self._condition(since_cut, inks, inputs.dtype))[..., :height, :width].float()
        fresh = _bounded(_own_colour(guides) + change[:, :3])
        kept = torch.sigmoid(change[:, 3:] - 1.0) * usable
        return kept * carried + (1 - kept) * fresh, kept

    def _condition(self, since_cut: Tensor, inks: Tensor, dtype: torch.dtype) -> Tensor:
        steps = torch.log1p(since_cut.float().clamp(max=SETTLED))[:, None] * torch.tensor([0.5, 1.0, 2.0, 4.0], device=since_cut.device)
        style = self.style.to(dtype).expand(len(since_cut), -1)
        condition: Tensor = self.steer(torch.cat([style, steps.sin().to(dtype), steps.cos().to(dtype), inks.to(dtype)], dim=1))
        return condition

    def _change(self, inputs: Tensor, condition: Tensor) -> Tensor:
        full = F.relu(self.look_full(inputs))
        half = F.relu(self.look_half(_gathered(full, 2)))
        near = self.trunk(self.look_near(_gathered(half, 4)), condition)
        coarse = F.relu(self.paint_half(half) + _spread(self.paint_near(F.silu(near)), 4))
        fine = F.relu(self.paint_full(full) + _spread(self.paint_wide(coarse), 2))
        out: Tensor = self.paint_out(F.relu(self.paint_fine(fine))) + self.paint_plain(full)
        return out


def _folded(guides: Tensor) -> list[Tensor]:
    """More random numbers of each stroke, from its two hashes, -0.5..0.5."""
    a, b = guides[:, HASHES : HASHES + 1], guides[:, HASHES + 1 : HASHES + 2]
    return [torch.frac(a * first + b * second) - 0.5 for first, second in FOLDS]


def _assembled(dtype: torch.dtype, *parts: Tensor) -> Tensor:
    """Join the inputs, of any layout, which nothing is learnt through, along the channels, which lie innermost: faster than torch.cat."""
    b, _, h, w = parts[0].shape
    out = torch.empty(b, h, w, sum(part.shape[1] for part in parts), dtype=dtype, device=parts[0].device)
    start = 0
    for part in parts:
        out[..., start : start + part.shape[1]] = part.permute(0, 2, 3, 1)
        start += part.shape[1]
    return out.permute(0, 3, 1, 2)


def _gathered(x: Tensor, by: int) -> Tensor:
    """Every square of by x by pixels as one, its channels side by side; the innermost memory is only moved in whole runs."""
    b, c, h, w = x.shape
    cells = x.permute(0, 2, 3, 1).reshape(b, h // by, by, w // by, by, c).permute(0, 1, 3, 2, 4, 5)
    return cells.reshape(b, h // by, w // by, by * by * c).permute(0, 3, 1, 2)


def _spread(x: Tensor, by: int) -> Tensor:
    """The inverse of _gathered."""
    b, c, h, w = x.shape
    each = c // (by * by)
    cells = x.permute(0, 2, 3, 1).reshape(b, h, w, by, by, each).permute(0, 1, 3, 2, 4, 5)
    return cells.reshape(b, h * by, w * by, each).permute(0, 3, 1, 2)


def _padded(x: Tensor) -> Tensor:
    """Pad right and below to whole strides with the edge's own values; never squeeze."""
    right, below = -x.shape[-1] % STRIDE, -x.shape[-2] % STRIDE
    return F.pad(x, (0, right, 0, below), mode="replicate") if right or below else x


def _bounded(x: Tensor) -> Tensor:
    """A little beyond 0..1 at most; a training feels what lies further out all the same, or it could never come back from there."""
    bounded = x.clamp(-0.02, 1.02)
    return x + (bounded - x).detach() if x.requires_grad else bounded


def _own_colour(guides: Tensor) -> Tensor:
    """The colour of the stroke at each pixel, or the surface's own where there is no stroke."""
    stroke = guides[:, LAYER : LAYER + 1] > 0
    return torch.where(stroke, guides[:, STROKE_COLOUR : STROKE_COLOUR + 3], guides[:, :3]).float()


def carry(previous: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
    """Bring the previous frame here by the motion from here to there.

    previous: (B, 3, H, W); motion: (B, 2, H, W) pixels, x then y. Returns the carried frame and (B, 1, H, W) 1 where it came from inside.
    """
    b, _, h, w = previous.shape
    rows, columns = torch.meshgrid(*(torch.arange(n, dtype=torch.float32, device=motion.device) for n in (h, w)), indexing="ij")
    x, y = columns + motion[:, 0].float(), rows + motion[:, 1].float()
    grid = torch.stack([(x + 0.5) * (2.0 / w) - 1, (y + 0.5) * (2.0 / h) - 1], dim=-1)
    inside = ((x > -0.5) & (x < w - 0.5) & (y > -0.5) & (y < h - 0.5))[:, None].float()
    carried = F.grid_sample(previous.float(), grid, mode="bilinear", padding_mode="border", align_corners=False)
    return carried, inside


def parameter_count(network: nn.Module) -> int:
    """How many numbers the network has learnt."""
    return sum(math.prod(p.shape) for p in network.parameters())
