"""Fetch a shot's passes as files for other tools: the server computes them, and each file is checked before it appears on this disk."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from maya_plugin.client.connection import Connection, problem_error
from maya_plugin.client.fetch import download
from maya_plugin.client.pace import Pace
from maya_plugin.client.paint import CANCEL_PATIENCE
from maya_plugin.client.take import Progress
from shot_format.blobs import sha256
from shot_format.errors import PaintoverError, ServerError
from shot_format.files import write_whole
from shot_format.messages import ExportStatus, PassFile
from shot_format.pass_names import pass_file_name
from shot_format.shot import Shot

POLL_TIME = 0.3  # seconds between questions while the server is at work
MOST_BYTES_A_PIXEL = 20  # four float channels, and what packing may add
MOST_BYTES_BESIDE = 1024 * 1024
MOST_TRIES = 5  # a server that is started again forgets what it was asked for


def fetch_passes(
    connection: Connection, shot: Shot, folder: Path, on_progress: Callable[[Progress], None] = lambda progress: None
) -> tuple[Path, ...]:
    """Have the server compute the passes of a shot that it holds whole, and fetch them: `folder/depth/depth.1001.exr` and so on.

    on_progress: told the stage "passes" with frames done, on this thread. What the server wrote is deleted there, however it ends.
    Raises ServerError ("shot-unknown", "shot-open", "export-failed", "frame-broken", …), StorageError, CancelledError.
    """
    try:
        return tuple(_fetched(connection, shot, folder, on_progress))
    finally:
        with contextlib.suppress(PaintoverError), Connection(connection.address, CANCEL_PATIENCE) as line:
            line.call("DELETE", _path(shot))


def _fetched(connection: Connection, shot: Shot, folder: Path, on_progress: Callable[[Progress], None]) -> Iterator[Path]:
    pace, after, tries = Pace(), shot.first - 1, 1
    status = _ask_for(connection, shot)
    while True:
        for file in sorted(status.files, key=lambda each: each.number):
            if file.number > after:
                yield _fetch(connection, shot, folder, file)
        after = max((file.number for file in status.files), default=after)
        pace.step(time.monotonic())
        left = pace.seconds_left(time.monotonic(), shot.last - after)
        on_progress(Progress("passes", status.frames_done, shot.last - shot.first + 1, left))
        if status.state == "done":
            return
        connection.pause(POLL_TIME)
        status, tries = _ask_again(connection, shot, after, tries)


def _ask_again(connection: Connection, shot: Shot, after: int, tries: int) -> tuple[ExportStatus, int]:
    try:
        return _unless_failed(connection.ask(ExportStatus, "GET", f"{_path(shot)}?after={after}")), tries
    except ServerError as error:
        if error.code != "export-unknown" or tries == MOST_TRIES:
            raise
        return _ask_for(connection, shot), tries + 1


def _ask_for(connection: Connection, shot: Shot) -> ExportStatus:
    return _unless_failed(connection.ask(ExportStatus, "PUT", _path(shot)))


def _unless_failed(status: ExportStatus) -> ExportStatus:
    if status.state == "failed":
        raise problem_error(status.problem) if status.problem else ServerError("export-failed", "The server could not export the shot.")
    return status


def _fetch(connection: Connection, shot: Shot, folder: Path, file: PassFile) -> Path:
    if not shot.first <= file.number <= shot.last or file.bytes > shot.width * shot.height * MOST_BYTES_A_PIXEL + MOST_BYTES_BESIDE:
        raise ServerError("frame-unasked", f"The server offers a pass that was not asked for ({file.name} {file.number}); update it.")
    place = folder / file.name / pass_file_name(file.name, file.number)
    data = download(connection, f"{_path(shot)}/{file.name}/{file.number}", file)
    if sha256(data) != file.sha256:
        raise ServerError("frame-broken", f"The pass {place.name} came damaged; export the shot again.")
    write_whole(place, data)
    return place


def _path(shot: Shot) -> str:
    return f"/v1/shots/{shot.id}/export"
