"""The folders in which shots' passes lie as files for other tools."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

from sqlalchemy import select

from render_server.jobs import tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger
from render_server.jobs.shots import find_shot
from render_server.jobs.shows import outside
from shot_format.codec import from_json
from shot_format.errors import MissingError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import ExportStatus, PassFile
from shot_format.pass_names import EXPORT_FILE, pass_file_name


def prepare(ledger: Ledger, files: DataFolder, shot: str) -> None:
    """Write the shot.json that an export is made from. Raises MissingError ("shot-unknown"), ConflictError ("shot-open"), StorageError."""
    frames = tables.frames
    with ledger.read() as tx:
        row = find_shot(tx, shot)
        if not row.closed:
            raise ConflictError("shot-open", f"Frames of '{outside(shot)}' may still come; close the shot, then ask for its passes.")
        bodies = tx.execute(select(frames.c.body).where(frames.c.shot == shot).order_by(frames.c.number)).scalars()
        text = f'{{"shot":{row.head},"frames":[{",".join(bodies)}]}}'
    write_whole(files.export(shot) / "shot.json", text.encode())


def read_status(files: DataFolder, shot: str) -> ExportStatus:
    """How far an export is by what it wrote; one that wrote nothing yet is at its beginning. Raises StorageError, FormatError."""
    place = files.export(shot) / EXPORT_FILE
    if not place.is_file():
        return ExportStatus(outside(shot), "running", 0, 0)
    with storage_errors(place):
        return _parsed(place, place.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _parsed(place: Path, changed: int) -> ExportStatus:
    """Of a state of the file: each pass file that is fetched asks for it, and it lists them all."""
    return from_json(ExportStatus, place.read_bytes(), MAX_JSON_BYTES, EXPORT_FILE)


def find_file(files: DataFolder, shot: str, name: str, number: int) -> tuple[PassFile, Path]:
    """A pass file and where it lies. Raises MissingError ("pass-missing")."""
    found = next((each for each in read_status(files, shot).files if (each.name, each.number) == (name, number)), None)
    if found is None:
        raise MissingError("pass-missing", f"There is no {name} of frame {number} of '{outside(shot)}' (yet).")
    return found, files.export(shot) / pass_file_name(found.name, found.number)


def delete(files: DataFolder, shot: str) -> None:
    """Delete an export's folder. Raises StorageError."""
    folder = files.export(shot)
    with storage_errors(folder):
        if folder.is_dir():
            shutil.rmtree(folder)
