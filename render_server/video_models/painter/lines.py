"""Lines where a pen would go: round silhouettes, where things touch, along folds; they wobble and swell with their surface."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.video_models.painter.grain import Canvas, noise_at
from render_server.video_models.painter.settings import Pen

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt16 = NDArray[np.uint16]
Bool = NDArray[np.bool_]

FOLD = 0.80  # cosine between neighbouring normals below which a surface folds
CRACK = 3 / 576  # of the picture's height
AROUND = 6 / 576
SMOOTH = 0.9  # of the gap from which on an object's own surface is outlined: surely none
LEVEL = 0.002  # of their depth, how little apart two surfaces may be for the line to be of the later one
GAP = 0.012  # of its depth, how far a surface lies behind another for a full outline


def draw_lines(canvas: Canvas, pen: Pen) -> Float32:
    """How far each pixel is covered by the line, (H, W) 0..1."""
    passes, numbers = canvas.passes, np.array(astuple(pen), dtype=np.float64)
    around, crack = round(AROUND * canvas.height), max(1, round(CRACK * canvas.height))
    weights, nearer = _weigh(passes.object_id, passes.depth, passes.normal, canvas.lens, numbers, crack)
    columns = _column_means(np.ascontiguousarray(canvas.facing), around)
    return _draw(
        _evened(weights, around), nearer, passes.object_id, passes.depth, canvas.anchors, columns, around, float(canvas.lens[0]),
        canvas.height, numbers, canvas.seed * 31 + 17,
    )  # fmt: skip


def _evened(weights: Float32, around: int) -> Float32:
    """Each weight as the mean of those around it: no beads where a line changes from pixel to pixel, no stray dots."""
    both, counts = _both_ways(weights)
    return _even(weights, _column_means(both, around), _column_means(counts, around), around)


@compiled
def _both_ways(weights: Float32) -> tuple[Float32, Float32]:
    """Each pixel's two weights added, and how many of them there are."""
    rows, columns, _ = weights.shape
    both, counts = np.empty((rows, columns), np.float32), np.empty((rows, columns), np.float32)
    for y in range(rows):
        for x in range(columns):
            right, down = weights[y, x, 0], weights[y, x, 1]
            both[y, x], counts[y, x] = right + down, np.float32(int(right > 0.0) + int(down > 0.0))
    return both, counts


@compiled
def _column_means(values: Float32, around: int) -> Float32:
    """The mean of each pixel with those up to around above and below it; the picture is mirrored at its edges."""
    rows, columns = values.shape
    out, sums = np.empty((rows, columns), np.float32), np.zeros(columns)
    for y in range(-around, around + 1):
        row = values[_mirrored(y, rows)]
        for x in range(columns):
            sums[x] += row[x]
    for y in range(rows):
        mean, gone, new = out[y], values[_mirrored(y - around, rows)], values[_mirrored(y + around + 1, rows)]
        for x in range(columns):
            mean[x] = sums[x] / (2 * around + 1)
            sums[x] += np.float64(new[x]) - np.float64(gone[x])
    return out


@compiled
def _mirrored(i: int, count: int) -> int:
    """Where place i of a row that goes on mirrored beyond both its ends stands in the row."""
    i %= 2 * count
    return min(i, 2 * count - 1 - i)


@compiled
def _row_mean(values: Float32, y: int, x: int, around: int) -> np.float32:
    """The mean of a pixel with those up to around beside it: of column means, the mean of the square around it."""
    total, columns = 0.0, values.shape[1]
    for u in range(x - around, x + around + 1):
        total += values[y, u if 0 <= u < columns else _mirrored(u, columns)]
    return np.float32(total / (2 * around + 1))


