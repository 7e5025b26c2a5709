"""The report of a painted shot: one HTML page that needs no network and no script.

Pictures and movies lie beside it. Every text is escaped, for names come from users' scenes, and the page's own policy forbids scripts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from render_server.quality.comparison import LABELS
from render_server.quality.figures import (
    Drift,
    Figures,
    Latency,
    Readings,
    Summary,
    VideoFigures,
    VideoSummary,
    mean,
    sharpness_measure,
    summary,
)
from render_server.quality.plots import Line, plot
from render_server.quality.wording import Row, number, rows, seconds
from shot_format.files import write_whole

REPORT = "report.html"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:"
COLOURS = {"painted": "#1f5fa8", "memoryless": "#d9772b", "unaccumulated": "#8a5fb0", "target": "#3f9167", "blocking": "#9aa2ac"}


@dataclass(frozen=True)
class Attachment:
    """A file beside the report."""

    name: str  # file name
    label: str


@dataclass(frozen=True)
class WorstFrame:
    """A frame that should be looked at, as a picture beside the report: the worst by one figure, or one at which memory can go wrong."""

    number: int
    picture: str  # file name
    what: str  # "Least steady"
    detail: str


@dataclass(frozen=True)
class ReportData:
    """All that the report shows."""

    title: str
    facts: tuple[str, ...]  # short: "24 fps", "look oil@1"
    figures: Figures
    arrivals: tuple[float, ...] = ()  # seconds after the click at which each painted frame was there, in order
    latency: Latency | None = None
    take: Mapping[str, Any] = field(default_factory=dict)  # recipe, hashes, versions; shown as given
    notes: tuple[str, ...] = ()  # what a reader must know before trusting the figures
    movie: str | None = None  # file name of the movie that is shown
    files: tuple[Attachment, ...] = ()  # what is linked below it
    worst: tuple[WorstFrame, ...] = ()
    events: tuple[WorstFrame, ...] = ()  # cuts, returns and the like
    contact_sheet: str | None = None  # file name


def write_report(out: Path, data: ReportData) -> Path:
    """Write report.html into a folder, whole or not at all; gives its path. Raises StorageError."""
    path = out / REPORT
    write_whole(path, page(data).encode())
    return path


def page(data: ReportData) -> str:
    """The report as one HTML document."""
    sums = summary(data.figures)
    sections = [
        _heading(data),
        _movie(data.movie, data.files),
        _cards(data, sums),
        _table(sums),
        _drift_and_latency(sums, data.latency),
        _plots(data),
        _events(data.events, sums),
        _worst(data.worst),
        _sheet(data.contact_sheet),
        _take(data.take),
    ]
    return document(data.title, "\n".join(section for section in sections if section))


def document(title: str, body: str, more_style: str = "", policy: str = POLICY) -> str:
    """A whole HTML page of the report's style; it needs no network and no script."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8") + more_style
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{style}</style>'
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{body}\n</main></body></html>\n'


def _heading(data: ReportData) -> str:
    figures = data.figures
    span = f"frames {figures.frames[0]} to {figures.frames[-1]}" if len(figures.frames) > 1 else f"frame {figures.frames[0]}"
    facts = " · ".join(escape(fact) for fact in (span, f"{figures.width} × {figures.height}", *data.facts))
    notes = "".join(f"<li>{escape(note)}</li>" for note in data.notes)
    return f'<h1><bdi>{escape(data.title)}</bdi></h1><p class="facts">{facts}</p>' + (f'<ul class="notes">{notes}</ul>' if notes else "")


def _movie(name: str | None, files: Sequence[Attachment]) -> str:
    links = " · ".join(f'<a href="{escape(file.name)}">{escape(file.label)}</a>' for file in files)
    if name is None:
        return f'<p class="links">{links}</p>' if links else ""
    video = f'<video src="{escape(name)}" controls loop muted preload="auto"></video>'
    return f'<figure class="movie">{video}<figcaption>{links}</figcaption></figure>'


def _cards(data: ReportData, sums: Summary) -> str:
    painted, waiting = sums.painted, data.latency
    cards = [
        _card("Warp error", number(painted.warp_error, 4), _steadiness(sums)),
        _card("Sharpness", number(painted.sharpness, 2), f"1 is the {sums.sharpness_of}"),
        _card("Structure", number(painted.structure, 2), f"blocking {number(sums.blocking.structure, 2)}"),
    ]
    if data.figures.art:
        cards.append(_card("Palette distance", number(painted.palette, 2), f"blocking 1, art {number(sums.palette_floor, 2)}"))
        cards.append(_card("Texture distance", number(painted.texture, 2), f"blocking 1, art {number(sums.texture_floor, 2)}"))
    if waiting:
        cards.append(_card("A frame every", seconds(waiting.p50), f"first after {seconds(waiting.first_frame)}"))
    return f'<section class="cards">{"".join(cards)}</section>'


