"""Jobs as their owner sees them: asked for, looked at, cancelled. What a worker does to them is in leases.py."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from render_server.jobs import bell, events, tables
from render_server.jobs.errors import ConflictError
from render_server.jobs.ledger import Ledger, hashed, now
from render_server.jobs.shots import find_shot, read_head
from render_server.jobs.shows import belongs, inside, outside, show_of
from render_server.looks.colour_script import check_keys
from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError, MissingError
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import Blend, Job, JobRequest, LookInfo, Problem, Recipe
from shot_format.shot import Shot

LISTED = 100


@dataclass(frozen=True)
class Looks:
    """The looks that a job may name. find: raises MissingError ("look-unknown"); base: the hash of the network that a look changes."""

    find: Callable[[str], LookInfo]
    base: Callable[[str], str | None]


def submit(ledger: Ledger, looks: Looks, request: JobRequest, key: str, show: str | None = None) -> tuple[Job, bool]:
    """Enter a job, for a show; True: it is new. The same key and request give the same job again.

    Raises MissingError ("shot-unknown"), ConflictError ("idempotency-conflict"), and what `fill_in` raises.
    """
    request_hash = hashed(to_json(request))
    key, shot_key = inside(show, key), inside(show, request.shot)
    with ledger.write() as tx:
        known = tx.execute(select(tables.jobs).where(tables.jobs.c.idempotency_key == key)).first()
        if known is None:
            shot = read_head(find_shot(tx, shot_key))
            row = _enter(tx, shot_key, fill_in(request, shot, looks), key, request_hash)
        elif known.request_sha256 == request_hash:
            row = known
        else:
            raise ConflictError("idempotency-conflict", "This Idempotency-Key was used for another request; take a new one.")
    ledger.bell.ring(bell.QUEUE)
    return read_job(row), known is None


def fill_in(request: JobRequest, shot: Shot, looks: Looks) -> Recipe:
    """Settle everything that a recipe leaves open.

    Raises FormatError ("look-unknown", "look-retired", "recipe-range", "recipe-model", "recipe-open", "blend-keys", "blend-bases",
    "colours-keys"), LimitError ("colours-large").
    """
    recipe, again = request.recipe, bool(request.again)
    look = _look(looks, recipe, again)
    if again and None in (recipe.first, recipe.last):
        raise _open()
    check_keys(recipe.colours or ())
    first = shot.first if recipe.first is None else recipe.first
    last = shot.last if recipe.last is None else recipe.last
    if not shot.first <= first <= last <= shot.last:
        raise FormatError("recipe-range", f"The frames {first} to {last} do not lie within the shot's {shot.first} to {shot.last}.")
    return replace(
        recipe,
        look=f"{look.name}@{look.version}",
        width=recipe.width or shot.width,
        height=recipe.height or shot.height,
        first=first,
        last=last,
        model_sha256=look.model_sha256,
        look_sha256=look.sha256,
        blend=recipe.blend and _fill_in_blend(recipe.blend, look, looks, again),
    )


def _fill_in_blend(blend: Blend, first: LookInfo, looks: Looks, again: bool) -> Blend:
    frames = [key.frame for key in blend.keys]
    if frames != sorted(set(frames)):
        raise FormatError("blend-keys", "The keys of a blend stand in the order of their frames, and each frame has one at most.")
    second = _look(looks, blend, again)
    bases = [looks.base(f"{each.name}@{each.version}") for each in (first, second)]
    if None in bases or bases[0] != bases[1]:
        raise FormatError(
            "blend-bases",
            f"{first.name}@{first.version} and {second.name}@{second.version} do not change the same base; only such looks blend.",
        )
    return replace(blend, look=f"{second.name}@{second.version}", model_sha256=second.model_sha256, look_sha256=second.sha256)


def get_job(ledger: Ledger, job: str) -> Job:
    """Read one job. Raises MissingError ("job-unknown")."""
    with ledger.read() as tx:
        return read_job(find_job(tx, job))


def list_jobs(ledger: Ledger, show: str | None) -> list[Job]:
    """Read the newest jobs of a show, newest first; None: of all."""
    query = select(tables.jobs).order_by(tables.jobs.c.sequence.desc()).limit(LISTED)
    with ledger.read() as tx:
        return [read_job(row) for row in tx.execute(query if show is None else query.where(belongs(tables.jobs.c.shot, show)))]


def check_job(ledger: Ledger, job: str, show: str | None) -> None:
    """Let a show see its own jobs alone; None: all. Raises MissingError ("job-unknown"), as for one that is not there."""
    with ledger.read() as tx:
        owner = show_of(find_job(tx, job).shot)
    if show not in (None, owner):
        raise _unknown(job)


def cancel(ledger: Ledger, job: str) -> Job:
    """Cancel a job; one that has ended stays as it is. Raises MissingError ("job-unknown")."""
    with ledger.write() as tx:
        if find_job(tx, job).state in ("queued", "running"):
            end(tx, job, "cancelled")
        row = find_job(tx, job)
    ledger.bell.ring(bell.of_job(job), bell.of_shot(row.shot))
    return read_job(row)


def end(tx: Connection, job: str, state: str, problem: Problem | None = None) -> None:
    """Bring a job to its end and log it. A cancelled job's lease stays, so that its worker can be told."""
    text = to_json(problem) if problem else None
    tx.execute(update(tables.jobs).where(tables.jobs.c.id == job).values(state=state, problem=text))
    events.append(tx, job, state, problem=problem)


