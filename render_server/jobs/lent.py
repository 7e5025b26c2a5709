"""What a worker may read while it holds a lease: its shot's frames as they become whole, and their blobs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, select

from render_server.jobs import leases, tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.jobs.painted import read_painted
from render_server.jobs.shots import find_shot
from render_server.jobs.shows import outside, show_of
from shot_format.codec import to_json
from shot_format.errors import MissingError

_AT_ONCE = 32  # frames in one answer
_MOST_BYTES = 32 << 20  # of blobs in one answer, unless a single one is larger


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


def blob_files(ledger: Ledger, files: DataFolder, job: str, token: str, names: Sequence[str]) -> list[Path]:
    """Find blobs of the shot on lease: as many of those asked for, from the first on, as one answer should carry, but at least one.

    Raises ConflictError ("lease-lost"), MissingError ("blob-unknown").
    """
    table = tables.shot_blobs
    with ledger.read() as tx:
        row = leases.held(tx, job, token)
        known = set(tx.execute(select(table.c.sha256).where(table.c.shot == row.shot, table.c.sha256.in_(names))).scalars())
    room = files.of(show_of(row.shot))
    places = [room.blob(name) for name in names]
    stranger = next((name for name, place in zip(names, places) if name not in known or not place.is_file()), None)
    if stranger is not None:
        raise MissingError("blob-unknown", f"The server has no blob {stranger} of the shot '{outside(row.shot)}'.")
    sums = itertools.accumulate(place.stat().st_size for place in places)
    return [place for number, (place, total) in enumerate(zip(places, sums)) if number == 0 or total <= _MOST_BYTES]


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
