"""bfloat16 in compiled loops: numba knows no such type, so numbers are kept as their bits, the upper half of a float32."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from render_server.passes.compiled import compiled

Float32 = NDArray[np.float32]
Bits = NDArray[np.uint16]

# tanh as a fraction of two polynomials in x squared, good to float32's last places
ABOVE = tuple(
    np.float32(a)
    for a in (
        4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08,
        -8.60467152213735e-11, 2.00018790482477e-13, -2.76076847742355e-16,
    )
)  # fmt: skip
BELOW = tuple(np.float32(b) for b in (4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06))
FLAT = np.float32(7.905311)  # from where on tanh is 1
HALF, ONE = np.float32(0.5), np.float32(1.0)
ROUND, LAST, UP = np.uint32(0x7FFF), np.uint32(1), np.uint32(16)


def bits_of(tensor: torch.Tensor) -> Bits:
    """The bits of (1, C, H, W) whose channels lie innermost, as (H, W, C); the same memory."""
    bits: Bits = tensor.permute(0, 2, 3, 1)[0].view(torch.uint16).numpy()
    return bits


def tensor_of(bits: Bits) -> torch.Tensor:
    """The inverse of bits_of."""
    return torch.from_numpy(bits).view(torch.bfloat16)[None].permute(0, 3, 1, 2)


@compiled
def widen(bits: Bits, out: Float32) -> None:
    """bfloat16 to float32; both flat."""
    whole = out.view(np.uint32)
    for i in range(bits.shape[0]):
        whole[i] = np.uint32(bits[i]) << UP


@compiled
def narrow(values: Float32, out: Bits) -> None:
    """float32 to bfloat16, rounded to nearest, ties to even; both flat."""
    whole = values.view(np.uint32)
    for i in range(out.shape[0]):
        out[i] = np.uint16((whole[i] + ROUND + ((whole[i] >> UP) & LAST)) >> UP)


@compiled
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x)), in steps that a processor can take for many numbers at once."""
    t = min(max(HALF * x, -FLAT), FLAT)
    s = t * t
    above = ABOVE[0] + s * (ABOVE[1] + s * (ABOVE[2] + s * (ABOVE[3] + s * (ABOVE[4] + s * (ABOVE[5] + s * ABOVE[6])))))
    below = BELOW[0] + s * (BELOW[1] + s * (BELOW[2] + s * BELOW[3]))
    return HALF + HALF * t * above / below


@compiled
def activate(values: Float32, out: Bits) -> None:
    """SiLU of float32 numbers, which are lost; both flat."""
    for i in range(values.shape[0]):
        values[i] *= sigmoid(values[i])
    narrow(values, out)
