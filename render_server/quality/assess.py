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
from render_server.quality.figures import ArtFigures, Figures, GhostFigures, VideoFigures
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.ghosts import Ghost, ghost
from render_server.quality.motion import Bool, Step, Trail, carried_error, flicker, step_back, trail
from render_server.quality.reference import LEVELS, Reference, reference
from render_server.quality.structure import edge_share, painted_edges, structure, true_edges
from shot_format.errors import FormatError, MissingError

LONG = 8  # frames
SMALLEST = 32  # pixels
THREADS = 2
VIDEOS = ("painted", "blocking", "memoryless", "target", "unaccumulated")  # of a ShotFrame

Readings = Mapping[str, float | None]  # a figure's name, as in VideoFigures, and its value at one frame


class ShotFrame(NamedTuple):
    """One frame of everything that is compared; the pictures are sRGB (H, W, 3) of 8 bits and of one size with the passes.

    Painting and blocking are there at every frame. What else the first frame has may be missing at later ones.
    """

    passes: Passes
    blocking: UInt8
    painted: UInt8
    memoryless: UInt8 | None = None
    target: UInt8 | None = None
    unaccumulated: UInt8 | None = None


Watch = Callable[[ShotFrame, Readings], None]


def assess(
    frames: Iterable[ShotFrame], art: Sequence[UInt8] = (), watch: Watch | None = None, art_of_shot: Sequence[UInt8] = ()
) -> Figures:
    """Measure a shot, its frames in order, against the art (sRGB pictures of any size).

    art_of_shot: what the art's painter made of this very shot, if anything: palette and texture are held against it too.
    watch is told of each frame and what its painting measures, in order; while it looks at one frame the next is being measured.
    Raises MissingError where there is no frame, FormatError where pictures differ in size, are too small, or where a video begins after
    the first frame.
    """
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise MissingError("no-frames", "There are no frames to measure: paint at least one.")
    height, width = first.passes.object_id.shape
    reference_art = reference(art, width, height) if art else None
    with ThreadPoolExecutor(THREADS) as pool:
        meter = ShotMeter(first, reference_art, pool, reference(art_of_shot, width, height) if art_of_shot else None)
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

    def __init__(self, first: ShotFrame, art: Reference | None, pool: ThreadPoolExecutor, art_of_shot: Reference | None = None) -> None:
        self._shape = first.passes.object_id.shape
        self._videos = {name: VideoMeter(art, art_of_shot) for name in _pictures(first)}
        self._pool = pool
        self._steps: deque[Step] = deque(maxlen=LONG)  # newest first
        self._numbers: list[int] = []
        self._running: list[Future[None]] = []
        self._ghosts = GhostMeter()

    def begin(self, frame: ShotFrame) -> None:
        """Start to measure one frame. A gap in the numbers starts the memory afresh."""
        pictures = _pictures(frame)
        self._check(frame.passes.number, pictures)
        if self._numbers and frame.passes.number != self._numbers[-1] + 1:
            self._forget()
        self._numbers.append(frame.passes.number)
        self._steps.appendleft(step_back(frame.passes))
        views = self._views(frame.passes)
        self._running = [self._pool.submit(video.add, pictures.get(name), views) for name, video in self._videos.items()]
        self._running.append(self._pool.submit(self._ghosts.add, frame, views.step))

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
            unaccumulated=videos.get("unaccumulated"),
            ghosts=self._ghosts.result() if "memoryless" in videos else None,
        )

    def _forget(self) -> None:
        self._steps.clear()
        self._ghosts.forget()
        for video in self._videos.values():
            video.forget()

    def _check(self, number: int, pictures: dict[str, UInt8]) -> None:
        height, width = self._shape
        if min(height, width) < SMALLEST:
            size = f"{width}×{height}"
            raise FormatError("frame-too-small", f"Frames of {size} are too small to measure: paint at least {SMALLEST}×{SMALLEST}.")
        if not pictures.keys() <= self._videos.keys():
            late = ", ".join(sorted(pictures.keys() - self._videos.keys()))
            raise FormatError(
                "video-incomplete", f"At frame {number} a video begins ({late}): give it from the first frame on, or not at all."
            )
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

    def __init__(self, art: Reference | None, art_of_shot: Reference | None = None) -> None:
        self._art, self._art_of_shot = art, art_of_shot
        self._past: deque[UInt8] = deque(maxlen=LONG)  # newest first
        self._readings: dict[str, list[float | None]] = {name: [] for name in VideoFigures.__dataclass_fields__}

    def add(self, picture: UInt8 | None, views: Views) -> None:
        """Measure one picture by itself, against the true outlines, and against the pictures before it; None has no figures."""
        if picture is None:
            self.forget()
            for name in self._readings:
                self._note(name, None)
            return
        lab, outlines = to_oklab(picture), views.outlines.result()
        blurred = blur(lab)
        self._note("sharpness", mean_gradient(lab))
        details = bands(lab, blurred, LEVELS)
        for prefix, art in (("", self._art), ("shot_", self._art_of_shot)):
            self._note(f"{prefix}palette", art.palette_distance(lab) if art else None)
            self._note(f"{prefix}texture", art.texture_distance(details, views.number) if art else None)
        self._note("structure", structure(outlines, painted_edges(blurred, edge_share(outlines))))
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


class GhostMeter:
    """Gathers what memory changed, frame by frame."""

    def __init__(self) -> None:
        self._previous: UInt8 | None = None
        self._found: list[Ghost | None] = []

    def add(self, frame: ShotFrame, step: Step) -> None:
        """Look at one frame beside the one before it."""
        known = self._previous is not None and frame.memoryless is not None
        self._found.append(ghost(frame.painted, frame.memoryless, self._previous, step) if known else None)  # type: ignore[arg-type]
        self._previous = frame.painted

    def forget(self) -> None:
        """Start afresh: the next frame does not follow the last."""
        self._previous = None

    def result(self) -> GhostFigures:
        """The figures of all frames so far."""
        columns = [tuple(each[k] if each else None for each in self._found) for k in range(3)]
        return GhostFigures(*columns)


def _art_figures(pieces: int, art: Reference) -> ArtFigures:
    return ArtFigures(pieces, art.sharpness, art.palette_floor, art.texture_floor)


def _pictures(frame: ShotFrame) -> dict[str, UInt8]:
    pictures = {name: getattr(frame, name) for name in VIDEOS}
    return {name: picture for name, picture in pictures.items() if picture is not None}
