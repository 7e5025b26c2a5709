"""The painter's network for processors: the same weights, without a step too many.

- A convolution and what follows it (an activation, a sum) are one step, and a gathering of pixels before one is part of it.
Results differ from the plain network's by rounding, and are the same on every call.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from render_server.video_models.painter.convolution import Convolution
from render_server.video_models.painter.network import STRIDE, PainterNetwork
from render_server.video_models.painter.pixels import Carried, UInt8, assemble, finish
from render_server.video_models.painter.processor import fastest_type


def can_fuse(network: PainterNetwork) -> bool:
    """True where this machine and the network's type allow FusedNetwork."""
    weight = network.look_full.weight
    ours = weight.device.type == "cpu" and weight.dtype in (torch.float32, fastest_type("cpu"))
    return ours and hasattr(torch.ops.mkldnn, "_convolution_pointwise")


class FusedNetwork:
    """What PainterNetwork makes of its assembled inputs, for one picture."""

    def __init__(self, network: PainterNetwork) -> None:
        config = network.config
        self.dtype = network.look_full.weight.dtype
        self.look_full = Convolution.of(network.look_full)
        self.look_half = Convolution.gathering(network.look_half, config.full, 2)
        self.look_near = Convolution.gathering(network.look_near, config.half, 4)
        self.trunk = network.trunk
        self.paint_near = Convolution.of(network.paint_near)
        self.paint_half = Convolution.of(network.paint_half)
        self.paint_wide = Convolution.of(network.paint_wide)
        self.paint_full = Convolution.of(network.paint_full)
        self.paint_fine = Convolution.of(network.paint_fine)
        self.paint_out = Convolution.of(network.paint_out)
        self.paint_plain = Convolution.of(network.paint_plain)

    def paint(self, guides: UInt8, carried: Carried, condition: Tensor) -> UInt8:
        """One frame (H, W, 3); guides: (H, W, GUIDES); carried: see pixels; condition: (1, C)."""
        return finish(self(assemble(guides, carried, STRIDE, self.dtype), condition), guides, carried)

    def __call__(self, inputs: Tensor, condition: Tensor) -> Tensor:
        """The change (1, 4, H, W); inputs: (1, INPUTS, H, W) in whole strides, channels innermost in memory; condition: (1, C)."""
        full = self.look_full(inputs, "relu")
        half = self.look_half(full, "relu")
        near = F.silu(self.trunk(self.look_near(half), condition), inplace=True)
        coarse = self.paint_half.onto(_spread(self.paint_near(near), 4), half, "relu")
        fine = self.paint_full.onto(_spread(self.paint_wide(coarse), 2), full, "relu")
        return self.paint_plain.onto(self.paint_out(self.paint_fine(fine, "relu")), full)


def _spread(x: Tensor, by: int) -> Tensor:
    """Every place's channels as those of by x by pixels."""
    _, c, h, w = x.shape
    cells = x.permute(0, 2, 3, 1).reshape(1, h, w, by, by, c // (by * by)).transpose(2, 3)
    return cells.reshape(1, h * by, w * by, c // (by * by)).permute(0, 3, 1, 2)
