"""Requests nobody would send: whatever comes, it is never the server's mistake."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import httpx

from shot_format.codec import encode
from tests.server.harness import Server, make_shot

REQUESTS = int(os.environ.get("PAINTOVER_FUZZ", "400"))
SEED = int(os.environ.get("PAINTOVER_SEED", "1"))
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 2**63, 10**400, "", "x", "\0", "\ud800", "é" * 3000, "../../token", [], {}, [[]], {"a": 1}, "9" * 5000,
)  # fmt: skip


def mutated(value: Any, chance: random.Random) -> Any:
    """Change some part of a JSON value."""
    if chance.random() < 0.15:
        return chance.choice(ODD)
    if isinstance(value, dict) and value:
        changed = {name: mutated(item, chance) if chance.random() < 0.5 else item for name, item in value.items()}
        if chance.random() < 0.2:
            changed.pop(chance.choice(list(changed)))
        return changed
    if isinstance(value, list) and value:
        return [mutated(item, chance) if chance.random() < 0.3 else item for item in value] * chance.choice((1, 1, 1, 2))
    return value


def garbled(text: bytes, chance: random.Random) -> bytes:
    """Cut, double or overwrite some bytes."""
    cut = chance.randrange(len(text) + 1)
    return chance.choice((text, text, text, text[:cut], text + text, text[:cut] + chance.randbytes(3) + text[cut:]))


def test_no_request_is_the_servers_mistake(server: Server) -> None:
    chance, made = random.Random(SEED), make_shot(2)
    server.upload(made)
    job = server.job(made)
    lease = server.claim()
    assert lease is not None
    name = made.frames[0].meshes[0].topology
    shot, frame = encode(made.shot), encode(made.frames[0])
    asked = {
        "shot": made.shot.id,
        "recipe": {"look": "flat", "seed": 1, "first": 1, "last": 2, "width": 64, "height": 48, "stroke_scale": 1.0},
    }
    problem = {"title": "t", "status": 422, "detail": "d", "code": "c"}
    calls: list[tuple[httpx.Client, str, str, Any]] = [
        (server.user, "POST", "/v1/shots", {**shot, "id": "fuzzed"}),
        (server.user, "PUT", f"/v1/shots/{made.shot.id}/frames/1", frame),
        (server.user, "POST", "/v1/jobs", asked),
        (server.user, "PATCH", f"/v1/blobs/{name}", None),
        (server.user, "PATCH", f"/v1/blobs/{'ab' * 32}", None),
        (server.user, "GET", f"/v1/jobs/{job}/frames/1", None),
        (server.user, "DELETE", "/v1/jobs/none", None),
        (server.worker, "POST", "/v1/leases", {"worker": "fuzz"}),
        (server.worker, "POST", f"/v1/leases/{job}/blobs", {"names": [name]}),
        (server.worker, "PUT", f"/v1/leases/{job}/frames/1", None),
        (server.worker, "POST", f"/v1/leases/{job}/failed", problem),
        (server.worker, "GET", f"/v1/leases/{job}/frames?after=0", None),
        (server.user, "POST", "/v1/trainings", {"plan": {"name": "hero/oils", "steps": 5, "start": "flat"}, "art": "hero/oils"}),
        (server.user, "POST", "/v1/art/hero/oils/pieces", {"blob": name, "name": "x.png", "rights": {"owner": "me", "shows": ["hero"]}}),
        (server.user, "POST", "/v1/trainings/none/pause", None),
        (server.worker, "POST", "/v1/leases/trainings/none/report", {"stage": "training", "step": 1, "figures": {"texture": 0.5}}),
        (server.worker, "PUT", "/v1/leases/trainings/none/checkpoints/1", None),
    ]
    words = [
        "0",
        "1",
        "-1",
        "99999999999999999999",
        "x",
        "",
        "bytes=0-1",
        "bytes=-",
        "nan",
        "inf",
        "ab" * 32,
        lease.token,
        name,
        "\xff",
        "*/*",
    ]
    headers = ["Upload-Offset", "Upload-Length", "Idempotency-Key", "Last-Event-ID", "Range", "If-None-Match", "Lease-Token",
               "Content-SHA256", "Model-Seconds", "Source-SHA256", "Content-Type", "If-Range"]  # fmt: skip
    for number in range(REQUESTS):
        client, method, path, body = chance.choice(calls)
        data = chance.randbytes(chance.randrange(200)) if body is None else json.dumps(mutated(body, chance)).encode()
        extra = [(head.encode(), chance.choice(words).encode("latin-1")) for head in chance.sample(headers, chance.randrange(6))]
        if chance.random() < 0.5 and path.startswith("/v1/leases/"):
            extra = [(head, value) for head, value in extra if head != b"Lease-Token"] + [(b"Lease-Token", lease.token.encode())]
        content = None if method in ("GET", "DELETE") else garbled(data, chance)
        answer = client.request(method, path, content=content, headers=extra)
        assert answer.status_code < 500, (SEED, number, method, path, extra, content, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (SEED, number, answer.text)
    assert server.user.get("/health").status_code == 200
