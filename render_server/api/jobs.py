"""Routes of jobs: asked for, followed, fetched, cancelled."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from render_server.api.files import immutable_png
from render_server.api.follow import follow, of_job
from render_server.api.services import Body, Key, LastEvent, Number, OwnJob, Parts, Show, reply, reply_list
from render_server.jobs import painted, queue, space
from render_server.jobs.proofs import make_proof
from render_server.provenance.signing import ensure_key, sign
from shot_format.codec import from_json
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import JobRequest

router = APIRouter(prefix="/v1/jobs")


@router.post("")
def submit(parts: Parts, show: Show, body: Body, idempotency_key: Key) -> Response:
    request = from_json(JobRequest, body, MAX_FRAME_JSON_BYTES, "job")
    space.check_floor(parts.files, parts.settings.disk_floor)
    looks = queue.Looks(lambda name: parts.looks.find(name, show), lambda name: parts.looks.base(name, show))
    job, new = queue.submit(parts.ledger, looks, request, idempotency_key, show)
    return reply(job, 201 if new else 200)


@router.get("")
def list_jobs(parts: Parts, show: Show) -> Response:
    return reply_list(list(queue.list_jobs(parts.ledger, show)))


@router.get("/{job}")
def get_job(parts: Parts, job: OwnJob) -> Response:
    return reply(queue.get_job(parts.ledger, job))


@router.delete("/{job}")
def cancel(parts: Parts, job: OwnJob) -> Response:
    return reply(queue.cancel(parts.ledger, job))


@router.get("/{job}/events")
async def events(parts: Parts, job: OwnJob, last_event_id: LastEvent = 0) -> Response:
    stream = follow(parts.ledger, of_job(job), last_event_id, parts.settings.comment_time)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/{job}/proof")
def proof(parts: Parts, job: OwnJob) -> Response:
    return reply(sign(ensure_key(parts.files.signing_key), make_proof(parts.ledger, parts.files, job)))


@router.get("/{job}/frames/{number}")
def get_frame(parts: Parts, request: Request, job: OwnJob, number: Number) -> Response:
    frame, place = painted.get_painted(parts.ledger, parts.files, job, number)
    return immutable_png(request, place, frame.sha256)
