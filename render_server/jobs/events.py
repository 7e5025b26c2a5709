"""A job's log: numbered from 1 without a gap, written in the same transaction as what it tells."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from render_server.jobs import tables
from render_server.jobs.ledger import Ledger, now
from shot_format.codec import to_json
from shot_format.messages import Event, PaintedFrame, Problem

LAST_TYPES = ("done", "failed", "cancelled")
_AT_ONCE = 500


@dataclass(frozen=True)
class LoggedEvent:
    """One event as it is sent: its body is the JSON of an Event."""

    number: int
    type: str
    body: str


def append(tx: Connection, job: str, type: str, frame: PaintedFrame | None = None, problem: Problem | None = None) -> None:
    """Write the next event of a job."""
    event = Event(last_number(tx, job) + 1, job, type, now(), frame, problem)
    tx.execute(insert(tables.events).values(job=job, number=event.number, type=type, body=to_json(event)))


def last_number(tx: Connection, job: str) -> int:
    """Give the number of a job's newest event, 0 where it has none."""
    return tx.execute(select(func.max(tables.events.c.number)).where(tables.events.c.job == job)).scalar() or 0


def events_after(ledger: Ledger, job: str, number: int) -> list[LoggedEvent]:
    """Read the events that follow one, in order, some hundreds at a time."""
    table = tables.events
    query = select(table.c.number, table.c.type, table.c.body).where(table.c.job == job, table.c.number > number)
    with ledger.read() as tx:
        return [LoggedEvent(*row) for row in tx.execute(query.order_by(table.c.number).limit(_AT_ONCE))]
