"""Server-sent events: replays a log from the ledger, then follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from anyio import to_thread

from render_server.jobs import bell, events, training_log
from render_server.jobs.events import LAST_TYPES, LoggedEvent
from render_server.jobs.ledger import Ledger


@dataclass(frozen=True)
class Log:
    """A log: the bell that rings when it grows, and what reads the events after a number."""

    bell: str
    read: Callable[[Ledger, str, int], list[LoggedEvent]]
    owner: str  # a job or a training


def of_job(job: str) -> Log:
    """A job's log."""
    return Log(bell.of_job(job), events.events_after, job)


def of_training(training: str) -> Log:
    """A training's log."""
    return Log(bell.of_training(training), training_log.events_after, training)


async def follow(ledger: Ledger, log: Log, after: int, comment_time: float) -> AsyncIterator[str]:
    """Give a log's events after a number as text/event-stream, until the last one, or until the server stops."""
    with ledger.bell.listen(log.bell) as listener:
        while not ledger.bell.closed:
            events = await to_thread.run_sync(log.read, ledger, log.owner, after)
            for event in events:
                after = event.number
                yield _line(event)
            if events and events[-1].type in LAST_TYPES:
                return
            if not events and not await listener.wait(comment_time):
                yield ": still here\n\n"


def _line(event: LoggedEvent) -> str:
    return f"id: {event.number}\nevent: {event.type}\ndata: {event.body}\n\n"
