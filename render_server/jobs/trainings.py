"""Trainings as their owner sees them: asked for, looked at, paused, finished early, cancelled. What a worker does is in training_leases.py.

The art is sealed when a training is asked for: whatever happens to the collection later, it is trained on the pieces as they were then.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from render_server.art.manifest import Manifest, Piece, art_unknown, find_piece, harmless
from render_server.art.rights import EVERY_SHOW, check_rights
from render_server.art.store import Collection, open_collection
from render_server.jobs import bell, tables, training_log
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger, hashed, now
from render_server.jobs.shows import inside
from render_server.looks.plan import LookPlan, TrainingReport, check_plan
from render_server.looks.trainings import LAST_STATES, StepFile, Training, TrainingRequest
from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import LookInfo, Problem

LISTED = 100

_trainings = tables.trainings


@dataclass(frozen=True)
class Asking:
    """Who asks, and what may be asked for. art: the folder of collections; show: whose token it is; who: as the log names him."""

    art: Path
    find_look: Callable[[str], LookInfo]
    show: str | None
    who: str


def signed(show: str | None, by: str | None) -> str:
    """Who does something: the name that a person gave, and whose token it was, which alone is certain."""
    token = "the server's own token" if show is None else f"a token of {show}"
    name = harmless(by or "")
    return f"{name}, with {token}" if name else token


def submit(ledger: Ledger, asking: Asking, request: TrainingRequest, key: str) -> tuple[Training, bool]:
    """Enter a training; True: it is new. The same key and request give the same training again, whatever became of the art.

    Raises ConflictError ("idempotency-conflict"), RightsError ("rights-missing"), MissingError ("art-unknown", "art-empty"), FormatError
    ("plan-version", "plan-show", "look-unknown", "look-retired", "piece-unknown", "piece-retired").
    """
    request_hash, key = hashed(to_json(request)), inside(asking.show, key)
    with ledger.read() as tx:
        known = _known(tx, key, request_hash)
        if known is not None:
            return read_training(tx, known), False
    plan, start_sha256 = _settled(asking, request.plan)
    collection = open_art(asking.art, request.art, asking.show)
    manifest_sha256, pieces = _cleared(collection, request, plan, asking.who)
    values = {
        "id": secrets.token_hex(8), "show": asking.show, "who": asking.who, "plan": to_json(plan), "device": plan.device,
        "art": request.art, "manifest_sha256": manifest_sha256, "pieces": " ".join(piece.sha256 for piece in pieces),
        "start_sha256": start_sha256, "state": "queued", "wish": "go on", "created": now(), "idempotency_key": key,
        "request_sha256": request_hash,
    }  # fmt: skip
    with ledger.write() as tx:
        row = _known(tx, key, request_hash)
        new = row is None
        if row is None:
            row = tx.execute(insert(_trainings).values(values).returning(_trainings)).one()
            training_log.append(tx, row.id, "queued", asking.who)
        training = read_training(tx, row)
    ledger.bell.ring(bell.QUEUE)
    return training, new


def open_art(root: Path, name: str, show: str | None) -> Collection:
    """A collection that a show may use: its own alone; None: any. Raises MissingError ("art-unknown"), as for one that is not there."""
    collection = open_collection(root, name)
    if show is not None and not name.startswith(f"{show}/"):
        raise art_unknown(name)
    return collection


def _known(tx: Connection, key: str, request_hash: str) -> Row[Any] | None:
    row = tx.execute(select(_trainings).where(_trainings.c.idempotency_key == key)).first()
    if row is not None and row.request_sha256 != request_hash:
        raise ConflictError("idempotency-conflict", "This Idempotency-Key was used for another request; take a new one.")
    return row


def _settled(asking: Asking, plan: LookPlan) -> tuple[LookPlan, str | None]:
    """The plan with the look that it goes on from at its version, and that look's hash."""
    check_plan(plan)
    if asking.show is not None and not plan.name.startswith(f"{asking.show}/"):
        raise FormatError("plan-show", f"With a token of {asking.show} only its own looks are trained, such as {asking.show}/oils.")
    if plan.start is None:
        return plan, None
    try:
        look = asking.find_look(plan.start)
    except MissingError as error:  # the address is right, it is the body that is wrong
        raise FormatError(error.code, error.message) from None
    if look.state == "retired":
        raise FormatError("look-retired", f"The look {look.name}@{look.version} was {look.note}. No training goes on from it.")
    return replace(plan, start=f"{look.name}@{look.version}"), look.sha256