def _steadiness(sums: Summary) -> str:
    if sums.memoryless and sums.memoryless.warp_error is not None:
        return f"{number(sums.memoryless.warp_error, 4)} without memory"
    return f"blocking {number(sums.blocking.warp_error, 4)}"


def _card(name: str, value: str, remark: str) -> str:
    return f'<div class="card"><span class="name">{escape(name)}</span><b>{escape(value)}</b><span>{escape(remark)}</span></div>'


def _table(sums: Summary) -> str:
    videos = _present({name: getattr(sums, name) for name in LABELS})
    art = sums.palette_floor is not None
    heads = "".join(f"<th>{LABELS[name]}</th>" for name in videos) + ("<th>Art itself</th>" if art else "")
    known = [row for row in rows(sums) if any(row.value(video) is not None for video in videos.values())]
    lines = "".join(_table_row(row, list(videos.values()), art) for row in known)
    lead = "Means over all frames. Measured with the shot's true motion and outlines; no learned network has a say."
    table = f'<div class="panel"><table><thead><tr><th>Figure</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    return f'<h2>Figures</h2><p class="lead">{lead}</p>{table}'


def _table_row(row: Row, videos: Sequence[VideoSummary], art: bool) -> str:
    values = [row.value(video) for video in videos]
    cells = [_cell(value, row.decimals, main=index == 0) for index, value in enumerate(values)]
    if art:
        cells.append(_cell(row.art, row.decimals, main=False))
    return f"<tr><th>{escape(row.name)}<small>{escape(row.meaning)}</small></th>{''.join(cells)}</tr>"


def _cell(value: float | None, decimals: int, main: bool) -> str:
    kind = "none" if value is None else "main" if main else ""
    return f'<td class="{kind}">{number(value, decimals)}</td>'


def _drift_and_latency(sums: Summary, waiting: Latency | None) -> str:
    halves = [part for part in (_drift(sums), _latency(waiting)) if part]
    return f'<div class="halves">{"".join(f"<section>{half}</section>" for half in halves)}</div>' if halves else ""


def _drift(sums: Summary) -> str:
    drifts = {"Palette distance": sums.palette_drift, "Texture distance": sums.texture_drift, "Sharpness": sums.sharpness_drift}
    lines = "".join(_drift_row(name, drift) for name, drift in drifts.items() if drift)
    if not lines:
        return ""
    count = sums.drift_frames
    heads = f"<th>Figure</th><th>First {count}</th><th>Last {count}</th><th>Change</th>"
    table = f'<div class="panel"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    return f'<h2>Drift</h2><p class="lead">The first and the last {count} frames of the painting, each in the units above.</p>{table}'


def _drift_row(name: str, drift: Drift) -> str:
    change = f"{(drift.last / drift.first - 1) * 100:+.0f} %" if drift.first else "–"
    return f'<tr><th>{name}</th><td>{drift.first:.2f}</td><td>{drift.last:.2f}</td><td class="main">{change}</td></tr>'


def _latency(waiting: Latency | None) -> str:
    if waiting is None:
        return ""
    names = {"First frame after the click": waiting.first_frame, "Between frames, half of them within": waiting.p50}
    names |= {"95 of 100 within": waiting.p95, "99 of 100 within": waiting.p99}
    lines = "".join(f'<tr><th>{name}</th><td class="main">{seconds(value)}</td></tr>' for name, value in names.items())
    table = f'<div class="panel"><table><thead><tr><th>Wait</th><th>Time</th></tr></thead><tbody>{lines}</tbody></table></div>'
    return f'<h2>Latency</h2><p class="lead">How long a person in front of the viewport waits.</p>{table}'


def _plots(data: ReportData) -> str:
    videos = _present({name: getattr(data.figures, name) for name in LABELS})
    sharpness_of, sharpness = sharpness_measure(data.figures)
    legend = "".join(f'<li><i style="background:{COLOURS[name]}"></i>{LABELS[name]}</li>' for name in videos)
    parts = [
        _figure_plot(data, videos, "Warp error", "warp_error", "Lower is steadier"),
        _figure_plot(data, videos, "Warp error over 8 frames", "long_warp_error", "Lower is steadier"),
        _figure_plot(data, videos, "Sharpness", "sharpness", f"1 is the {sharpness_of}", unit=mean(sharpness)),
        _figure_plot(data, videos, "Structure", "structure", "1 is every outline, 0 is chance", highest=1.0),
        _figure_plot(data, videos, "Palette distance", "palette", "To the art, in OKLab; lower is closer"),
        _figure_plot(data, videos, "Texture distance", "texture", "To the art, in its own contrast; lower is closer"),
        _figure_plot(data, videos, "Flicker", "flicker", "Where nothing moves; lower is steadier"),
        _waiting_plot(data),
    ]
    return f'<h2>Frame by frame</h2><ul class="legend">{legend}</ul><div class="plots">{"".join(parts)}</div>'


