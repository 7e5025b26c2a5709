"""Checkpoints and previews: the file first, whole and synced, then its row in one transaction. A row therefore always has its file.

Of checkpoints the last two are kept, of previews so many; what is over is deleted after the row, so that a kill leaves a file at most,
which goes with the next.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from render_server.jobs import arrivals, bell, tables, training_leases, training_log, trainings
from render_server.jobs.arrivals import Arrived
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.looks.trainings import CurvePoint, Curves, StepFile
from shot_format.blobs import PNG
from shot_format.codec import from_json
from shot_format.errors import FormatError, MissingError
from shot_format.limits import MAX_FRAME_JSON_BYTES

KEPT_CHECKPOINTS = 2
MAX_PREVIEWS = 200  # when there are more, every other one goes


def check_sent(arrived: Arrived, sha256: str) -> None:
    """Refuse a file that is not the one that was announced. Raises FormatError ("file-hash")."""
    if arrived.sha256 != sha256 or not arrived.size:
        raise FormatError("file-hash", "The file does not have the announced hash; send it again.")


def enter_checkpoint(
    ledger: Ledger, files: DataFolder, training: str, token: str, sent: StepFile, arrived: Arrived, seconds: float
) -> bool:
    """Give a checkpoint that arrived its place and row, and renew the lease; False: it was the newest already.

    Raises FormatError ("file-hash"), ConflictError ("lease-lost", "training-cancelled"), StorageError.
    """
    table = tables.checkpoints
    try:
        check_sent(arrived, sent.sha256)
        with ledger.write() as tx:
            training_leases.running(tx, training, token)
            training_leases.renew(tx, training, seconds)
            newest = trainings.newest_checkpoint(tx, training)
            if newest is not None and (newest.step, newest.sha256) == (sent.step, sent.sha256):
                return False
            arrivals.settle(arrived, files.checkpoint(training, sent.step, sent.sha256))
            numbers = list(tx.execute(select(table.c.number).where(table.c.training == training).order_by(table.c.number)).scalars())
            number = numbers[-1] + 1 if numbers else 1
            tx.execute(insert(table).values(training=training, number=number, step=sent.step, sha256=sent.sha256, bytes=arrived.size))
            tx.execute(delete(table).where(table.c.training == training, table.c.number <= number - KEPT_CHECKPOINTS))
            tx.execute(update(tables.trainings).where(tables.trainings.c.id == training).values(attempts=0))
    finally:
        _drop(arrived)
    sweep(ledger, files, training)
    return True


def enter_preview(ledger: Ledger, files: DataFolder, training: str, token: str, sent: StepFile, arrived: Arrived, seconds: float) -> bool:
    """Give a preview sheet that arrived its place, row and event, and renew the lease; False: it was there already.

    Raises FormatError ("file-hash", "preview-broken"), ConflictError ("lease-lost", "training-cancelled"), StorageError.
    """
    try:
        check_sent(arrived, sent.sha256)
        if not arrived.head.startswith(PNG):
            raise FormatError("preview-broken", "A preview sheet is a PNG.")
        with ledger.write() as tx:
            row = training_leases.running(tx, training, token)
            training_leases.renew(tx, training, seconds)
            new = _enter_preview(tx, files, training, StepFile(sent.step, sent.sha256, arrived.size), arrived, row.lease_worker)
    finally:
        _drop(arrived)
    if new:
        sweep(ledger, files, training)
        ledger.bell.ring(bell.of_training(training))
    return new


def _enter_preview(tx: Connection, files: DataFolder, training: str, sent: StepFile, arrived: Arrived, worker: str) -> bool:
    table = tables.previews
    rows = tx.execute(select(table).where(table.c.training == training).order_by(table.c.step)).all()
    if any((row.step, row.sha256) == (sent.step, sent.sha256) for row in rows):
        return False
    arrivals.settle(arrived, files.preview(training, sent.step, sent.sha256))
    entry = insert_or(table).values(training=training, **vars(sent))
    tx.execute(entry.on_conflict_do_update(index_elements=["training", "step"], set_={"sha256": sent.sha256, "bytes": sent.bytes}))
    if len(rows) >= MAX_PREVIEWS:
        tx.execute(delete(table).where(table.c.training == training, table.c.step.in_([row.step for row in rows[1::2]])))
    training_log.append(tx, training, "preview", worker, preview=sent)
    return True


def find_preview(ledger: Ledger, files: DataFolder, training: str, step: int) -> tuple[Path, str]:
    """Where the preview sheet of a step lies, and its hash. Raises MissingError ("preview-unknown")."""
    table = tables.previews
    with ledger.read() as tx:
        sha256 = tx.execute(select(table.c.sha256).where(table.c.training == training, table.c.step == step)).scalar()
    place = files.preview(training, step, sha256 or "")
    if sha256 is None or not place.is_file():
        raise MissingError("preview-unknown", f"The training '{training}' has no preview of step {step}.")
    return place, sha256


def find_checkpoint(ledger: Ledger, files: DataFolder, training: str, token: str) -> Path:
    """Where the newest checkpoint of a training on lease lies. Raises ConflictError ("lease-lost"), MissingError ("checkpoint-unknown")."""
    with ledger.read() as tx:
        training_leases.held(tx, training, token)
        found = trainings.newest_checkpoint(tx, training)
    place = files.checkpoint(training, found.step, found.sha256) if found else None
    if place is None or not place.is_file():
        raise MissingError("checkpoint-unknown", f"The training '{training}' has no checkpoint.")
    return place


def read_curves(ledger: Ledger, training: str) -> Curves:
    """All figures of a training, by step."""
    table = tables.curves
    with ledger.read() as tx:
        bodies = tx.execute(select(table.c.body).where(table.c.training == training).order_by(table.c.step)).scalars()
        return Curves(training, tuple(from_json(CurvePoint, body, MAX_FRAME_JSON_BYTES, "point") for body in bodies))


def sweep(ledger: Ledger, files: DataFolder, training: str) -> None:
    """Delete the files of a training that its rows do not name; of one that has ended well or was cancelled its checkpoints too."""
    with ledger.read() as tx:
        row = trainings.find_training(tx, training)
        kept = {files.preview(training, each.step, each.sha256) for each in _rows(tx, tables.previews, training)}
        if row.state not in ("done", "cancelled"):
            kept |= {files.checkpoint(training, each.step, each.sha256) for each in _rows(tx, tables.checkpoints, training)}
            kept |= {files.result(training, row.result_sha256)} if row.result_sha256 else set()
    for pattern in ("*.checkpoint", "*.png", "*.paintover"):
        for place in files.training(training).glob(pattern):
            if place not in kept:
                place.unlink(missing_ok=True)


def _rows(tx: Connection, table: Any, training: str) -> Any:
    return tx.execute(select(table).where(table.c.training == training)).all()


def _drop(arrived: Arrived) -> None:
    with suppress(FileNotFoundError):
        arrived.place.unlink()
