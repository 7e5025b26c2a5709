"""Routes of a shot's passes as files for other tools: asked for, watched, fetched, given up."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from render_server.api.files import immutable_file
from render_server.api.services import Number, OwnShot, Parts, reply
from render_server.jobs import exports, space

router = APIRouter(prefix="/v1/shots/{shot}/export")


@router.put("")
def ask(parts: Parts, shot: OwnShot) -> Response:
    space.check_floor(parts.files, parts.settings.disk_floor)
    return reply(parts.exporter.ask(shot), 202)


@router.get("")
def status(parts: Parts, shot: OwnShot, after: int | None = None) -> Response:
    found = parts.exporter.status(shot)
    files = found.files if after is None else tuple(each for each in found.files if each.number > after)
    return reply(replace(found, files=files))


@router.delete("")
def forget(parts: Parts, shot: OwnShot) -> Response:
    parts.exporter.forget(shot)
    return Response(status_code=204)


@router.get("/{name}/{number}")
def get_file(parts: Parts, request: Request, shot: OwnShot, name: str, number: Number) -> Response:
    found, place = exports.find_file(parts.files, shot, name, number)
    return immutable_file(request, place, found.sha256, "image/png" if place.suffix == ".png" else "image/x-exr")
