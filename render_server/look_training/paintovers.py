"""Exact pairs out of painted frames: what the painter is fed at those frames and around them, and what an artist painted there.

Each file is a window of consecutive frames, whole, in the format of Material.pairs; a crop is taken when a batch is drawn, as from clips.
All files of one call have as many frames and the same size. Their metadata hold the style that the guides were made with (`style_in`):
the look that learns from them must say the same in its look.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from render_server.look_training.feeding import FIELDS, Easel, easel_for, look_of
from render_server.look_training.marks import HEIGHT, dabs, marks_of
from render_server.look_training.painted_colours import ObjectColour, colour_facts, palette_fields, palette_of
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.study import style_of
from render_server.look_training.style import Style
from render_server.look_training.taking_back import Painting
from render_server.looks.registry import Look
from render_server.passes.geometry import UInt8
from render_server.passes.motion import motion
from render_server.passes.raster import Visibility
from render_server.quality.colour import to_oklab
from render_server.video_models.painter.pixels import carry_bytes
from render_server.video_models.painter.settings import ScaffoldSettings
from shot_format.errors import LimitError, MissingError
from shot_format.files import storage_errors
from shot_format.shot import Frame

WINDOW = 4  # frames
LEAST = (192, 160)  # pixels, width and height: what a crop has in training


def style_for(shot: OpenShot, paintings: Sequence[Painting], size: tuple[int, int], light: Mapping[str, Any] | None = None) -> Style:
    """The style of a new look: strokes and inks as the paintings have them, and the palette that turns this blocking into their colours.

    light: of look.json, where the paintings were made over a look's light; none: over the blocking's own. There is no tuning: the palette
    is exact for this shot, and would only be blurred by drawing shots to a mean.
    """
    seen = style_of([painting.pixels for painting in paintings])
    facts = colour_facts(shot, paintings, dict(light or {}), size)
    style = Style(palette_fields(palette_of(facts)), {}, dict(light or {}), seen.ground, seen.line, seen.strokes)
    marks = marks_of([_left(shot, painting, style) for painting in paintings])
    if not marks.dabs:
        return style
    return replace(style, strokes=asdict(dabs(marks.size, ScaffoldSettings.from_json(seen.strokes))))


def _left(shot: OpenShot, painting: Painting, style: Style) -> NDArray[np.float64]:
    """What a painting has over the blocking in the look's colours, OKLab."""
    size = (round(painting.pixels.shape[1] * HEIGHT / painting.pixels.shape[0]), HEIGHT)
    colours = easel_for(shot, look_of(asdict(style)), size, painting.number).colours(shot.frame(painting.number))
    return to_oklab(painting.at(size)).astype(np.float64) - to_oklab(colours)


def style_of_look(look: Look) -> Style:
    """The style of a look that is corrected: it stays as it is, since the look's weights were trained with it."""
    return Style(look.palette, look.tuning, look.light, look.ground, look.line, look.strokes)


def facts_of(shot: OpenShot, paintings: Sequence[Painting], style: Style, size: tuple[int, int]) -> tuple[ObjectColour, ...]:
    """Which colour of the blocking became which of the painting, object by object and frame by frame."""
    return colour_facts(shot, paintings, style.light, size)


