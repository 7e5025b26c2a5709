"""sRGB to OKLab and back, for whole pictures.

OKLab is Björn Ottosson's perceptual colour space: lightness 0..1, then two colour axes of about -0.4..0.4. Equal distances look about
equally different.
"""

from __future__ import annotations

import numpy as np

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Float64, UInt8

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_linear(srgb: Float64) -> Float64:
    """Undo the sRGB transfer curve; values 0..1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def from_linear(linear: Float64) -> Float64:
    """Apply the sRGB transfer curve; values outside 0..1 are clipped first."""
    kept = np.clip(linear, 0.0, 1.0)
    return np.where(kept <= 0.0031308, kept * 12.92, 1.055 * kept ** (1 / 2.4) - 0.055)


LINEAR = to_linear(np.arange(256) / 255.0).astype(np.float32)


def to_oklab(image: UInt8) -> Float32:
    """Convert an sRGB picture (..., 3) of 8 bits to OKLab (..., 3)."""
    pixels = np.ascontiguousarray(image).reshape(-1, 3)
    lab = np.empty(pixels.shape, np.float32)
    _cones(pixels, LINEAR, TO_CONES.astype(np.float32), lab)
    _mix(np.cbrt(lab, out=lab), TO_LAB.astype(np.float32))
    return lab.reshape(image.shape)


def from_oklab(lab: Float64) -> UInt8:
    """Convert OKLab (..., 3) to sRGB of 8 bits; colours that sRGB lacks are clipped."""
    cones = (lab @ np.linalg.inv(TO_LAB).T) ** 3
    return np.rint(from_linear(cones @ np.linalg.inv(TO_CONES).T) * 255).astype(np.uint8)


@compiled
def _cones(pixels: UInt8, linear: Float32, matrix: Float32, cones: Float32) -> None:
    for i in range(pixels.shape[0]):
        r, g, b = linear[pixels[i, 0]], linear[pixels[i, 1]], linear[pixels[i, 2]]
        for k in range(3):
            cones[i, k] = matrix[k, 0] * r + matrix[k, 1] * g + matrix[k, 2] * b


@compiled
def _mix(values: Float32, matrix: Float32) -> None:
    for i in range(values.shape[0]):
        a, b, c = values[i, 0], values[i, 1], values[i, 2]
        for k in range(3):
            values[i, k] = matrix[k, 0] * a + matrix[k, 1] * b + matrix[k, 2] * c
