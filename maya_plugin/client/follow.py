"""Follow a job: its events as they come, none lost and none twice, whatever happens to the connection."""

from __future__ import annotations

from collections.abc import Iterator

from maya_plugin.client.connection import Connection, Retries
from maya_plugin.client.sse import MAX_MESSAGE_BYTES, Message, read_messages
from shot_format.codec import from_json
from shot_format.errors import FormatError, ServerError
from shot_format.messages import Event

LAST_EVENTS = ("done", "failed", "cancelled")


def follow(connection: Connection, job: str, after: int = 0) -> Iterator[Event]:
    """Yield a job's events from number `after` + 1 up to its last (done, failed or cancelled), as they come.

    A broken or silent stream is taken up again behind the last event. To end it early, close the generator, or hang the connection up
    from another thread. Raises ServerError ("job-unknown", "server-unreachable", "server-answer"), CancelledError ("stopped").
    """
    retries, last = Retries(connection), after
    while True:
        try:
            for event in _stream(connection, job, last, retries):
                last = event.number
                yield event
                if event.type in LAST_EVENTS:
                    return
            ended = _ended(connection)
        except ServerError as error:
            ended = error
        retries.wait(ended)


def _stream(connection: Connection, job: str, last: int, retries: Retries) -> Iterator[Event]:
    """Yield the events of one stream, until it breaks or ends. An event that came before is passed over; a gap is refused."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": str(last)} if last else {})}
    with connection.open("GET", f"/v1/jobs/{job}/events", headers=headers, silence=connection.patience.silence) as response:
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            raise _not_understood(connection, "it is no event stream")
        try:
            for event in map(_event, read_messages(_alive(response.iter_raw(), retries))):
                if event.job != job or event.number > last + 1:
                    raise _not_understood(connection, f"event {last + 1} of the job is missing")
                if event.number == last + 1:
                    last = event.number
                    yield event
        except FormatError as error:
            raise _not_understood(connection, error.message) from error


def _alive(pieces: Iterator[bytes], retries: Retries) -> Iterator[bytes]:
    for piece in pieces:
        retries.moved()
        yield piece


def _event(message: Message) -> Event:
    event = from_json(Event, message.data, MAX_MESSAGE_BYTES, "event")
    if message.id != str(event.number) or message.type != event.type or (event.type == "frame") != (event.frame is not None):
        raise FormatError("events-broken", "An event's head and its data differ.")
    return event


def _not_understood(connection: Connection, what: str) -> ServerError:
    return ServerError("server-answer", f"{connection.address.url} sent events that this version does not understand: {what}")


def _ended(connection: Connection) -> ServerError:
    return ServerError("server-unreachable", f"The server at {connection.address.url} ends every event stream at once; look at its log.")