@compiled
def _even(weights: Float32, totals: Float32, counts: Float32, around: int) -> Float32:
    """The weights by the column means of both ways together; in single precision throughout."""
    rows, columns, _ = weights.shape
    out = np.zeros((rows, columns, 2), np.float32)
    full = np.float32((2 * around + 1) / (2 * around + 1) ** 2)  # a straight line through the middle
    for y in range(rows):
        for x in range(columns):
            if weights[y, x, 0] <= 0.0 and weights[y, x, 1] <= 0.0:
                continue
            total, count = _row_mean(totals, y, x, around), _row_mean(counts, y, x, around)
            along = min(max(count / full * np.float32(1.4) - np.float32(0.4), np.float32(0)), np.float32(1))
            mean = total / max(count, np.float32(1e-6)) * along
            for way in range(2):
                if weights[y, x, way] > 0.0:
                    out[y, x, way] = mean
    return out


@compiled
def _weigh(ids: UInt16, depth: Float32, normal: Float32, lens: Float64, pen: Float64, crack: int) -> tuple[Float32, Bool]:
    """How heavy a line runs between each pixel and the next, rightwards and downwards (H, W, 2); whether it is the first pixel's."""
    rows, columns = ids.shape
    weights, nearer = np.zeros((rows, columns, 2), np.float32), np.zeros((rows, columns, 2), np.bool_)
    right, down = (np.arange(columns) + 0.5 - lens[2]) / lens[0], (np.arange(rows) + 0.5 - lens[3]) / lens[1]
    for y in range(rows):
        for x in range(columns):
            for way in range(2):
                v, u = y + way, x + 1 - way
                if v >= rows or u >= columns or (ids[y, x] == 0 and ids[v, u] == 0):
                    continue
                if ids[y, x] == ids[v, u] and _surely_smooth(
                    depth[y, x], normal[y, x, 0], normal[y, x, 1], normal[y, x, 2], right[x], down[y],
                    depth[v, u], normal[v, u, 0], normal[v, u, 1], normal[v, u, 2], right[u], down[v],
                ):  # fmt: skip
                    continue
                behind = _behind(depth, normal, lens, y, x, v, u)
                weight = _weight(ids[y, x] == ids[v, u], behind, normal[y, x], normal[v, u], pen)
                if weight <= 0.0 or (ids[y, x] == ids[v, u] and (_sliver(normal, crack, y, x, v, u) or _sliver(normal, crack, v, u, y, x))):
                    continue
                weights[y, x, way] = weight
                level = abs(depth[y, x] - depth[v, u]) < LEVEL * depth[y, x]
                nearer[y, x, way] = ids[y, x] >= ids[v, u] if level else depth[y, x] <= depth[v, u]
    return weights, nearer


@compiled
def _draw(
    weights: Float32, nearer: Bool, ids: UInt16, depth: Float32, anchors: Float32, facing: Float32, around: int, focal: float,
    height: float, pen: Float64, seed: int,
) -> Float32:  # fmt: skip
    rows, columns = ids.shape
    out = np.zeros((rows, columns), np.float32)
    for y in range(rows):
        for x in range(columns):
            for way in range(2):
                weight = weights[y, x, way]
                if weight <= 0.0:
                    continue
                v, u = y + way, x + 1 - way
                fy, fx = (y, x) if nearer[y, x, way] else (v, u)
                lit = float(_row_mean(facing, fy, fx, around))
                _stamp_line(out, 0.5 * (x + u), 0.5 * (y + v), weight, fy, fx, ids, depth, anchors, lit, focal, height, pen, seed)
    return out


@compiled
def _surely_smooth(
    depth: np.float32, x: np.float32, y: np.float32, z: np.float32, right: float, down: float,
    other_depth: np.float32, other_x: np.float32, other_y: np.float32, other_z: np.float32, other_right: float, other_down: float,
) -> bool:  # fmt: skip
    """True of most neighbouring pixels of one object: no line can run between them. A quick form of _weight with _over_plane."""
    if not x * other_x + y * other_y + z * other_z >= FOLD:
        return False
    if depth > other_depth:
        depth, other_depth = other_depth, depth
        right, down, other_right, other_down = other_right, other_down, right, down
        other_x, other_y, other_z = x, y, z
    over = depth * (other_x * right - other_y * down - other_z) - other_depth * (other_x * other_right - other_y * other_down - other_z)
    return bool(abs(over) < SMOOTH * GAP * depth)


