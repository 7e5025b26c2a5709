"""Sends files: whole, in one range, or not at all because the client has them."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import Request, Response
from starlette.responses import FileResponse

from render_server.api import problems

LENGTHS = "Blob-Lengths"
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def immutable_png(request: Request, place: Path, sha256: str) -> Response:
    """Send a picture that never changes, named by its hash."""
    return immutable_file(request, place, sha256, "image/png")


def immutable_file(request: Request, place: Path, sha256: str, kind: str) -> Response:
    """Send a file that never changes, named by its hash. kind: its media type."""
    etag = f'"{sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": "attachment"}
    if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    size = place.stat().st_size
    if not _can_be_given(request.headers.get("range", "bytes=0-"), size):
        refusal = problems.problem("range-refused", f"One range within the {size} bytes is given at a time.", 416)
        return problems.response(refusal, {"Content-Range": f"bytes */{size}"})
    return FileResponse(place, headers=headers, media_type=kind)


def _can_be_given(wanted: str, size: int) -> bool:
    found = _ONE_RANGE.fullmatch(wanted)
    if found is None:
        return False
    first, last = found.groups()
    if not first:
        return last.strip("0") != ""  # the last so many bytes
    return int(first) < size and (not last or int(first) <= int(last))


def joined(places: list[Path]) -> Response:
    """Send files one behind the other; the header says how long each is."""
    if len(places) == 1:
        return FileResponse(places[0], headers={LENGTHS: str(places[0].stat().st_size)}, media_type="application/octet-stream")
    data = [place.read_bytes() for place in places]
    return Response(b"".join(data), headers={LENGTHS: ",".join(str(len(each)) for each in data)}, media_type="application/octet-stream")
