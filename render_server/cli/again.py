"""`paintover render --again FRAME`: the take that a frame belongs to, painted once more from what the frame says of itself."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from maya_plugin.client import FrameRequest, check_server, fetch_frame, follow, submit, upload_folder
from render_server.cli.console import people, stages
from render_server.cli.render import connect
from render_server.cli.take import fetch_proof
from render_server.provenance.evidence import SIGNED
from render_server.provenance.metadata import read_record
from render_server.provenance.record import FrameRecord, shot_sha256
from shot_format.blobs import sha256
from shot_format.codec import to_json
from shot_format.errors import FormatError, MissingError, ServerError
from shot_format.files import storage_errors, write_whole
from shot_format.folder import ShotFolder
from shot_format.messages import Job, JobRequest


def run_again(frame: Path, shot: Path | None, out: Path, server: str | None, token_file: Path | None, data: Path | None) -> Job:
    """Paint the take of a frame again, into `out/frames`.

    shot: its folder; None: as the server still has it, by the take.json that lies with the frame. Raises MissingError ("record-missing",
    "shot-missing"), FormatError ("shot-differs"), ServerError ("look-unknown", "recipe-model", …).
    """
    record = _read(frame)
    if shot is not None:
        _check_same(record, ShotFolder(shot))
    with storage_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with stages() as bars, ExitStack() as stack:
        connection = connect(stack, bars, server, token_file, data)
        check_server(connection)
        if shot is not None:
            upload_folder(connection, ShotFolder(shot))
        name = ShotFolder(shot).read().shot.id if shot else _shot_id(frame)
        job = submit(connection, JobRequest(name, record.recipe, again=True))
        request = _request(record, out)
        for event in follow(connection, job.id):
            if event.type in ("failed", "cancelled"):
                raise ServerError(event.problem.code if event.problem else "job-failed", "The take could not be painted again.")
            if event.frame is not None:
                fetch_frame(connection, job.id, event.frame, request)
                bars.update("painting again", event.frame.number - request.first + 1, request.total)
        write_whole(out / SIGNED, to_json(fetch_proof(connection, job.id)).encode())
    _tell(frame, request.path(record.frame))
    return job


def _read(frame: Path) -> FrameRecord:
    if not frame.is_file():
        raise MissingError("frame-missing", f"There is no frame {frame}.")
    with storage_errors(frame):
        record = read_record(frame.read_bytes())
    if record is None:
        raise MissingError("record-missing", f"{frame.name} says nothing of how it was painted: its metadata are gone.")
    return record


def _check_same(record: FrameRecord, folder: ShotFolder) -> None:
    file = folder.read()
    frame = next((each for each in file.frames if each.number == record.frame), None)
    if shot_sha256(file.shot) != record.shot_sha256 or frame is None or sha256(to_json(frame).encode()) != record.source_sha256:
        raise FormatError("shot-differs", f"The shot in {folder.path} is not the one that the frame was painted from.")


def _shot_id(frame: Path) -> str:
    for folder in (frame.parent, frame.parent.parent):
        try:
            return str(json.loads((folder / "take.json").read_text("utf-8"))["shot"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    raise MissingError("shot-missing", f"No take.json lies with {frame.name}; name the shot's folder: paintover render SHOT --again FRAME.")


def _request(record: FrameRecord, out: Path) -> FrameRequest:
    recipe = record.recipe
    first, last = recipe.first, recipe.last
    if first is None or last is None:
        raise FormatError("recipe-open", "The frame's recipe is not whole; it was not painted by a server.")
    return FrameRequest(first, last, record.width, record.height, out / "frames")


def _tell(frame: Path, again: Path) -> None:
    same = frame.read_bytes() == again.read_bytes()
    words = "Its bytes are the same." if same else "Its bytes differ: 'paintover verify' says whether the first one was changed."
    people.print(f"{again} is {frame.name} again. {words}", markup=False)
