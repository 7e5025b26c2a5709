"""Routes of blobs: how far one has come, its next bytes, and many small ones at once."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response

from render_server.api.services import Parts, Sha256, Show

router = APIRouter(prefix="/v1/blobs")

Offset = Annotated[int, Header(ge=0)]
Length = Annotated[int, Header(ge=1)]


@router.post("")
async def take_pack(parts: Parts, show: Show, request: Request) -> Response:
    pack = await request.body()  # the guard has capped it
    await to_thread.run_sync(parts.uploads.of(show).take_pack, pack)
    return Response(status_code=204)


@router.head("/{sha256}")
def blob_progress(parts: Parts, show: Show, sha256: Sha256) -> Response:
    progress = parts.uploads.of(show).progress(sha256)
    return Response(headers={"Upload-Offset": str(progress.offset), "Upload-Length": str(progress.length)})


@router.patch("/{sha256}")
async def take_bytes(parts: Parts, show: Show, request: Request, sha256: Sha256, upload_offset: Offset, upload_length: Length) -> Response:
    progress = await parts.uploads.of(show).take(sha256, upload_offset, upload_length, request.stream())
    return Response(status_code=204, headers={"Upload-Offset": str(progress.offset)})
