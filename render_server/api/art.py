"""Routes of art: collections, their pieces, and whose they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from render_server.api.services import Body, Parts, Sha256, Show, reply, reply_list
from render_server.art.manifest import COLLECTION, find_piece
from render_server.art.originals import Original
from render_server.art.rights import gaps
from render_server.art.store import list_collections
from render_server.jobs import space
from render_server.jobs.trainings import open_art, signed
from render_server.looks.trainings import AddedPiece, ArtInfo, PieceRequest
from shot_format.codec import from_json
from shot_format.errors import MissingError
from shot_format.limits import MAX_FRAME_JSON_BYTES

router = APIRouter(prefix="/v1/art")

Name = Annotated[str, Path(pattern=f"^{COLLECTION}$")]


@router.get("")
def list_art(parts: Parts, show: Show) -> Response:
    manifests = [each.manifest() for each in list_collections(parts.art, show)]
    return reply_list([ArtInfo(each.name, len(each.usable), len(gaps(each))) for each in manifests])


@router.post("/{name:path}/pieces")
def add_piece(parts: Parts, show: Show, name: Name, body: Body) -> Response:
    request = from_json(PieceRequest, body, MAX_FRAME_JSON_BYTES, "piece")
    collection = open_art(parts.art, name, show)
    space.check_floor(parts.files, parts.settings.disk_floor)
    place = parts.files.of(show).blob(request.blob)
    if not place.is_file():
        raise MissingError("blob-unknown", f"The server has nothing of the blob {request.blob}; upload it first.")
    added = collection.add(Original(request.name, (place,)), request.rights, signed(show, request.by), request.title)
    return reply(AddedPiece(added.piece, added.fresh), 201 if added.fresh else 200)


@router.get("/{name:path}/pieces/{sha256}")
def get_piece(parts: Parts, show: Show, name: Name, sha256: Sha256) -> Response:
    return reply(find_piece(open_art(parts.art, name, show).manifest(), sha256))


@router.get("/{name:path}")
def get_art(parts: Parts, show: Show, name: Name) -> Response:
    return reply(open_art(parts.art, name, show).manifest())
