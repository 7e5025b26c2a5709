"""Measure a painted shot and make its pictures on the way: movies, contact sheet, worst frames, figures, report."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from render_server.passes.geometry import UInt8
from render_server.quality.assess import Readings, ShotFrame, assess
from render_server.quality.colourmaps import depth_span
from render_server.quality.comparison import Comparison
from render_server.quality.events import EventWatch, event_picture
from render_server.quality.figures import Figures, Latency, as_json, latency
from render_server.quality.movies import movie
from render_server.quality.pictures import HEADER, Pair, beside, contact_sheet, fitted, header, passes_mosaic
from render_server.quality.report import Attachment, ReportData, WorstFrame, write_report
from shot_format.files import write_whole
from shot_format.shot import Rational

SHEET, SHEET_FRAMES = "contact_sheet.png", 12
WIDEST_PANEL = 1280  # pixels; larger frames are scaled down in the side-by-side movie and in the worst frames
PANELS = ("Blocking", "Depth, normals, objects, motion", "Painted")

MOVIES = (Attachment("side_by_side.mp4", "Movie: blocking, passes, painted"), Attachment("painted.mp4", "Movie: painted"))
COMPARISON = Attachment("comparison.mp4", "Movie: every version, and what changed on the surfaces")
FIGURES = Attachment("figures.json", "All figures as data")


@dataclass(frozen=True)
class About:
    """What is said of a shot beside its frames."""

    title: str  # the shot's name
    fps: Rational
    count: int  # how many frames are coming
    facts: tuple[str, ...] = ()  # short, for the line below the title: "look oil@1"
    arrivals: tuple[float, ...] = ()  # seconds after the click at which each painted frame was there, in order; empty where unknown
    take: Mapping[str, Any] = field(default_factory=dict)  # recipe, hashes, versions
    notes: tuple[str, ...] = ()  # what a reader must know before trusting the figures, say that passes were estimated
    events: bool = False  # also pictures of cuts, returns and what comes into view
    comparison: bool = False  # also a movie of all versions and of what changes on their surfaces


def build_report(
    out: Path,
    frames: Iterable[ShotFrame],
    about: About,
    art: Sequence[UInt8] = (),
    progress: Callable[[int, int], None] | None = None,
    art_of_shot: Sequence[UInt8] = (),
) -> Figures:
    """Stream once through a shot and leave its report in a folder, with figures.json, two movies, a contact sheet and the worst frames.

    art: sRGB pictures to compare with, best held back from training; art_of_shot: the same of this very shot. progress is told how many
    frames are done, and of how many.
    Each file is whole or not there; the report comes last. Raises as `assess` and `movie` do.
    """
    with ExitStack() as movies:
        gallery = Gallery(out, about, movies, progress)
        figures = assess(frames, art, gallery.add, art_of_shot)
    waiting = latency(about.arrivals)
    write_whole(out / "figures.json", as_json(figures, waiting).encode())
    write_report(out, gallery.finish(figures, waiting))
    return figures


class Gallery:
    """Makes the pictures of a shot while its frames go by."""

    def __init__(self, out: Path, about: About, movies: ExitStack, progress: Callable[[int, int], None] | None) -> None:
        self._out, self._about, self._movies, self._progress = out, about, movies, progress
        self._chosen = set(np.linspace(0, about.count - 1, min(SHEET_FRAMES, about.count)).round().astype(int).tolist())
        self._sheet: list[Pair] = []
        self._worst = worst_by_each_figure()
        self._seen = 0
        self._events = EventWatch()
        self._compare: Callable[[ShotFrame], None] = lambda frame: None

    def add(self, frame: ShotFrame, readings: Readings) -> None:
        """Take one frame, measured."""
        if self._seen == 0:
            self._open(frame)
        self._painted(frame.painted)
        self._side_by_side(self._panels(frame))
        self._compare(frame)
        if self._about.events:
            self._events.add(frame)
        pair = Pair(frame.passes.number, frame.blocking, frame.painted)
        if self._seen in self._chosen:
            self._sheet.append(pair)
        for worst in self._worst:
            worst.offer(pair, readings)
        self._seen += 1
        if self._progress:
            self._progress(self._seen, self._about.count)

    def finish(self, figures: Figures, waiting: Latency | None) -> ReportData:
        """Write the still pictures; gives what the report shows."""
        about = self._about
        write_whole(self._out / SHEET, _png(contact_sheet(about.title, self._sheet)))
        rate = about.fps.numerator / about.fps.denominator
        return ReportData(
            title=about.title,
            facts=(f"{rate:.5g} fps", *about.facts),
            figures=figures,
            arrivals=about.arrivals,
            latency=waiting,
            take=about.take,
            notes=about.notes,
            movie="side_by_side.mp4",
            files=(*MOVIES, *([COMPARISON] if about.comparison else []), FIGURES),
            worst=tuple(self._write_worst(figures)),
            events=tuple(self._write_events()),
            contact_sheet=SHEET,
        )

    def _open(self, frame: ShotFrame) -> None:
        height, width = frame.painted.shape[:2]
        self._span = depth_span(frame.passes.depth)
        self._size = _panel_size(width, height)
        wide = header(PANELS, [self._size[0]] * 3, "").shape[1]
        self._painted = self._movies.enter_context(movie(self._out / "painted.mp4", width, height, self._about.fps))
        self._side_by_side = self._movies.enter_context(
            movie(self._out / "side_by_side.mp4", wide, HEADER + self._size[1], self._about.fps)
        )

        if self._about.comparison:
            self._open_comparison(frame)

    def _open_comparison(self, frame: ShotFrame) -> None:
        comparison = Comparison(frame, self._size)
        add = self._movies.enter_context(movie(self._out / COMPARISON.name, *comparison.shape, self._about.fps))
        self._compare = lambda now: add(comparison.frame(now))

    def _panels(self, frame: ShotFrame) -> UInt8:
        pictures = [frame.blocking, passes_mosaic(frame.passes, self._span), frame.painted]
        row = beside([fitted(picture, *self._size) for picture in pictures])
        return np.vstack([header(PANELS, [self._size[0]] * 3, str(frame.passes.number)), row])

    def _write_worst(self, figures: Figures) -> list[WorstFrame]:
        shown = []
        for worst in self._worst:
            if worst.pair is None:
                continue
            name = f"worst_{worst.name}.png"
            size = _panel_size(figures.width, figures.height)
            picture = beside([fitted(one, *size) for one in (worst.pair.blocking, worst.pair.painted)], gap=2)
            write_whole(self._out / name, _png(picture))
            shown.append(WorstFrame(worst.pair.number, name, worst.what, worst.detail()))
        return shown

    def _write_events(self) -> list[WorstFrame]:
        shown = []
        for event in self._events.finished():
            name = f"event_{event.number}.png"
            write_whole(self._out / name, _png(event_picture(event)))
            shown.append(WorstFrame(event.number, name, event.what, event.detail()))
        return shown


@dataclass
class Worst:
    """Remembers the frame that is worst by one figure."""

    name: str  # as in VideoFigures
    called: str
    decimals: int
    high_is_bad: bool
    what: str  # what the worst frame is called
    pair: Pair | None = None
    value: float = 0.0
    total: float = 0.0
    count: int = 0

    def offer(self, pair: Pair, readings: Readings) -> None:
        """Keep a frame if it is worse than all before it."""
        value = readings[self.name]
        if value is None:
            return
        self.total, self.count = self.total + value, self.count + 1
        if self.pair is None or (value > self.value) == self.high_is_bad and value != self.value:
            self.pair, self.value = pair, value

    def detail(self) -> str:
        """The figure of that frame beside the mean of the shot."""
        return f"{self.called} {self.value:.{self.decimals}f}, the shot's mean is {self.total / self.count:.{self.decimals}f}."


def worst_by_each_figure() -> tuple[Worst, ...]:
    """What the report shows the worst frame of."""
    return (
        Worst("warp_error", "Warp error", 4, True, "least steady"),
        Worst("structure", "Structure", 2, False, "outlines least kept"),
        Worst("sharpness", "Mean gradient", 4, False, "softest"),
        Worst("texture", "Texture distance", 3, True, "brushwork farthest from the art"),
    )


def _panel_size(width: int, height: int) -> tuple[int, int]:
    """Width and height, at most WIDEST_PANEL wide."""
    factor = min(1.0, WIDEST_PANEL / width)
    return round(width * factor), round(height * factor)


def _png(picture: UInt8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