def pairs_of(
    shot: OpenShot,
    paintings: Sequence[Painting],
    look_fields: Mapping[str, Any],
    folder: Path,
    size: tuple[int, int],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write the pairs of a shot's painted frames. look_fields: those of look.json that guides depend on; asdict(style) is such.

    Raises MissingError ("paintover-no-frame", "paintover-none"), LimitError ("paintover-small"), FormatError ("size-aspect"), StorageError.
    """
    if not paintings:
        raise MissingError("paintover-none", "No painted frame was given; there is nothing to learn from.")
    if size[0] < LEAST[0] or size[1] < LEAST[1]:
        raise LimitError("paintover-small", f"{size[0]}x{size[1]} is too small to learn from; take at least {LEAST[0]}x{LEAST[1]}.")
    look, painted = look_of(look_fields), {painting.number: painting.at(size) for painting in paintings}
    windows = _windows(shot, list(painted))
    metadata = {"style": json.dumps({name: look_fields[name] for name in FIELDS if name in look_fields}, sort_keys=True)}
    easels: dict[int, Easel] = {}
    paths = []
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for index, window in enumerate(windows, 1):
        opening = shot.opens_at(window[0].number)
        easel = easels.get(opening) or easels.setdefault(opening, easel_for(shot, look, size, window[0].number))
        path = folder / f"pair_{index:03d}_{window[0].number}.safetensors"
        numbers = [frame.number for frame in window]
        _save(path, _pair(easel, window, painted), {**metadata, "shot": shot.file.shot.id, "frames": json.dumps(numbers)})
        paths.append(path)
        if progress:
            progress(index, len(windows))
    return tuple(paths)


def style_in(pairs: Sequence[Path]) -> Style:
    """The style that the guides of pairs were made with. Raises MissingError ("paintover-none")."""
    if not pairs:
        raise MissingError("paintover-none", "No pairs were given; they say which style they were made with.")
    with safe_open(pairs[0], framework="np") as file:
        look = look_of(json.loads(file.metadata()["style"]))
    return style_of_look(look)


def _windows(shot: OpenShot, numbers: list[int]) -> list[tuple[Frame, ...]]:
    """For each painted frame the frames up to it and, where there are some, those from it on; all windows are equally long."""
    parts = [shot.part(shot.frame(number).number) for number in sorted(numbers)]
    length = min(WINDOW, *(len(part) for part in parts))
    found: dict[int, tuple[Frame, ...]] = {}
    for number, part in zip(sorted(numbers), parts, strict=True):
        place = number - part[0].number
        for first in (max(0, place - length + 1), min(place, len(part) - length)):
            found.setdefault(part[first].number, part[first : first + length])
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True)
class _Shown:
    """One frame of a window."""

    number: int
    seen: Visibility
    guides: UInt8
    motion: NDArray[np.float16]
    occlusion: UInt8


def _pair(easel: Easel, window: tuple[Frame, ...], painted: Mapping[int, UInt8]) -> dict[str, NDArray[Any]]:
    shown = list(_shown(easel, window))
    inks = easel.feeder.look
    return {
        "guides": np.stack([each.guides for each in shown]),
        "target": np.stack([_target(each, shown, painted) for each in shown]),
        "motion": np.stack([each.motion for each in shown]),
        "occlusion": np.stack([each.occlusion for each in shown]),
        "inks": np.array([*inks.ground, *inks.line], np.float32),
        "graded": np.array([each.number in painted for each in shown], np.uint8),
        "height": np.array([easel.loader.height], np.int32),
    }


def _shown(easel: Easel, window: tuple[Frame, ...]) -> Iterator[_Shown]:
    """The window's frames as the painter is fed them. The frame before the first is only there to measure motion from."""
    earlier = easel.before(window[0])
    before = easel.loader.look(earlier) if earlier else None
    for frame in window:
        seen = easel.loader.look(frame)
        guides = easel.guides(frame, before, seen)
        yield _Shown(frame.number, seen, guides.channels, guides.motion_backward.astype(np.float16), guides.occlusion_backward)
        before = seen


def _target(here: _Shown, window: Sequence[_Shown], painted: Mapping[int, UInt8]) -> UInt8:
    """What was painted here; else what was painted nearest by, carried here by true motion, over the blocking in the look's colours."""
    if here.number in painted:
        return painted[here.number]
    target = here.guides[..., :3].copy()
    missing = np.ones(target.shape[:2], np.bool_)
    for other in sorted((each for each in window if each.number in painted), key=lambda each: abs(each.number - here.number)):
        way = motion(here.seen, other.seen)
        colours, usable = carry_bytes(painted[other.number], way.offset, 1.0 - way.occluded.astype(np.float32))
        new = missing & (usable > 0)
        target[new] = np.rint(colours[new] * 255).astype(np.uint8)
        missing &= ~new
    return target


def _save(path: Path, tensors: Mapping[str, NDArray[Any]], metadata: dict[str, str]) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    with storage_errors(path):
        save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, part, metadata)
        os.replace(part, path)


def as_fields(style: Style, seed: int = 0) -> dict[str, Any]:
    """A style as the fields of look.json that guides depend on; seed: of the strokes, as the look's recipe says it."""
    return {**asdict(style), "recipe": {"seed": seed}}
