"""Routes of trainings: asked for, followed, paused, finished early, cancelled."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from render_server.api.files import immutable_png
from render_server.api.follow import follow, of_training
from render_server.api.services import Body, Key, LastEvent, OwnTraining, Parts, Show, reply, reply_list
from render_server.jobs import space, training_files, trainings
from render_server.jobs.trainings import Asking, signed
from render_server.looks.trainings import TrainingRequest
from shot_format.codec import from_json
from shot_format.limits import MAX_FRAME_JSON_BYTES

router = APIRouter(prefix="/v1/trainings")

By = Annotated[str | None, Query(max_length=200)]
Step = Annotated[int, Path(ge=0, le=1_000_000)]


@router.post("")
def submit(parts: Parts, show: Show, body: Body, idempotency_key: Key) -> Response:
    request = from_json(TrainingRequest, body, MAX_FRAME_JSON_BYTES, "training")
    space.check_floor(parts.files, parts.settings.disk_floor)
    asking = Asking(parts.art, lambda name: parts.looks.find(name, show), show, signed(show, request.by))
    training, new = trainings.submit(parts.ledger, asking, request, idempotency_key)
    return reply(training, 201 if new else 200)


@router.get("")
def list_trainings(parts: Parts, show: Show) -> Response:
    return reply_list(list(trainings.list_trainings(parts.ledger, show)))


@router.get("/{training}")
def get_training(parts: Parts, training: OwnTraining) -> Response:
    return reply(trainings.get_training(parts.ledger, training))


@router.delete("/{training}")
def cancel(parts: Parts, show: Show, training: OwnTraining, by: By = None) -> Response:
    told = trainings.cancel(parts.ledger, training, signed(show, by))
    training_files.sweep(parts.ledger, parts.files, training)
    return reply(told)


@router.post("/{training}/pause")
def pause(parts: Parts, show: Show, training: OwnTraining, by: By = None) -> Response:
    return reply(trainings.pause(parts.ledger, training, signed(show, by)))


@router.post("/{training}/resume")
def resume(parts: Parts, show: Show, training: OwnTraining, by: By = None) -> Response:
    return reply(trainings.resume(parts.ledger, training, signed(show, by)))


@router.post("/{training}/finish")
def finish(parts: Parts, show: Show, training: OwnTraining, by: By = None) -> Response:
    return reply(trainings.finish(parts.ledger, training, signed(show, by)))


@router.get("/{training}/events")
async def events(parts: Parts, training: OwnTraining, last_event_id: LastEvent = 0) -> Response:
    stream = follow(parts.ledger, of_training(training), last_event_id, parts.settings.comment_time)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/{training}/previews/{step}")
def get_preview(parts: Parts, request: Request, training: OwnTraining, step: Step) -> Response:
    place, sha256 = training_files.find_preview(parts.ledger, parts.files, training, step)
    return immutable_png(request, place, sha256)


@router.get("/{training}/curves")
def curves(parts: Parts, training: OwnTraining) -> Response:
    return reply(training_files.read_curves(parts.ledger, training))
