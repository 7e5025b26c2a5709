"""Sends files: whole, in one range, or not at all because the client has them."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import Request, Response
from starlette.responses import FileResponse

from render_server.api import problems

LENGTHS = "Blob-Lengths"
_ONE_RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})")


def immutable_png(request: Request, place: Path, sha256: str) -> Response:
    """Send a picture that never changes, named by its hash."""
    etag = f'"{sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": "attachment"}
    if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range")
    if wanted is not None and not _ONE_RANGE.fullmatch(wanted):
        return problems.response(problems.problem("range-refused", "One range of bytes is given at a time.", 416))
    return FileResponse(place, headers=headers, media_type="image/png")


def joined(places: list[Path]) -> Response:
    """Send files one behind the other; the header says how long each is."""
    if len(places) == 1:
        return FileResponse(places[0], headers={LENGTHS: str(places[0].stat().st_size)}, media_type="application/octet-stream")
    data = [place.read_bytes() for place in places]
    return Response(b"".join(data), headers={LENGTHS: ",".join(str(len(each)) for each in data)}, media_type="application/octet-stream")
