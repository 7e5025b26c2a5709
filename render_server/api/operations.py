"""Routes for whoever keeps the server running: is it up, can it work, how much has it done."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from render_server.api.services import Parts, Services, Show, reply
from render_server.jobs import figures, space
from shot_format.errors import StorageError
from shot_format.version import VERSION

router = APIRouter()


@router.get("/health")
async def health() -> Response:
    return reply({"status": "ok", "version": VERSION})


@router.get("/ready")
async def ready(parts: Parts) -> Response:
    checks = await to_thread.run_sync(_checks, parts)
    return reply({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)


@router.get("/metrics")
def metrics(parts: Parts, show: Show) -> Response:
    if show is not None:  # they count what all shows do
        raise HTTPException(404)
    found = figures.collect(parts.ledger, parts.files, parts.uploads, _workers(parts))
    return Response(figures.as_prometheus(found), media_type="text/plain; version=0.0.4")


def _checks(parts: Services) -> dict[str, bool]:
    try:
        parts.ledger.check_writable()
        ledger = True
        disk = space.free_bytes(parts.files) >= parts.settings.disk_floor
    except StorageError:
        ledger = disk = False
    return {"ledger": ledger, "disk": disk, "worker": _workers(parts) > 0}


def _workers(parts: Services) -> int:
    return parts.roster.alive(2 * max(parts.settings.lease_time, parts.settings.poll_time))