def _cleared(collection: Collection, request: TrainingRequest, plan: LookPlan, who: str) -> tuple[str, tuple[Piece, ...]]:
    """The sealed manifest's hash, and its pieces that are trained on; their rights are all there, or overridden for ever."""
    manifest = collection.manifest()
    wanted = _wanted(manifest, request.pieces)
    among = frozenset(piece.sha256 for piece in wanted) if wanted else None
    show = plan.name.rpartition("/")[0] or EVERY_SHOW
    collection.cleared(show, None if request.override is None else (who, request.override), among)
    sha256 = collection.seal()
    return sha256, check_rights(collection.sealed(sha256), show, among)  # once more: it may have changed before it was sealed


def _wanted(manifest: Manifest, names: tuple[str, ...]) -> list[Piece]:
    try:
        wanted = [find_piece(manifest, name) for name in names]
    except (MissingError, LimitError) as error:  # the address is right, it is the body that is wrong
        raise FormatError(error.code, error.message) from None
    check_retired(wanted)
    return wanted


def check_retired(pieces: list[Piece]) -> None:
    """Refuse pieces that may no longer be used. Raises FormatError ("piece-retired")."""
    for piece in pieces:
        if piece.retired:
            last = piece.states[-1]
            raise FormatError(
                "piece-retired", f"{piece.title} ({piece.key}) was retired on {last.stamp.when[:10]} by {last.stamp.by}: {last.why}."
            )


def get_training(ledger: Ledger, training: str) -> Training:
    """Read one training. Raises MissingError ("training-unknown")."""
    with ledger.read() as tx:
        return read_training(tx, find_training(tx, training))


def list_trainings(ledger: Ledger, show: str | None) -> list[Training]:
    """Read the newest trainings of a show, newest first; None: of all."""
    query = select(_trainings).order_by(_trainings.c.sequence.desc()).limit(LISTED)
    with ledger.read() as tx:
        rows = tx.execute(query if show is None else query.where(_trainings.c.show == show)).all()
        return [read_training(tx, row) for row in rows]


def check_training(ledger: Ledger, training: str, show: str | None) -> None:
    """Let a show see its own trainings alone; None: all. Raises MissingError ("training-unknown"), as for one that is not there."""
    with ledger.read() as tx:
        owner = find_training(tx, training).show
    if show not in (None, owner):
        raise _unknown(training)


def pause(ledger: Ledger, training: str, who: str) -> Training:
    """Pause a training, once its worker has kept a checkpoint; one that has ended stays as it is. Raises MissingError."""

    def change(tx: Connection, row: Row[Any]) -> None:
        if row.state == "running":
            _ask(tx, row, "pause", who)
        elif row.state == "queued":
            _move(tx, row, who, "paused")

    return _changed(ledger, training, change)


def resume(ledger: Ledger, training: str, who: str) -> Training:
    """Let a training go on that was paused, or that failed; it goes on from its last checkpoint. Raises MissingError."""

    def change(tx: Connection, row: Row[Any]) -> None:
        if row.state in ("paused", "failed"):
            _move(tx, row, who, "queued", attempts=0, problem=None)
        elif row.state == "running" and row.wish == "pause":
            _ask(tx, row, "go on", who)

    return _changed(ledger, training, change)


