"""Motion-guided accumulation: after any model, a painted frame is drawn towards the one before it, carried here by true motion.

No weights. Never where the surface was hidden or out of the picture, and never beyond the colours that the new frame has around a pixel, so
that nothing of the past can ghost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.bands import THREADS, each_band
from render_server.passes.compiled import compiled

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]

MOST = 0.8  # of the frame before, at strength 1


def accumulate(painted: UInt8, previous: UInt8, motion: Float32, occlusion: UInt8, strength: float) -> UInt8:
    """Steady a painted frame (H, W, 3).

    previous: (H, W, 3) as it was written; motion: (H, W, 2) pixels back to it; occlusion: (H, W) 1 where the surface was not seen there;
    strength: 0 to 1.
    """
    out = np.empty_like(painted)
    share = np.float32(MOST * strength)
    each_band(painted.shape[0], lambda first, last: _accumulate(first, last, painted, previous, motion, occlusion, share, out), THREADS)
    return out


@compiled
def _accumulate(
    first: int, last: int, painted: UInt8, previous: UInt8, motion: Float32, occlusion: UInt8, share: np.float32, out: UInt8
) -> None:
    height, width = occlusion.shape
    for v in range(first, last):
        for u in range(width):
            x, y = u + motion[v, u, 0], v + motion[v, u, 1]
            if occlusion[v, u] or not (-0.5 < x < width - 0.5 and -0.5 < y < height - 0.5):
                out[v, u] = painted[v, u]
                continue
            x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
            left, above = int(x), int(y)
            right, below, fx, fy = min(left + 1, width - 1), min(above + 1, height - 1), x - left, y - above
            for k in range(3):
                upper = previous[above, left, k] * (1 - fx) + previous[above, right, k] * fx
                lower = previous[below, left, k] * (1 - fx) + previous[below, right, k] * fx
                low, high = _range(painted, v, u, k)
                carried = min(max(upper * (1 - fy) + lower * fy, low), high)
                out[v, u, k] = np.uint8(painted[v, u, k] + share * (carried - painted[v, u, k]) + 0.5)


@compiled
def _range(painted: UInt8, v: int, u: int, k: int) -> tuple[float, float]:
    """The lowest and the highest value among a pixel and its eight neighbours."""
    low, high = 255.0, 0.0
    for y in range(max(0, v - 1), min(painted.shape[0], v + 2)):
        for x in range(max(0, u - 1), min(painted.shape[1], u + 2)):
            value = float(painted[y, x, k])
            low, high = min(low, value), max(high, value)
    return low, high
