"""Measure a shot frame by frame, in one go and in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from render_server.passes.geometry import Passes, UInt8
from render_server.quality.colour import to_oklab
from render_server.quality.figures import ArtFigures, Figures, VideoFigures
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.motion import Bool, Step, Trail, carried_error, flicker, step_back, trail
from render_server.quality.reference import LEVELS, Reference, reference
from render_server.quality.structure import painted_edges, structure, true_edges
from shot_format.errors import FormatError, MissingError

LONG = 8  # frames
SMALLEST = 32  # pixels
THREADS = 2

Readings = Mapping[str, float | None]  # a figure's name, as in VideoFigures, and its value at one frame


class ShotFrame(NamedTuple):
    """One frame of everything that is compared; the pictures are sRGB (H, W, 3) of 8 bits and of one size with the passes."""

    passes: Passes
    blocking: UInt8
    painted: UInt8
    memoryless: UInt8 | None = None
    target: UInt8 | None = None


Watch = Callable[[ShotFrame, Readings], None]


def assess(frames: Iterable[ShotFrame], art: Sequence[UInt8] = (), watch: Watch | None = None) -> Figures:
    """Measure a shot, its frames in order, against the art (sRGB pictures of any size).

    watch is told of each frame and what its painting measures, in order; while it looks at one frame the next is being measured.
    Raises MissingError where there is no frame, FormatError where pictures differ in size, are too small, or where a video is there for
    some frames only.
    """
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise MissingError("no-frames", "There are no frames to measure: paint at least one.")
    height, width = first.passes.object_id.shape
    reference_art = reference(art, width, height) if art else None
    with ThreadPoolExecutor(THREADS) as pool:
        meter = ShotMeter(first, reference_art, pool)
        last: ShotFrame | None = None
        for frame in chain([first], coming, [None]):
            readings = meter.settle()
            if frame is not None:
                meter.begin(frame)
            if last is not None and watch is not None:
                watch(last, readings)
            last = frame
    return meter.result(_art_figures(len(art), reference_art) if reference_art else None)


@dataclass(frozen=True)
class Views:
    """What the videos of a shot have in common at one frame."""

    number: int
    step: Step
    outlines: Future[Bool]
    near: Future[Trail]
    far: Future[Trail] | None  # None until there are enough frames


class ShotMeter:
    """Gathers the figures of a shot: begin each frame in order, settle it before the next, then ask for the result."""

    def __init__(self, first: ShotFrame, art: Reference | None, pool: ThreadPoolExecutor) -> None:
        self._shape = first.passes.object_id.shape
        self._videos = {name: VideoMeter(art) for name in _pictures(first)}
        self._pool = pool
        self._steps: deque[Step] = deque(maxlen=LONG)  # newest first
        self._numbers: list[int] = []
        self._running: list[Future[None]] = []

    def begin(self, frame: ShotFrame) -> None:
        """Start to measure one frame. A gap in the numbers starts the memory afresh."""
        pictures = _pictures(frame)
        self._check(frame.passes.number, pictures)
        if self._numbers and frame.passes.number != self._numbers[-1] + 1:
            self._forget()
        self._numbers.append(frame.passes.number)
        self._steps.appendleft(step_back(frame.passes))
        views = self._views(frame.passes)
        self._running = [self._pool.submit(self._videos[name].add, picture, views) for name, picture in pictures.items()]

    def settle(self) -> Readings:
        """Wait until the frame that was begun is measured; what its painting measures, nothing where none was begun."""
        for task in self._running:
            task.result()
        return self._videos["painted"].latest() if self._numbers else {}

    def _views(self, passes: Passes) -> Views:
        """Start what all videos need; the pool takes tasks in order, so a video may wait for these."""
        return Views(
            number=passes.number,
            step=self._steps[0],
            outlines=self._pool.submit(true_edges, passes.object_id, passes.depth),
            near=self._pool.submit(trail, [self._steps[0]]),
            far=self._pool.submit(trail, list(self._steps)) if len(self._steps) == LONG else None,
        )

    def result(self, art: ArtFigures | None) -> Figures:
        """The figures of all frames so far."""
        videos = {name: video.result() for name, video in self._videos.items()}
        height, width = self._shape
        return Figures(
            frames=tuple(self._numbers),
            width=width,
            height=height,
            painted=videos["painted"],
            blocking=videos["blocking"],
            memoryless=videos.get("memoryless"),
            target=videos.get("target"),
            art=art,
        )

    def _forget(self) -> None:
        self._steps.clear()
        for video in self._videos.values():
            video.forget()

    def _check(self, number: int, pictures: dict[str, UInt8]) -> None:
        height, width = self._shape
        if min(height, width) < SMALLEST:
            size = f"{width}×{height}"
            raise FormatError("frame-too-small", f"Frames of {size} are too small to measure: paint at least {SMALLEST}×{SMALLEST}.")
        if pictures.keys() != self._videos.keys():
            missing = ", ".join(sorted(pictures.keys() ^ self._videos.keys()))
            raise FormatError("video-incomplete", f"At frame {number} a video begins or ends ({missing}): give it for all frames or none.")
        for name, picture in pictures.items():
            if picture.shape != (height, width, 3) or picture.dtype != np.uint8:
                size = "×".join(str(side) for side in reversed(picture.shape[:2]))
                raise FormatError(
                    "frame-size-differs",
                    f"Frame {number} of the {name} video is {size} {picture.dtype} and its passes are {width}×{height}: "
                    "measure 8-bit RGB frames at the size of the passes.",
                )


class VideoMeter:
    """Gathers the figures of one video."""

    def __init__(self, art: Reference | None) -> None:
        self._art = art
        self._past: deque[UInt8] = deque(maxlen=LONG)  # newest first
        self._readings: dict[str, list[float | None]] = {name: [] for name in VideoFigures.__dataclass_fields__}

    def add(self, picture: UInt8, views: Views) -> None:
        """Measure one picture by itself, against the true outlines, and against the pictures before it."""
        lab = to_oklab(picture)
        blurred = blur(lab)
        self._note("sharpness", mean_gradient(lab))
        self._note("palette", self._art.palette_distance(lab) if self._art else None)
        self._note("texture", self._art.texture_distance(bands(lab, blurred, LEVELS), views.number) if self._art else None)
        self._note("structure", structure(views.outlines.result(), painted_edges(blurred)))
        self._compare(picture, views)
        self._past.appendleft(picture)

    def _compare(self, picture: UInt8, views: Views) -> None:
        past = self._past
        self._note("warp_error", carried_error(picture, past[0], views.near.result()) if past else None)
        self._note("flicker", flicker(picture, past[0], views.step) if past else None)
        self._note("long_warp_error", carried_error(picture, past[-1], views.far.result()) if views.far and len(past) == LONG else None)

    def forget(self) -> None:
        """Start afresh: the next frame does not follow the last."""
        self._past.clear()

    def latest(self) -> Readings:
        """The figures of the newest frame."""
        return {name: values[-1] for name, values in self._readings.items()}

    def result(self) -> VideoFigures:
        """The figures of all frames so far."""
        return VideoFigures(**{name: tuple(values) for name, values in self._readings.items()})

    def _note(self, name: str, value: float | None) -> None:
        self._readings[name].append(value)


def _art_figures(pieces: int, art: Reference) -> ArtFigures:
    return ArtFigures(pieces, art.sharpness, art.palette_floor, art.texture_floor)


def _pictures(frame: ShotFrame) -> dict[str, UInt8]:
    pictures = {"painted": frame.painted, "blocking": frame.blocking, "memoryless": frame.memoryless, "target": frame.target}
    return {name: picture for name, picture in pictures.items() if picture is not None}
