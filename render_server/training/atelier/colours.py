"""Colours for scenes: a few related hues and one accent, now and then nearly grey."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

Colour = tuple[int, int, int]


@dataclass
class Swatches:
    """Draws colours that belong together."""

    rng: np.random.Generator
    hues: list[float]
    saturation: float

    def draw(self, low: float = 0.25, high: float = 0.9) -> Colour:
        """One colour whose value lies between low and high."""
        hue = float(self.rng.choice(self.hues)) + float(self.rng.normal(0, 0.025))
        saturation = float(np.clip(self.saturation * self.rng.uniform(0.4, 1.2), 0, 1))
        return from_hsv(hue, saturation, float(self.rng.uniform(low, high)))

    def skin(self) -> Colour:
        """A skin colour."""
        return from_hsv(float(self.rng.uniform(0.03, 0.09)), float(self.rng.uniform(0.25, 0.6)), float(self.rng.uniform(0.35, 0.95)))


def swatches(rng: np.random.Generator) -> Swatches:
    """Draw a scheme of hues."""
    base = float(rng.uniform(0, 1))
    schemes = [[0, 0.04, 0.5], [0, 0.08, -0.08, 0.45], [0, 0.33, 0.66], [0, 0.5], [0, 0.15, 0.42, 0.58, 0.8]]
    scheme = schemes[int(rng.integers(len(schemes)))]
    grey = rng.uniform() < 0.2
    return Swatches(rng, [base + offset for offset in scheme], 0.06 if grey else float(rng.uniform(0.3, 0.85)))


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """sRGB bytes of a hue (turns), saturation and value."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)