def _figure_plot(
    data: ReportData,
    videos: Mapping[str, VideoFigures],
    title: str,
    name: str,
    remark: str,
    unit: float | None = None,
    highest: float = 0.0,
) -> str:
    lines = [_line(video, _in_units(getattr(figures, name), unit)) for video, figures in videos.items()]
    return _panel(title, remark, data.figures.frames, lines, highest)


def _waiting_plot(data: ReportData) -> str:
    if len(data.arrivals) != len(data.figures.frames):
        return ""
    gaps: Readings = (None, *(float(gap) for gap in np.diff(data.arrivals)))
    return _panel("Seconds per frame", "Between a frame and the one before it", data.figures.frames, [_line("painted", gaps)], 0.0)


def _line(video: str, readings: Readings) -> Line:
    return Line(LABELS[video], COLOURS[video], readings, main=video == "painted")


def _panel(title: str, remark: str, frames: Sequence[int], lines: Sequence[Line], highest: float) -> str:
    """A plot with its title; nothing where no line has a value. The painting is drawn last, on top."""
    drawn = [line for line in reversed(lines) if any(value is not None for value in line.readings)]
    if not drawn:
        return ""
    return f'<div class="panel plot"><h3>{title}</h3><p>{remark}</p>{plot(title, frames, drawn, highest=highest)}</div>'


def _in_units(readings: Readings, unit: float | None) -> Readings:
    return tuple(value / unit if value is not None else None for value in readings) if unit else readings


def _events(events: Sequence[WorstFrame], sums: Summary) -> str:
    if not events:
        return ""
    figures = "".join(
        f'<figure class="pair"><a href="{escape(event.picture)}"><img src="{escape(event.picture)}" alt="Frames about {event.number}"></a>'
        f"<figcaption><b>Frame {event.number}: {escape(event.what)}</b>{escape(event.detail)}</figcaption></figure>"
        for event in events
    )
    lead = "Cuts, things that come back, much coming into view at once: nothing of the frame before may shine through."
    return f'<h2>Where memory can go wrong</h2><p class="lead">{lead}{_ghosts(sums)}</p><div class="pairs events">{figures}</div>'


def _ghosts(sums: Summary) -> str:
    ghosts = sums.ghosts
    if ghosts is None or ghosts.bleed is None:
        return ""
    return (
        f" Over {ghosts.frames} frames in which something came into view, {ghosts.bleed * 100:.1f} % of the old frame shines through there."
    )


def _worst(worst: Sequence[WorstFrame]) -> str:
    if not worst:
        return ""
    figures = "".join(
        f'<figure class="pair"><a href="{escape(frame.picture)}">'
        f'<img src="{escape(frame.picture)}" alt="Frame {frame.number}, blocking and painted"></a>'
        f"<figcaption><b>Frame {frame.number}: {escape(frame.what)}</b>{escape(frame.detail)}</figcaption></figure>"
        for frame in worst
    )
    lead = "The frames to look at first: the worst of the shot by each figure, blocking left, painted right."
    return f'<h2>Worst frames</h2><p class="lead">{lead}</p><div class="pairs">{figures}</div>'


def _sheet(name: str | None) -> str:
    if name is None:
        return ""
    picture = f'<a href="{escape(name)}"><img src="{escape(name)}" alt="Contact sheet: blocking above painted"></a>'
    return f'<h2>Contact sheet</h2><p class="lead">Blocking above, painted below.</p><div class="sheet">{picture}</div>'


def _take(take: Mapping[str, Any]) -> str:
    if not take:
        return ""
    lines = "".join(f"<tr><th>{escape(name)}</th><td><bdi>{escape(text)}</bdi></td></tr>" for name, text in flattened(take))
    lead = "What this take was painted from and with."
    return f'<h2>Recipe and versions</h2><p class="lead">{lead}</p><div class="panel take"><table><tbody>{lines}</tbody></table></div>'


def flattened(content: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested content as (name, text), names joined by a space: {"look": {"name": "oil"}} gives ("look name", "oil")."""
    pairs: list[tuple[str, str]] = []
    for key, value in content.items():
        name = f"{above} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            pairs += flattened(value, name)
        else:
            pairs.append((name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)))
    return pairs


def _present(videos: Mapping[str, Any]) -> dict[str, Any]:
    return {name: video for name, video in videos.items() if video is not None}
