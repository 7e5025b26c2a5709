"""The list of a job's frames by their hashes, as the ledger has them and as the files say."""

from __future__ import annotations

from sqlalchemy import select

from render_server.jobs import queue, tables
from render_server.jobs.data_folder import DataFolder
from render_server.jobs.ledger import Ledger
from render_server.provenance.metadata import read_record
from shot_format.messages import Proof, ProvenFrame

_HEAD_BYTES = 128 * 1024  # what stands before a frame's pixels is shorter


def make_proof(ledger: Ledger, files: DataFolder, job: str) -> Proof:
    """List a job's frames, as many as there are. Raises MissingError ("job-unknown")."""
    table = tables.painted
    with ledger.read() as tx:
        asked = queue.read_job(queue.find_job(tx, job))
        rows = tx.execute(select(table).where(table.c.job == job).order_by(table.c.number)).all()
    frames = (ProvenFrame(row.number, row.sha256, _pixels(files, job, row.number), row.source_sha256) for row in rows)
    return Proof(job, asked.shot, asked.recipe, tuple(frames))


def job_of_frame(ledger: Ledger, sha256: str) -> str | None:
    """The newest job with a frame of this hash; None: the ledger knows none."""
    jobs, table = tables.jobs, tables.painted
    query = select(jobs.c.id).join(table, table.c.job == jobs.c.id).where(table.c.sha256 == sha256)
    with ledger.read() as tx:
        return tx.execute(query.order_by(jobs.c.sequence.desc()).limit(1)).scalar()


def _pixels(files: DataFolder, job: str, number: int) -> str | None:
    """What the file says of its pixels; whether that is so is for whoever has the pixels. None: it says nothing, or is gone."""
    try:
        with open(files.painted(job, number), "rb") as file:
            record = read_record(file.read(_HEAD_BYTES))
    except OSError:
        return None
    return record.pixels_sha256 if record else None
