"""A recipe's colour script as the painter keeps it: objects whose colours are moved, each by one OKLab step at a frame.

The step is what was wanted less what the look gave, both from the script, so no frame but the painted one is needed. Shading stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.looks.palette import TO_CONES, TO_LAB, to_oklab
from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float64, FrameGeometry, UInt8, UInt16
from shot_format.messages import ColourKey

_LEVELS = np.arange(256) / 255.0
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)  # light of an sRGB byte
_FROM_LAB, _FROM_CONES = np.linalg.inv(TO_LAB), np.linalg.inv(TO_CONES)


@dataclass(frozen=True)
class Recolour:
    """Frames and OKLab steps of each object that a script names, (N,) and (N, 3)."""

    steps: dict[str, tuple[Float64, Float64]]

    @classmethod
    def of(cls, keys: Sequence[ColourKey] | None) -> Recolour:
        """From a recipe's keys, in the order of their frames."""
        steps = {}
        for name in dict.fromkeys(key.object for key in keys or ()):
            own = [key for key in keys or () if key.object == name]
            frames = np.array([key.frame for key in own], np.float64)
            steps[name] = frames, np.array([oklab_of(key.wanted) - oklab_of(key.given) for key in own])
        return cls(steps)

    def step(self, name: str, frame: int) -> Float64:
        """How far an object's colours move at a frame, (3,): evenly from key to key, the first and the last key's own beyond them."""
        frames, steps = self.steps[name]
        return np.array([np.interp(frame, frames, steps[:, k]) for k in range(3)])

    def on(self, colours: UInt8, geometry: FrameGeometry, ids: UInt16) -> UInt8:
        """A picture (H, W, 3) sRGB with the objects that are named moved, and no other byte changed."""
        moved = {mesh.object_id: self.step(mesh.name, geometry.number) for mesh in geometry.meshes if mesh.name in self.steps}
        moved = {object_id: step for object_id, step in moved.items() if step.any()}
        if not moved:
            return colours
        table, named = np.zeros((max(moved) + 1, 3)), np.zeros(max(moved) + 1, np.bool_)
        for object_id, step in moved.items():
            table[object_id], named[object_id] = step, True
        out = colours.copy()
        _move(table, named, ids, _LINEAR, TO_CONES, TO_LAB, _FROM_LAB, _FROM_CONES, out)
        return out


def oklab_of(colour: str) -> Float64:
    """OKLab of a colour like "#c0a080", (3,)."""
    return to_oklab(np.array(list(bytes.fromhex(colour[1:]))) / 255.0)


@compiled
def _move(
    steps: Float64, named: NDArray[np.bool_], ids: UInt16, linear: Float64,
    to_cones: Float64, to_lab: Float64, from_lab: Float64, from_cones: Float64, out: UInt8,
) -> None:  # fmt: skip
    """Move the pixels of named objects in OKLab, in place."""
    cones, lab = np.empty(3), np.empty(3)
    for y in range(ids.shape[0]):
        for x in range(ids.shape[1]):
            own = np.int64(ids[y, x])
            if own >= named.shape[0] or not named[own]:
                continue
            red, green, blue = linear[out[y, x, 0]], linear[out[y, x, 1]], linear[out[y, x, 2]]
            for k in range(3):
                cones[k] = (to_cones[k, 0] * red + to_cones[k, 1] * green + to_cones[k, 2] * blue) ** (1.0 / 3.0)
            for k in range(3):
                lab[k] = steps[own, k] + to_lab[k, 0] * cones[0] + to_lab[k, 1] * cones[1] + to_lab[k, 2] * cones[2]
            for k in range(3):
                cones[k] = (from_lab[k, 0] * lab[0] + from_lab[k, 1] * lab[1] + from_lab[k, 2] * lab[2]) ** 3
            for k in range(3):
                light = from_cones[k, 0] * cones[0] + from_cones[k, 1] * cones[1] + from_cones[k, 2] * cones[2]
                value = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1.0 / 2.4) - 0.055
                out[y, x, k] = np.uint8(min(255.0, max(0.0, value * 255.0 + 0.5)))
