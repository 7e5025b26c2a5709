"""3 x 3 convolutions with 4 multiplications in place of 9 (Winograd's F(2 x 2, 3 x 3)), in bfloat16.

Each 2 x 2 places of the result come from 4 x 4 places of the input. Sums and differences of these 16 are multiplied by 16 kernels, sums
and differences of the products are the result. Pays off where channels are many; adding up, what follows the convolution costs nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from render_server.passes.compiled import compiled
from render_server.video_models.painter.bfloat import Bits, Float32, activate, narrow, widen

KERNEL = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]], dtype=torch.float64)
KERNELS = torch.kron(KERNEL, KERNEL)  # from 3 x 3 to 4 x 4 at once; in double precision every sum is exact


class Winograd:
    """The multiplications of one convolution with padding 1, as many channels out as in."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        weight = convolution.weight.detach()
        out, into = weight.shape[:2]
        places = weight.permute(2, 3, 1, 0).reshape(9, into * out).double()
        self.kernels = (KERNELS @ places).to(torch.bfloat16).view(16, into, out)

    def __call__(self, x: Bits) -> Bits:
        """The products for each tile, (16, T, C); x: (H, W, C)."""
        height, width, channels = x.shape
        sums = np.empty((16, _half(height) * _half(width), channels), np.uint16)
        sum_up(x, sums)
        products: Bits = torch.bmm(torch.from_numpy(sums).view(torch.bfloat16), self.kernels).view(torch.uint16).numpy()
        return products


@compiled
def _half(length: int) -> int:
    return (length + 1) // 2


@compiled
def sum_up(x: Bits, sums: Bits) -> None:
    """The 16 sums of each tile; x: (H, W, C), zero outside; sums: (16, T, C)."""
    height, width, c = x.shape
    across = _half(width)
    rows, strip = np.zeros((4, (2 * across + 2) * c), np.float32), np.empty((4, (2 * across + 2) * c), np.float32)
    tile = np.empty(4 * c, np.float32)
    for v in range(_half(height)):
        for r in range(4):
            y = 2 * v - 1 + r
            if 0 <= y < height:
                widen(x[y].reshape(-1), rows[r, c : (width + 1) * c])
            else:
                rows[r] = 0.0
        for i in range(rows.shape[1]):
            strip[0, i], strip[1, i] = rows[0, i] - rows[2, i], rows[1, i] + rows[2, i]
            strip[2, i], strip[3, i] = rows[2, i] - rows[1, i], rows[1, i] - rows[3, i]
        for u in range(across):
            for r in range(4):
                _sum_across(strip[r, 2 * u * c : (2 * u + 4) * c], tile)
                for k in range(4):
                    narrow(tile[k * c : (k + 1) * c], sums[4 * r + k, v * across + u])


@compiled
def _sum_across(places: Float32, out: Float32) -> None:
    c = places.shape[0] // 4
    for i in range(c):
        out[i] = places[i] - places[2 * c + i]
        out[c + i] = places[c + i] + places[2 * c + i]
        out[2 * c + i] = places[2 * c + i] - places[c + i]
        out[3 * c + i] = places[c + i] - places[3 * c + i]


@compiled
def finish_hidden(products: Bits, scale: Float32, shift: Float32, active: Bits) -> None:
    """Write silu(scale * convolution + shift); active: (H, W, C)."""
    height, width, c = active.shape
    tile, places = np.empty((4, 4 * c), np.float32), np.empty((4, c), np.float32)
    for t in range(products.shape[1]):
        _collect(products, t, tile, places)
        for k in range(4):
            y, x = t // _half(width) * 2 + k // 2, t % _half(width) * 2 + k % 2
            if y < height and x < width:
                for i in range(c):
                    places[k, i] = places[k, i] * scale[i] + shift[i]
                activate(places[k], active[y, x])


@compiled
def finish_block(products: Bits, bias: Float32, stream: Bits, active: Bits) -> None:
    """Add the convolution to stream and write silu of that; both (H, W, C)."""
    height, width, c = stream.shape
    tile, places, before = np.empty((4, 4 * c), np.float32), np.empty((4, c), np.float32), np.empty(c, np.float32)
    for t in range(products.shape[1]):
        _collect(products, t, tile, places)
        for k in range(4):
            y, x = t // _half(width) * 2 + k // 2, t % _half(width) * 2 + k % 2
            if y < height and x < width:
                widen(stream[y, x], before)
                for i in range(c):
                    places[k, i] += bias[i] + before[i]
                narrow(places[k], stream[y, x])
                activate(places[k], active[y, x])


@compiled
def _collect(products: Bits, t: int, tile: Float32, places: Float32) -> None:
    """The 2 x 2 places of a tile's result from its 16 products; tile: room for these, (4, 4 C)."""
    c = places.shape[1]
    for k in range(16):
        widen(products[k, t], tile[k // 4, k % 4 * c : (k % 4 + 1) * c])
    for i in range(4 * c):
        upper, lower = tile[0, i] + tile[1, i] + tile[2, i], tile[1, i] - tile[2, i] - tile[3, i]
        tile[0, i], tile[1, i] = upper, lower
    for r in range(2):
        for i in range(c):
            places[2 * r, i] = tile[r, i] + tile[r, c + i] + tile[r, 2 * c + i]
            places[2 * r + 1, i] = tile[r, c + i] - tile[r, 2 * c + i] - tile[r, 3 * c + i]
