"""Painted frames: the file first, whole and synced, then its row and its event in one transaction. A row therefore always has its file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from render_server.jobs import arrivals, bell, events, leases, queue, tables
from render_server.jobs.arrivals import Arrived
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger
from shot_format.blobs import PNG
from shot_format.codec import from_json
from shot_format.errors import FormatError, MissingError
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import PaintedFrame, Recipe


async def receive(files: DataFolder, job: str, chunks: AsyncIterator[bytes]) -> Arrived:
    """Write a frame that comes in to a temporary file in its job's folder. Raises StorageError."""
    return await arrivals.receive(files.job(job), chunks)


def enter(ledger: Ledger, files: DataFolder, job: str, token: str, frame: PaintedFrame, arrived: Arrived, seconds: float) -> bool:
    """Give a frame that arrived its place, row and event, and renew the lease; False: the same was there already.

    Raises FormatError ("frame-hash", "frame-broken"), ConflictError ("lease-lost", "job-cancelled", "frame-exists", "frame-order").
    """
    try:
        if arrived.sha256 != frame.sha256:
            raise FormatError("frame-hash", f"The painted frame {frame.number} does not have the announced hash; send it again.")
        new = _enter_checked(ledger, files, job, token, replace(frame, bytes=arrived.size), arrived, seconds)
    finally:
        with suppress(FileNotFoundError):
            arrived.place.unlink()
    ledger.bell.ring(bell.of_job(job))
    return new


def get_painted(ledger: Ledger, files: DataFolder, job: str, number: int) -> tuple[PaintedFrame, Path]:
    """Read what is known of a painted frame, and where it lies. Raises MissingError ("job-unknown", "frame-unpainted", "frame-lost")."""
    with ledger.read() as tx:
        queue.find_job(tx, job)
        row = _find(tx, job, number)
    if row is None:
        raise MissingError("frame-unpainted", f"Frame {number} of the job '{job}' is not painted (yet).")
    place = files.painted(job, number)
    if not place.is_file():
        raise MissingError("frame-lost", f"Frame {number} of the job '{job}' is gone from the server's disk; paint the shot again.")
    return read_painted(row), place


def read_painted(row: Row[Any]) -> PaintedFrame:
    """Read a painted frame's row."""
    return PaintedFrame(row.number, row.sha256, row.bytes, row.seconds, row.source_sha256)


def _enter_checked(ledger: Ledger, files: DataFolder, job: str, token: str, frame: PaintedFrame, arrived: Arrived, seconds: float) -> bool:
    with ledger.write() as tx:
        row = leases.running(tx, job, token)
        leases.renew(tx, job, seconds)
        known = _find(tx, job, frame.number)
        if known is not None:
            if known.sha256 == frame.sha256:
                return False
            raise ConflictError("frame-exists", f"Frame {frame.number} is painted already, with other bytes; it never changes.")
        _check(row, frame, arrived)
        arrivals.settle(arrived, files.painted(job, frame.number))  # inside: nobody else may write this frame between the check and the row
        _write(tx, job, frame, row.frames_done + 1)
    return True


def _check(row: Row[Any], frame: PaintedFrame, arrived: Arrived) -> None:
    if frame.number != row.first + row.frames_done:
        raise ConflictError("frame-order", f"Frame {row.first + row.frames_done} is to be painted next, not {frame.number}.")
    recipe = from_json(Recipe, row.recipe, MAX_FRAME_JSON_BYTES, "recipe")
    size = (int.from_bytes(arrived.head[16:20], "big"), int.from_bytes(arrived.head[20:24], "big"))
    if not arrived.head.startswith(PNG + b"\x00\x00\x00\x0dIHDR") or size != (recipe.width, recipe.height):
        raise FormatError("frame-broken", f"The painted frame {frame.number} is no PNG of {recipe.width} x {recipe.height} pixels.")


def _write(tx: Connection, job: str, frame: PaintedFrame, frames_done: int) -> None:
    tx.execute(insert(tables.painted).values(job=job, **vars(frame)))
    tx.execute(update(tables.jobs).where(tables.jobs.c.id == job).values(frames_done=frames_done, attempts=0))
    events.append(tx, job, "frame", frame=frame)


def _find(tx: Connection, job: str, number: int) -> Row[Any] | None:
    return tx.execute(select(tables.painted).where(tables.painted.c.job == job, tables.painted.c.number == number)).first()
