"""Marks without a direction: what a painting has over the blocking's own colours, and whether that is dabs rather than strokes.

Only exact pairs can tell: with things and their shading taken away, what is left is the brush's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render_server.look_training.study import directions
from render_server.video_models.painter.settings import Layer, ScaffoldSettings

HEIGHT = 288  # pixels, of the pictures that are looked at
BROAD = 12.0  # pixels: what is broader is no mark
DIRECTED = 0.3  # coherence from which marks are strokes; six hands that lay strokes have 0.41 to 0.54, dabs 0.20 to 0.22
FACTOR, POWER = 5.2, 1.8  # from the distance at which colours are half alike to a dab's width, by dabs whose size is known
LEAST, MOST = 0.010, 0.060  # of the height

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Marks:
    """coherence: 0 to 1, how far marks run in one direction; size: of one mark, where it has none, a share of the height."""

    coherence: float
    size: float

    @property
    def dabs(self) -> bool:
        """Whether they have no direction."""
        return self.coherence < DIRECTED


def marks_of(left: Sequence[Float]) -> Marks:
    """Look at what is left of paintings, (HEIGHT, W, 3) OKLab each, without the blocking's colours."""
    details = [each - ndimage.gaussian_filter(each, (BROAD, BROAD, 0)) for each in left]
    coherence = float(np.mean([_coherence(detail[..., 0]) for detail in details]))
    alike = float(np.mean([_half_alike(detail[..., k]) for detail in details for k in (1, 2)]))
    return Marks(coherence, float(np.clip(FACTOR * alike**POWER / HEIGHT, LEAST, MOST)))


def dabs(size: float, others: ScaffoldSettings) -> ScaffoldSettings:
    """A scaffold of dabs of about a size; lines and grain as others have them."""
    layers = tuple(
        Layer(round(1.15 * share * size, 4), round(share * size, 4), coverage, dry=0.0, jitter=1.5)
        for share, coverage in ((1.2, 0.85), (0.85, 0.95), (0.55, 0.3))
    )
    return ScaffoldSettings(
        layers, swirl=1.0, swirl_size=1.4, bend=0.0, overshoot=0.003, figure=0.34, far=0.12, pen=others.pen, grain=others.grain
    )


def _coherence(light: Float) -> float:
    _, clear = directions(light, 1.0, 8.0)
    weight = ndimage.gaussian_filter(light * light, 4.0)
    return float((clear * weight).sum() / max(float(weight.sum()), 1e-12))


def _half_alike(channel: Float) -> float:
    """The distance in pixels, in any direction, at which a picture is half as much like itself."""
    rows, columns = channel.shape
    power = np.abs(np.fft.rfft2(channel * np.outer(np.hanning(rows), np.hanning(columns)))) ** 2
    alike = np.fft.fftshift(np.fft.irfft2(power, channel.shape))
    down, across = np.indices(channel.shape)
    distance = np.rint(np.hypot(down - rows // 2, across - columns // 2)).astype(np.intp).ravel()
    mean = np.bincount(distance, alike.ravel()) / np.maximum(np.bincount(distance), 1)
    mean /= max(float(mean[0]), 1e-12)
    below = int(np.argmax(mean < 0.5))
    return float(below - 1 + (mean[below - 1] - 0.5) / (mean[below - 1] - mean[below])) if below else 0.0
