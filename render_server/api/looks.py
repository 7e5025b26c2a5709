"""Routes of looks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.responses import FileResponse

from render_server.api.services import Parts, Show, reply, reply_list
from shot_format.messages import LOOK

router = APIRouter(prefix="/v1/looks")

Name = Annotated[str, Path(pattern=f"^{LOOK}$")]


@router.get("")
def list_looks(parts: Parts, show: Show) -> Response:
    return reply_list(list(parts.looks.list(show)))


@router.get("/{name:path}/thumbnail")
def thumbnail(parts: Parts, show: Show, name: Name) -> Response:
    return FileResponse(parts.looks.thumbnail(name, show), media_type="image/png", headers={"Content-Disposition": "attachment"})


@router.get("/{name:path}")
def get_look(parts: Parts, show: Show, name: Name) -> Response:
    return reply(parts.looks.find(name, show))
