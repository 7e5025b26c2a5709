"""Trains one look: fetches the art and the newest checkpoint, runs the trainer in a scratch folder, and hands in all that it makes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from render_server.look_training.material import Material, Still
from render_server.looks.archive import export_look
from render_server.looks.content import folder_sha256
from render_server.looks.plan import LookPlan, TrainingReport, write_given
from render_server.looks.registry import load_look
from render_server.looks.trainings import LentArt
from render_server.worker.heartbeat import Heartbeat
from render_server.worker.link import LeasedTraining, hashed_file
from render_server.worker.scratch import drop, room_for
from shot_format.errors import CancelledError, FormatError, LimitError, MissingError
from shot_format.files import storage_errors

if TYPE_CHECKING:
    from render_server.look_training.observer import Observer
    from render_server.look_training.train import Outcome

CHECKPOINT = "checkpoint.safetensors"  # the trainer's own name for it
ART = "art"
STEPS = ("training", "finishing")  # the stages in which the training itself asks what is wished
REPORT_TIME = 1.0  # seconds between two reports that say nothing new

TrainLook = Callable[["LookPlan", "Material", Path, "Observer"], "Outcome"]


@dataclass(frozen=True)
class Trainer:
    """What trains looks. devices: that it trains on here; scratch: the folder to work in; looks: folders of looks to go on from."""

    train: TrainLook
    devices: tuple[str, ...]
    scratch: Path
    looks: Sequence[Path] | None = None


class _BeforeItBegan(Exception):
    """The training was asked to stop before its first step; there is nothing to keep."""


class LeaseObserver:
    """Tells the server of a training, and the training what the server wishes. stopped: whether it was asked to stop."""

    def __init__(self, leased: LeasedTraining, beat: Heartbeat) -> None:
        self.stopped = False
        self._leased = leased
        self._beat = beat
        self._told: TrainingReport | None = None
        self._told_at = -math.inf

    def report(self, report: TrainingReport) -> None:
        """Told at least every second or so; passed on where it says something new, or a second has gone by."""
        if report.stage not in STEPS and self.wish() in ("pause", "cancel"):
            raise _BeforeItBegan
        self._beat.check()
        told, report = self._told, _finite(report)
        same = told is not None and (told.stage, told.remarks) == (report.stage, report.remarks) and not report.figures
        if same and time.monotonic() < self._told_at + REPORT_TIME:
            return
        self._leased.report(report)
        self._told, self._told_at = report, time.monotonic()

    def checkpoint(self, path: Path, step: int) -> None:
        """A whole new checkpoint is at path."""
        self._beat.check()
        self._leased.keep_checkpoint(path, step)

    def preview(self, sheet: Path, step: int) -> None:
        """A sheet of pictures of this step."""
        self._beat.check()
        self._leased.keep_preview(sheet, step)

    def wish(self) -> str:
        """One of looks.plan.WISHES: whoever gives way for painting pauses too."""
        self._beat.check()
        wish = {"give way": "pause"}.get(self._leased.wish, self._leased.wish)
        self.stopped = self.stopped or wish in ("pause", "cancel")
        return wish


def train_on_lease(leased: LeasedTraining, trainer: Trainer) -> None:
    """Train what is left of a look and hand it in, or give the training back.

    Raises LeaseLostError, ServerError, and FormatError and the like where the look cannot be trained.
    """
    with Heartbeat(leased) as beat, room_for(trainer.scratch, leased.training.id) as room, _dropped_at_an_end(room):
        material = _prepare(leased, trainer, room)
        draft = _trained(leased, trainer, material, room, LeaseObserver(leased, beat))
        if draft is not None:
            archive = room / "look.paintover"
            export_look(draft, archive, with_base=False)
            leased.hand_in(archive)
        else:
            leased.give_back()
        if leased.wish != "give way":  # else it goes on here, most likely
            drop(room)


def _trained(leased: LeasedTraining, trainer: Trainer, material: Material, room: Path, observer: LeaseObserver) -> Path | None:
    """The look's folder; None where the training was asked to stop, and has kept what there was to keep."""
    try:
        draft = trainer.train(leased.training.plan, material, room, observer).draft
    except _BeforeItBegan:
        return None
    if draft is None and not observer.stopped:  # nobody asked for that: going on would end here again
        raise FormatError("training-empty", "The training ended without a look, and does not say why.")
    return draft


@contextmanager
def _dropped_at_an_end(room: Path) -> Iterator[None]:
    """The art stays on no machine whose training has ended, or is another's."""
    try:
        yield
    except (CancelledError, FormatError, MissingError, LimitError):
        drop(room)
        raise


def _prepare(leased: LeasedTraining, trainer: Trainer, room: Path) -> Material:
    """Lay everything into the folder that the trainer needs, exactly as the server has it."""
    lent = leased.art()
    with storage_errors(room):
        (room / CHECKPOINT).unlink(missing_ok=True)  # it may be older or newer than the server's, which is what everybody goes on from
        (room / ART).mkdir(parents=True, exist_ok=True)
    if lent.checkpoint is not None:
        leased.checkpoint(lent.checkpoint.sha256, room / CHECKPOINT)
    stills = tuple(Still(_picture(leased, room / ART, each.sha256), each.piece, each.title, each.number) for each in lent.pictures)
    write_given(room, replace(lent.given, start=_start(leased.training.plan, lent, trainer)))
    return Material(stills)


def _picture(leased: LeasedTraining, folder: Path, sha256: str) -> Path:
    place = folder / f"{sha256}.png"
    if not (place.is_file() and hashed_file(place) == sha256):
        leased.picture(sha256, place)
    return place


def _start(plan: LookPlan, lent: LentArt, trainer: Trainer) -> str | None:
    """The folder of the look that the plan goes on from, on this machine."""
    if plan.start is None:
        return None
    folder = load_look(plan.start, trainer.looks).folder
    if lent.start_sha256 not in (None, folder_sha256(folder)):
        raise FormatError("look-changed", f"The worker's look {plan.start} is another than the server's; install the same on both.")
    return str(folder)


def _finite(report: TrainingReport) -> TrainingReport:
    """JSON knows no NaN; what is none is left out."""
    loss = report.loss if report.loss is not None and math.isfinite(report.loss) else None
    left = report.left if math.isfinite(report.left) else 0.0
    return replace(report, loss=loss, left=left, figures={name: value for name, value in report.figures.items() if math.isfinite(value)})
