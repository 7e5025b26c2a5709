"""Trainings as a worker sees them: lent for a while as jobs are (leases.py), after all painting, and given back when painting waits.

Whatever a worker keeps as a checkpoint stays; another goes on from the newest.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from render_server.art.lineage import art_of, overrides_in_words
from render_server.art.manifest import Manifest, Piece
from render_server.art.store import Collection, open_collection
from render_server.jobs import bell, leases, tables, training_log, trainings
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger, hashed
from render_server.jobs.trainings import check_retired, find_training
from render_server.looks.plan import Given, TrainingReport
from render_server.looks.trainings import CurvePoint, LentArt, LentPicture, TrainingLease
from shot_format.codec import from_json, to_json
from shot_format.errors import MissingError, PaintoverError
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import Problem

POINTS = 2000  # of a curve, beside those with figures
LOGGED = 200  # reports of a training that become events, beside those that say something new

_trainings = tables.trainings


@dataclass(frozen=True)
class SignOfLife:
    """What a worker's call tells. seconds: that the lease lasts from now; idle: workers that wait for work."""

    seconds: float
    idle: int
    report: TrainingReport | None = None


def claim(ledger: Ledger, art: Path, worker: str, devices: Sequence[str], seconds: float) -> TrainingLease | None:
    """Lend the oldest training that waits for one of these devices; None: there is none.

    One whose art was retired since it was asked for fails here. art: the folder of collections.
    """
    while (lease := _claim(ledger, worker, devices, seconds)) is not None:
        problem = _art_problem(art, lease)
        if problem is None:
            return lease
        failed(ledger, lease.training.id, lease.token, problem)
    return None


def _claim(ledger: Ledger, worker: str, devices: Sequence[str], seconds: float) -> TrainingLease | None:
    token = secrets.token_urlsafe(32)
    waiting = select(_trainings.c.sequence).where(
        _trainings.c.state == "queued", _trainings.c.result_sha256.is_(None), _trainings.c.device.in_(devices)
    )
    first = waiting.order_by(_trainings.c.sequence).limit(1).scalar_subquery()
    values = {
        "state": "running", "attempts": _trainings.c.attempts + 1, "lease_worker": worker, "lease_sha256": hashed(token),
        "lease_ends": time.time() + seconds,
    }  # fmt: skip
    if not devices:
        return None
    with ledger.read() as tx:  # mostly there is nothing to do, and workers ask often
        if tx.execute(waiting.limit(1)).first() is None:
            return None
    with ledger.write() as tx:
        row = tx.execute(update(_trainings).where(_trainings.c.sequence == first).values(values).returning(_trainings)).first()
        if row is None:
            return None
        begun = training_log.has(tx, row.id, "started")
        training_log.append(tx, row.id, "resumed" if begun else "started", worker)
        training = trainings.read_training(tx, row)
    ledger.bell.ring(bell.of_training(row.id))
    return TrainingLease(training, token, seconds)


def _art_problem(art: Path, lease: TrainingLease) -> Problem | None:
    training = lease.training
    try:
        now = open_collection(art, training.art).manifest()
        check_retired([piece for piece in now.pieces if piece.sha256 in training.pieces])
    except PaintoverError as error:
        return Problem("The training cannot go on", 422, error.message, error.code)
    return None


def lent_art(ledger: Ledger, art: Path, training: str, token: str) -> LentArt:
    """Name the art of a training on lease, as it was sealed, and where the work goes on. Raises ConflictError ("lease-lost")."""
    with ledger.read() as tx:
        row = held(tx, training, token)
        checkpoint = trainings.newest_checkpoint(tx, training)
    manifest, pieces = _sealed(art, row)
    pictures = tuple(
        LentPicture(picture.sha256, picture.bytes, piece.sha256, piece.title, picture.number)
        for piece in pieces
        for picture in piece.pictures
    )
    given = Given(row.manifest_sha256, art_of(pieces), overrides_in_words(manifest))
    return LentArt(given, pictures, checkpoint, row.start_sha256)


def lent_picture(ledger: Ledger, art: Path, training: str, token: str, sha256: str) -> Path:
    """Find a picture of the art on lease. Raises ConflictError ("lease-lost"), MissingError ("picture-unknown", "picture-lost")."""
    with ledger.read() as tx:
        row = held(tx, training, token)
    _, pieces = _sealed(art, row)
    found = next((each for piece in pieces for each in piece.pictures if each.sha256 == sha256), None)
    if found is None:
        raise MissingError("picture-unknown", f"No piece of this training has a picture {sha256}.")
    place = _collection(art, row).picture(found)
    if not place.is_file():
        raise MissingError("picture-lost", f"The picture {found.file} of '{row.art}' is gone from the server's disk; put a copy back.")
    return place


def heartbeat(ledger: Ledger, training: str, token: str, sign: SignOfLife) -> str:
    """Renew a lease, note how far the training is, and say what is wished of it (SERVER_WISHES). Raises ConflictError ("lease-lost")."""
    with ledger.write() as tx:
        row = held(tx, training, token)
        if row.state == "cancelled":
            return "cancel"
        renew(tx, training, sign.seconds)
        if sign.report is not None:
            _note(tx, row, sign.report)
        wish = _wish(tx, row, sign.idle)
    if sign.report is not None:
        ledger.bell.ring(bell.of_training(training))
    return wish


