"""Was a painting moved or scaled against its template? True silhouettes, sought among the edges of the painting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

from render_server.passes.geometry import Float32, Float64, UInt8
from render_server.quality.colour import to_oklab
from render_server.quality.filters import blur

REACH = 0.06  # of the height: how far a painting is sought
SCALES = (0.92, 0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06, 1.08)
BETTER, LEAST = 1.15, 0.08  # a move is believed where silhouettes fit this much better moved, and by no less than so many deviations
NOTICED = 0.006  # of the height: what is less than this is a brush's width


@dataclass(frozen=True)
class Move:
    """How a painting lies on its template. right, down: shares of the height; fit: how strong its edges are on the silhouettes, in
    standard deviations above the whole picture's mean; fit_in_place: the same without the move."""

    right: float
    down: float
    scale: float
    fit: float
    fit_in_place: float

    @property
    def certain(self) -> bool:
        """Whether it is one that a person would see, and not chance."""
        visible = max(abs(self.right), abs(self.down)) > NOTICED or abs(self.scale - 1) > 0.011
        return visible and self.fit > BETTER * self.fit_in_place and self.fit > self.fit_in_place + LEAST


def find_move(painted: UInt8, silhouettes: NDArray[np.bool_]) -> Move | None:
    """Seek a painting (H, W, 3) around its silhouettes (H, W); None where the frame has none. A few hundred rows are enough."""
    height = silhouettes.shape[0]
    if not silhouettes.any():
        return None
    edges, reach = _edges(painted), max(2, round(REACH * height))
    found: list[Move] = []
    in_place = 0.0
    for scale in SCALES:
        fits = _fits(_scaled(edges, scale), silhouettes, reach)
        if scale == 1.0:
            in_place = float(fits[reach, reach])
        row, column = np.unravel_index(int(fits.argmax()), fits.shape)
        found.append(Move((int(column) - reach) / height, (int(row) - reach) / height, scale, float(fits.max()), 0.0))
    best = max(found, key=lambda move: move.fit)
    return Move(best.right, best.down, best.scale, best.fit, in_place)


def _edges(painted: UInt8) -> Float64:
    """How strong the painting's edges are, (H, W), mean 0 and deviation 1. The root keeps a few hard ones from deciding alone."""
    lab: Float32 = blur(blur(to_oklab(painted)))
    down, across = np.gradient(lab, axis=(0, 1))
    strength = np.sqrt(np.sqrt((down**2 + across**2).sum(axis=-1))).astype(np.float64)
    centred: Float64 = (strength - strength.mean()) / max(float(strength.std()), 1e-9)
    return centred


def _scaled(edges: Float64, scale: float) -> Float64:
    """The edges as they would lie if a painting that was scaled by so much about its middle were scaled back."""
    if scale == 1.0:
        return edges
    middle = (np.array(edges.shape) - 1) / 2
    found: Float64 = affine_transform(edges, np.array([scale, scale]), middle * (1 - scale), order=1)
    return found


def _fits(edges: Float64, silhouettes: NDArray[np.bool_], reach: int) -> Float64:
    """Mean edge strength on the silhouettes for every move up to reach, (2 * reach + 1, 2 * reach + 1): rows down, columns right."""
    shape = (edges.shape[0] + reach, edges.shape[1] + reach)
    product = np.conj(np.fft.rfft2(silhouettes.astype(np.float64), shape)) * np.fft.rfft2(edges, shape)
    sums = np.fft.irfft2(product, shape)
    moves = np.arange(-reach, reach + 1)
    found: Float64 = sums[np.ix_(moves, moves)] / silhouettes.sum()
    return found
