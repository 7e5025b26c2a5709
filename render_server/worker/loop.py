"""The worker's life: claim a job, paint it, claim the next."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn

from render_server.video_models.base import VideoModel
from render_server.worker.heartbeat import Heartbeat
from render_server.worker.link import LeasedJob, LeaseLostError, Link
from render_server.worker.painting import paint_job
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError
from shot_format.messages import Lease, Problem, Recipe

ModelOf = Callable[[Recipe], VideoModel]

_FINAL = (FormatError, MissingError, LimitError)  # another try would meet them again

_log = logging.getLogger("paintover.worker")


def work(link: Link, name: str, model_of: ModelOf) -> NoReturn:
    """Work for ever.

    Everything but an error of the job's own ends the process: what a GPU error leaves behind cannot be trusted, and the job goes on in
    the next process at its first unpainted frame. Raises ServerError where the server is gone.
    """
    while True:
        lease = link.claim(name)
        if lease is not None:
            _log.info("Job %s: frames %s of %s are painted.", lease.job.id, lease.job.frames_done, lease.job.frames_total)
            work_on(LeasedJob(link, lease), lease, model_of)


def work_on(leased: LeasedJob, lease: Lease, model_of: ModelOf) -> None:
    """Paint one job, or say why it cannot be painted."""
    try:
        with Heartbeat(leased) as beat:
            model: VideoModel = model_of(lease.job.recipe)
            paint_job(leased, model, beat)
    except LeaseLostError as error:
        _log.info("Job %s: %s", lease.job.id, error.message)
    except _FINAL as error:
        _log.warning("Job %s: %s", lease.job.id, error)
        _fail(leased, error)
    except Exception as error:
        if _out_of_memory(error) and lease.job.attempts > 1:  # once it may have been another program's doing
            _fail(
                leased, LimitError("memory-full", "The pictures need more memory than the machine or its GPU has; choose a smaller size.")
            )
        raise


def _out_of_memory(error: Exception) -> bool:
    """Say whether memory ran out; torch has an error of its own for its devices."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _fail(leased: LeasedJob, error: PaintoverError) -> None:
    try:
        leased.failed(Problem("The job cannot be painted", 422, error.message, error.code))
    except LeaseLostError as lost:
        _log.info("Job %s: %s", leased.job.id, lost.message)
