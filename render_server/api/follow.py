"""Server-sent events: replays a job's log from the ledger, then follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from anyio import to_thread

from render_server.jobs import bell
from render_server.jobs.events import LAST_TYPES, LoggedEvent, events_after
from render_server.jobs.ledger import Ledger


async def follow(ledger: Ledger, job: str, after: int, comment_time: float) -> AsyncIterator[str]:
    """Give a job's events after a number as text/event-stream, until the last one, or until the server stops."""
    with ledger.bell.listen(bell.of_job(job)) as listener:
        while not ledger.bell.closed:
            events = await to_thread.run_sync(events_after, ledger, job, after)
            for event in events:
                after = event.number
                yield _line(event)
            if events and events[-1].type in LAST_TYPES:
                return
            if not events and not await listener.wait(comment_time):
                yield ": still here\n\n"


def _line(event: LoggedEvent) -> str:
    return f"id: {event.number}\nevent: {event.type}\ndata: {event.body}\n\n"
