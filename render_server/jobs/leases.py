"""Jobs as a worker sees them: lent for a while, renewed by every sign of life, given back when it dies.

The token of a lease is known to its worker alone; the ledger holds its hash. Whoever comes with an old one is refused, so that a worker
that was given up cannot write into the work of the next.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, and_, exists, func, or_, select, update

from render_server.jobs import bell, events, queue, tables
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger, hashed
from shot_format.messages import Lease, Problem

MAX_ATTEMPTS = 5  # in a row, without a new frame

_jobs = tables.jobs


def claim(ledger: Ledger, worker: str, seconds: float) -> Lease | None:
    """Lend the oldest job that can go on to a worker; None: there is none."""
    token = secrets.token_urlsafe(32)
    values = {"state": "running", "attempts": _jobs.c.attempts + 1, "lease_worker": worker, **_lease(token, seconds)}
    with ledger.write() as tx:
        query = update(_jobs).where(_jobs.c.sequence == _next_claimable(), _jobs.c.state == "queued").values(values)
        row = tx.execute(query.returning(_jobs)).first()
        if row is None:
            return None
        events.append(tx, row.id, "started" if events.last_number(tx, row.id) == 1 else "resumed")  # 1 is "queued"
    ledger.bell.ring(bell.of_job(row.id))
    return Lease(queue.read_job(row), token, seconds)


def heartbeat(ledger: Ledger, job: str, token: str, seconds: float) -> bool:
    """Renew a lease; True: the job was cancelled. Raises ConflictError ("lease-lost")."""
    with ledger.write() as tx:
        row = held(tx, job, token)
        renew(tx, job, seconds)
    return bool(row.state == "cancelled")


def done(ledger: Ledger, job: str, token: str) -> None:
    """End a job whose frames are all there. Raises ConflictError ("lease-lost", "job-cancelled", "job-incomplete")."""
    with ledger.write() as tx:
        row = running(tx, job, token)
        total = row.last - row.first + 1
        if row.frames_done < total:
            raise ConflictError("job-incomplete", f"Only {row.frames_done} of the job's {total} frames are painted.")
        _let_go(tx, [row])
        queue.end(tx, job, "done")
    ledger.bell.ring(bell.of_job(job))


def failed(ledger: Ledger, job: str, token: str, problem: Problem) -> None:
    """End a job that cannot be painted. Raises ConflictError ("lease-lost", "job-cancelled")."""
    with ledger.write() as tx:
        _let_go(tx, [running(tx, job, token)])
        queue.end(tx, job, "failed", problem)
    ledger.bell.ring(bell.of_job(job))


def pause(ledger: Ledger, job: str, token: str) -> None:
    """Take a job back that waits for frames, until there is one to paint. Raises ConflictError ("lease-lost", "job-cancelled")."""
    with ledger.write() as tx:
        row = running(tx, job, token)
        _let_go(tx, [row])
        tx.execute(update(_jobs).where(_jobs.c.id == job).values(state="queued", attempts=max(row.attempts - 1, 0)))
    ledger.bell.ring(bell.QUEUE)


def take_back_from(ledger: Ledger, worker: str, reason: str) -> None:
    """Take back what a worker that died had on lease."""
    _take_back(ledger, _jobs.c.lease_worker == worker, Problem("The worker stopped", 500, reason, "worker-died"))


def take_back_expired(ledger: Ledger) -> list[str]:
    """Take back the leases that were not renewed in time, and name the workers that fell silent."""
    problem = Problem("The worker fell silent", 500, "The worker was not heard of in time.", "worker-silent")
    return _take_back(ledger, _jobs.c.lease_ends < time.time(), problem)


def take_back_all(ledger: Ledger) -> None:
    """After a start: put every running job back. It was the server that stopped, so no attempt is counted."""
    with ledger.write() as tx:
        rows = tx.execute(select(_jobs).where(_jobs.c.state == "running")).all()
        _let_go(tx, rows)
        for row in rows:
            tx.execute(update(_jobs).where(_jobs.c.id == row.id).values(state="queued", attempts=max(row.attempts - 1, 0)))


def held(tx: Connection, job: str, token: str) -> Row[Any]:
    """Find the job that a lease is for, running or cancelled. Raises MissingError ("job-unknown"), ConflictError ("lease-lost")."""
    row = queue.find_job(tx, job)
    right = hmac.compare_digest(row.lease_sha256 or "", hashed(token))
    if not right or row.state not in ("running", "cancelled") or row.lease_ends < time.time():
        raise ConflictError("lease-lost", "This lease has run out and the job may be another worker's; drop the work.")
    return row


def running(tx: Connection, job: str, token: str) -> Row[Any]:
    """Find the running job that a lease is for. Raises what `held` raises, and ConflictError ("job-cancelled")."""
    row = held(tx, job, token)
    if row.state == "cancelled":
        raise ConflictError("job-cancelled", "The job was cancelled; drop the work.")
    return row


def renew(tx: Connection, job: str, seconds: float) -> None:
    """Let a lease run anew."""
    tx.execute(update(_jobs).where(_jobs.c.id == job).values(lease_ends=time.time() + seconds))


def _lease(token: str, seconds: float) -> dict[str, Any]:
    return {"lease_sha256": hashed(token), "lease_ends": time.time() + seconds}


def count_claimable(tx: Connection) -> int:
    """How many jobs wait for nothing but a worker."""
    return tx.execute(select(func.count()).select_from(_jobs).where(_claimable())).scalar_one()


def _next_claimable() -> ScalarSelect[Any]:
    """Pick the oldest job that can go on."""
    return select(_jobs.c.sequence).where(_claimable()).order_by(_jobs.c.sequence).limit(1).scalar_subquery()


def _claimable() -> ColumnElement[bool]:
    """Queued jobs whose next frame is there with all its blobs, or which have nothing left to paint."""
    frames, wanted = tables.frames, tables.wanted
    lacks_blobs = exists().where(and_(wanted.c.shot == frames.c.shot, wanted.c.frame == frames.c.number))
    next_frame = and_(frames.c.shot == _jobs.c.shot, frames.c.number == _jobs.c.first + _jobs.c.frames_done, ~lacks_blobs)
    all_painted = _jobs.c.first + _jobs.c.frames_done > _jobs.c.last
    return and_(_jobs.c.state == "queued", or_(all_painted, exists().where(next_frame)))


def _let_go(tx: Connection, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        tx.execute(update(_jobs).where(_jobs.c.id == row.id).values(lease_sha256=None, lease_worker=None, lease_ends=None))


def _take_back(ledger: Ledger, which: ColumnElement[bool], problem: Problem) -> list[str]:
    with ledger.read() as tx:  # mostly there is nothing to do
        if tx.execute(select(_jobs.c.id).where(_jobs.c.state == "running", which)).first() is None:
            return []
    with ledger.write() as tx:
        rows = tx.execute(select(_jobs).where(_jobs.c.state == "running", which)).all()
        _let_go(tx, rows)
        for row in rows:
            _again_or_fail(tx, row, problem)
    ledger.bell.ring(bell.QUEUE, *(bell.of_job(row.id) for row in rows))
    return [row.lease_worker for row in rows]


def _again_or_fail(tx: Connection, row: Row[Any], problem: Problem) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        queue.end(tx, row.id, "failed", problem)
    else:
        tx.execute(update(_jobs).where(_jobs.c.id == row.id).values(state="queued"))
