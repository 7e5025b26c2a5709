"""The frustum of Maya's renderer, worked out by fitting rectangles; shares nothing with the plug-in's formula."""

from __future__ import annotations

import numpy as np


def rendering_frustum(
    focal_mm: float, film: tuple[float, float], offset: tuple[float, float], fit: int, fit_offset: float, camera_scale: float,
    aspect: float, near: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Left, right, bottom, top at the near plane."""
    gate = np.array(film)
    picture = np.array([aspect, 1.0])
    both = gate / picture  # the factors that make the picture as wide, or as high, as the gate
    factor = {0: both.min(), 1: both[0], 2: both[1], 3: both.max()}[fit]
    shown = picture * factor
    middle = np.array(offset)
    axis = {1: 1, 2: 0}.get(fit)
    if axis is not None and shown[axis] > gate[axis]:
        middle[axis] -= fit_offset * (shown[axis] - gate[axis]) / 2
    half_angle = shown / 2 / (focal_mm / 25.4) * camera_scale
    centre = middle / (focal_mm / 25.4) * camera_scale
    low, high = (centre - half_angle) * near, (centre + half_angle) * near
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
