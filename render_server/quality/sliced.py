"""Sliced Wasserstein distance: how far one cloud of points is from another, averaged over many directions.

Seen along one direction a cloud is a histogram, and the distance of two histograms is the area between their running sums. Histograms of a
fixed layout add up, so a cloud may come in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Float64

BINS = 512


@dataclass(frozen=True)
class Slices:
    """The directions along which clouds are compared, and the span of values along each."""

    directions: Float32  # (D, K) unit vectors
    reach: float  # values beyond -reach..reach count as if at its ends


def shadows(slices: Slices, points: Float32) -> Float64:
    """Project points (N, D) on each direction: running sums (K, BINS) from 0 to 1 of how many lie below each value."""
    counts = np.zeros((slices.directions.shape[1], BINS), np.int64)
    _count(points, slices.directions, slices.reach, counts)
    return np.cumsum(counts, axis=1) / len(points)


def distance(slices: Slices, one: Float64, other: Float64) -> float:
    """Distance between two clouds given by their shadows, in the unit of their coordinates."""
    return float(np.abs(one - other).sum(axis=1).mean() * 2 * slices.reach / BINS)


def evenly_spread(count: int) -> Float32:
    """Unit vectors (3, count) spread evenly over a half sphere."""
    index = np.arange(count) + 0.5
    height = index / count
    angle = index * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), height]).astype(np.float32)


def at_random(dimensions: int, count: int, seed: int) -> Float32:
    """Unit vectors (dimensions, count) in all directions alike."""
    vectors = np.random.default_rng(seed).normal(size=(dimensions, count))
    unit: Float32 = (vectors / np.linalg.norm(vectors, axis=0)).astype(np.float32)
    return unit


@compiled
def _count(points: Float32, directions: Float32, reach: float, counts: np.ndarray) -> None:
    """Bin every point along every direction. A plain loop: a matrix product brings threads of its own, too many beside ours."""
    slices, bins = counts.shape
    scale = np.float32(bins / (2 * reach))
    along = np.empty(slices, np.float32)
    for n in range(points.shape[0]):
        along[:] = 0
        for d in range(points.shape[1]):
            coordinate = points[n, d]
            for k in range(slices):
                along[k] += coordinate * directions[d, k]
        for k in range(slices):
            counts[k, min(max(int(along[k] * scale + bins / 2), 0), bins - 1)] += 1
