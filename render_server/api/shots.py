"""Routes of shots and their frames."""

from __future__ import annotations

from fastapi import APIRouter, Response

from render_server.api.services import Body, Number, OwnShot, Parts, Show, reply
from render_server.jobs import shots
from shot_format.codec import from_json
from shot_format.errors import FormatError
from shot_format.limits import MAX_FRAME_JSON_BYTES, MAX_JSON_BYTES
from shot_format.shot import Frame, Shot

router = APIRouter(prefix="/v1/shots")


@router.post("")
def open_shot(parts: Parts, show: Show, body: Body) -> Response:
    status, new = shots.open_shot(parts.ledger, from_json(Shot, body, MAX_JSON_BYTES, "shot"), show)
    return reply(status, 201 if new else 200)


@router.get("/{shot}")
def shot_status(parts: Parts, shot: OwnShot) -> Response:
    return reply(shots.shot_status(parts.ledger, shot))


@router.put("/{shot}/frames/{number}")
def put_frame(parts: Parts, shot: OwnShot, number: Number, body: Body) -> Response:
    frame = from_json(Frame, body, MAX_FRAME_JSON_BYTES, "frame")
    if frame.number != number:
        raise FormatError("frame-number", f"The frame says that it is number {frame.number}, the address says {number}.")
    status, new = shots.put_frame(parts.ledger, parts.files, shot, frame)
    return reply(status, 201 if new else 200)


@router.post("/{shot}/close")
def close_shot(parts: Parts, shot: OwnShot) -> Response:
    return reply(shots.close_shot(parts.ledger, shot))
