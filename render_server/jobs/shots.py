"""Shots as they come in: head first, then frames in any order, then closed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from render_server.jobs import bell, tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger, hashed, now
from render_server.jobs.shows import belongs, inside, outside, show_of
from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError, MissingError
from shot_format.folder import check_frame, check_shot
from shot_format.limits import MAX_FRAMES, MAX_JSON_BYTES
from shot_format.messages import FrameStatus, ShotStatus
from shot_format.shot import Frame, Shot, frame_blobs

_AT_ONCE = 1000  # names in one statement; SQLite takes some ten thousand


def open_shot(ledger: Ledger, shot: Shot, show: str | None = None) -> tuple[ShotStatus, bool]:
    """Take a shot's head, for a show; True: it is new. All others here take a shot by its name in the ledger (see shows.py).

    Raises FormatError, ConflictError ("shot-differs").
    """
    check_shot(shot)
    if shot.last - shot.first >= MAX_FRAMES:
        raise FormatError("shot-range", f"The shot has {shot.last - shot.first + 1} frames; at most {MAX_FRAMES} are taken.")
    head, key = to_json(shot), inside(show, shot.id)
    with ledger.write() as tx:
        known = tx.execute(select(tables.shots.c.head).where(tables.shots.c.id == key)).scalar()
        if known is None:
            tx.execute(insert(tables.shots).values(id=key, head=head, closed=False, created=now()))
        elif known != head:
            raise ConflictError("shot-differs", f"Another shot is already called '{shot.id}'; send this one under a new id.")
        return _status(tx, find_shot(tx, key)), known is None


def shot_status(ledger: Ledger, shot: str) -> ShotStatus:
    """Say what the server holds of a shot. Raises MissingError ("shot-unknown")."""
    with ledger.read() as tx:
        return _status(tx, find_shot(tx, shot))


def put_frame(ledger: Ledger, files: DataFolder, shot: str, frame: Frame) -> tuple[FrameStatus, bool]:
    """Add or replace a frame; True: its number is new. Raises MissingError, FormatError, ConflictError ("shot-closed")."""
    body = to_json(frame)
    sha256 = hashed(body)
    with ledger.write() as tx:
        row = find_shot(tx, shot)
        check_frame(read_head(row), frame)
        known = _frame_hash(tx, shot, frame.number)
        if known != sha256:
            if row.closed:
                raise ConflictError("shot-closed", f"The shot '{outside(shot)}' is closed; send the changed frame in a new shot.")
            _enter_frame(tx, files, shot, frame, body, sha256, known is not None)
        status = FrameStatus(frame.number, sha256, _missing(tx, shot, frame.number))
    ledger.bell.ring(bell.of_shot(shot), bell.QUEUE)
    return status, known is None


def close_shot(ledger: Ledger, shot: str) -> ShotStatus:
    """Say that no more frames come. Raises MissingError ("shot-unknown"), ConflictError ("shot-incomplete")."""
    with ledger.write() as tx:
        status = _status(tx, find_shot(tx, shot))
        lacking = status.shot.last - status.shot.first + 1 - len(status.frames)
        if lacking or status.missing:
            raise ConflictError(
                "shot-incomplete",
                f"The shot '{outside(shot)}' lacks {lacking} frames and {len(status.missing)} blobs; send them, then close it.",
            )
        tx.execute(update(tables.shots).where(tables.shots.c.id == shot).values(closed=True))
        status = _status(tx, find_shot(tx, shot))
    ledger.bell.ring(bell.of_shot(shot))
    return status


def blobs_arrived(ledger: Ledger, show: str | None, names: Sequence[str]) -> None:
    """Note that blobs of a show are whole: frames that lacked them may be paintable now."""
    table = tables.wanted
    with ledger.write() as tx:  # not a read first: a frame that is being put may have looked for the blob just before it was there
        shots: set[str] = set()
        for start in range(0, len(names), _AT_ONCE):
            gone = delete(table).where(table.c.sha256.in_(names[start : start + _AT_ONCE]), belongs(table.c.shot, show))
            shots.update(tx.execute(gone.returning(table.c.shot)).scalars())
    ledger.bell.ring(*(bell.of_shot(shot) for shot in shots), bell.QUEUE)


def wanted_blobs(ledger: Ledger, show: str | None) -> list[str]:
    """Name every blob that some frame of a show lacks."""
    with ledger.read() as tx:
        return list(tx.execute(select(tables.wanted.c.sha256).where(belongs(tables.wanted.c.shot, show)).distinct()).scalars())


def find_shot(tx: Connection, shot: str) -> Row[Any]:
    """Find a shot's row. Raises MissingError ("shot-unknown")."""
    row = tx.execute(select(tables.shots).where(tables.shots.c.id == shot)).first()
    if row is None:
        raise MissingError("shot-unknown", f"The server has no shot '{outside(shot)}'; open it first.")
    return row


def read_head(row: Row[Any]) -> Shot:
    """Read the head in a shot's row."""
    return _parse_head(row.head)


@functools.lru_cache(maxsize=8)  # asked for with every frame, and a head may name thousands of meshes
def _parse_head(text: str) -> Shot:
    return from_json(Shot, text, MAX_JSON_BYTES, "shot")


def _status(tx: Connection, row: Row[Any]) -> ShotStatus:
    numbers = tx.execute(select(tables.frames.c.number).where(tables.frames.c.shot == row.id).order_by(tables.frames.c.number))
    return ShotStatus(read_head(row), row.closed, tuple(numbers.scalars()), _missing(tx, row.id))


def _missing(tx: Connection, shot: str, frame: int | None = None) -> tuple[str, ...]:
    """Name what a shot, or one frame of it, lacks, in the order of the frames."""
    table = tables.wanted
    query = select(table.c.sha256).where(table.c.shot == shot).group_by(table.c.sha256)
    if frame is not None:
        query = query.where(table.c.frame == frame)
    return tuple(tx.execute(query.order_by(func.min(table.c.frame), table.c.sha256)).scalars())


def _frame_hash(tx: Connection, shot: str, number: int) -> str | None:
    table = tables.frames
    return tx.execute(select(table.c.sha256).where(table.c.shot == shot, table.c.number == number)).scalar()


def _enter_frame(tx: Connection, files: DataFolder, shot: str, frame: Frame, body: str, sha256: str, replaces: bool) -> None:
    wanted, frames = tables.wanted, tables.frames
    names = frame_blobs(frame)
    place = files.of(show_of(shot))
    lacking = [name for name in names if not place.blob(name).exists()]
    if replaces:
        tx.execute(delete(wanted).where(wanted.c.shot == shot, wanted.c.frame == frame.number))
        tx.execute(update(frames).where(frames.c.shot == shot, frames.c.number == frame.number).values(body=body, sha256=sha256))
    else:
        tx.execute(insert(frames).values(shot=shot, number=frame.number, body=body, sha256=sha256))
    if names:
        tx.execute(insert_or(tables.shot_blobs).on_conflict_do_nothing(), [{"shot": shot, "sha256": name} for name in names])
    if lacking:
        tx.execute(insert(wanted), [{"shot": shot, "frame": frame.number, "sha256": name} for name in lacking])