def find_job(tx: Connection, job: str) -> Row[Any]:
    """Find a job's row. Raises MissingError ("job-unknown")."""
    row = tx.execute(select(tables.jobs).where(tables.jobs.c.id == job)).first()
    if row is None:
        raise _unknown(job)
    return row


def _unknown(job: str) -> MissingError:
    return MissingError("job-unknown", f"The server has no job '{job}'.")


def read_job(row: Row[Any]) -> Job:
    """Read a job's row."""
    return Job(
        id=row.id,
        shot=outside(row.shot),
        show=show_of(row.shot),
        recipe=from_json(Recipe, row.recipe, MAX_FRAME_JSON_BYTES, "recipe"),
        state=row.state,
        created=row.created,
        frames_total=row.last - row.first + 1,
        frames_done=row.frames_done,
        attempts=row.attempts,
        problem=from_json(Problem, row.problem, MAX_FRAME_JSON_BYTES, "problem") if row.problem else None,
    )


def _look(looks: Looks, named: Recipe | Blend, again: bool) -> LookInfo:
    """The look that a recipe, or its blend, names; it must be the one that is meant, and may be used."""
    try:
        look = looks.find(named.look)
    except MissingError as error:  # the job's address is right, it is its body that is wrong
        raise FormatError(error.code, error.message) from None
    if named.model_sha256 not in (None, look.model_sha256) or named.look_sha256 not in (None, look.sha256):
        raise FormatError("recipe-model", f"The look '{named.look}' here has another model or other settings than the recipe asks for.")
    if again and ("@" not in named.look or None in (named.model_sha256, named.look_sha256)):
        raise _open()
    if look.state == "retired" and not again:
        raise FormatError(
            "look-retired",
            f"The look {look.name}@{look.version} was {look.note}. It paints no new takes; a take that was made with it can be painted "
            "again: 'paintover render --again FRAME', or a request with 'again'.",
        )
    return look


def _open() -> FormatError:
    return FormatError("recipe-open", "A take is painted again by its whole recipe: version, hashes and range of frames are needed.")


def _enter(tx: Connection, shot: str, recipe: Recipe, key: str, request_hash: str) -> Row[Any]:
    row = tx.execute(
        insert(tables.jobs)
        .values(
            id=secrets.token_hex(8),
            shot=shot,
            recipe=to_json(recipe),
            first=recipe.first,
            last=recipe.last,
            state="queued",
            created=now(),
            idempotency_key=key,
            request_sha256=request_hash,
        )
        .returning(tables.jobs)
    ).one()
    events.append(tx, row.id, "queued")
    return row
