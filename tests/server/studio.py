"""What the tests of trainings share: a server with art on it, asking, following, waiting, and its worker."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from render_server.looks.content import folder_sha256
from render_server.looks.trainings import TrainingEvent, TrainingLease
from shot_format.blobs import sha256
from shot_format.codec import from_json
from tests.server.harness import Server, png, running

RIGHTS = {"artist": "R. Duarte", "owner": "the production", "licence": "work for hire", "consent": "contract of 2026-03-02"}
TRAINER = (sys.executable, "-m", "tests.server.small_trainer")


@contextlib.contextmanager
def trains(data: Path, **settings: Any) -> Iterator[Server]:
    """A server whose worker paints flat and trains small."""
    with running(data, worker_command=TRAINER, **settings) as server:
        yield server


def add_art(server: Server, art: str = "hero/oils", shade: int = 10, rights: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
    """Upload a picture and add it to a collection."""
    picture = png(shade)
    assert server.patch(sha256(picture), picture, 0, len(picture)).status_code == 204
    piece = {"blob": sha256(picture), "name": f"piece{shade}.png", "rights": RIGHTS if rights is None else rights, "by": "ana", **more}
    return server.user.post(f"/v1/art/{art}/pieces", json=piece)


def ask(server: Server, key: str | None = None, art: str = "hero/oils", **told: Any) -> httpx.Response:
    """Ask for a training. told: fields of the plan, and pieces, override and by."""
    beside = {name: told.pop(name) for name in ("pieces", "override", "by") if name in told}
    plan = {"name": "hero/oils", "steps": 40, "preview_every": 10, "keep_every": 5, **told}
    body = {"plan": plan, "art": art, **beside}
    return server.user.post("/v1/trainings", content=json.dumps(body), headers={"Idempotency-Key": key or uuid.uuid4().hex})


def training(server: Server, **told: Any) -> str:
    answer = ask(server, **told)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def state(server: Server, id: str) -> dict[str, Any]:
    answer: dict[str, Any] = server.user.get(f"/v1/trainings/{id}").json()
    return answer


def change(server: Server, id: str, act: str, by: str = "ana") -> dict[str, Any]:
    method = "DELETE" if act == "cancel" else "POST"
    path = f"/v1/trainings/{id}" if act == "cancel" else f"/v1/trainings/{id}/{act}"
    answer = server.user.request(method, path, params={"by": by})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def follow(server: Server, id: str, after: int = 0) -> Iterator[TrainingEvent]:
    with server.user.stream("GET", f"/v1/trainings/{id}/events", headers={"Last-Event-ID": str(after)}) as response:
        assert response.status_code == 200
        for line in response.iter_lines():
            if line.startswith("data: "):
                yield from_json(TrainingEvent, line[6:], 1 << 20, "event")


def events(server: Server, id: str, after: int = 0) -> list[TrainingEvent]:
    """Every event to the training's end, or to its being paused."""
    found = []
    with contextlib.closing(follow(server, id, after)) as following:
        for event in following:
            found.append(event)
            if event.type == "paused":
                break
    return found


def wait_for_step(server: Server, id: str, step: int, seconds: float = 30.0) -> None:
    """Wait until a checkpoint of this step or a later one is on the server."""
    wait_until(lambda: (state(server, id).get("checkpoint") or {"step": -1})["step"] >= step, seconds)


def wait_until(true: Any, seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def workers(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def kill_worker(server: Server) -> None:
    wait_until(lambda: workers(server))
    workers(server)[0].kill()


def weights(server: Server, id: str) -> str:
    """The hash of the weights that came of a training."""
    look = state(server, id)["look"]
    place = server.data / "looks" / look
    assert folder_sha256(place)
    return sha256((place / "weights.safetensors").read_bytes())


def claim(server: Server, worker: str = "tester", devices: tuple[str, ...] = ("cpu",)) -> TrainingLease | None:
    """Claim a training as a worker would."""
    answer = server.worker.post("/v1/leases", json={"worker": worker, "trains": list(devices)})
    assert answer.status_code in (200, 204), answer.text
    return from_json(TrainingLease, answer.content, 1 << 20, "lease") if answer.status_code == 200 else None


def on_lease(server: Server, lease: TrainingLease, method: str, path: str, **options: Any) -> httpx.Response:
    headers = {"Lease-Token": lease.token, **options.pop("headers", {})}
    return server.worker.request(method, f"/v1/leases/trainings/{lease.training.id}/{path}", headers=headers, **options)


def send(server: Server, lease: TrainingLease, path: str, data: bytes, name: str | None = None) -> httpx.Response:
    return on_lease(server, lease, "PUT", path, content=data, headers={"Content-SHA256": name or sha256(data)})
