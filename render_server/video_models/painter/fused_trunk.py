"""The trunk without a step too many; see fused.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from render_server.passes.compiled import compiled
from render_server.video_models.painter.bfloat import Bits, Float32, activate, bits_of, narrow, tensor_of, widen
from render_server.video_models.painter.convolution import Convolution
from render_server.video_models.painter.network import Block, Trunk
from render_server.video_models.painter.winograd import Winograd, finish_block, finish_hidden


@dataclass(frozen=True)
class Stream:
    """What flows through the blocks of a level, and SiLU of it; the same memory from block to block. Both (H, W, C)."""

    x: Bits
    active: Bits


class FusedTrunk:
    """Takes look_near's outcome and gives SiLU of the trunk's."""

    def __init__(self, trunk: Trunk) -> None:
        self.near_in, self.middle_in, self.far_in, self.middle_out, self.near_out = (
            [FusedBlock(cast(Block, block)) for block in blocks]
            for blocks in (trunk.near_in, trunk.middle_in, trunk.far_in, trunk.middle_out, trunk.near_out)
        )
        self.down_middle, self.down_far = Convolution.of(trunk.down_middle), Convolution.of(trunk.down_far)
        self.up_middle, self.up_near = Convolution.of(trunk.up_middle), Convolution.of(trunk.up_near)
        self.attention = trunk.attention

    def __call__(self, x: Tensor, condition: Tensor) -> Tensor:
        """x, (1, C, H, W), is written over; condition: (1, C)."""
        steered = condition[0].float().numpy()
        near = _through(self.near_in, _stream(x), steered)
        middle = _through(self.middle_in, _stream(self.down_middle(tensor_of(near.x))), steered)
        far = _through(self.far_in, _stream(self.down_far(tensor_of(middle.x))), steered)
        _add_coarse(middle, bits_of(self.up_middle(self.attention(tensor_of(far.x)))))
        _through(self.middle_out, middle, steered)
        _add_coarse(near, bits_of(self.up_near(tensor_of(middle.x))))
        return tensor_of(_through(self.near_out, near, steered).active)


class FusedBlock:
    """A residual block."""

    def __init__(self, block: Block) -> None:
        self.first, self.second = Winograd(block.first), Winograd(block.second)
        self.first_bias, self.second_bias = _numbers(block.first.bias), _numbers(block.second.bias)
        self.steer, self.steer_bias = _numbers(block.steer.weight), _numbers(block.steer.bias)

    def __call__(self, stream: Stream, condition: Float32) -> None:
        scale, shift = np.split(self.steer @ condition + self.steer_bias, 2)
        hidden = np.empty_like(stream.active)
        finish_hidden(self.first(stream.active), 1 + scale, self.first_bias * (1 + scale) + shift, hidden)
        finish_block(self.second(hidden), self.second_bias, stream.x, stream.active)


def _through(blocks: list[FusedBlock], stream: Stream, condition: Float32) -> Stream:
    for block in blocks:
        block(stream, condition)
    return stream


def _stream(x: Tensor) -> Stream:
    return Stream(bits_of(x), bits_of(F.silu(x)))


def _numbers(parameter: Tensor | None) -> Float32:
    numbers: Float32 = cast(Tensor, parameter).detach().float().numpy()
    return numbers


def _add_coarse(stream: Stream, coarse: Bits) -> None:
    """Add each of the coarser level's places, (H / 2, W / 2, C), to 2 x 2 of the stream's."""
    add_coarse(stream.x, coarse, stream.active)


@compiled
def add_coarse(x: Bits, coarse: Bits, active: Bits) -> None:
    """The same, compiled."""
    height, width, c = x.shape
    values, more = np.empty(c, np.float32), np.empty(c, np.float32)
    for v in range(height):
        for u in range(width):
            widen(x[v, u], values)
            widen(coarse[v // 2, u // 2], more)
            for i in range(c):
                values[i] += more[i]
            narrow(values, x[v, u])
            activate(values, active[v, u])
