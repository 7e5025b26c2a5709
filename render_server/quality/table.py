"""The tables of docs/quality.md: a look's figures on every shot, each beside what is wanted, written between two marks of the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from render_server.quality.checks import Check
from render_server.quality.measured import Measured
from shot_format.errors import FormatError
from shot_format.files import storage_errors, write_whole

PICTURES = "pictures/quality"  # where the page's contact sheets lie
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_tables(page: Path, measured: Sequence[Measured]) -> None:
    """Put the tables into a page in place of those that stand there. Raises FormatError ("page-marks"), StorageError."""
    with storage_errors(page):
        text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise FormatError("page-marks", f"{page} has no place for the tables: it needs a line '{BEGIN}' and after it a line '{END}'.")
    write_whole(page, f"{before}{BEGIN}\n\n{tables(measured)}\n{END}{after}".encode())


def tables(measured: Sequence[Measured]) -> str:
    """All tables as Markdown: an overview, then one a look."""
    looks = list(dict.fromkeys(each.look for each in measured))
    parts = [_overview(measured, looks), *(_look([each for each in measured if each.look == look]) for look in looks)]
    return "\n".join(parts)


def picture_name(measured: Measured) -> str:
    """The name of a contact sheet beside the page."""
    return f"{measured.look.split('@')[0]}_{measured.shot}.jpg"


def _overview(measured: Sequence[Measured], looks: list[str]) -> str:
    shots = list(dict.fromkeys(each.shot for each in measured))
    by_place = {(each.look, each.shot): each for each in measured}
    rows = [[f"`{look}`", *(_kept(by_place.get((look, shot))) for shot in shots)] for look in looks]
    return _markdown(["figures kept of those measured", *shots], rows)


def _kept(measured: Measured | None) -> str:
    if measured is None:
        return "not measured"
    known = [check.passed for check in measured.checks if check.passed is not None]
    return f"{sum(known)} of {len(known)}"


def _look(measured: Sequence[Measured]) -> str:
    """One look's table: a row a figure, two columns a shot."""
    first = measured[0]
    heads = ["figure", "wanted", *(cell for each in measured for cell in (each.shot, ""))]
    rows = [[check.name, check.wanted] for check in first.checks]
    for each in measured:
        for row, check in zip(rows, each.checks, strict=True):
            row += [check.shown, _verdict(check)]
    more = [[name, "", *(cell for each in measured for cell in (dict(each.remarks).get(name, "–"), ""))] for name, _ in first.remarks]
    pictures = [f"[contact sheet, {each.shot}]({PICTURES}/{picture_name(each)})" for each in measured]
    parts = [f"### {first.title} (`{first.look}`)\n", _markdown(heads, rows + more), " · ".join(pictures), *_origins(measured)]
    return "\n".join(part for part in parts if part) + "\n"


def _verdict(check: Check) -> str:
    return {True: "yes", False: "**no**", None: "–"}[check.passed]


def _origins(measured: Sequence[Measured]) -> list[str]:
    """What was measured, where and when; once where it is the same for all shots."""
    lines: dict[str, list[str]] = {}
    for each in measured:
        beside = "all frames" if each.every == 1 else f"one pair of frames in {each.every}"
        said = (
            f"{each.frames} frames at {each.size[0]}×{each.size[1]}, memoryless run and target at {beside}; "
            f"weights {each.model_sha256[:12]}; {each.machine}; {each.date}."
        )
        lines.setdefault(said, []).append(each.shot)
    return [f"\n{' and '.join(shots)}: {said}" for said, shots in lines.items()]


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("--:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"
