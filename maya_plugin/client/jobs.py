"""Ask for takes, look at them, cancel them; and the looks to choose from."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Optional

from maya_plugin.client.connection import Connection
from shot_format.blobs import PNG
from shot_format.codec import encode, to_json
from shot_format.errors import FormatError, ServerError
from shot_format.messages import Job, JobRequest, LookInfo, Recipe

MAX_TAKES_ALIKE = 32
MAX_THUMBNAIL_BYTES = 4 * 1024 * 1024
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def submit(connection: Connection, request: JobRequest, key: Optional[str] = None) -> Job:
    """Ask for a take. However often an answer is lost and this asks again, one key makes one job.

    key: the idempotency key; a fresh one where None, so that every call makes a job of its own. Raises ServerError ("shot-unknown",
    "look-unknown", "idempotency-conflict", …).
    """
    headers = {"Idempotency-Key": key or secrets.token_hex(32)}
    job = connection.ask(Job, "POST", "/v1/jobs", request, headers)
    _check_taken(request, job)
    return job


def submit_living(connection: Connection, request: JobRequest, keys: Iterable[str]) -> Job:
    """Ask for a take under the first key whose job has neither failed nor been cancelled; a key that is new makes a job."""
    for key in keys:
        job = submit(connection, request, key)
        if job.state not in ("failed", "cancelled"):
            break
    return job


def content_keys(content: str) -> Iterator[str]:
    """Give the keys under which content is asked for: always the same ones, so that a take is found again, and at last a fresh one."""
    for number in range(1, MAX_TAKES_ALIKE):
        yield f"{content}-{number}"
    yield secrets.token_hex(32)


def content_key(shot: str, recipe: Recipe, looks: tuple[LookInfo, ...]) -> str:
    """Name what determines the pixels: the shot's content (its hash), the recipe, and the models that now stand behind its looks' names."""
    names = {each.look.partition("@")[0] for each in (recipe, recipe.blend) if each}
    models = sorted(look.sha256 or look.model_sha256 for look in looks if look.name in names)
    return hashlib.sha256("\n".join([shot, to_json(recipe), *models]).encode()).hexdigest()


def get_job(connection: Connection, job: str) -> Job:
    """Look at a take. Raises ServerError ("job-unknown", …)."""
    return connection.ask(Job, "GET", _job_path(job))


def cancel_job(connection: Connection, job: str) -> Job:
    """Cancel a take; one that has ended stays as it is."""
    return connection.ask(Job, "DELETE", _job_path(job))


def list_jobs(connection: Connection) -> tuple[Job, ...]:
    """List the takes on the server, newest first."""
    return connection.ask_list(Job, "/v1/jobs")


def list_looks(connection: Connection) -> tuple[LookInfo, ...]:
    """List the looks that the server can paint in."""
    return connection.ask_list(LookInfo, "/v1/looks")


def fetch_thumbnail(connection: Connection, look: str) -> Optional[bytes]:
    """Give a look's picture, a PNG; None where it has none. look: as a recipe names it."""
    answer = connection.call_once("GET", f"/v1/looks/{look}/thumbnail", expected=(404,), limit=MAX_THUMBNAIL_BYTES)
    return answer.body if answer.status == 200 and answer.body.startswith(PNG) else None


def _job_path(job: str) -> str:
    if not _ID.fullmatch(job):
        raise FormatError("job-id", "That is no job's id; 'paintover render --list' shows them.")
    return f"/v1/jobs/{job}"


def _check_taken(request: JobRequest, job: Job) -> None:
    """The server fills in what was left open, and nothing else."""
    if job.shot != request.shot or not _filled_in(encode(request.recipe), encode(job.recipe)):
        raise ServerError("server-answer", f"The server took another job than the one asked for ({job.id}); update it.")


def _filled_in(asked: dict[str, Any], taken: dict[str, Any]) -> bool:
    """Whether a recipe, or its blend, says all that was asked, with a version for the look."""
    look, version = asked.pop("look"), taken.pop("look")
    blend, blended = asked.pop("blend", None), taken.pop("blend", None)
    if (blend is None) != (blended is None) or (blend and not _filled_in(blend, blended)):
        return False
    if "colours" in taken and "colours" not in asked:
        return False
    same_look = version == look or version.startswith(f"{look}@")
    return bool(same_look) and all(taken.get(name) == value for name, value in asked.items())
