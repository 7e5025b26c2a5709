"""The figures of a painted shot, as plain data.

Every figure is kept per frame. `summary` draws them together and sets palette and texture against the blocking's own distance, and
sharpness against the target's, the art's or the blocking's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

DRIFT_FRAMES = 24

Readings = tuple[float | None, ...]


@dataclass(frozen=True)
class VideoFigures:
    """The figures of one video, one value a frame; None where a frame has none (no earlier frame, nothing still, no outline, no art)."""

    warp_error: Readings  # sRGB 0..1
    long_warp_error: Readings  # sRGB 0..1, over LONG frames
    flicker: Readings  # sRGB 0..1
    structure: Readings  # 1 every outline, 0 chance
    sharpness: Readings  # OKLab distance from pixel to pixel
    palette: Readings  # OKLab distance to the art
    texture: Readings  # in units of the art's contrast
    shot_palette: Readings = ()  # the same against art of this very shot, where there is such art
    shot_texture: Readings = ()


@dataclass(frozen=True)
class GhostFigures:
    """What memory changed in the painting, one value a frame; None where nothing came into view or no memoryless frame is there."""

    inside: Readings  # sRGB 0..1, where a surface came into view
    outside: Readings  # sRGB 0..1, where it was seen before
    bleed: Readings  # share of the old frame in what came into view


@dataclass(frozen=True)
class ArtFigures:
    """What the art itself measures."""

    pieces: int
    sharpness: float
    palette_floor: float
    texture_floor: float


@dataclass(frozen=True)
class Figures:
    """All that was measured of a shot."""

    frames: tuple[int, ...]
    width: int
    height: int
    painted: VideoFigures
    blocking: VideoFigures
    memoryless: VideoFigures | None  # painted without memory of the previous frame
    target: VideoFigures | None  # the procedural target
    art: ArtFigures | None
    unaccumulated: VideoFigures | None = None  # painted without accumulation
    ghosts: GhostFigures | None = None


@dataclass(frozen=True)
class VideoSummary:
    """One value a figure for a whole video."""

    warp_error: float | None
    long_warp_error: float | None
    flicker: float | None
    structure: float | None
    palette: float | None  # 1.0 is the blocking's own distance
    texture: float | None  # 1.0 is the blocking's own distance
    sharpness: float | None  # relative to the target, else to the art, else to the blocking
    shot_palette: float | None = None  # against art of this very shot; 1.0 is the blocking's own distance
    shot_texture: float | None = None


@dataclass(frozen=True)
class Drift:
    """How a figure changed from the shot's first frames to its last."""

    first: float
    last: float


@dataclass(frozen=True)
class GhostSummary:
    """What memory changed, over all frames in which something came into view."""

    frames: int
    inside: float
    outside: float | None
    bleed: float | None


@dataclass(frozen=True)
class Summary:
    """The figures of a shot as they are quoted.

    Memoryless run, unaccumulated run and target may have been measured at some frames only; sharpness is relative to the target at the
    same frames.
    """

    painted: VideoSummary
    blocking: VideoSummary
    memoryless: VideoSummary | None
    target: VideoSummary | None
    palette_floor: float | None  # the art against itself, in the same unit as palette
    texture_floor: float | None
    sharpness_of: str  # "target", "art" or "blocking": what 1.0 means
    drift_frames: int  # how many frames the ends of the shot mean
    palette_drift: Drift | None
    texture_drift: Drift | None
    sharpness_drift: Drift | None
    unaccumulated: VideoSummary | None = None
    ghosts: GhostSummary | None = None


@dataclass(frozen=True)
class Latency:
    """How long a person waits, in seconds."""

    first_frame: float
    p50: float | None  # between two frames; None for a single frame
    p95: float | None
    p99: float | None


def latency(arrivals: Sequence[float]) -> Latency | None:
    """Sum up when each frame arrived, in seconds after the click and in order; None where none did."""
    if not arrivals:
        return None
    gaps = np.diff(np.asarray(arrivals, np.float64))
    if gaps.size == 0:
        return Latency(float(arrivals[0]), None, None, None)
    p50, p95, p99 = (float(value) for value in np.percentile(gaps, [50, 95, 99]))
    return Latency(float(arrivals[0]), p50, p95, p99)


