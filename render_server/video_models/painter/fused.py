"""The painter's network for processors that multiply bfloat16: the same weights, without a step too many.

- A convolution and what follows it (SiLU, a sum) are one step, and a gathering of pixels before one is part of it.
- The trunk's 3 x 3 convolutions are multiplied out in Winograd's way.
- What two parts side by side would be convolved to is the sum of what each is convolved to.
Results differ from the plain network's by bfloat16's rounding, and are the same on every call.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_server.video_models.painter.convolution import Convolution
from render_server.video_models.painter.fused_trunk import FusedTrunk
from render_server.video_models.painter.network import STRIDE, PainterNetwork
from render_server.video_models.painter.pixels import Carried, UInt8, assemble, finish


def can_fuse(network: PainterNetwork) -> bool:
    """True where this machine and the network's type allow FusedNetwork."""
    weight = network.look_full.weight
    return weight.device.type == "cpu" and weight.dtype == torch.bfloat16 and hasattr(torch.ops.mkldnn, "_convolution_pointwise")


class FusedNetwork:
    """What PainterNetwork makes of its assembled inputs, for one picture."""

    def __init__(self, network: PainterNetwork) -> None:
        full, half, fine = network.look_full.out_channels, network.look_half.out_channels, network.paint_full.out_channels
        self.look_full = Convolution.of(network.look_full)
        self.look_half = Convolution.gathering(network.look_half, full, 2)
        self.look_near = Convolution.gathering(network.look_near, half, 4)
        self.trunk = FusedTrunk(network.trunk)
        self.paint_near = Convolution.of(network.paint_near)
        self.paint_half = Convolution.of(network.paint_half)
        self.paint_wide = Convolution.of(network.paint_wide)
        self.paint_full_wide = Convolution.part(network.paint_full, 0, fine)
        self.paint_full_full = Convolution.part(network.paint_full, fine, fine + full)
        self.paint_fine = [Convolution.of(cast(nn.Conv2d, layer)) for layer in network.paint_fine]
        self.paint_out = Convolution.of(network.paint_out)

    def paint(self, guides: UInt8, carried: Carried, condition: Tensor) -> UInt8:
        """One frame (H, W, 3); guides: (H, W, GUIDES); carried: see pixels; condition: (1, C)."""
        return finish(self(assemble(guides, carried, STRIDE), condition), guides, carried)

    def __call__(self, inputs: Tensor, condition: Tensor) -> Tensor:
        """The change (1, 4, H, W); inputs: (1, INPUTS, H, W) in whole strides, channels innermost in memory; condition: (1, C)."""
        full = self.look_full(inputs, "swish")
        half = self.look_half(full, "swish")
        near = self.trunk(self.look_near(half), condition[0].float().numpy())
        coarse = _spread(self.paint_near(near, "swish"), 4)
        wide = _spread(self.paint_wide(self.paint_half(_beside(coarse, half), "swish"), "swish"), 2)
        fine = self.paint_full_wide.onto(self.paint_full_full(full), wide)
        for layer in self.paint_fine:
            layer.onto(fine, F.silu(fine))
        return self.paint_out(F.silu(fine))


def _spread(x: Tensor, by: int) -> Tensor:
    """Every place's channels as those of by x by pixels."""
    _, c, h, w = x.shape
    cells = x.permute(0, 2, 3, 1).reshape(1, h, w, by, by, c // (by * by)).transpose(2, 3)
    return cells.reshape(1, h * by, w * by, c // (by * by)).permute(0, 3, 1, 2)


def _beside(*parts: Tensor) -> Tensor:
    """Join along the channels, which lie innermost in memory."""
    return torch.cat([part.permute(0, 2, 3, 1) for part in parts], dim=3).permute(0, 3, 1, 2)
