"""Two looks over the same base as one video model: what is painted goes from the first to the second as the recipe's keys say.

Everything is a function of the weight at the frame, so nothing is remembered from frame to frame but the frame before, as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from render_server.looks.moods import Fade
from render_server.looks.registry import Look
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.base import Guides, PaintedFrame, ShotInfo
from render_server.video_models.painter.adapter import Weights, blended, changes
from render_server.video_models.painter.guides import make_channels, unseen
from render_server.video_models.painter.model import Manner, PainterState, paint_frame
from render_server.video_models.painter.pipeline import PainterPipeline, build_network, read_parts
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import between
from shot_format.errors import FormatError
from shot_format.messages import Blend, Recipe


class BlendedPipeline:
    """One network for both looks, merged anew only where the weight is another than at the frame before."""

    def __init__(self, first: Path, second: Path, device: str) -> None:
        parts = [read_parts(folder) for folder in (first, second)]
        if parts[0].base_sha256 is None or parts[0].base_sha256 != parts[1].base_sha256:
            raise FormatError("blend-bases", f"{first.name} and {second.name} do not change the same base; only such looks blend.")
        self._base = parts[0].base
        self._first, self._second = (changes(each.base, each.adapter) for each in parts)
        self._weight = 0.0
        self._pipeline = PainterPipeline(build_network(parts[0].config, self._merged(), device))

    def at(self, weight: float) -> PainterPipeline:
        """The network at a weight, until the next call."""
        if weight != self._weight:
            self._weight = weight
            self._pipeline.change(self._merged())
        return self._pipeline

    def _merged(self) -> Weights:
        return blended(self._base, self._first, self._second, self._weight)


@dataclass
class BlendState:
    """One shot being painted. first: carries the memory for both."""

    first: PainterState
    second: PainterState
    blend: Blend

    @property
    def previous(self) -> PaintedFrame | None:
        """The last painted frame, or None before the first."""
        return self.first.previous

    def strokes(self, weight: float) -> Scaffold:
        """The strokes at a weight. The second look's own are all there is where no key leaves it."""
        if all(key.weight == 1.0 for key in self.blend.keys):
            return self.second.strokes
        return replace(self.first.strokes, settings=between(self.first.strokes.settings, self.second.strokes.settings, weight))


@dataclass
class BlendedPainter:
    """Paints in two looks. At a weight that stays 0 or 1 it gives the bytes of one look's own painter."""

    look: Look
    second: Look
    device: str = "cpu"
    _manners: tuple[Manner, Manner] = field(init=False, repr=False)
    _pipeline: BlendedPipeline = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._manners = Manner(self.look), Manner(self.second)
        self._pipeline = BlendedPipeline(self.look.folder, self.second.folder, self.device)

    def start(self, shot: ShotInfo, recipe: Recipe, previous: PaintedFrame | None = None) -> BlendState:
        """Begin a shot, or take it up again after the frame previous."""
        if recipe.blend is None:
            raise ValueError("only a recipe with a blend comes here")
        first, second = (manner.start(shot, recipe, previous) for manner in self._manners)
        return BlendState(first, second, recipe.blend)

    def guides(self, state: BlendState, geometry: FrameGeometry, passes: Passes) -> Guides:
        """Draw one frame's guides, frames in order; may be called from another thread, ahead of paint."""
        weight = state.blend.weight(geometry.number)
        first, second = self._manners
        first.retune(state.first, geometry, passes)
        second.retune(state.second, geometry, passes)
        light = Fade(first.light, second.light, weight)
        palette = state.first.palette.toward(state.second.palette, weight)
        colours = palette.apply(light.on(geometry.view, passes, passes.beauty), passes.object_id)
        colours = state.first.recolour.on(colours, geometry, passes.object_id)
        strokes = state.strokes(weight)
        channels = make_channels(geometry, passes, colours, light.facing(geometry.view, passes), strokes)
        return Guides(geometry.number, channels, passes.motion_backward, unseen(passes.occlusion_backward, strokes))

    def paint(self, state: BlendState, window: Sequence[Guides]) -> list[PaintedFrame]:
        """Paint the next frames, each from its guides and the frame before it."""
        return [self._paint_one(state, guides) for guides in window]

    def _paint_one(self, state: BlendState, guides: Guides) -> PaintedFrame:
        weight = state.blend.weight(guides.number)
        return paint_frame(self._pipeline.at(weight), self._inks(weight), state.first, guides)

    def _inks(self, weight: float) -> torch.Tensor:
        first, second = self._manners
        return (1.0 - weight) * first.inks + weight * second.inks
