"""The filters that the figures share: a small blur, colour gradients, and the bands of a Laplacian pyramid."""

from __future__ import annotations

import math

import numpy as np

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32


def blur(picture: Float32) -> Float32:
    """Blur (H, W, C) with the binomial weights 1 4 6 4 1 along rows and columns (sigma 1 pixel); the border repeats."""
    across, result = np.empty_like(picture), np.empty_like(picture)
    _blur_rows(picture, across)
    _blur_columns(across, result)
    return result


def bands(picture: Float32, blurred: Float32, levels: int) -> list[Float32]:
    """The detail of a picture at each of several scales, finest first: picture minus its blur, then the same of the blur at half the size.

    What is left below the last band, the broad colours, belongs to the palette and not to the texture.
    """
    result = []
    for level in range(levels):
        result.append(picture - blurred)
        if level + 1 < levels:
            picture = np.ascontiguousarray(blurred[::2, ::2])
            blurred = blur(picture)
    return result


def mean_gradient(lab: Float32) -> float:
    """Mean change of colour from one pixel to the next, in OKLab distance: the sharpness of a picture."""
    return float(_mean_gradient(lab))


@compiled
def _blur_rows(picture: Float32, out: Float32) -> None:
    height, width, channels = picture.shape
    for row in range(height):
        for x in range(width):
            a, b, d, e = max(x - 2, 0), max(x - 1, 0), min(x + 1, width - 1), min(x + 2, width - 1)
            for k in range(channels):
                sides = picture[row, a, k] + picture[row, e, k] + 4 * (picture[row, b, k] + picture[row, d, k])
                out[row, x, k] = (sides + 6 * picture[row, x, k]) / 16


@compiled
def _blur_columns(picture: Float32, out: Float32) -> None:
    height, width, channels = picture.shape
    for y in range(height):
        a, b, d, e = max(y - 2, 0), max(y - 1, 0), min(y + 1, height - 1), min(y + 2, height - 1)
        for x in range(width):
            for k in range(channels):
                sides = picture[a, x, k] + picture[e, x, k] + 4 * (picture[b, x, k] + picture[d, x, k])
                out[y, x, k] = (sides + 6 * picture[y, x, k]) / 16


@compiled
def _mean_gradient(lab: Float32) -> float:
    height, width, channels = lab.shape
    total = 0.0
    for row in range(height - 1):
        for x in range(width - 1):
            square = np.float32(0)
            for k in range(channels):
                across, down = lab[row, x + 1, k] - lab[row, x, k], lab[row + 1, x, k] - lab[row, x, k]
                square += across * across + down * down
            total += math.sqrt(square)
    return total / float((height - 1) * (width - 1))
