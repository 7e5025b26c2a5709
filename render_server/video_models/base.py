"""The one seam for everything that paints: guides go in, painted frames come out, in order and causally.

A model's memory is the previous painted frame as it was written, nothing else. So a job that is taken up again in the middle of a shot
gives the same bytes as one that was never stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import FrameGeometry, Passes
from shot_format.messages import Recipe

UInt8 = NDArray[np.uint8]
Float32 = NDArray[np.float32]


@dataclass(frozen=True)
class ShotInfo:
    """What a model knows of a shot before its first frame."""

    name: str
    first: int  # frame numbers
    last: int
    width: int  # pixels of the painted frames
    height: int
    cuts: tuple[int, ...] = ()  # frames that show nothing of the frame before them; in order
    opening: tuple[FrameGeometry, Passes] | None = None  # the shot's first frame, or the last cut, before what is painted

    def since_cut(self, number: int) -> int:
        """How many frames lie between a frame and the last one that had nothing before it: 0 for the first frame and at a cut."""
        return number - max(start for start in (self.first, *self.cuts) if start <= number)


@dataclass(frozen=True)
class Guides:
    """What a model is fed for one frame, beside its memory."""

    number: int
    channels: UInt8  # (H, W, C), what they mean is the model's own affair
    motion_backward: Float32  # (H, W, 2) pixels
    occlusion_backward: UInt8  # (H, W) 1 where the surface was not seen in the previous frame


@dataclass(frozen=True)
class PaintedFrame:
    """One painted frame as it is written."""

    number: int
    pixels: UInt8  # (H, W, 3) sRGB


class State(Protocol):
    """One shot being painted."""

    @property
    def previous(self) -> PaintedFrame | None:
        """The last painted frame, or None before the first."""


class VideoModel(Protocol):
    """Paints shots."""

    def start(self, shot: ShotInfo, recipe: Recipe, previous: PaintedFrame | None = None) -> State:
        """Begin a shot, or take one up again after the frame previous."""

    def guides(self, state: State, geometry: FrameGeometry, passes: Passes) -> Guides:
        """Draw one frame's guides. Frames come in order; another thread may call this, ahead of paint."""

    def paint(self, state: State, window: Sequence[Guides]) -> list[PaintedFrame]:
        """Paint the next frames; a painter takes one frame at a time, a large model a few. The state moves on."""
