"""From arrays to the shot format's blobs and numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from render_server.scenes.vectors import Float64
from shot_format.blobs import sha256, write_points, write_topology
from shot_format.shot import Joint, Matrix

Progress = Callable[[int, int], None]  # frames done, frames in all


def topology_blob(points: Float64, triangles: NDArray[np.int32], colours: NDArray[np.uint8]) -> bytes:
    """A topology blob from rest points (V, 3), triangles (T, 3) and sRGB colours (T, 3)."""
    return write_topology(_bytes(points, "<f4"), _bytes(triangles, "<u4"), _bytes(colours, "u1"))


def points_blob(points: Float64) -> bytes:
    """A points blob from points (V, 3)."""
    return write_points(_bytes(points, "<f4"))


def matrix(values: Float64) -> Matrix:
    """A matrix (4, 4) for row vectors as the format's 16 numbers."""
    v = [float(x) for x in values.ravel()]
    return (v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15])


def joints(points: Float64, scores: Float64, metres_per_unit: float) -> tuple[Joint, ...]:
    """Key points (18, 3) in scene units with scores (18,) as the format's joints in metres; those with score 0 lie at the origin."""
    found = np.where(scores[:, None] > 0, points * metres_per_unit, 0.0)
    return tuple((float(p[0]), float(p[1]), float(p[2]), float(s)) for p, s in zip(found, scores, strict=True))


def main_colour(colours: NDArray[np.uint8]) -> tuple[int, int, int]:
    """The colour that most triangles have."""
    if not len(colours):
        return (128, 128, 128)
    values, counts = np.unique(colours, axis=0, return_counts=True)
    r, g, b = values[int(np.argmax(counts))]
    return (int(r), int(g), int(b))


class BlobBasket:
    """Collects the blobs of one frame, giving each only once in a shot's whole life."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._new: dict[str, bytes] = {}

    def add(self, blob: bytes) -> str:
        """Put a blob in and get its name."""
        name = sha256(blob)
        if name not in self._seen:
            self._seen.add(name)
            self._new[name] = blob
        return name

    def take(self) -> dict[str, bytes]:
        """The blobs that came in since the last time."""
        new, self._new = self._new, {}
        return new


def _bytes(values: NDArray[np.generic], kind: str) -> bytes:
    return np.ascontiguousarray(values, dtype=kind).tobytes()
