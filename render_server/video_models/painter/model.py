"""The painter as a video model: looks, strokes, memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from render_server.looks.moods import Mood
from render_server.looks.palette import Palette, Tuning
from render_server.looks.registry import Look
from render_server.passes.geometry import FrameGeometry, Passes, UInt8
from render_server.video_models.accumulation import accumulate
from render_server.video_models.base import Guides, PaintedFrame, ShotInfo
from render_server.video_models.painter.guides import make_channels, unseen
from render_server.video_models.painter.pipeline import PainterPipeline
from render_server.video_models.painter.recolour import Recolour
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import ScaffoldSettings
from shot_format.errors import FormatError
from shot_format.messages import Recipe


@dataclass
class PainterState:
    """One shot being painted."""

    shot: ShotInfo
    memory: bool
    accumulation: float
    strokes: Scaffold
    palette: Palette
    recolour: Recolour
    previous: PaintedFrame | None = None


@dataclass
class Manner:
    """A look without its network: light, palette, inks and strokes."""

    look: Look
    palette: Palette = field(init=False, repr=False)
    light: Mood = field(init=False, repr=False)
    inks: torch.Tensor = field(init=False, repr=False)  # (1, 6)

    def __post_init__(self) -> None:
        self.palette = Palette(self.look.palette)
        self.light = Mood.from_json(self.look.light)
        self.inks = torch.tensor([[*self.look.ground, *self.look.line]])

    def start(self, shot: ShotInfo, recipe: Recipe, previous: PaintedFrame | None = None) -> PainterState:
        """Begin a shot, or take it up again after the frame previous."""
        if min(shot.width, shot.height) < 64:
            raise FormatError("picture-too-small", "The painter needs at least 64 pixels a side; choose a larger size.")
        settings = scaled(ScaffoldSettings.from_json(self.look.strokes), recipe.stroke_scale)
        palette = self._tuned(*shot.opening) if shot.opening else self.palette
        strokes, recolour = Scaffold(recipe.seed, settings), Recolour.of(recipe.colours)
        return PainterState(shot, recipe.memory, recipe.accumulation, strokes, palette, recolour, previous)

    def _tuned(self, geometry: FrameGeometry, passes: Passes) -> Palette:
        """The look's palette for what follows this frame, up to the next cut."""
        if not self.look.tuning:
            return self.palette
        return self.palette.tuned(self._lit(self.palette, geometry, passes), Tuning(**self.look.tuning))

    def _lit(self, palette: Palette, geometry: FrameGeometry, passes: Passes) -> UInt8:
        return palette.apply(self.light.on(geometry.view, passes, passes.beauty), passes.object_id)

    def colours(self, state: PainterState, geometry: FrameGeometry, passes: Passes) -> UInt8:
        """The blocking in the look's light and palette, (H, W, 3) sRGB, and objects in the colours that the script wants for them."""
        return state.recolour.on(self._lit(state.palette, geometry, passes), geometry, passes.object_id)

    def retune(self, state: PainterState, geometry: FrameGeometry, passes: Passes) -> None:
        """Tune the palette anew where this frame is a cut."""
        if geometry.number in state.shot.cuts:
            state.palette = self._tuned(geometry, passes)


@dataclass
class Painter(Manner):
    """Paints in one look. Loading takes a second or so; one painter serves any number of shots."""

    device: str = "cpu"
    pipeline: PainterPipeline = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pipeline = PainterPipeline.from_folder(self.look.folder, self.device)

    def guides(self, state: PainterState, geometry: FrameGeometry, passes: Passes) -> Guides:
        """Draw one frame's guides, frames in order; may be called from another thread, ahead of paint."""
        self.retune(state, geometry, passes)
        colours, facing = self.colours(state, geometry, passes), self.light.facing(geometry.view, passes)
        channels = make_channels(geometry, passes, colours, facing, state.strokes)
        return Guides(geometry.number, channels, passes.motion_backward, unseen(passes.occlusion_backward, state.strokes))

    def paint(self, state: PainterState, window: Sequence[Guides]) -> list[PaintedFrame]:
        """Paint the next frames, each from its guides and the frame before it."""
        return [paint_frame(self.pipeline, self.inks, state, guides) for guides in window]


def paint_frame(pipeline: PainterPipeline, inks: torch.Tensor, state: PainterState, guides: Guides) -> PaintedFrame:
    """Paint one frame; it is the state's memory then."""
    since_cut = state.shot.since_cut(guides.number)
    previous = state.previous if state.memory and since_cut else None
    if previous is not None and previous.number != guides.number - 1:
        previous = None
    pixels = pipeline(
        _tensor(guides.channels),
        _tensor(guides.motion_backward),
        1.0 - _tensor(guides.occlusion_backward[..., None]).float(),
        None if previous is None else _tensor(previous.pixels),
        0 if previous is None else since_cut,
        inks,
    )
    painted = np.ascontiguousarray(pixels[0].permute(1, 2, 0).numpy())
    if previous is not None and state.accumulation > 0:
        painted = accumulate(painted, previous.pixels, guides.motion_backward, guides.occlusion_backward, state.accumulation)
    state.previous = PaintedFrame(guides.number, painted)
    return state.previous


def scaled(settings: ScaffoldSettings, factor: float) -> ScaffoldSettings:
    """The same strokes, larger or smaller."""
    layers = tuple(replace(layer, length=layer.length * factor, width=layer.width * factor) for layer in settings.layers)
    return replace(settings, layers=layers)


def _tensor(picture: NDArray[np.generic]) -> torch.Tensor:
    """(H, W, C) as (1, C, H, W)."""
    return torch.from_numpy(picture).permute(2, 0, 1)[None]
