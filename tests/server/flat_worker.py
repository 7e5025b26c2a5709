"""A real worker with a painter that needs no weights: real passes, one colour an object, a little of the previous frame."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.base import Guides, PaintedFrame, ShotInfo
from render_server.worker.__main__ import run
from shot_format.messages import Recipe

SECONDS = float(os.environ.get("FLAT_SECONDS", "0"))  # that a frame takes
GREEDY = 666  # a seed that no memory is large enough for


@dataclass
class FlatState:
    seed: int
    previous: PaintedFrame | None


class FlatModel:
    """Colours follow from object ids and the seed; a tenth of the previous frame shines through, so that memory matters."""

    def start(self, shot: ShotInfo, recipe: Recipe, previous: PaintedFrame | None = None) -> FlatState:
        return FlatState(recipe.seed, previous)

    def guides(self, state: FlatState, geometry: FrameGeometry, passes: Passes) -> Guides:
        channels = np.stack([passes.object_id.astype(np.uint8), (passes.normal[..., 2] * 255).astype(np.uint8)], -1)
        return Guides(geometry.number, channels, passes.motion_backward, passes.occlusion_backward)

    def paint(self, state: FlatState, window: Sequence[Guides]) -> list[PaintedFrame]:
        return [self._paint(state, guides) for guides in window]

    def _paint(self, state: FlatState, guides: Guides) -> PaintedFrame:
        if state.seed == GREEDY:
            raise MemoryError
        time.sleep(SECONDS)
        objects, normals = guides.channels[..., 0].astype(np.uint16), guides.channels[..., 1].astype(np.uint16)
        moved = (np.abs(guides.motion_backward[..., 0]) * 40).astype(np.uint16)
        fresh = np.stack([objects * 90 + state.seed, normals, moved], -1) % 256
        if state.previous is not None:
            fresh = (9 * fresh + state.previous.pixels) // 10
        state.previous = PaintedFrame(guides.number, fresh.astype(np.uint8))
        return state.previous


class FlatModels:
    def warm_up(self) -> None:
        pass

    def of(self, recipe: Recipe) -> FlatModel:
        return FlatModel()


def make(_looks: Sequence[Path]) -> FlatModels:
    return FlatModels()


if __name__ == "__main__":
    sys.exit(run(make))  # type: ignore[arg-type]
