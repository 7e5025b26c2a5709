"""Paint a shot as it is measured: by a look with all it has, with one thing taken away, and by the procedural painter it learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from render_server.looks.palette import PaletteSettings
from render_server.looks.registry import Look
from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, Passes, UInt8
from render_server.passes.loader import ShotLoader
from render_server.passes.meshes import ReadBlob
from render_server.passes.raster import rasterise
from render_server.quality.assess import ShotFrame
from render_server.training.painters import PAINTERS, SUPERSAMPLING
from render_server.training.painters.easel import Paintbox
from render_server.video_models.base import Guides, ShotInfo
from render_server.video_models.painter.model import Painter, PainterState
from render_server.worker.stages import ahead
from shot_format.messages import Recipe
from shot_format.shot import Frame, ShotFile

AHEAD = 2  # frames
SOURCE = "render_server/training"  # in the lineage of looks that procedural painters taught


def ablations(recipe: Recipe) -> dict[str, Recipe]:
    """The recipe with one thing taken away at a time, by the name of the video in ShotFrame."""
    found = {"memoryless": replace(recipe, memory=False)}
    return found | {"unaccumulated": replace(recipe, accumulation=0.0)} if recipe.accumulation else found


def learned_from(look: Look) -> str | None:
    """Which procedural painter a look learned from, going by its lineage; None where it learned from art."""
    taught = any(entry.get("source") == SOURCE for entry in look.lineage)
    return look.name if taught and look.name in PAINTERS else None


class Drawn(NamedTuple):
    """One frame, ready to be painted."""

    passes: Passes
    guides: Guides
    target: UInt8 | None
    beside: bool  # whether the ablations are painted too


class Evaluation:
    """Paints a shot frame by frame.

    every: videos that need no memory, and the target, come in pairs of frames, one pair in so many frames; 1: all frames.
    """

    def __init__(
        self,
        look: Look,
        file: ShotFile,
        read_blob: ReadBlob,
        size: tuple[int, int],
        recipe: Recipe,
        every: int = 1,
    ) -> None:
        self._file, self._recipe, self._every, self._hand = file, recipe, every, learned_from(look)
        self._near = ShotLoader(file.shot, read_blob, size)
        self._fine = ShotLoader(file.shot, read_blob, (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING))
        self._painter = Painter(look)
        opening = self._near.opening(file.frames[0])
        shot = ShotInfo(file.shot.id, file.shot.first, file.shot.last, *size, file.shot.cuts, opening)
        self._state = self._painter.start(shot, recipe)
        self._beside = {name: self._painter.start(shot, other) for name, other in ablations(recipe).items()}
        if every > 1:  # what remembers cannot be painted at some frames only
            self._beside = {name: state for name, state in self._beside.items() if not state.memory}

    def art(self, pieces: int = 8) -> tuple[UInt8, ...]:
        """What the procedural painter made of some of the shot's frames, evenly spread; nothing where there is no such painter.

        Art of other scenes has other things in it, in other colours; this has the same.
        """
        frames = self._file.frames[:: -(-len(self._file.frames) // pieces)] if self._hand else ()
        return tuple(self._alone(frame) for frame in frames)

    def _alone(self, frame: Frame) -> UInt8:
        """The target of a frame, in the colours that its part of the shot, from cut to cut, is tuned to."""
        opens_at = max(number for number in (self._file.shot.first, *self._file.shot.cuts) if number <= frame.number)
        opening = next(each for each in self._file.frames if each.number == opens_at)
        state = self._painter.start(replace(self._state.shot, opening=self._near.opening(opening)), self._recipe)
        return paint_target(self._hand or "", self._painter, state, self._fine.geometry(frame), self._fine.beauty(frame))

    def __iter__(self) -> Iterator[ShotFrame]:
        for drawn in ahead(self._drawn(), AHEAD):
            [painted] = self._painter.paint(self._state, [drawn.guides])
            others = {name: self._painter.paint(state, [drawn.guides])[0].pixels for name, state in self._beside.items() if drawn.beside}
            yield ShotFrame(drawn.passes, drawn.passes.beauty, painted.pixels, target=drawn.target, **others)

    def _drawn(self) -> Iterator[Drawn]:
        passes = self._near.passes(self._file.frames)
        for index, (frame, (seen, of_frame)) in enumerate(zip(self._file.frames, passes, strict=True)):
            beside = min(index, len(self._file.frames) - 1 - index) % self._every < 2  # from both ends: drift compares them
            guides = self._painter.guides(self._state, seen.geometry, of_frame)
            target = self._target(self._fine.geometry(frame), self._fine.beauty(frame)) if beside and self._hand else None
            yield Drawn(of_frame, guides, target, beside)

    def _target(self, fine: FrameGeometry, beauty: UInt8 | None) -> UInt8:
        return paint_target(self._hand or "", self._painter, self._state, fine, beauty)


def paint_target(hand: str, painter: Painter, state: PainterState, fine: FrameGeometry, beauty: UInt8 | None) -> UInt8:
    """One frame by a procedural painter, in a look's light and colours. fine, beauty: at SUPERSAMPLING times the size that is wanted."""
    look, view = painter.look, fine.view
    passes = passes_of(None, rasterise(fine), None, beauty)
    colours, facing = painter.colours(state, fine, passes), painter.light.facing(view, passes)
    box = Paintbox(PaletteSettings(**look.palette), look.ground, look.line)
    return PAINTERS[hand].paint_over(fine, passes, colours, facing, state.strokes, float(view.height), box)
