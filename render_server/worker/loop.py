"""The worker's life: claim a job, paint it, claim the next; train a look where nothing is to be painted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from render_server.looks.trainings import TrainingLease
from render_server.video_models.base import VideoModel
from render_server.worker.heartbeat import Heartbeat
from render_server.worker.link import LeasedJob, LeasedTraining, LeaseLostError, Link
from render_server.worker.painting import paint_job
from render_server.worker.training import Trainer, train_on_lease
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.messages import Lease, Problem, Recipe

ModelOf = Callable[[Recipe], VideoModel]

_FINAL = (FormatError, MissingError, LimitError)  # another try would meet them again

_log = logging.getLogger("paintover.worker")


def work(link: Link, name: str, model_of: ModelOf, trainer: Trainer | None = None) -> NoReturn:
    """Work for ever. trainer: None: paint only.

    Everything but an error of the job's own ends the process: what a GPU error leaves behind cannot be trusted, and the job goes on in
    the next process at its first unpainted frame. Raises ServerError where the server is gone.
    """
    while True:
        lease = link.claim(name, trainer.devices if trainer else ())
        if isinstance(lease, TrainingLease) and trainer is not None:
            _log.info("Training %s: %s goes on at step %s.", lease.training.id, lease.training.plan.name, _step(lease))
            train(LeasedTraining(link, lease), lease, trainer)
        elif isinstance(lease, Lease):
            _log.info("Job %s: frames %s of %s are painted.", lease.job.id, lease.job.frames_done, lease.job.frames_total)
            work_on(LeasedJob(link, lease), lease, model_of)


def work_on(leased: LeasedJob, lease: Lease, model_of: ModelOf) -> None:
    """Paint one job, or say why it cannot be painted."""

    def paint() -> None:
        with Heartbeat(leased) as beat:
            model: VideoModel = model_of(lease.job.recipe)
            paint_job(leased, model, beat)

    too_much = "The pictures need more memory than the machine or its GPU has; choose a smaller size."
    _do(paint, _Work(f"Job {lease.job.id}", "The job cannot be painted", too_much, lease.job.attempts, leased.failed))


def train(leased: LeasedTraining, lease: TrainingLease, trainer: Trainer) -> None:
    """Train one look, or say why it cannot be trained."""
    too_much = "The training needs more memory than the machine or its GPU has; train on another device."
    training = lease.training
    work = _Work(f"Training {training.id}", "The look cannot be trained", too_much, training.attempts, leased.failed)
    _do(lambda: train_on_lease(leased, trainer), work)


@dataclass(frozen=True)
class _Work:
    """Something on lease: what it is called, what is said when it fails, the how many-th attempt this is, whom to tell."""

    name: str
    title: str
    too_much: str
    attempts: int
    failed: Callable[[Problem], None]


def _do(act: Callable[[], None], work: _Work) -> None:
    try:
        act()
    except LeaseLostError as error:
        _log.info("%s: %s", work.name, error.message)
    except _FINAL as error:
        _log.warning("%s: %s", work.name, error)
        _fail(work, error)
    except Exception as error:
        if _out_of_memory(error) and work.attempts > 1:  # once it may have been another program's doing
            _fail(work, LimitError("memory-full", work.too_much))
        raise


def _step(lease: TrainingLease) -> int:
    return lease.training.checkpoint.step if lease.training.checkpoint else 0


def _out_of_memory(error: Exception) -> bool:
    """Say whether memory ran out; torch has an error of its own for its devices."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _fail(work: _Work, error: PaintoverError) -> None:
    try:
        work.failed(Problem(work.title, 422, error.message, error.code))
    except LeaseLostError as lost:
        _log.info("%s: %s", work.name, lost.message)
