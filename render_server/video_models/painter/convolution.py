"""A convolution and what follows it as one step of the processor's library."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Convolution:
    """One convolution, its weights laid out as its inputs are."""

    weight: Tensor
    bias: Tensor | None
    stride: int
    padding: int

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Convolution:
        """A layer as it is."""
        return cls._laid_out(layer.weight, layer.bias, layer.stride[0], int(layer.padding[0]))

    @classmethod
    def gathering(cls, layer: nn.Conv2d, channels: int, by: int) -> Convolution:
        """A layer over squares of by x by pixels as one over the pixels themselves."""
        out, size = layer.out_channels, layer.kernel_size[0]
        weight = layer.weight.reshape(out, by, by, channels, size, size).permute(0, 3, 4, 1, 5, 2)
        return cls._laid_out(weight.reshape(out, channels, size * by, size * by), layer.bias, by, int(layer.padding[0]) * by)

    @classmethod
    def _laid_out(cls, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Convolution:
        weight = weight.detach().contiguous(memory_format=torch.channels_last)
        return cls(weight, bias, stride, padding)

    def __call__(self, x: Tensor, then: str = "none") -> Tensor:
        """Convolve; then: "none" or "relu"."""
        out: Tensor = torch.ops.mkldnn._convolution_pointwise(x, self.weight, self.bias, *self._how(), then, [], "")
        return out

    def onto(self, base: Tensor, x: Tensor, then: str | None = None) -> Tensor:
        """Add the convolution to base, in place; then: None or "relu", of the sum."""
        out: Tensor = torch.ops.mkldnn._convolution_pointwise_.binary(
            base, x, self.weight, self.bias, *self._how(), "add", 1.0, then, [], None
        )
        return out

    def _how(self) -> tuple[list[int], list[int], list[int], int]:
        return [self.padding] * 2, [self.stride] * 2, [1, 1], 1
