"""Routes of workers: claim a job, read its shot, hand in its frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response

from render_server.api.files import immutable_png, joined
from render_server.api.services import Body, Id, Number, Parts, Services, reply, text_reply
from render_server.jobs import bell, leases, lent, painted, training_leases
from render_server.looks.trainings import TrainingLease
from shot_format.codec import from_json
from shot_format.limits import FRAME_NUMBER, MAX_FRAME_JSON_BYTES
from shot_format.messages import BlobsRequest, ClaimRequest, Lease, PaintedFrame, Problem

router = APIRouter(prefix="/v1/leases")

T = TypeVar("T")

Token = Annotated[str, Header(alias="Lease-Token", max_length=128)]
Hash = Annotated[str, Header(pattern="^[0-9a-f]{64}$")]
Source = Annotated[str | None, Header(pattern="^[0-9a-f]{64}$")]
Seconds = Annotated[float, Header(ge=0, le=1e6, allow_inf_nan=False)]
After = Annotated[int | None, Query(ge=-FRAME_NUMBER - 1, le=FRAME_NUMBER)]


@router.post("")
async def claim(parts: Parts, request: Request, body: Body) -> Response:
    asked = from_json(ClaimRequest, body, MAX_FRAME_JSON_BYTES, "claim")
    worker = asked.worker
    parts.roster.heard(worker)
    lease: Lease | TrainingLease | None
    with parts.roster.waits(worker):
        lease = await _patiently(parts, request, bell.QUEUE, partial(_work, parts, asked))
    parts.roster.heard(worker)
    if lease and (parts.roster.is_gone(worker) or await request.is_disconnected()):  # it died while its call waited here
        await to_thread.run_sync(partial(_unlend, parts, lease))
        lease = None
    return reply(lease) if lease else Response(status_code=204)


def _work(parts: Services, asked: ClaimRequest) -> Lease | TrainingLease | None:
    """Painting first, then training."""
    seconds = parts.settings.lease_time
    job = leases.claim(parts.ledger, asked.worker, seconds)
    if job is not None:
        return job
    return training_leases.claim(parts.ledger, parts.art, asked.worker, asked.trains, seconds)


def _unlend(parts: Services, lease: Lease | TrainingLease) -> None:
    if isinstance(lease, Lease):
        leases.pause(parts.ledger, lease.job.id, lease.token)
    else:
        training_leases.give_back(parts.ledger, lease.training.id, lease.token)


@router.get("/{job}/frames")
async def frames(parts: Parts, request: Request, job: Id, lease_token: Token, after: After = None) -> Response:
    shot = await to_thread.run_sync(lent.shot_of, parts.ledger, job, lease_token)
    answer = ""

    def news() -> str | None:
        nonlocal answer
        answer, new = lent.frames_after(parts.ledger, job, lease_token, after)
        return answer if new else None

    await _patiently(parts, request, bell.of_shot(shot), news)
    return text_reply(answer)


@router.post("/{job}/blobs")
def blobs(parts: Parts, job: Id, body: Body, lease_token: Token) -> Response:
    names = from_json(BlobsRequest, body, MAX_FRAME_JSON_BYTES, "blobs").names
    return joined(lent.blob_files(parts.ledger, parts.files, job, lease_token, names))


@router.post("/{job}/heartbeat")
def heartbeat(parts: Parts, job: Id, lease_token: Token) -> Response:
    cancelled = leases.heartbeat(parts.ledger, job, lease_token, parts.settings.lease_time)
    return reply({"cancelled": True}) if cancelled else Response(status_code=204)


@router.get("/{job}/painted/{number}")
def get_painted(parts: Parts, request: Request, job: Id, number: Number, lease_token: Token) -> Response:
    lent.shot_of(parts.ledger, job, lease_token)
    frame, place = painted.get_painted(parts.ledger, parts.files, job, number)
    return immutable_png(request, place, frame.sha256)


@router.put("/{job}/frames/{number}")
async def put_frame(
    parts: Parts, request: Request, job: Id, number: Number, lease_token: Token,
    content_sha256: Hash, model_seconds: Seconds, source_sha256: Source = None,
) -> Response:  # fmt: skip
    await to_thread.run_sync(lent.shot_of, parts.ledger, job, lease_token)
    frame = PaintedFrame(number, content_sha256, 0, model_seconds, source_sha256)
    arrived = await painted.receive(parts.files, job, request.stream())
    seconds = parts.settings.lease_time
    new = await to_thread.run_sync(painted.enter, parts.ledger, parts.files, job, lease_token, frame, arrived, seconds)
    return Response(status_code=201 if new else 200)


@router.post("/{job}/done")
def done(parts: Parts, job: Id, lease_token: Token) -> Response:
    leases.done(parts.ledger, job, lease_token)
    return Response(status_code=204)


@router.post("/{job}/failed")
def failed(parts: Parts, job: Id, lease_token: Token, body: Body) -> Response:
    leases.failed(parts.ledger, job, lease_token, from_json(Problem, body, MAX_FRAME_JSON_BYTES, "problem"))
    return Response(status_code=204)


@router.post("/{job}/pause")
def pause(parts: Parts, job: Id, lease_token: Token) -> Response:
    leases.pause(parts.ledger, job, lease_token)
    return Response(status_code=204)


async def _patiently(parts: Services, request: Request, name: str, attempt: Callable[[], T | None]) -> T | None:
    """Try at once, and again whenever the bell rings, until there is something, the time for waiting is over, or the caller has gone."""
    ends = time.monotonic() + parts.settings.poll_time
    with parts.ledger.bell.listen(name) as listener:
        while (result := await to_thread.run_sync(attempt)) is None:
            if not await listener.wait(ends - time.monotonic()) or await request.is_disconnected():
                break
        return result
