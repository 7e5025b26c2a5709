"""Errors on the wire: RFC 9457 problem JSON with a stable code and one sentence for people."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from render_server.art.errors import RightsError
from render_server.jobs.errors import ConflictError, OffsetError, SlowError
from shot_format.codec import to_json
from shot_format.errors import FormatError, LimitError, MissingError, PaintoverError, StorageError
from shot_format.messages import Lack, Problem

MEDIA_TYPE = "application/problem+json"

_STATUSES: tuple[tuple[type[PaintoverError], int], ...] = (
    (ConflictError, 409),
    (MissingError, 404),
    (RightsError, 422),
    (FormatError, 422),
    (LimitError, 413),
    (StorageError, 507),
    (SlowError, 408),
)
_ROUTING = {404: ("route-unknown", "There is nothing at this address."), 405: ("method-unknown", "This address has no such method.")}


def problem(code: str, detail: str, status: int) -> Problem:
    """Make a problem whose title is the status's usual phrase."""
    return Problem(HTTPStatus(status).phrase, status, detail, code)


def problem_of(error: PaintoverError) -> Problem:
    """Say on the wire what went wrong."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    told = problem(error.code, error.message, status)
    if isinstance(error, RightsError):
        return replace(told, lacks=tuple(Lack(gap.piece, gap.missing) for gap in error.gaps))
    return told


def response(value: Problem, headers: dict[str, str] | None = None) -> Response:
    """Write a problem as a response."""
    return Response(to_json(value), value.status, headers, MEDIA_TYPE)


async def _on_paintover_error(_request: Request, error: PaintoverError) -> Response:
    headers = {"Upload-Offset": str(error.offset)} if isinstance(error, OffsetError) else None
    return response(problem_of(error), headers)


async def _on_bad_parameter(_request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    where = " ".join(str(part) for part in first["loc"])
    return response(problem("field-value", f"{where}: {first['msg']}.", 422))


async def _on_http_error(_request: Request, error: HTTPException) -> Response:
    code, detail = _ROUTING.get(error.status_code, ("request-refused", "The request was refused."))
    return response(problem(code, detail, error.status_code), dict(error.headers or {}))


async def _on_disconnect(_request: Request, _error: ClientDisconnect) -> Response:
    return response(problem("client-gone", "The client went away.", 400))  # which nobody reads


async def _on_surprise(_request: Request, _error: Exception) -> Response:
    return response(problem("server-mistake", "The server made a mistake; its log says more.", 500))  # the log gets the rest


HANDLERS: dict[Any, Any] = {
    PaintoverError: _on_paintover_error,
    RequestValidationError: _on_bad_parameter,
    HTTPException: _on_http_error,
    ClientDisconnect: _on_disconnect,
    Exception: _on_surprise,
}
