"""Routes of workers that train: fetch the art, tell how far it is, keep checkpoints, hand the look in."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from starlette.responses import FileResponse

from render_server.api.files import immutable_png
from render_server.api.leases import Hash, Token
from render_server.api.services import Body, Id, Parts, Services, Sha256, reply
from render_server.jobs import arrivals, training_files, training_leases, training_results
from render_server.jobs.training_leases import SignOfLife
from render_server.looks.plan import TrainingReport
from render_server.looks.trainings import StepFile, Wish
from shot_format.codec import from_json
from shot_format.limits import MAX_FRAME_JSON_BYTES
from shot_format.messages import Problem

router = APIRouter(prefix="/v1/leases/trainings/{training}")

Step = Annotated[int, Path(ge=0, le=1_000_000)]


@router.get("/art")
def get_art(parts: Parts, training: Id, lease_token: Token) -> Response:
    return reply(training_leases.lent_art(parts.ledger, parts.art, training, lease_token))


@router.get("/pictures/{sha256}")
def get_picture(parts: Parts, request: Request, training: Id, sha256: Sha256, lease_token: Token) -> Response:
    place = training_leases.lent_picture(parts.ledger, parts.art, training, lease_token, sha256)
    return immutable_png(request, place, sha256)


@router.get("/checkpoint")
def get_checkpoint(parts: Parts, training: Id, lease_token: Token) -> Response:
    place = training_files.find_checkpoint(parts.ledger, parts.files, training, lease_token)
    return FileResponse(place, media_type="application/octet-stream")


@router.post("/heartbeat")
def heartbeat(parts: Parts, training: Id, lease_token: Token) -> Response:
    return _told(parts, training, lease_token, None)


@router.post("/report")
def report(parts: Parts, training: Id, lease_token: Token, body: Body) -> Response:
    return _told(parts, training, lease_token, from_json(TrainingReport, body, MAX_FRAME_JSON_BYTES, "report"))


def _told(parts: Services, training: str, token: str, told: TrainingReport | None) -> Response:
    sign = SignOfLife(parts.settings.lease_time, parts.roster.idle, told)
    return reply(Wish(training_leases.heartbeat(parts.ledger, training, token, sign)))


@router.put("/checkpoints/{step}")
async def put_checkpoint(parts: Parts, request: Request, training: Id, step: Step, lease_token: Token, content_sha256: Hash) -> Response:
    await to_thread.run_sync(_check, parts, training, lease_token)
    arrived = await arrivals.receive(parts.files.training(training), request.stream())
    sent, seconds = StepFile(step, content_sha256, arrived.size), parts.settings.lease_time
    entered = await to_thread.run_sync(
        training_files.enter_checkpoint, parts.ledger, parts.files, training, lease_token, sent, arrived, seconds
    )
    return Response(status_code=201 if entered else 200)


@router.put("/previews/{step}")
async def put_preview(parts: Parts, request: Request, training: Id, step: Step, lease_token: Token, content_sha256: Hash) -> Response:
    await to_thread.run_sync(_check, parts, training, lease_token)
    arrived = await arrivals.receive(parts.files.training(training), request.stream())
    sent, seconds = StepFile(step, content_sha256, arrived.size), parts.settings.lease_time
    entered = await to_thread.run_sync(
        training_files.enter_preview, parts.ledger, parts.files, training, lease_token, sent, arrived, seconds
    )
    return Response(status_code=201 if entered else 200)


@router.put("/look")
async def put_look(parts: Parts, request: Request, training: Id, lease_token: Token, content_sha256: Hash) -> Response:
    await to_thread.run_sync(_check, parts, training, lease_token)
    arrived = await arrivals.receive(parts.files.training(training), request.stream())
    ledger, files, roots = parts.ledger, parts.files, parts.look_roots
    await to_thread.run_sync(training_results.enter_result, ledger, files, roots, training, lease_token, content_sha256, arrived)
    return reply(await to_thread.run_sync(training_results.install, ledger, files, roots, training))


@router.post("/give-back")
def give_back(parts: Parts, training: Id, lease_token: Token) -> Response:
    training_leases.give_back(parts.ledger, training, lease_token)
    return Response(status_code=204)


@router.post("/failed")
def failed(parts: Parts, training: Id, lease_token: Token, body: Body) -> Response:
    training_leases.failed(parts.ledger, training, lease_token, from_json(Problem, body, MAX_FRAME_JSON_BYTES, "problem"))
    return Response(status_code=204)


def _check(parts: Services, training: str, token: str) -> None:
    """Whose lease has run out need not send gigabytes to hear of it."""
    with parts.ledger.read() as tx:
        training_leases.running(tx, training, token)