@compiled
def _behind(depth: Float32, normal: Float32, lens: Float64, y: int, x: int, v: int, u: int) -> float:
    """How far one of two neighbouring pixels lies behind the other's surface: 0 where they touch or a crack runs, 1 where a gap yawns."""
    if depth[y, x] > depth[v, u]:
        y, x, v, u = v, u, y, x
    near = depth[y, x]
    if np.isinf(depth[v, u]):
        return 1.0
    gap = min(_past_plane(depth, normal[y, x], lens, y, x, v, u), _over_plane(depth, normal[v, u], lens, y, x, v, u))
    return float(min(1.0, max(0.0, gap / (GAP * near) - 0.5)))


@compiled
def _sliver(normal: Float32, crack: int, y: int, x: int, v: int, u: int) -> bool:
    """True where (y, x) shows no more than a crack in the surface at (v, u): too thin to be drawn without dashes."""
    down, up = min(normal.shape[0] - 1, y + crack), max(0, y - crack)
    right, left = min(normal.shape[1] - 1, x + crack), max(0, x - crack)
    n = normal[v, u]
    return (_alike(normal[down, x], n) and _alike(normal[up, x], n)) or (_alike(normal[y, right], n) and _alike(normal[y, left], n))


@compiled
def _alike(n: Float32, m: Float32) -> bool:
    return bool(n[0] * m[0] + n[1] * m[1] + n[2] * m[2] > FOLD)


@compiled
def _ray(n: Float32, lens: Float64, y: int, x: int) -> float:
    """A normal's part along the ray of a pixel, per metre of depth."""
    return float(n[0] * (x + 0.5 - lens[2]) / lens[0] - n[1] * (y + 0.5 - lens[3]) / lens[1] - n[2])


@compiled
def _past_plane(depth: Float32, n: Float32, lens: Float64, y: int, x: int, v: int, u: int) -> float:
    """How much deeper pixel (v, u) is than where the plane at (y, x), with the normal n, would be seen."""
    there = _ray(n, lens, v, u)
    return float(abs(depth[v, u] - depth[y, x] * _ray(n, lens, y, x) / there)) if abs(there) > 1e-6 else 1e9


@compiled
def _over_plane(depth: Float32, n: Float32, lens: Float64, y: int, x: int, v: int, u: int) -> float:
    """How high (y, x) stands over the plane at (v, u), whose normal is n."""
    return float(abs(depth[y, x] * _ray(n, lens, y, x) - depth[v, u] * _ray(n, lens, v, u)))


@compiled
def _weight(same: bool, behind: float, one: Float32, two: Float32, pen: Float64) -> float:
    """0 where no line runs between two neighbouring pixels, else how heavy it is, up to 1."""
    if not same:
        return float(pen[1] + (1.0 - pen[1]) * behind)
    if behind > 0.5:
        return float(0.5 * (1.0 + pen[2]))
    cosine = one[0] * two[0] + one[1] * two[1] + one[2] * two[2]
    return float(pen[2] * min(1.0, (FOLD - cosine) / 0.2 + 0.4)) if cosine < FOLD else 0.0


@compiled
def _stamp_line(
    out: Float32, cx: float, cy: float, weight: float, y: int, x: int, ids: UInt16, depth: Float32, anchors: Float32,
    facing: float, focal: float, height: float, pen: Float64, seed: int,
) -> None:  # fmt: skip
    """Stamp one point of a line that belongs to the surface at (y, x)."""
    p, h = anchors[y, x], seed + int(ids[y, x]) * 104729
    span = depth[y, x] / focal * height  # without the slant, which would change from face to face along a line
    swell = noise_at(h + 1, p[0], p[1], p[2], 0.11 * span) - 0.5
    radius = 0.5 * pen[0] * height * weight * (1.0 + 2.0 * pen[4] * swell)
    radius *= min(1.25, max(0.38, (4.0 / depth[y, x]) ** pen[6]))
    if radius < 0.3:  # what follows makes it no wider
        return
    light = max(0.0, facing - 0.45) / 0.55
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
