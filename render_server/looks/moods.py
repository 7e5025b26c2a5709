"""Moods of light: a second light over the blocking's own, fixed in the world, and the sky that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Passes, View
from render_server.passes.shading import LINEAR, SRGB

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Mood:
    """Colours are linear light; a surface's blocking colour is multiplied."""

    key: Triple  # towards the light, +Y up
    light: Triple  # what faces it
    shade: Triple  # what turns away
    zenith: Triple  # the sky, above ...
    horizon: Triple  # ... and low

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Mood:
        """What a look.json says; nothing: the blocking's own light."""
        return cls(**{name: tuple(value) for name, value in fields.items()}) if fields else OWN

    def on(self, view: View, passes: Passes, beauty: UInt8) -> UInt8:
        """The beauty in this light, (H, W, 3) sRGB."""
        if self is OWN:
            return beauty
        numbers = np.array([self.key, self.light, self.shade, self.zenith, self.horizon])
        numbers[0] /= np.linalg.norm(numbers[0])
        lens = np.array([view.fx, view.fy, view.cx, view.cy])
        return _light(
            beauty, passes.normal, passes.object_id, np.ascontiguousarray(view.world_to_camera[:3, :3]), lens, numbers, LINEAR, SRGB
        )

    def facing(self, view: View, passes: Passes) -> Float32:
        """How far each surface turns to the light, (H, W) 0..1; the sky 1."""
        key = np.array(self.key) / np.linalg.norm(self.key) @ view.world_to_camera[:3, :3]
        toward: Float32 = np.clip(0.5 + 0.5 * (passes.normal @ key.astype(np.float32)), 0, 1)
        toward[passes.object_id == 0] = 1.0
        return toward


@dataclass(frozen=True)
class Fade:
    """One light going over into another: both shine, each with its share. weight: the second's."""

    first: Mood
    second: Mood
    weight: float

    def on(self, view: View, passes: Passes, beauty: UInt8) -> UInt8:
        """The beauty in both lights, (H, W, 3) sRGB."""
        if self._one:
            return self._one.on(view, passes, beauty)
        return _mixed(self.first.on(view, passes, beauty), self.second.on(view, passes, beauty), self.weight, LINEAR, SRGB)

    def facing(self, view: View, passes: Passes) -> Float32:
        """How far each surface turns to both lights, (H, W) 0..1."""
        if self._one:
            return self._one.facing(view, passes)
        both = (1.0 - self.weight) * self.first.facing(view, passes) + self.weight * self.second.facing(view, passes)
        return both.astype(np.float32)

    @property
    def _one(self) -> Mood | None:
        """The light that shines alone."""
        if self.weight == 0.0 or self.first == self.second:
            return self.first
        return self.second if self.weight == 1.0 else None


@compiled
def _mixed(first: UInt8, second: UInt8, weight: float, linear: Float64, srgb: UInt8) -> UInt8:
    """Two pictures added up as light."""
    out = np.empty_like(first)
    most = srgb.shape[0] - 1
    for y in range(first.shape[0]):
        for x in range(first.shape[1]):
            for k in range(3):
                light = (1.0 - weight) * linear[first[y, x, k]] + weight * linear[second[y, x, k]]
                out[y, x, k] = srgb[int(most * light + 0.5)]
    return out


@compiled
def _light(beauty: UInt8, normal: Float32, ids: UInt16, turn: Float64, lens: Float64, mood: Float64, linear: Float64, srgb: UInt8) -> UInt8:
    height, width = ids.shape
    out = np.empty_like(beauty)
    most = srgb.shape[0] - 1
    key = np.zeros(3)
    for k in range(3):
        for j in range(3):
            key[k] += mood[0, j] * turn[j, k]
    for y in range(height):
        for x in range(width):
            if ids[y, x] == 0:
                rx, ry = (x + 0.5 - lens[2]) / lens[0], (lens[3] - y - 0.5) / lens[1]
                up = (rx * turn[1, 0] + ry * turn[1, 1] - turn[1, 2]) / np.sqrt(rx * rx + ry * ry + 1.0)
                share = min(1.0, np.sqrt(max(0.0, up) * 1.6))
                for k in range(3):
                    out[y, x, k] = srgb[int(most * min(1.0, mood[4, k] + share * (mood[3, k] - mood[4, k])) + 0.5)]
                continue
            n = normal[y, x]
            share = min(1.0, max(0.0, 0.5 + 0.9 * (n[0] * key[0] + n[1] * key[1] + n[2] * key[2])))
            share = share * share * (3.0 - 2.0 * share)
            for k in range(3):
                out[y, x, k] = srgb[int(most * min(1.0, linear[beauty[y, x, k]] * (mood[2, k] + share * (mood[1, k] - mood[2, k]))) + 0.5)]
    return out


OWN = Mood((0.4, 0.8, 0.45), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
MOODS: dict[str, Mood] = {
    "day": Mood((0.5, 0.75, 0.45), (1.30, 1.24, 1.12), (0.78, 0.84, 1.00), (0.30, 0.46, 0.70), (0.74, 0.78, 0.76)),
    "dusk": Mood((-0.8, 0.40, 0.45), (1.75, 1.18, 0.74), (0.50, 0.48, 0.80), (0.20, 0.20, 0.46), (0.95, 0.52, 0.30)),
    "moon": Mood((0.6, 0.60, -0.30), (0.62, 0.78, 1.05), (0.20, 0.24, 0.44), (0.02, 0.04, 0.12), (0.10, 0.17, 0.32)),
    "mist": Mood((0.1, 0.95, 0.30), (1.18, 1.18, 1.14), (0.92, 0.96, 1.00), (0.62, 0.68, 0.70), (0.84, 0.85, 0.82)),
}  # fmt: skip