def mean(readings: Readings) -> float | None:
    """Mean of the frames that have a value; None where none has."""
    known = [value for value in readings if value is not None]
    return float(np.mean(known)) if known else None


def paired(one: Readings, other: Readings) -> tuple[float, float] | None:
    """Means of two figures over the frames that have both; None where no frame has."""
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return (float(np.mean([a for a, _ in both])), float(np.mean([b for _, b in both]))) if both else None


def relative(readings: Readings, unit: Readings) -> float | None:
    """A figure in units of another, over the frames that have both."""
    means = paired(readings, unit)
    return ratio(*means) if means else None


def summary(figures: Figures) -> Summary:
    """Draw the figures of all frames together."""
    blocking = figures.blocking
    palette_unit, texture_unit = mean(blocking.palette), mean(blocking.texture)
    sharpness_of, sharpness_unit = sharpness_measure(figures)
    count = min(DRIFT_FRAMES, len(figures.frames) // 2)

    def of(video: VideoFigures) -> VideoSummary:
        return VideoSummary(
            warp_error=mean(video.warp_error),
            long_warp_error=mean(video.long_warp_error),
            flicker=mean(video.flicker),
            structure=mean(video.structure),
            palette=relative(video.palette, blocking.palette),
            texture=relative(video.texture, blocking.texture),
            sharpness=relative(video.sharpness, sharpness_unit),
            shot_palette=relative(video.shot_palette, blocking.shot_palette),
            shot_texture=relative(video.shot_texture, blocking.shot_texture),
        )

    return Summary(
        painted=of(figures.painted),
        blocking=of(blocking),
        memoryless=of(figures.memoryless) if figures.memoryless else None,
        target=of(figures.target) if figures.target else None,
        palette_floor=ratio(figures.art.palette_floor, palette_unit) if figures.art else None,
        texture_floor=ratio(figures.art.texture_floor, texture_unit) if figures.art else None,
        sharpness_of=sharpness_of,
        drift_frames=count,
        palette_drift=drift(figures.painted.palette, blocking.palette, count),
        texture_drift=drift(figures.painted.texture, blocking.texture, count),
        sharpness_drift=drift(figures.painted.sharpness, sharpness_unit, count),
        unaccumulated=of(figures.unaccumulated) if figures.unaccumulated else None,
        ghosts=ghost_summary(figures.ghosts) if figures.ghosts else None,
    )


def ghost_summary(ghosts: GhostFigures) -> GhostSummary | None:
    """Draw together what memory changed; None where nothing ever came into view."""
    inside = mean(ghosts.inside)
    if inside is None:
        return None
    return GhostSummary(sum(value is not None for value in ghosts.inside), inside, mean(ghosts.outside), mean(ghosts.bleed))


def sharpness_measure(figures: Figures) -> tuple[str, Readings]:
    """What sharpness is relative to, and how sharp that is at each frame: the target, else the art, else the blocking."""
    if figures.target:
        return "target", figures.target.sharpness
    if figures.art:
        return "art", (figures.art.sharpness,) * len(figures.frames)
    return "blocking", figures.blocking.sharpness


def drift(readings: Readings, unit: Readings, count: int) -> Drift | None:
    """Compare a figure's first and last frames, each in the unit's own value there, so that a change of view is not taken for drift."""
    if count == 0:
        return None
    first, last = relative(readings[:count], unit[:count]), relative(readings[-count:], unit[-count:])
    return Drift(first, last) if first is not None and last is not None else None


def ratio(value: float | None, unit: float | None) -> float | None:
    """Divide, where both are known and the unit is not 0."""
    return value / unit if value is not None and unit else None


def as_json(figures: Figures, waiting: Latency | None = None) -> str:
    """Write figures, their summary and the latency as JSON with six decimals, the same text for the same figures."""
    content = {"summary": asdict(summary(figures)), "latency": asdict(waiting) if waiting else None, "figures": asdict(figures)}
    return json.dumps(_rounded(content), indent=1, allow_nan=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value
