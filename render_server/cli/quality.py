"""`paintover quality`: paint shots in looks, measure them, and leave a report of each, an index, and tables where a page wants them."""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from PIL import Image
from rich.table import Table

from render_server.cli.console import Stages, people, stages
from render_server.cli.shots import FoundShot, find_shot
from render_server.cli.take import processor
from render_server.looks.art import read_art
from render_server.looks.registry import Look, list_looks, load_look, read_look
from render_server.memory import ready_for_torch, resident_mb
from render_server.quality.build import SHEET, About, build_report
from render_server.quality.checks import Check, checks
from render_server.quality.figures import Figures, Summary, summary
from render_server.quality.index import Entry, write_index
from render_server.quality.measured import Measured, keep, kept
from render_server.quality.report import REPORT
from render_server.quality.table import PICTURES, picture_name, write_tables
from shot_format.blobs import sha256
from shot_format.codec import encode, to_json
from shot_format.files import storage_errors, write_whole
from shot_format.messages import Recipe

WARM = 100  # frames, after which all is loaded and compiled, and memory should stay as it is
SHEET_WIDTH, SHEET_QUALITY = 1400, 84  # of the contact sheets beside a page of tables


@dataclass(frozen=True)
class Plan:
    """What is to be measured, and how."""

    shots: tuple[str, ...]  # folders, USD files, or names of shots made by code
    looks: tuple[str, ...]  # names, or folders of looks; empty: every look there is
    size: tuple[int, int]
    frames: int | None  # the whole shot where None; there and back where it has fewer
    every: int  # ablations and target at one pair of frames in so many; 1: at all
    out: Path
    recipe: Recipe  # but for look and size
    again: bool = True  # measure also what was measured already


def run_quality(plan: Plan, page: Path | None = None) -> tuple[Measured, ...]:
    """Measure all looks on all shots, and leave reports and an index in the plan's folder.

    page: a page of tables that is written anew after each. Raises what reading, painting and measuring raise; what was finished stays.
    """
    ready_for_torch()
    looks, done = _looks(plan.looks), []
    with storage_errors(plan.out):
        plan.out.mkdir(parents=True, exist_ok=True)
    with stages() as bars, tempfile.TemporaryDirectory(prefix=".shots-", dir=plan.out) as room:
        shots = [find_shot(name, plan.size, plan.frames, Path(room), bars) for name in plan.shots]
        for look in looks:
            for shot in shots:
                done.append(_measured(plan, look, shot, bars))
                _publish(plan.out, done, page)
    for each in done:
        _print(each)
    people.print(f"The reports are in {plan.out}; look at {plan.out}/index.html.")
    return tuple(done)


def _looks(names: Sequence[str]) -> list[Look]:
    """The looks of these names or folders; the newest version of each where none is named."""
    if names:
        return [read_look(Path(name)) if (Path(name) / "look.json").is_file() else load_look(name) for name in names]
    newest: dict[str, Look] = {}
    for look in list_looks():
        newest.setdefault(look.name, look)
    return list(newest.values())


def _measured(plan: Plan, look: Look, shot: FoundShot, bars: Stages) -> Measured:
    """Measure one look on one shot, or take what was measured before, where that is wanted."""
    out = plan.out / look.file_name / shot.name
    recipe = replace(plan.recipe, look=look.key)
    said = [sha256(path.read_bytes()) for path in (look.folder / "look.json", *sorted((look.folder / "art").glob("*")))]
    key = hashlib.sha256("\n".join([*said, str(plan.size), str(plan.every), *map(to_json, (recipe, shot.file))]).encode())
    known = None if plan.again else kept(out, key.hexdigest())
    return known or _measure(plan, look, shot, recipe, key.hexdigest(), bars)


def _measure(plan: Plan, look: Look, shot: FoundShot, recipe: Recipe, key: str, bars: Stages) -> Measured:
    from render_server.training.evaluate import Evaluation  # torch takes seconds to load

    out, began = plan.out / look.file_name / shot.name, time.monotonic()
    memory = MemoryWatch(lambda done, total: bars.update(stage, done, total))
    stage = f"{look.key} on {shot.name}"
    about = About(
        title=f"{shot.file.shot.name}, {look.title}",
        fps=shot.file.shot.fps,
        count=len(shot.file.frames),
        facts=(f"look {look.key}", f"seed {recipe.seed}"),
        take={"recipe": encode(recipe), "weights": look.model_sha256, "machine": processor()},
        notes=_notes(plan, shot),
        events=True,
        comparison=plan.every == 1,  # else most of it would be missing
    )
    frames = Evaluation(look, shot.file, shot.folder.read_blob, plan.size, recipe, plan.every)
    figures = build_report(out, frames, about, read_art(look.folder), memory.tell, frames.art())
    measured = _described(plan, look, shot, figures, key, time.monotonic() - began, memory.megabytes)
    keep(out, measured)
    return measured