def finish(ledger: Ledger, training: str, who: str) -> Training:
    """Have a training stop and keep the best so far as its look; one that has ended stays as it is. Raises MissingError."""

    def change(tx: Connection, row: Row[Any]) -> None:
        if row.state in LAST_STATES:
            return
        if row.state == "paused":
            _move(tx, row, who, "queued")
        _ask(tx, row, "finish", who)

    return _changed(ledger, training, change)


def cancel(ledger: Ledger, training: str, who: str) -> Training:
    """Cancel a training; one that has ended, or whose look is here already, stays as it is. Raises MissingError ("training-unknown")."""

    def change(tx: Connection, row: Row[Any]) -> None:
        if row.state not in LAST_STATES and row.result_sha256 is None:
            end(tx, row.id, "cancelled", who)

    return _changed(ledger, training, change)


def end(tx: Connection, training: str, state: str, who: str, problem: Problem | None = None, look: str | None = None) -> None:
    """Bring a training to its end and log it. A cancelled one's lease stays, so that its worker can be told."""
    text = to_json(problem) if problem else None
    tx.execute(update(_trainings).where(_trainings.c.id == training).values(state=state, wish="go on", problem=text, look=look))
    training_log.append(tx, training, state, who, problem=problem, look=look)


def find_training(tx: Connection, training: str) -> Row[Any]:
    """Find a training's row. Raises MissingError ("training-unknown")."""
    row = tx.execute(select(_trainings).where(_trainings.c.id == training)).first()
    if row is None:
        raise _unknown(training)
    return row


def read_training(tx: Connection, row: Row[Any]) -> Training:
    """Read a training's row, and what belongs to it."""
    previews = select(tables.previews.c.step).where(tables.previews.c.training == row.id).order_by(tables.previews.c.step)
    return Training(
        id=row.id,
        plan=read_plan(row),
        art=row.art,
        manifest_sha256=row.manifest_sha256,
        pieces=tuple(row.pieces.split()),
        state=row.state,
        created=row.created,
        wish=row.wish,
        report=from_json(TrainingReport, row.report, MAX_FRAME_JSON_BYTES, "report") if row.report else None,
        checkpoint=newest_checkpoint(tx, row.id),
        previews=tuple(tx.execute(previews).scalars()),
        attempts=row.attempts,
        look=row.look if row.state == "done" else None,
        problem=from_json(Problem, row.problem, MAX_FRAME_JSON_BYTES, "problem") if row.problem else None,
        show=row.show,
    )


def read_plan(row: Row[Any]) -> LookPlan:
    """The plan in a training's row."""
    return from_json(LookPlan, row.plan, MAX_FRAME_JSON_BYTES, "plan")


def newest_checkpoint(tx: Connection, training: str) -> StepFile | None:
    """The checkpoint that work goes on from."""
    table = tables.checkpoints
    row = tx.execute(select(table).where(table.c.training == training).order_by(table.c.number.desc()).limit(1)).first()
    return StepFile(row.step, row.sha256, row.bytes) if row else None


def _changed(ledger: Ledger, training: str, change: Callable[[Connection, Row[Any]], None]) -> Training:
    with ledger.write() as tx:
        change(tx, find_training(tx, training))
        told = read_training(tx, find_training(tx, training))
    ledger.bell.ring(bell.of_training(training), bell.QUEUE)
    return told


def _ask(tx: Connection, row: Row[Any], wish: str, who: str) -> None:
    if row.wish != wish:
        tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(wish=wish))
        training_log.append(tx, row.id, "asked", who, wish=wish)


def _move(tx: Connection, row: Row[Any], who: str, state: str, **values: Any) -> None:
    tx.execute(update(_trainings).where(_trainings.c.id == row.id).values(state=state, **values))
    training_log.append(tx, row.id, state, who)


def _unknown(training: str) -> MissingError:
    return MissingError("training-unknown", f"The server has no training '{training}'.")
