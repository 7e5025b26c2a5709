"""Does the painting keep the outlines of the shot? True silhouettes and depth edges, looked for among the edges of the painted frame.

A picture full of brushwork has an edge near everywhere, so what would be found by chance is taken off: the same true edges are laid over
the picture out of place, and (hit - chance) / (1 - chance) is the figure. 1 is every outline found, 0 no better than chance.
"""

from __future__ import annotations

import numpy as np

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, UInt16
from render_server.quality.motion import Bool

REACH = 2  # pixels
EDGE_SHARE = 0.04  # of all pixels: a painted frame's edges are its strongest, thinned ones, as many as this, whatever its contrast ...
EDGE_ROOM = 2.0  # ... or this many times the true ones, where that is more: a busy shot's outlines must all have room
FAINTEST = 0.004  # OKLab distance over two pixels; weaker is no edge, however few there are
DEPTH_JUMP = 0.05  # of the nearer inverse depth, beyond what the surface's own slope explains
SHIFTS_ACROSS = (0.2, 0.4, 0.6, 0.8)  # of the width
SHIFTS_DOWN = (-1 / 16, 1 / 16)  # of the height: small, since the upper and lower part of a shot differ, but past any level outline


def structure(true: Bool, painted: Bool) -> float | None:
    """Share of the true edges (H, W) within REACH of a painted one (H, W), corrected for chance; None where the frame has no true edges.

    At most 1; a little under 0 where outlines are missed more often than by chance.
    """
    rows, columns = np.nonzero(true)
    if rows.size == 0:
        return None
    near = grown(painted)
    hit = float(near[rows, columns].mean())
    chance = float(np.mean([_share_hit(near, rows + down, columns + across) for across, down in _shifts(near.shape)]))
    return (hit - chance) / (1 - chance) if chance < 1 else 0.0


def true_edges(object_id: UInt16, depth: Float32) -> Bool:
    """Mark (H, W) the nearer pixel wherever object or depth changes abruptly between neighbours. Depth is planar, +inf where nothing is.

    Inverse depth is linear over a flat surface, so a floor seen at a glancing angle has no edges.
    """
    edges = np.zeros(object_id.shape, np.bool_)
    nearness = (1 / depth).astype(np.float32)
    _mark_along_rows(object_id, nearness, DEPTH_JUMP, edges)
    _mark_along_rows(object_id.T, nearness.T, DEPTH_JUMP, edges.T)
    return edges


def edge_share(true: Bool) -> float:
    """How much of a frame may be painted edges, given its true ones (H, W)."""
    return max(EDGE_SHARE, EDGE_ROOM * float(true.mean()))


def painted_edges(blurred: Float32, share: float = EDGE_SHARE) -> Bool:
    """Mark (H, W) the strongest edges of a picture blurred in OKLab (H, W, 3): thinned to one pixel, at most a share of all pixels."""
    strength, along = _gradient(blurred)
    ridge = _thin(strength, along)
    found = ridge[ridge >= FAINTEST]
    wanted = int(share * ridge.size)
    threshold = FAINTEST if found.size <= wanted else float(np.partition(found, found.size - wanted)[found.size - wanted])
    return ridge >= threshold


def grown(edges: Bool) -> Bool:
    """Mark (H, W) all that lies within REACH pixels of an edge."""
    near = np.zeros(edges.shape, np.bool_)
    _grow(edges, REACH, near)
    return near


def _shifts(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(round(across * shape[1]), round(down * shape[0])) for across in SHIFTS_ACROSS for down in SHIFTS_DOWN]


def _share_hit(near: Bool, rows: np.ndarray, columns: np.ndarray) -> float:
    return float(near[rows % near.shape[0], columns % near.shape[1]].mean())


@compiled
def _mark_along_rows(object_id: UInt16, nearness: Float32, jump: float, edges: Bool) -> None:
    height, width = object_id.shape
    for row in range(height):
        for x in range(width - 1):
            here, there = nearness[row, x], nearness[row, x + 1]
            change = there - here
            before = here - nearness[row, x - 1] if x > 0 else change
            after = nearness[row, x + 2] - there if x + 2 < width else change
            least = jump * max(here, there)
            if object_id[row, x] != object_id[row, x + 1] or (abs(change - before) > least and abs(change - after) > least):
                edges[row, x + 1 if there > here else x] = True


@compiled
def _gradient(blurred: Float32) -> tuple[Float32, UInt16]:
    """Strength of the gradient, summed over the channels, and its direction in four sectors: 0 across, 1 falling, 2 down, 3 rising."""
    height, width, channels = blurred.shape
    strength = np.zeros((height, width), np.float32)
    sector = np.zeros((height, width), np.uint16)
    for row in range(1, height - 1):
        for x in range(1, width - 1):
            xx, yy, xy = np.float32(0), np.float32(0), np.float32(0)
            for k in range(channels):
                across = blurred[row, x + 1, k] - blurred[row, x - 1, k]
                down = blurred[row + 1, x, k] - blurred[row - 1, x, k]
                xx, yy, xy = xx + across * across, yy + down * down, xy + across * down
            strength[row, x] = np.sqrt(xx + yy)
            if abs(2 * xy) > abs(xx - yy):
                sector[row, x] = 1 if xy > 0 else 3
            else:
                sector[row, x] = 0 if xx >= yy else 2
    return strength, sector


@compiled
def _thin(strength: Float32, sector: UInt16) -> Float32:
    """Keep only where the gradient is strongest along its own direction; of two that are equal, the first."""
    height, width = strength.shape
    ridge = np.zeros((height, width), np.float32)
    for row in range(1, height - 1):
        for x in range(1, width - 1):
            down = 0 if sector[row, x] == 0 else 1
            across = 0 if sector[row, x] == 2 else (-1 if sector[row, x] == 3 else 1)
            value = strength[row, x]
            if value >= strength[row + down, x + across] and value > strength[row - down, x - across]:
                ridge[row, x] = value
    return ridge


@compiled
def _grow(edges: Bool, reach: int, near: Bool) -> None:
    height, width = edges.shape
    for row in range(height):
        for x in range(width):
            if not edges[row, x]:
                continue
            for i in range(max(row - reach, 0), min(row + reach + 1, height)):
                for j in range(max(x - reach, 0), min(x + reach + 1, width)):
                    if (i - row) * (i - row) + (j - x) * (j - x) <= reach * reach:
                        near[i, j] = True
