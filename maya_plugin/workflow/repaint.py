"""Paints only the frames of a shot that changed since an earlier take; all others are that take's own files.

The shot is captured whole, since only then is it known what changed, and waits on this disk meanwhile. What the server has of it is not
sent again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

from maya_plugin.client import Connection, Progress, Take, TakeFrame, paint_shot
from maya_plugin.workflow.changed import Plan, Run, frame_content, plan_changes
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.takes import StoredTake, painted_path
from shot_format.blobs import sha256
from shot_format.errors import CancelledError
from shot_format.files import storage_errors
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe
from shot_format.shot import Frame, Shot


@dataclass(frozen=True)
class Repaint:
    """What is painted, from what, into which folder. recipe: with its size, without a range."""

    shot: Shot
    frames: Iterable[Item]
    recipe: Recipe
    folder: Path
    earlier: StoredTake


@dataclass(frozen=True)
class Ears:
    """Who is told, on the calling thread. plan: once it is known what is painted and what is kept."""

    progress: Callable[[Progress], None]
    frame: Callable[[TakeFrame], None]
    plan: Callable[[Plan], None]
    stop: Callable[[], bool]
    leave: Callable[[], bool] = lambda: False


def repaint_changed(connection: Connection, work: Repaint, ears: Ears) -> Take:
    """Paint what changed, and put the frames that did not beside it.

    Raises CancelledError ("nothing-changed": no frame differs; "stopped"), and what `paint_shot` raises.
    """
    with _temporary_folder() as place:
        spool = ShotFolder(place)
        frames = _spool(spool, work.frames, ears.stop)
        plan = plan_changes(work.shot, map(frame_content, frames), work.earlier)
        if not plan.painted:
            raise CancelledError("nothing-changed", f"Nothing changed since {work.earlier.name}: all {len(plan.kept)} frames are kept.")
        spool.write(work.shot, frames)
        ears.plan(plan)
        kept = [_keep(work, number, ears) for number in plan.kept]
        takes = [_paint(connection, spool, work, run, plan, ears) for run in plan.runs]
    fresh = [frame for take in takes for frame in take.frames if frame.number in set(plan.painted)]
    every = tuple(sorted((*kept, *fresh), key=lambda frame: frame.number))
    ears.progress(Progress("done", len(plan.painted), len(plan.painted), 0.0))
    return Take(takes[-1].job, work.folder, every, sum(take.seconds for take in takes))


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="paintover-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spool(spool: ShotFolder, items: Iterable[Item], stop: Callable[[], bool]) -> tuple[Frame, ...]:
    frames = []
    for frame, blobs in items:
        for blob in blobs.values():
            spool.add_blob(blob)
        frames.append(frame)
        if stop():
            break
    if stop():  # a capture that was stopped ends early, and without an error
        raise CancelledError("stopped", "Painting was stopped.")
    return tuple(frames)


def _keep(work: Repaint, number: int, ears: Ears) -> TakeFrame:
    """Put an earlier frame into the new take: the same file where the disk can, else a copy."""
    source, place = painted_path(work.earlier.folder, number), painted_path(work.folder, number)
    with storage_errors(place):
        with contextlib.suppress(FileNotFoundError):
            place.unlink()  # of a take that is gone on with
        try:
            os.link(source, place)
        except OSError:
            shutil.copyfile(source, place)
        frame = TakeFrame(number, place, sha256(place.read_bytes()), 0.0, 0.0)
    ears.frame(frame)
    return frame


def _paint(connection: Connection, spool: ShotFolder, work: Repaint, run: Run, plan: Plan, ears: Ears) -> Take:
    """Paint one run into a folder of its own, and move what is wanted of it into the take."""
    wanted, done = set(plan.painted), sum(number < run.first for number in plan.painted)
    moved: list[TakeFrame] = []

    def arrived(frame: TakeFrame) -> None:
        if frame.number in wanted:
            place = painted_path(work.folder, frame.number)
            with storage_errors(place):
                os.replace(frame.path, place)
            moved.append(replace(frame, path=place))
            ears.frame(moved[-1])

    def progressed(progress: Progress) -> None:
        if progress.stage == "painting":
            ears.progress(Progress("painting", done + len(moved), len(wanted), progress.seconds_left))
        elif not done and progress.stage != "done":
            ears.progress(progress)

    recipe = replace(work.recipe, first=run.from_frame, last=run.last)
    out = work.folder / ".painting"
    try:
        take = paint_shot(connection, spool, recipe, out, progressed, ears.stop, arrived, ears.leave)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return replace(take, folder=work.folder, frames=tuple(moved))
