"""Does anything of the frame before shine through where it was not seen?

Where a surface comes into view, a painter with memory knows as little of it as one without. So both should paint it alike there, and what
sets them apart should not lean towards the old frame.
"""

from __future__ import annotations

from typing import NamedTuple

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, UInt8
from render_server.quality.motion import Step

FEWEST = 64  # pixels; a smaller region says nothing


class Ghost(NamedTuple):
    """What memory changed in one frame, sRGB 0..1."""

    inside: float  # mean absolute difference to the memoryless frame, where a surface came into view
    outside: float | None  # the same where it was seen before; None where nothing was
    bleed: float | None  # share of the old frame in what came into view: 0 nothing, 1 the old frame itself; None where old and new agree


def ghost(painted: UInt8, memoryless: UInt8, previous: UInt8, step: Step) -> Ghost | None:
    """Compare a frame (H, W, 3) with its memoryless painting and the frame before; None where hardly anything came into view."""
    sums = _sums(painted, memoryless, previous, step.motion, step.occlusion)
    inside, pixels, outside, seen, along, square = sums
    if pixels < FEWEST:
        return None
    return Ghost(
        inside=inside / (3 * 255 * pixels),
        outside=outside / (3 * 255 * seen) if seen else None,
        bleed=along / square if square > 0 else None,
    )


@compiled
def _sums(
    painted: UInt8, memoryless: UInt8, previous: UInt8, motion: Float32, occlusion: UInt8
) -> tuple[float, int, float, int, float, float]:
    """Differences inside and outside with their pixels, and the least-squares share of the old frame, as its two sums."""
    height, width = occlusion.shape
    inside, pixels, outside, seen, along, square = 0.0, 0, 0.0, 0, 0.0, 0.0
    for row in range(height):
        for column in range(width):
            apart = 0.0
            for k in range(3):
                apart += abs(float(painted[row, column, k]) - float(memoryless[row, column, k]))
            if not occlusion[row, column]:
                outside, seen = outside + apart, seen + 1
                continue
            inside, pixels = inside + apart, pixels + 1
            x = min(max(int(round(column + motion[row, column, 0])), 0), width - 1)
            y = min(max(int(round(row + motion[row, column, 1])), 0), height - 1)
            for k in range(3):
                base = float(memoryless[row, column, k])
                old = float(previous[y, x, k]) - base
                along += (float(painted[row, column, k]) - base) * old
                square += old * old
    return inside, pixels, outside, seen, along, square
