"""What a look's painter is fed, by the painter's own code but without its network: a look that is still to be trained has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render_server.look_training.shot_frames import OpenShot
from render_server.looks.moods import Mood
from render_server.looks.palette import Palette
from render_server.looks.registry import GROUND, LINE, Look
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.passes.raster import Visibility
from render_server.video_models.base import Guides, ShotInfo
from render_server.video_models.painter.model import Painter, PainterState
from shot_format.messages import Recipe
from shot_format.shot import Frame

FIELDS = ("palette", "tuning", "light", "strokes", "recipe", "ground", "line")  # of look.json: those that guides depend on


@dataclass
class Feeder(Painter):
    """A painter that draws guides and paints nothing."""

    def __post_init__(self) -> None:
        self.palette = Palette(self.look.palette)
        self.light = Mood.from_json(self.look.light)


def look_of(fields: Mapping[str, Any]) -> Look:
    """A look without weights. fields: of look.json; what is missing keeps its default."""
    ground, line = fields.get("ground") or GROUND, fields.get("line") or LINE
    return Look(
        name="untrained", version=1, title="", description="", folder=Path(), palette=dict(fields.get("palette", {})),
        strokes=dict(fields.get("strokes", {})), recipe=dict(fields.get("recipe", {})), tuning=dict(fields.get("tuning", {})),
        light=dict(fields.get("light", {})), ground=tuple(ground), line=tuple(line),
        model_sha256="", lineage=(), licence="",
    )  # fmt: skip


def fields_of(look: Look) -> dict[str, Any]:
    """The fields of a look that guides depend on."""
    return {name: getattr(look, name) for name in FIELDS}


@dataclass(frozen=True)
class Easel:
    """One part of a shot, from cut to cut, set up for a look at a size."""

    shot: OpenShot
    loader: ShotLoader
    feeder: Feeder
    state: PainterState

    def guides(self, frame: Frame, before: Visibility | None, seen: Visibility) -> Guides:
        """What the painter is fed at a frame."""
        return self.feeder.guides(self.state, seen.geometry, self.loader.passes_of(frame, before, seen, None))

    def colours(self, frame: Frame) -> UInt8:
        """The blocking in the look's light and palette, (H, W, 3) sRGB."""
        geometry, passes = self.loader.opening(frame)
        return self.feeder.colours(self.state, geometry, passes)

    def before(self, frame: Frame) -> Frame | None:
        """The frame before in the same part of the shot."""
        frames = self.shot.file.frames
        place = frames.index(frame)
        return None if place == 0 or self.shot.opens_at(frame.number) == frame.number else frames[place - 1]


def easel_for(shot: OpenShot, look: Look, size: tuple[int, int], number: int) -> Easel:
    """Set up for the part of the shot that a frame is in: the palette is tuned to its opening, the strokes are the recipe's."""
    loader, feeder, head = ShotLoader(shot.file.shot, shot.read_blob, size), Feeder(look), shot.file.shot
    opening = loader.opening(shot.frame(shot.opens_at(number)))
    info = ShotInfo(head.id, head.first, head.last, *size, head.cuts, opening)
    return Easel(shot, loader, feeder, feeder.start(info, recipe_of(look)))


def recipe_of(look: Look) -> Recipe:
    """The recipe that a look itself asks for."""
    return Recipe(look.key, **{name: value for name, value in look.recipe.items() if name in ("seed", "stroke_scale")})
