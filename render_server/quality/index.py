"""One page that leads to the reports of several looks and shots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from render_server.quality.checks import Check
from render_server.quality.report import document
from shot_format.files import write_whole

INDEX = "index.html"


@dataclass(frozen=True)
class Entry:
    """One report."""

    look: str
    shot: str
    report: str  # from the page's folder
    sheet: str
    checks: tuple[Check, ...]


def write_index(out: Path, entries: Sequence[Entry]) -> Path:
    """Write index.html into a folder, whole or not at all; gives its path. Raises StorageError."""
    path = out / INDEX
    write_whole(path, index(entries).encode())
    return path


def index(entries: Sequence[Entry]) -> str:
    """The page as one HTML document."""
    sections = (_section(shot, [each for each in entries if each.shot == shot]) for shot in dict.fromkeys(e.shot for e in entries))
    return document("Looks, measured", "\n".join(["<h1>Looks, measured</h1>", *sections]))


def _section(shot: str, entries: Sequence[Entry]) -> str:
    heads = "".join(f"<th>{escape(check.name)}<small>{escape(check.wanted)}</small></th>" for check in entries[0].checks)
    rows = "".join(_row(entry) for entry in entries)
    table = f'<div class="panel wrap"><table><thead><tr><th>Look</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    sheets = "".join(
        f'<figure class="pair"><a href="{escape(entry.report)}"><img src="{escape(entry.sheet)}" alt="{escape(entry.look)}"></a>'
        f"<figcaption><b>{escape(entry.look)}</b></figcaption></figure>"
        for entry in entries
    )
    return f'<h2><bdi>{escape(shot)}</bdi></h2>{table}<div class="pairs">{sheets}</div>'


def _row(entry: Entry) -> str:
    cells = "".join(_cell(check) for check in entry.checks)
    return f'<tr><th><a href="{escape(entry.report)}">{escape(entry.look)}</a></th>{cells}</tr>'


def _cell(check: Check) -> str:
    kind = {True: "main", False: "missed", None: "none"}[check.passed]
    return f'<td class="{kind}">{escape(check.shown.split(" (")[0])}</td>'
