"""One level of Catmull-Clark subdivision, with boundaries, creases and corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.scenes.vectors import Float64

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Sharp:
    """What stays sharp: edges (E, 2) and corners (C,) with a sharpness each; rim_corners: also points that only one face has."""

    edges: Int64
    edge_sharpness: Float64
    corners: Int64
    corner_sharpness: Float64
    rim_corners: bool = True


class CatmullClark:
    """Refines one cage. The cage's connections are worked out once; then points of every frame go through `points`.

    counts, indices: the refined mesh, quads only; faces: for each quad the cage's face it came from.
    """

    def __init__(self, vertices: int, counts: Int64, indices: Int64, sharp: Sharp) -> None:
        self._vertices, self._counts, self._indices = vertices, counts, indices
        self.faces: Int64 = np.repeat(np.arange(len(counts)), counts)
        after = _next_corner(counts)
        pairs = np.sort(np.stack([indices, indices[after]], axis=1), axis=1)
        keys, self._edge_of, uses = np.unique(pairs[:, 0] * np.int64(vertices) + pairs[:, 1], return_inverse=True, return_counts=True)
        self._edges = np.stack([keys // vertices, keys % vertices], axis=1)
        self._inside = uses == 2
        self._edge_sharp = self._sharpness_of_edges(keys, sharp)
        self._corner_sharp = self._sharpness_of_corners(sharp)
        self.indices = self._quads(after)
        self.counts: Int64 = np.full(len(self.faces), 4, dtype=np.int64)

    def points(self, cage: Float64) -> Float64:
        """Refined points: the cage's own, moved; then one an edge; then one a face."""
        face = _sums(self.faces, cage[self._indices], len(self._counts)) / np.maximum(self._counts, 1)[:, None]
        middle = (cage[self._edges[:, 0]] + cage[self._edges[:, 1]]) / 2
        around = _sums(self._edge_of, face[self.faces], len(self._edges)) / 2
        soft = (middle + around) / 2
        edge = soft + (middle - soft) * self._edge_sharp[:, None]
        return np.concatenate([self._moved(cage, face, middle), edge, face])

    def _sharpness_of_edges(self, keys: Int64, sharp: Sharp) -> Float64:
        """0 to 1 for each edge; edges that do not lie between two faces are sharp."""
        sharpness = np.where(self._inside, 0.0, 1.0)
        if len(sharp.edges):
            pairs = np.sort(sharp.edges, axis=1)
            wanted = pairs[:, 0] * np.int64(self._vertices) + pairs[:, 1]
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            known = keys[at] == wanted
            np.maximum.at(sharpness, at[known], np.clip(sharp.edge_sharpness[known], 0.0, 1.0))
        return sharpness

    def _sharpness_of_corners(self, sharp: Sharp) -> Float64:
        sharpness = np.zeros(self._vertices)
        sharpness[sharp.corners] = np.clip(sharp.corner_sharpness, 0.0, 1.0)
        if sharp.rim_corners:
            uses = np.bincount(self._indices, minlength=self._vertices)
            rim = np.bincount(self._edges[~self._inside].ravel(), minlength=self._vertices)
            sharpness[(uses == 1) & (rim > 0)] = 1.0
        return sharpness

    def _moved(self, cage: Float64, face: Float64, middle: Float64) -> Float64:
        """The cage's points where refinement puts them, by the number of sharp edges that meet there."""
        ends, n = self._edges.ravel(), self._vertices
        valence = np.bincount(ends, minlength=n).astype(np.float64)
        uses = np.bincount(self._indices, minlength=n)
        safe = np.maximum(valence, 1.0)[:, None]
        faces = _sums(self._indices, face[self.faces], n) / np.maximum(uses, 1)[:, None]
        edges = _sums(ends, np.repeat(middle, 2, axis=0), n) / safe
        smooth = (faces + 2 * edges + (safe - 3) * cage) / safe
        hard = np.repeat(self._edge_sharp > 0, 2)
        meeting = np.bincount(ends[hard], minlength=n)
        rim = 0.5 * cage + 0.5 * _sums(ends[hard], np.repeat(middle, 2, axis=0)[hard], n) / np.maximum(meeting, 1)[:, None]
        weight = np.bincount(ends, np.repeat(self._edge_sharp, 2), minlength=n) / np.maximum(meeting, 1)
        result = np.where((meeting == 2)[:, None], smooth + (rim - smooth) * weight[:, None], smooth)
        result = np.where((meeting > 2)[:, None], smooth + (cage - smooth) * weight[:, None], result)
        result = result + (cage - result) * self._corner_sharp[:, None]
        moved: Float64 = np.where((valence == 0)[:, None], cage, result)
        return moved

    def _quads(self, after: Int64) -> Int64:
        """For each corner of the cage: corner, its next edge, its face, its last edge."""
        before = np.empty_like(after)
        before[after] = np.arange(len(after))
        first_edge, first_face = self._vertices, self._vertices + len(self._edges)
        quads = [self._indices, first_edge + self._edge_of, first_face + self.faces, first_edge + self._edge_of[before]]
        return np.stack(quads, axis=1).ravel().astype(np.int64)


def _next_corner(counts: Int64) -> Int64:
    """For each corner the place of the next one around its face."""
    total = int(counts.sum())
    after = np.arange(1, total + 1, dtype=np.int64)
    ends = np.cumsum(counts)
    filled = counts > 0
    after[ends[filled] - 1] = (ends - counts)[filled]
    return after


def _sums(index: Int64, values: Float64, size: int) -> Float64:
    """Sum rows of values (N, 3) that have the same index."""
    return np.stack([np.bincount(index, values[:, k], minlength=size) for k in range(3)], axis=1)
