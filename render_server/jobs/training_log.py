"""A training's log: numbered from 1 without a gap, written in the same transaction as what it tells, with who did it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select

from render_server.jobs import tables
from render_server.jobs.events import LoggedEvent
from render_server.jobs.ledger import Ledger, now
from render_server.looks.trainings import TrainingEvent
from shot_format.codec import to_json

_AT_ONCE = 500
_table = tables.training_events


def append(tx: Connection, training: str, type: str, who: str, **told: Any) -> None:
    """Write the next event of a training."""
    event = TrainingEvent(last_number(tx, training) + 1, training, type, now(), who, **told)
    tx.execute(insert(_table).values(training=training, number=event.number, type=type, body=to_json(event)))


def last_number(tx: Connection, training: str) -> int:
    """Give the number of a training's newest event, 0 where it has none."""
    return tx.execute(select(func.max(_table.c.number)).where(_table.c.training == training)).scalar() or 0


def has(tx: Connection, training: str, type: str) -> bool:
    """Whether an event of this kind is in a training's log."""
    return tx.execute(select(_table.c.number).where(_table.c.training == training, _table.c.type == type).limit(1)).first() is not None


def events_after(ledger: Ledger, training: str, number: int) -> list[LoggedEvent]:
    """Read the events that follow one, in order, some hundreds at a time."""
    query = select(_table.c.number, _table.c.type, _table.c.body).where(_table.c.training == training, _table.c.number > number)
    with ledger.read() as tx:
        return [LoggedEvent(*row) for row in tx.execute(query.order_by(_table.c.number).limit(_AT_ONCE))]
