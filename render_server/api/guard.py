"""The guard in front of everything: who may call, by what name, from where, and how much they may send.

It reads the raw path and headers alone, so that it and the router cannot understand a request differently.
What it does not know, it refuses.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from render_server.api import problems
from render_server.api.token import Tokens
from render_server.jobs.errors import SlowError
from render_server.looks.content import MAX_LOOK_BYTES
from shot_format.errors import LimitError
from shot_format.limits import MAX_BLOB_BYTES, MAX_FRAME_JSON_BYTES, MAX_PACK_BYTES
from shot_format.messages import Problem

_OPEN = ("/health",)
_WORKERS = "/v1/leases"
_MIB = 1 << 20
_CAPS = (  # the most bytes that a request's body may have; what is not listed may have none
    ("PATCH", re.compile(r"/v1/blobs/[^/]+"), MAX_BLOB_BYTES),
    ("POST", re.compile(r"/v1/blobs"), MAX_PACK_BYTES),
    ("PUT", re.compile(r"/v1/leases/[^/]+/frames/[^/]+"), 512 * _MIB),
    ("PUT", re.compile(r"/v1/leases/trainings/[^/]+/previews/[^/]+"), 64 * _MIB),
    ("PUT", re.compile(r"/v1/leases/trainings/[^/]+/(checkpoints/[^/]+|look)"), MAX_LOOK_BYTES + 64 * _MIB),
    ("PUT", re.compile(r"/v1/shots/[^/]+/frames/[^/]+"), MAX_FRAME_JSON_BYTES),
    ("POST", re.compile(r"/v1/shots"), 32 * _MIB),
    ("POST", re.compile(r"/v1/.*"), 64 * 1024),
)
_SEALS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)


@dataclass(frozen=True)
class Rules:
    """What the guard lets through.

    hosts, origins: exact values; tokens: the users'; worker_token: the workers'; body_time: seconds that a body may stand still.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    tokens: Tokens
    worker_token: str
    body_time: float


class Guard:
    """Stands before the application as ASGI middleware."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        sealed = _sealed(send)
        refusal = _refusal(scope, self._rules)
        if refusal is not None:
            headers = {401: {"WWW-Authenticate": "Bearer"}, 413: {"Connection": "close"}}.get(refusal.status)
            return await problems.response(refusal, headers)(scope, receive, sealed)
        await self._app(scope, _capped(receive, _cap(scope), self._rules.body_time), sealed)


def _refusal(scope: Scope, rules: Rules) -> Problem | None:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    if _only(headers, b"host") not in rules.hosts:
        return problems.problem("host-unknown", "This server is not called by that name.", 421)
    if any(value not in rules.origins for value in _all(headers, b"origin")):
        return problems.problem("origin-refused", "Web pages of that origin may not call this server.", 403)
    if any(value not in ("none", "same-origin") for value in _all(headers, b"sec-fetch-site")):
        return problems.problem("origin-refused", "Pages of another site may not call this server.", 403)
    if scope["path"] not in _OPEN and not _admitted(scope, _only(headers, b"authorization"), rules):
        return problems.problem("token-wrong", "The token is missing or wrong; the server's token file holds the right one.", 401)
    return _length_refusal(_all(headers, b"content-length"), _cap(scope))


def _admitted(scope: Scope, authorization: str, rules: Rules) -> bool:
    """Whether the token is right; and whose it is, for the routes."""
    path: str = scope["path"]
    if path == _WORKERS or path.startswith(_WORKERS + "/"):
        return _same(authorization, f"Bearer {rules.worker_token}")
    kind, _, token = authorization.partition(" ")
    holder = rules.tokens.holder(token) if kind == "Bearer" else None
    if holder is None:
        return False
    scope["state"] = {**scope.get("state", {}), "show": holder.show}
    return True


def _length_refusal(lengths: list[str], cap: int) -> Problem | None:
    if any(not re.fullmatch("[0-9]{1,18}", length) or int(length) > cap for length in lengths):
        return problems.problem("body-too-large", f"The request's body is too large; at most {cap} bytes are taken here.", 413)
    return None


def _cap(scope: Scope) -> int:
    return next((cap for method, path, cap in _CAPS if scope["method"] == method and path.fullmatch(scope["path"])), 0)


def _capped(receive: Receive, cap: int, seconds: float) -> Receive:
    """Count what comes, and end the wait for a body that stands still."""
    size, more = 0, True

    async def counted() -> Message:
        nonlocal size, more
        if not more:
            return await receive()  # from here on only a disconnect can come
        try:
            message = await asyncio.wait_for(receive(), seconds)
        except asyncio.TimeoutError:
            raise SlowError("body-slow", f"Nothing came for {seconds:g} seconds; send the request again.") from None
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        if size > cap:
            raise LimitError("body-too-large", f"The request's body is too large; at most {cap} bytes are taken here.")
        return message

    return counted


def _sealed(send: Send) -> Send:
    """Add what keeps a browser from making anything of an answer."""

    async def sealing(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            seals = _SEALS if b"cache-control" in names else (*_SEALS, (b"cache-control", b"no-store"))
            message = {**message, "headers": [*message["headers"], *seals]}
        await send(message)

    return sealing


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]


def _only(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    values = _all(headers, name)
    return values[0] if len(values) == 1 else ""


def _same(given: str, right: str) -> bool:
    """Compare in a time that tells nothing, not even the length."""
    first, second = (hashlib.sha256(text.encode()).digest() for text in (given, right))
    return hmac.compare_digest(first, second)
