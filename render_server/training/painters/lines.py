"""Lines where a pen would go: round silhouettes, where things touch, along folds; they wobble and swell with their surface."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.training.painters.easel import Easel
from render_server.training.painters.noise import noise_at

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt16 = NDArray[np.uint16]

FOLD = 0.80  # cosine between neighbouring normals below which a surface folds
GAP = 0.02  # of its depth, how far a surface must lie behind another for an outline


@dataclass(frozen=True)
class Pen:
    """Widths are shares of the image's height."""

    width: float  # of a near silhouette
    touch: float = 0.5  # of that, where two things touch
    fold: float = 0.4  # of that, along a fold
    wobble: float = 0.003  # how far the hand strays
    swell: float = 0.5  # 0 to 1, how much the width varies along the line
    broken: float = 0.5  # 0 to 1, how often it breaks off in the light
    far: float = 0.45  # power with which it thins with distance


def draw_lines(easel: Easel, pen: Pen, salt: int = 0) -> Float32:
    """How far each pixel is covered by the line, (H, W) 0..1."""
    passes = easel.passes
    return _draw(
        passes.object_id, passes.depth, passes.normal, easel.anchors, easel.metres, easel.facing, easel.height,
        np.array(astuple(pen), dtype=np.float64), easel.seed * 31 + 17 + salt,
    )  # fmt: skip


@compiled
def _draw(
    ids: UInt16, depth: Float32, normal: Float32, anchors: Float32, metres: Float32, facing: Float32, height: float, pen: Float64, seed: int
) -> Float32:  # fmt: skip
    rows, columns = ids.shape
    out = np.zeros((rows, columns), np.float32)
    for y in range(rows):
        for x in range(columns):
            for way in range(2):
                v, u = y + way, x + 1 - way
                if v >= rows or u >= columns:
                    continue
                weight = _weight(ids, depth, normal, y, x, v, u, pen)
                if weight <= 0.0:
                    continue
                fy, fx = (y, x) if depth[y, x] <= depth[v, u] else (v, u)
                _stamp_line(out, 0.5 * (x + u), 0.5 * (y + v), weight, fy, fx, ids, depth, anchors, metres, facing, height, pen, seed)
    return out


@compiled
def _weight(ids: UInt16, depth: Float32, normal: Float32, y: int, x: int, v: int, u: int, pen: Float64) -> float:
    """0 where no line runs between two neighbouring pixels, else how heavy it is, up to 1."""
    near, far = min(depth[y, x], depth[v, u]), max(depth[y, x], depth[v, u])
    if ids[y, x] == ids[v, u] and ids[y, x] == 0:
        return 0.0
    behind = 1.0 if np.isinf(far) else min(1.0, (far - near) / (GAP * 3.0 * near))
    if ids[y, x] != ids[v, u]:
        return float(pen[1] + (1.0 - pen[1]) * behind)
    n, m = normal[y, x], normal[v, u]
    cosine = n[0] * m[0] + n[1] * m[1] + n[2] * m[2]
    if far - near > GAP * near and far - near > 6.0 * GAP * near * max(0.02, 1.0 - max(abs(n[2]), abs(m[2]))):
        return float(0.5 * (1.0 + pen[2]))
    return float(pen[2] * min(1.0, (FOLD - cosine) / 0.2 + 0.4)) if cosine < FOLD else 0.0


@compiled
def _stamp_line(
    out: Float32, cx: float, cy: float, weight: float, y: int, x: int, ids: UInt16, depth: Float32, anchors: Float32, metres: Float32,
    facing: Float32, height: float, pen: Float64, seed: int,
) -> None:  # fmt: skip
    """Stamp one point of a line that belongs to the surface at (y, x)."""
    p, h = anchors[y, x], seed + int(ids[y, x]) * 104729
    span = metres[y, x] * height
    swell = noise_at(h + 1, p[0], p[1], p[2], 0.11 * span) - 0.5
    radius = 0.5 * pen[0] * height * weight * (1.0 + 2.0 * pen[4] * swell)
    radius *= min(1.25, max(0.38, (4.0 / depth[y, x]) ** pen[6]))
    light = max(0.0, facing[y, x] - 0.45) / 0.55
    gap = noise_at(h + 2, p[0], p[1], p[2], 0.15 * span)
    radius *= min(1.0, max(0.0, (gap - 0.70 * pen[5] * light) / 0.20))
    if radius < 0.3:
        return
    cx += 2.0 * pen[3] * height * (noise_at(h + 3, p[0], p[1], p[2], 0.05 * span) - 0.5)
    cy += 2.0 * pen[3] * height * (noise_at(h + 4, p[0], p[1], p[2], 0.05 * span) - 0.5)
    for v in range(max(0, int(cy - radius)), min(out.shape[0], int(cy + radius) + 2)):
        for u in range(max(0, int(cx - radius)), min(out.shape[1], int(cx + radius) + 2)):
            cover = min(1.0, radius + 0.5 - np.sqrt((u - cx) ** 2 + (v - cy) ** 2))
            if cover > out[v, u]:
                out[v, u] = cover
