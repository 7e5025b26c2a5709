"""`paintover render`: paint a shot's folder on a server that runs, or on one of its own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from maya_plugin.client import Address, Connection, check_server, find_server
from render_server.cli.console import Stages, stages
from render_server.cli.servers import own_server
from render_server.cli.take import Outcome, paint_and_report
from render_server.jobs.data_folder import DataFolder
from render_server.settings import default_data_folder
from shot_format.errors import MissingError, ServerError
from shot_format.files import storage_errors
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe


def run_render(
    shot: Path, recipe: Recipe, out: Path, server: str | None, token_file: Path | None, data: Path | None, report: bool
) -> Outcome:
    """Paint a shot. Without a server's address, one is started for the data folder and stopped again.

    Stopped and started again, it goes on with the frames that are missing. Raises what `paint_and_report` raises, and ServerError
    ("server-start", "server-unreachable").
    """
    folder = ShotFolder(shot)
    folder.read()  # a broken shot should be told of before a server starts
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with stages() as bars, ExitStack() as stack:
        connection = connect(stack, bars, server, token_file, data)
        check_server(connection)  # a wrong address is told at once, before the patience of an upload begins
        store = DataFolder(data or default_data_folder()).looks
        return paint_and_report(connection, folder, folder, recipe, out, bars, store, report)


def connect(stack: ExitStack, bars: Stages, server: str | None, token_file: Path | None, data: Path | None) -> Connection:
    """Connect to the server that is named, to the one that runs here, or to one of the command's own, which ends with the stack."""
    address = find_server(server, token_file, data) if server else _running_server(data)
    return stack.enter_context(Connection(address) if address else own_server(data or default_data_folder(), bars))


def _running_server(data: Path | None) -> Address | None:
    """The server that works in the data folder already, if one does."""
    try:
        address = find_server(data=data or default_data_folder())
        with Connection(address) as connection:
            check_server(connection)
    except (MissingError, ServerError):
        return None
    return address
