"""What the artist set in the panel, kept from one start to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Optional

from maya_plugin.workflow.workplace import CutShot, JointMap, Range, Sight
from shot_format.codec import from_json, rules, to_json
from shot_format.errors import PaintoverError
from shot_format.limits import MAX_FRAMES, MAX_JSON_BYTES, MAX_SIDE, MIN_SIDE
from shot_format.shot import FrameNumber, Side

RANGES = ("slider", "whole", "selected", "frame", "shot", "own")
SIZES = ("full", "half", "quarter", "own")
STROKE_SCALE = (0.25, 4.0)
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Settings:
    """The panel's choices.

    camera: "" for the one that is looked through; range: which frames, of RANGES, and the sequencer's shot or the own numbers where that
    says so; size: of SIZES; joints: the artist's own mapping of characters, by name.
    """

    camera: str = ""
    range: Annotated[str, rules(enum=RANGES)] = "slider"
    shot: str = ""
    first: FrameNumber = 1
    last: FrameNumber = 24
    size: Annotated[str, rules(enum=SIZES)] = "full"
    width: Side = 960
    height: Side = 540
    look: str = ""
    seed: Annotated[int, rules(minimum=0, maximum=MAX_SEED)] = 0
    stroke_scale: Annotated[float, rules(minimum=STROKE_SCALE[0], maximum=STROKE_SCALE[1])] = 1.0
    accumulation: Annotated[float, rules(minimum=0, maximum=1)] = 0.0
    only_changed: bool = False
    opacity: Annotated[float, rules(minimum=0, maximum=1)] = 1.0
    joints: JointMap = ()

    def with_joints(self, name: str, joints: tuple[str, ...]) -> Settings:
        """Map a character; no joints: let it be recognised by itself again."""
        others = tuple(pair for pair in self.joints if pair[0] != name)
        return replace(self, joints=(*others, (name, joints)) if any(joints) else others)


def read_settings(text: str) -> Settings:
    """Read kept settings; those of another version, or none, give the defaults."""
    try:
        return from_json(Settings, text, MAX_JSON_BYTES, "settings")
    except PaintoverError:
        return Settings()


def write_settings(settings: Settings) -> str:
    """Write settings as text."""
    return to_json(settings)


def chosen_shot(settings: Settings, sight: Sight) -> Optional[CutShot]:
    """The sequencer's shot that is chosen; None where none is, or it is gone."""
    return next((shot for shot in sight.cut if settings.range == "shot" and shot.name == settings.shot), None)


def chosen_camera(settings: Settings, sight: Sight) -> str:
    """The camera to paint through: the sequencer shot's, else the chosen one if it is there, else that which the artist looks through."""
    shot = chosen_shot(settings, sight)
    if shot and shot.camera:
        return shot.camera
    return settings.camera if settings.camera in sight.cameras else sight.view


def chosen_range(settings: Settings, sight: Sight) -> Range:
    """First and last frame to paint; what is not there (no selection, a shot that is gone) gives the time slider's range."""
    shot = chosen_shot(settings, sight)
    ranges = {
        "whole": sight.whole,
        "selected": sight.selected or sight.slider,
        "frame": (sight.now, sight.now),
        "own": (settings.first, max(settings.first, settings.last)),
        "shot": (shot.first, shot.last) if shot else sight.slider,
    }
    first, last = ranges.get(settings.range, sight.slider)
    return first, min(last, first + MAX_FRAMES - 1)


def chosen_size(settings: Settings, sight: Sight) -> tuple[int, int]:
    """Width and height to paint, in pixels."""
    if settings.size == "own":
        return settings.width, settings.height
    part = {"half": 2, "quarter": 4}.get(settings.size, 1)
    return _side(sight.size[0] / part), _side(sight.size[1] / part)


def draft_size(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The same picture with no side longer than this."""
    scale = min(1.0, longest / max(size))
    return _side(size[0] * scale), _side(size[1] * scale)


def _side(pixels: float) -> int:
    return min(max(round(pixels), MIN_SIDE), MAX_SIDE)


def known_joints(mapping: JointMap, names: set[str]) -> JointMap:
    """The mapping of the characters that this scene has."""
    return tuple(pair for pair in mapping if pair[0] in names)