class MemoryWatch:
    """Notes how much memory the process holds when all is warm and at the end, and passes progress on."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress
        self.megabytes: dict[str, float] = {}

    def tell(self, done: int, total: int) -> None:
        """Say how many frames are done, of how many."""
        held = resident_mb() if done in (WARM, total) else None
        if held is not None:
            self.megabytes[str(done)] = round(held, 1)
        self._progress(done, total)


def _notes(plan: Plan, shot: FoundShot) -> tuple[str, ...]:
    notes = [f"Left out of the capture: {each.name} ({each.reason})." for each in shot.file.shot.skipped]
    if plan.every > 1:
        notes.append(f"Without memory and the procedural target were painted at one pair of frames in {plan.every}.")
    return tuple(notes)


def _described(
    plan: Plan, look: Look, shot: FoundShot, figures: Figures, key: str, seconds: float, memory_mb: dict[str, float]
) -> Measured:
    sums = summary(figures)
    return Measured(
        key=key,
        look=look.key,
        title=look.title,
        shot=shot.name,
        frames=len(figures.frames),
        size=plan.size,
        every=plan.every,
        model_sha256=look.model_sha256,
        machine=processor(),
        date=datetime.now(timezone.utc).date().isoformat(),
        seconds=round(seconds, 1),
        checks=checks(figures),
        remarks=tuple(_remarks(sums)),
        memory_mb=memory_mb,
        summary=asdict(sums),
    )


def _remarks(sums: Summary) -> list[tuple[str, str]]:
    """Figures that are told beside those that are wanted."""
    ghosts, painted, blocking = sums.ghosts, sums.painted, sums.blocking
    return [
        ("warp error over 8 frames, and the blocking's", f"{_shown(painted.long_warp_error)} and {_shown(blocking.long_warp_error)}"),
        ("warp error, and the blocking's", f"{_shown(painted.warp_error)} and {_shown(blocking.warp_error)}"),
        ("texture of the art against itself", _shown(sums.texture_floor, 2)),
        ("structure of the target", _shown(sums.target.structure if sums.target else None, 2)),
        ("palette and texture of the target", f"{_target(sums, 'palette')} and {_target(sums, 'texture')}"),
        ("the painting's, to the painter's art of this shot", f"{_shown(painted.shot_palette, 2)} and {_shown(painted.shot_texture, 2)}"),
        ("old frame in what comes into view", "–" if ghosts is None or ghosts.bleed is None else f"{ghosts.bleed * 100:+.1f} %"),
    ]


def _target(sums: Summary, name: str) -> str:
    return _shown(getattr(sums.target, name) if sums.target else None, 2)


def _shown(value: float | None, decimals: int = 4) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _publish(out: Path, done: Sequence[Measured], page: Path | None) -> None:
    """Write the index, and the page of tables with its contact sheets."""
    places = [f"{each.look}/{each.shot}" for each in done]
    entries = [
        Entry(each.look, each.shot, f"{place}/{REPORT}", f"{place}/{SHEET}", each.checks) for each, place in zip(done, places, strict=True)
    ]
    write_index(out, entries)
    if page is None:
        return
    write_whole(page.parent / PICTURES / picture_name(done[-1]), _smaller(out / places[-1] / SHEET))
    write_tables(page, done)


def _smaller(sheet: Path) -> bytes:
    buffer = io.BytesIO()
    with Image.open(sheet, formats=("PNG",)) as picture:
        size = (SHEET_WIDTH, round(picture.height * SHEET_WIDTH / picture.width))
        picture.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=SHEET_QUALITY, optimize=True)
    return buffer.getvalue()


def _print(measured: Measured) -> None:
    table = Table(
        title=f"{measured.look} on {measured.shot}, {measured.frames} frames", box=None, padding=(0, 2, 0, 0), title_justify="left"
    )
    for head in ("figure", "value", "wanted", ""):
        table.add_column(head)
    for check in measured.checks:
        table.add_row(check.name, check.shown, check.wanted, _verdict(check))
    for name, value in measured.remarks:
        table.add_row(name, value)
    for frames, megabytes in measured.memory_mb.items():
        table.add_row(f"memory held after {frames} frames", f"{megabytes:.0f} MB")
    people.print(table)


def _verdict(check: Check) -> str:
    return {True: "[green]yes[/]", False: "[red]no[/]", None: "not measured"}[check.passed]
