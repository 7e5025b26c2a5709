"""What workers had on lease, jobs and trainings, taken back when they die."""

from __future__ import annotations

import time

from render_server.jobs import leases, tables, training_leases
from render_server.jobs.ledger import Ledger
from shot_format.messages import Problem

_trainings = tables.trainings


def take_back_from(ledger: Ledger, worker: str, reason: str) -> None:
    """Take back what a worker that died had on lease."""
    leases.take_back_from(ledger, worker, reason)
    problem = Problem("The worker stopped", 500, reason, "worker-died")
    training_leases.take_back(ledger, _trainings.c.lease_worker == worker, problem)


def take_back_expired(ledger: Ledger) -> list[str]:
    """Take back the leases that were not renewed in time, and name the workers that fell silent."""
    problem = Problem("The worker fell silent", 500, "The worker was not heard of in time.", "worker-silent")
    silent = leases.take_back_expired(ledger)
    return silent + training_leases.take_back(ledger, _trainings.c.lease_ends < time.time(), problem)


def take_back_all(ledger: Ledger) -> None:
    """After a start: put everything that was running back. It was the server that stopped, so no attempt is counted."""
    leases.take_back_all(ledger)
    training_leases.take_back(ledger, _trainings.c.lease_worker.is_not(None), None)
