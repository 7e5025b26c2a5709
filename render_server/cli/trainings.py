"""`paintover training …`: the trainings of a server: listed, followed, paused, finished early, cancelled."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from render_server.cli.console import Stages, people, print_json, reports_errors, stages
from render_server.cli.train import figures_in_words
from shot_format.codec import encode

if TYPE_CHECKING:
    from maya_plugin.client import Connection
    from render_server.looks.trainings import Training, TrainingEvent

app = typer.Typer(name="training", no_args_is_help=True, help="Trainings on a server: list, show, follow, pause, resume, finish, cancel.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As 'paintover training list' shows it.")]
ServerOption = Annotated[str | None, typer.Option("--server", metavar="URL", help="The server; the one that is paired or runs here.")]
TokenOption = Annotated[Path | None, typer.Option("--token-file", help="The file that holds that server's token.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder of a server on this machine.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who says so; the user of this machine where not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


@app.command(name="list")
@reports_errors
def list_(server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None, json: JsonOption = False) -> None:
    """List the trainings, newest first."""
    from render_server.looks.trainings import Training

    with _connected(server, token_file, data) as connection:
        found = connection.ask_list(Training, "/v1/trainings")
    for training in found:
        _say(training)
    if json:
        print_json({"trainings": [encode(each) for each in found]})


@app.command()
@reports_errors
def show(
    id: IdArgument, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None, json: JsonOption = False
) -> None:
    """Say how far a training is, and on what it is trained."""
    from render_server.looks.trainings import Training

    with _connected(server, token_file, data) as connection:
        training = connection.ask(Training, "GET", _path(id))
    _say(training)
    people.print(f"art {training.art}, {len(training.pieces)} pieces, manifest {training.manifest_sha256}", markup=False)
    if training.checkpoint:
        people.print(f"newest checkpoint: step {training.checkpoint.step}; previews: {len(training.previews)}", markup=False)
    if json:
        print_json(encode(training))


@app.command()
@reports_errors
def pause(
    id: IdArgument, by: ByOption = None, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Pause a training, once it has kept a checkpoint."""
    _change(id, "pause", by, server, token_file, data, json)


@app.command()
@reports_errors
def resume(
    id: IdArgument, by: ByOption = None, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Let a training go on that was paused, or that failed."""
    _change(id, "resume", by, server, token_file, data, json)


@app.command()
@reports_errors
def finish(
    id: IdArgument, by: ByOption = None, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Stop a training and keep the best so far as its look."""
    _change(id, "finish", by, server, token_file, data, json)


@app.command()
@reports_errors
def cancel(
    id: IdArgument, by: ByOption = None, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Cancel a training; its checkpoints are deleted."""
    _change(id, "cancel", by, server, token_file, data, json)


@app.command()
@reports_errors
def follow(
    id: IdArgument, server: ServerOption = None, token_file: TokenOption = None, data: DataOption = None, json: JsonOption = False
) -> None:
    """Watch a training until it ends, or is paused."""
    from render_server.looks.trainings import Training

    with _connected(server, token_file, data) as connection, stages() as bars:
        for event in _events(connection, id):
            _tell(event, bars)
        training = connection.ask(Training, "GET", _path(id))
    _say(training)
    if json:
        print_json(encode(training))


def _tell(event: TrainingEvent, bars: Stages) -> None:
    if event.report:
        bars.update(event.report.stage, event.report.step, event.report.steps or None)
        if event.report.figures:
            people.print(f"step {event.report.step}: {figures_in_words(event.report.figures)}", markup=False)
        for remark in event.report.remarks:
            people.print(remark, markup=False)
    elif event.type not in ("preview", "progress"):
        wish = f" to {event.wish}" if event.wish else ""
        people.print(f"{event.time[11:19]} {event.type}{wish}, {event.who}", markup=False)


def _events(connection: Connection, id: str) -> Iterator[TrainingEvent]:
    """A training's events until it ends or is paused, none lost and none twice, whatever happens to the connection."""
    from maya_plugin.client.connection import Retries
    from maya_plugin.client.sse import MAX_MESSAGE_BYTES, read_messages
    from render_server.looks.trainings import LAST_STATES, TrainingEvent
    from shot_format.codec import from_json
    from shot_format.errors import ServerError

    retries, last = Retries(connection), 0
    ended = ServerError("server-unreachable", "The server ended the stream of events.")
    while True:
        try:
            headers = {"Last-Event-ID": str(last)}
            with connection.open("GET", f"{_path(id)}/events", headers=headers, silence=connection.patience.silence) as response:
                for message in read_messages(response.iter_raw()):
                    event = from_json(TrainingEvent, message.data, MAX_MESSAGE_BYTES, "event")
                    retries.moved()
                    last = event.number
                    yield event
                    if event.type in ("paused", *LAST_STATES) and _rests(connection, id):
                        return
        except ServerError as error:
            ended = error
        retries.wait(ended)


def _rests(connection: Connection, id: str) -> bool:
    """Whether a training has not been taken up again since."""
    from render_server.looks.trainings import LAST_STATES, Training

    return connection.ask(Training, "GET", _path(id)).state in ("paused", *LAST_STATES)


def _change(id: str, act: str, by: str | None, server: str | None, token_file: Path | None, data: Path | None, json: bool) -> None:
    from render_server.looks.trainings import Training

    who = quote(by or getpass.getuser())
    method, path = ("DELETE", _path(id)) if act == "cancel" else ("POST", f"{_path(id)}/{act}")
    with _connected(server, token_file, data) as connection:
        training = connection.ask(Training, method, f"{path}?by={who}")
    _say(training)
    if json:
        print_json(encode(training))


def _connected(server: str | None, token_file: Path | None, data: Path | None) -> Connection:
    from maya_plugin.client import Connection, find_server

    return Connection(find_server(server, token_file, data))


def _path(id: str) -> str:
    return f"/v1/trainings/{quote(id, safe='')}"


def _say(training: Training) -> None:
    report = training.report
    far = f", step {report.step} of {report.steps}" if report and report.steps else ""
    left = f", {report.left / 60:.0f} minutes left" if report and training.state == "running" and report.left >= 60 else ""
    asked = f", asked to {training.wish}" if training.wish != "go on" else ""
    made = f": {training.look}" if training.look else ""
    people.print(f"{training.id}  {training.plan.name}  {training.state}{far}{left}{asked}{made}", markup=False)
    if training.problem:
        people.print(training.problem.detail, markup=False)
