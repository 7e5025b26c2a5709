"""What a worker may read while it holds a lease: its shot's frames as they become whole, and their blobs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from render_server.jobs import leases, tables
from render_server.jobs.ledger import Ledger
from render_server.jobs.painted import read_painted
from render_server.jobs.shots import find_shot
from shot_format.codec import to_json
from shot_format.errors import MissingError

_AT_ONCE = 32  # frames in one answer


def frames_after(ledger: Ledger, job: str, token: str, after: int | None) -> tuple[str, bool]:
    """Give the JSON of a LeasedFrames, and whether it says anything new.

    Its frames follow `after` (or begin at the job's first) without a gap, and have all their blobs; some tens at a time.
    What is painted is listed only where `after` is None. Raises ConflictError ("lease-lost").
    """
    with ledger.read() as tx:
        row = leases.held(tx, job, token)
        shot = find_shot(tx, row.shot)
        frames = _whole_frames(tx, row, row.first if after is None else max(after + 1, row.first))
        painted = _painted(tx, job) if after is None else []
    cancelled = row.state == "cancelled"
    # The texts are canonical JSON already; to decode thousands of meshes only to encode them again would be a waste.
    text = (
        f'{{"shot":{shot.head},"closed":{_word(shot.closed)},"frames":[{",".join(frames)}],'
        f'"painted":[{",".join(painted)}],"cancelled":{_word(cancelled)}}}'
    )
    return text, bool(frames or painted or cancelled)


def check_blob(ledger: Ledger, job: str, token: str, sha256: str) -> None:
    """Check that a blob belongs to the shot on lease. Raises ConflictError ("lease-lost"), MissingError ("blob-unknown")."""
    table = tables.shot_blobs
    with ledger.read() as tx:
        row = leases.held(tx, job, token)
        if tx.execute(select(table.c.shot).where(table.c.shot == row.shot, table.c.sha256 == sha256)).first() is None:
            raise MissingError("blob-unknown", f"The shot '{row.shot}' names no blob {sha256}.")


def shot_of(ledger: Ledger, job: str, token: str) -> str:
    """Name the shot on lease. Raises ConflictError ("lease-lost")."""
    with ledger.read() as tx:
        return str(leases.held(tx, job, token).shot)


def _whole_frames(tx: Connection, job: Row[Any], start: int) -> list[str]:
    frames, wanted = tables.frames, tables.wanted
    lacks_blobs = exists().where(and_(wanted.c.shot == frames.c.shot, wanted.c.frame == frames.c.number))
    query = select(frames.c.number, frames.c.body).where(
        frames.c.shot == job.shot, frames.c.number >= start, frames.c.number <= job.last, ~lacks_blobs
    )
    rows = tx.execute(query.order_by(frames.c.number).limit(_AT_ONCE)).all()
    return [row.body for place, row in enumerate(rows) if row.number == start + place]


def _painted(tx: Connection, job: str) -> list[str]:
    rows = tx.execute(select(tables.painted).where(tables.painted.c.job == job).order_by(tables.painted.c.number))
    return [to_json(read_painted(row)) for row in rows]


def _word(value: bool) -> str:
    return "true" if value else "false"
