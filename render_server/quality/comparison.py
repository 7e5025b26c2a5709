"""A movie that sets all versions of a shot beside each other, and below each what changed on its surfaces since the frame before."""

from __future__ import annotations

import numpy as np

from render_server.passes.geometry import UInt8
from render_server.quality.assess import ShotFrame
from render_server.quality.motion import Trail, changes, step_back, trail
from render_server.quality.pictures import HEADER, beside, fitted, header

GAIN = 6.0  # changes are shown this much stronger
NEW = np.array((38, 48, 66), np.uint8)  # what came into view: there is nothing to compare it with
LABELS = {
    "painted": "Painted",
    "memoryless": "Without memory",
    "unaccumulated": "Without accumulation",
    "target": "Procedural target",
    "blocking": "Blocking",
}


class Comparison:
    """Makes the frames of the movie, one after the other."""

    def __init__(self, first: ShotFrame, size: tuple[int, int]) -> None:
        self._names = [name for name in LABELS if getattr(first, name) is not None]
        self._size = size
        self._before: ShotFrame | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height of the movie."""
        return header([""] * len(self._names), [self._size[0]] * len(self._names), "").shape[1], 2 * (HEADER + self._size[1])

    def frame(self, frame: ShotFrame) -> UInt8:
        """The next frame of the movie. A version that is missing at this frame is shown black."""
        nothing = np.zeros_like(frame.painted)
        pictures = [getattr(frame, name) for name in self._names]
        way = trail([step_back(frame.passes)])
        changed = [self._changed(frame, name, way) for name in self._names]
        upper = self._row(
            [nothing if picture is None else picture for picture in pictures], [LABELS[n] for n in self._names], str(frame.passes.number)
        )
        lower = self._row(changed, ["What changed on the surfaces since the frame before"] + [""] * (len(self._names) - 1), f"x {GAIN:.0f}")
        self._before = frame
        return np.vstack([upper, lower])

    def _row(self, pictures: list[UInt8], labels: list[str], note: str) -> UInt8:
        return np.vstack([header(labels, [self._size[0]] * len(labels), note), beside([fitted(p, *self._size) for p in pictures])])

    def _changed(self, frame: ShotFrame, name: str, way: Trail) -> UInt8:
        picture = getattr(frame, name)
        earlier = getattr(self._before, name) if self._before is not None else None
        if picture is None or earlier is None or self._before is None or self._before.passes.number != frame.passes.number - 1:
            return np.broadcast_to(NEW, frame.painted.shape)
        grey = (changes(picture, earlier, way) * (255 * GAIN)).clip(0, 255).astype(np.uint8)
        return np.where(way.visible[..., None], grey[..., None], NEW).astype(np.uint8)
