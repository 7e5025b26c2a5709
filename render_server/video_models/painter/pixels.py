"""From bytes to the fused network's inputs and back, compiled: the same as network.carry and PainterNetwork.forward, in one pass each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render_server.passes.bands import THREADS, each_band
from render_server.passes.compiled import compiled
from render_server.video_models.painter.channels import FOLDS, GUIDES, INPUTS, LAYER, STROKE_COLOUR, STRUCTURE
from render_server.video_models.painter.sigmoid import sigmoid

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]
Numbers = NDArray[np.float32] | NDArray[np.uint16]

SHARES = np.arange(256, dtype=np.float32) / np.float32(255)  # bytes as 0..1
HASH = len(STRUCTURE)
A1, B1, A2, B2 = (np.float32(weight) for fold in FOLDS for weight in fold)
HALF, ONE, BYTE = np.float32(0.5), np.float32(1.0), np.float32(255.0)
LOWEST, HIGHEST = np.float32(-0.02), np.float32(1.02)


class Carried(NamedTuple):
    """The previous frame brought here by true motion."""

    colours: Float32  # (H, W, 3) 0..1
    usable: Float32  # (H, W) 1 where it shows the same surface


def nothing_carried(height: int, width: int) -> Carried:
    """What there is after a cut."""
    return Carried(np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32))


def carry_bytes(previous: UInt8, motion: Float32, visible: Float32) -> Carried:
    """Bring the previous frame (H, W, 3) here; motion: (H, W, 2) pixels back to it; visible: (H, W) 1 where the surface was seen there."""
    carried = nothing_carried(*visible.shape)
    each_band(visible.shape[0], lambda first, last: _carry(first, last, previous, motion, visible, *carried), THREADS)
    return carried


def assemble(guides: UInt8, carried: Carried, stride: int, dtype: torch.dtype) -> Tensor:
    """The network's inputs (1, INPUTS, H, W), channels innermost, padded to whole strides with the edge's values."""
    height, width = guides.shape[:2]
    inputs = torch.empty(height + -height % stride, width + -width % stride, INPUTS, dtype=dtype)
    others = np.empty((height, width, INPUTS - GUIDES), np.float32)
    each_band(height, lambda first, last: _make_others(first, last, guides, *carried, others), THREADS)
    parts = [_numbers(part) for part in (torch.from_numpy(SHARES - HALF).to(dtype), torch.from_numpy(others).to(dtype), inputs)]
    each_band(len(inputs), lambda first, last: _assemble(first, last, guides, *parts), THREADS)
    return inputs[None].permute(0, 3, 1, 2)


def _numbers(tensor: Tensor) -> Numbers:
    """The same memory for compiled loops, which know bfloat16 by its bits only."""
    numbers: Numbers = (tensor.view(torch.uint16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return numbers


def finish(change: Tensor, guides: UInt8, carried: Carried) -> UInt8:
    """The painted frame (H, W, 3); change: (1, 4, H, W), what the network makes of its inputs."""
    height, width = guides.shape[:2]
    pixels = np.empty((height, width, 3), np.uint8)
    numbers = change.permute(0, 2, 3, 1)[0].float().numpy()
    each_band(height, lambda first, last: _finish(first, last, numbers, guides, *carried, pixels), THREADS)
    return pixels


@compiled
def _carry(first: int, last: int, previous: UInt8, motion: Float32, visible: Float32, colours: Float32, usable: Float32) -> None:
    height, width = visible.shape
    for v in range(first, last):
        for u in range(width):
            x, y = np.float32(u) + motion[v, u, 0], np.float32(v) + motion[v, u, 1]
            inside = x > -HALF and x < np.float32(width) - HALF and y > -HALF and y < np.float32(height) - HALF
            usable[v, u] = visible[v, u] if inside else np.float32(0)
            x, y = min(max(x, np.float32(0)), np.float32(width - 1)), min(max(y, np.float32(0)), np.float32(height - 1))
            left, above = int(x), int(y)
            right, below = min(left + 1, width - 1), min(above + 1, height - 1)
            fx, fy = x - np.float32(left), y - np.float32(above)
            for k in range(3):
                upper = SHARES[previous[above, left, k]] * (ONE - fx) + SHARES[previous[above, right, k]] * fx
                lower = SHARES[previous[below, left, k]] * (ONE - fx) + SHARES[previous[below, right, k]] * fx
                colours[v, u, k] = upper * (ONE - fy) + lower * fy


@compiled
def _make_others(first: int, last: int, guides: UInt8, colours: Float32, usable: Float32, others: Float32) -> None:
    """What the network is fed beside the guides, (H, W, INPUTS - GUIDES)."""
    for v in range(first, last):
        for u in range(usable.shape[1]):
            seen, other = usable[v, u], others[v, u]
            for k in range(3):
                other[k] = (colours[v, u, k] - HALF) * seen
            other[3] = seen
            a, b = SHARES[guides[v, u, HASH]], SHARES[guides[v, u, HASH + 1]]
            other[4], other[5] = _fraction(a * A1 + b * B1) - HALF, _fraction(a * A2 + b * B2) - HALF


@compiled
def _assemble(first: int, last: int, guides: UInt8, levels: Numbers, others: Numbers, inputs: Numbers) -> None:
    height, width, count = others.shape
    for v in range(first, last):
        y = min(v, height - 1)
        for u in range(inputs.shape[1]):
            x = min(u, width - 1)
            for k in range(GUIDES):
                inputs[v, u, k] = levels[guides[y, x, k]]
            for k in range(count):
                inputs[v, u, GUIDES + k] = others[y, x, k]


@compiled
def _fraction(x: np.float32) -> np.float32:
    return np.float32(x - np.floor(x))


@compiled
def _finish(first: int, last: int, change: Float32, guides: UInt8, colours: Float32, usable: Float32, pixels: UInt8) -> None:
    width = pixels.shape[1]
    numbers, kept = change.reshape(len(change), -1), np.empty(width, np.float32)
    for v in range(first, last):
        for u in range(width):
            kept[u] = sigmoid(numbers[v, 4 * u + 3] - ONE) * usable[v, u]
        for u in range(width):
            own = STROKE_COLOUR if guides[v, u, LAYER] > 0 else 0
            for k in range(3):
                fresh = min(max(SHARES[guides[v, u, own + k]] + numbers[v, 4 * u + k], LOWEST), HIGHEST)
                colour = kept[u] * colours[v, u, k] + (ONE - kept[u]) * fresh
                pixels[v, u, k] = np.uint8(np.rint(min(max(colour, np.float32(0)), ONE) * BYTE))