def give_back(ledger: Ledger, training: str, token: str) -> None:
    """Take a training back whose worker kept a checkpoint: it is paused, or queued again. Raises ConflictError ("lease-lost", …)."""
    with ledger.write() as tx:
        row = running(tx, training, token)
        _let_go(tx, [row])
        told = {"pause": "paused", "give way": "gave-way"}.get(row.wish, "queued")
        _wait(tx, row, told, row.lease_worker)
    ledger.bell.ring(bell.QUEUE, bell.of_training(training))


def failed(ledger: Ledger, training: str, token: str, problem: Problem) -> None:
    """End a training that cannot go on. Raises ConflictError ("lease-lost", "training-cancelled")."""
    with ledger.write() as tx:
        row = running(tx, training, token)
        _let_go(tx, [row])
        trainings.end(tx, training, "failed", row.lease_worker, problem)
    ledger.bell.ring(bell.of_training(training))


def take_back(ledger: Ledger, which: ColumnElement[bool], problem: Problem | None) -> list[str]:
    """Take running trainings back, and name their workers. problem: what happened to them; None: nothing, the server stopped."""
    condition = [_trainings.c.state == "running", which]
    with ledger.read() as tx:  # mostly there is nothing to do
        if tx.execute(select(_trainings.c.id).where(*condition)).first() is None:
            return []
    with ledger.write() as tx:
        rows = tx.execute(select(_trainings).where(*condition)).all()
        _let_go(tx, rows)
        for row in rows:
            if problem is not None and row.attempts >= leases.MAX_ATTEMPTS and row.result_sha256 is None:
                trainings.end(tx, row.id, "failed", row.lease_worker, problem)
            else:
                _wait(tx, row, "paused" if row.wish == "pause" else "", row.lease_worker, counts=problem is not None)
    ledger.bell.ring(bell.QUEUE, *(bell.of_training(row.id) for row in rows))
    return [row.lease_worker for row in rows]


def held(tx: Connection, training: str, token: str) -> Row[Any]:
    """Find the training that a lease is for, running or cancelled. Raises MissingError, ConflictError ("lease-lost")."""
    row = find_training(tx, training)
    right = hmac.compare_digest(row.lease_sha256 or "", hashed(token))
    if not right or row.state not in ("running", "cancelled") or row.lease_ends < time.time():
        raise ConflictError("lease-lost", "This lease has run out and the training may be another worker's; drop the work.")
    return row


def running(tx: Connection, training: str, token: str) -> Row[Any]:
    """Find the running training that a lease is for. Raises what `held` raises, and ConflictError ("training-cancelled")."""
    row = held(tx, training, token)
    if row.state == "cancelled":
        raise ConflictError("training-cancelled", "The training was cancelled; drop the work.")
    return row


def renew(tx: Connection, training: str, seconds: float) -> None:
    """Let a lease run anew."""
    tx.execute(update(_trainings).where(_trainings.c.id == training).values(lease_ends=time.time() + seconds))


def _wish(tx: Connection, row: Row[Any], idle: int) -> str:
    """What is wished: by a person, or by the painting that waits for a worker where none is idle and no other training gives way for it."""
    if row.wish != "go on":
        return str(row.wish)
    giving = select(func.count()).select_from(_trainings).where(_trainings.c.state == "running", _trainings.c.wish == "give way")
    if leases.count_claimable(tx) <= idle + tx.execute(giving).scalar_one():
        return "go on"
    tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(wish="give way"))
    return "give way"


def _note(tx: Connection, row: Row[Any], report: TrainingReport) -> None:
    """Keep the newest report; as an event, and as a point of the curves, where it says enough that is new."""
    values: dict[str, Any] = {"report": to_json(report)}
    before = from_json(TrainingReport, row.report, MAX_FRAME_JSON_BYTES, "report") if row.report else None
    said = () if before is None else before.remarks
    news = report.stage != row.logged_stage or (report.remarks and report.remarks != said)
    if report.figures or news or report.step >= row.logged_step + max(1, report.steps // LOGGED):
        training_log.append(tx, row.id, "figures" if report.figures else "progress", row.lease_worker, report=report)
        values |= {"logged_stage": report.stage[:256], "logged_step": report.step}
    tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(values))
    if report.figures or (report.loss is not None and report.step % max(1, report.steps // POINTS) == 0):
        point = to_json(CurvePoint(report.step, report.loss, report.figures))
        entry = insert_or(tables.curves).values(training=row.id, step=report.step, body=point)
        tx.execute(entry.on_conflict_do_update(index_elements=["training", "step"], set_={"body": point}))


def _wait(tx: Connection, row: Row[Any], told: str, who: str, counts: bool = False) -> None:
    """Let a training wait: paused, where that was wished, or for the next worker. told: the event, if there is one."""
    values = {
        "state": "paused" if told == "paused" else "queued",
        "wish": "finish" if row.wish == "finish" else "go on",
        "attempts": row.attempts if counts else max(row.attempts - 1, 0),
    }
    tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(values))
    if told:
        training_log.append(tx, row.id, told, who)


def _let_go(tx: Connection, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        values = {"lease_sha256": None, "lease_worker": None, "lease_ends": None}
        tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(values))


def _collection(art: Path, row: Row[Any]) -> Collection:
    return open_collection(art, row.art)


def _sealed(art: Path, row: Row[Any]) -> tuple[Manifest, list[Piece]]:
    manifest = _collection(art, row).sealed(row.manifest_sha256)
    wanted = set(row.pieces.split())
    return manifest, [piece for piece in manifest.pieces if piece.sha256 in wanted]
