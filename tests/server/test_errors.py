"""Every error of the table: its status, its code, and one sentence for people."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from render_server.app import create_app
from render_server.settings import Settings
from shot_format.codec import encode, to_json
from shot_format.messages import LookInfo
from tests.server.harness import Server, make_shot, png
from tests.server.launch import FlatLooks


def check(answer: object, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text  # type: ignore[attr-defined]
    assert answer.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    problem = answer.json()  # type: ignore[attr-defined]
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, "about:blank")
    assert problem["title"] and problem["detail"].endswith(".") and "\n" not in problem["detail"] and "Traceback" not in problem["detail"]


def test_what_is_not_there(server: Server) -> None:
    made = make_shot(1)
    check(server.user.get("/v1/nothing"), 404, "route-unknown")
    check(server.user.put("/v1/jobs"), 405, "method-unknown")
    check(server.user.get("/v1/shots/none"), 404, "shot-unknown")
    check(server.put_frame(made, made.frames[0]), 404, "shot-unknown")
    check(server.user.post(f"/v1/shots/{made.shot.id}/close"), 404, "shot-unknown")
    check(server.submit(made), 404, "shot-unknown")
    check(server.user.get("/v1/jobs/none"), 404, "job-unknown")
    check(server.user.delete("/v1/jobs/none"), 404, "job-unknown")
    check(server.user.get("/v1/jobs/none/events"), 404, "job-unknown")
    check(server.user.get("/v1/jobs/none/frames/1"), 404, "job-unknown")
    check(server.worker.post("/v1/leases/none/heartbeat", headers={"Lease-Token": "x"}), 404, "job-unknown")


def test_shots_that_break_the_format(server: Server) -> None:
    made = make_shot(2)
    broken = encode(made.shot)
    check(server.user.post("/v1/shots", content=b"{"), 422, "json-broken")
    check(server.user.post("/v1/shots", json={**broken, "extra": 1}), 422, "field-unknown")
    check(server.user.post("/v1/shots", json={**broken, "id": "../x"}), 422, "field-value")
    check(server.user.post("/v1/shots", json={**broken, "fps": 24}), 422, "field-type")
    check(server.user.post("/v1/shots", json={name: value for name, value in broken.items() if name != "fps"}), 422, "field-missing")
    check(server.user.post("/v1/shots", json={**broken, "last": 0}), 422, "shot-range")
    check(server.user.post("/v1/shots", json={**broken, "last": 900_000}), 422, "shot-range")
    check(server.user.post("/v1/shots", content=b"[" * 100 + b"]" * 100), 413, "json-too-deep")


def test_a_shot_is_taken_once(server: Server) -> None:
    made = make_shot(2)
    assert server.open(made).status_code == 201
    assert server.open(made).status_code == 200
    check(server.user.post("/v1/shots", content=to_json(replace(made.shot, name="Another"))), 409, "shot-differs")


def test_frames_that_do_not_fit_their_shot(server: Server) -> None:
    made = make_shot(2)
    assert server.open(made).status_code == 201
    frame = made.frames[0]
    path = f"/v1/shots/{made.shot.id}/frames"
    check(server.user.put(f"{path}/2", content=to_json(frame)), 422, "frame-number")
    check(server.put_frame(made, replace(frame, number=3)), 422, "shot-range")
    check(server.put_frame(made, replace(frame, meshes=(replace(frame.meshes[0], object_id=9),))), 422, "mesh-unknown")
    check(server.user.put(f"{path}/one", content=to_json(frame)), 422, "field-value")
    check(server.user.put(f"{path}/1", content=b'{"number":1,"number":1}'), 422, "field-double")


def test_a_closed_shot_takes_the_same_frame_and_no_other(server: Server) -> None:
    made = make_shot(2)
    assert server.open(made).status_code == 201
    check(server.user.post(f"/v1/shots/{made.shot.id}/close"), 409, "shot-incomplete")
    assert server.put_frame(made, made.frames[0]).status_code == 201
    assert server.put_frame(made, made.frames[1]).status_code == 201
    check(server.user.post(f"/v1/shots/{made.shot.id}/close"), 409, "shot-incomplete")
    server.upload(made)
    assert server.user.post(f"/v1/shots/{made.shot.id}/close").status_code == 200
    assert server.put_frame(made, made.frames[0]).status_code == 200
    changed = replace(made.frames[0], camera=replace(made.frames[0].camera, fx=99.0))
    check(server.put_frame(made, changed), 409, "shot-closed")


def test_a_frame_of_an_open_shot_may_be_replaced(server: Server) -> None:
    made = make_shot(1)
    assert server.open(made).status_code == 201
    server.send(made, made.frames[0])
    changed = replace(made.frames[0], camera=replace(made.frames[0].camera, fx=99.0))
    answer = server.put_frame(made, changed)
    assert answer.status_code == 200 and answer.json()["missing"] == []
    assert server.user.get(f"/v1/shots/{made.shot.id}").json()["frames"] == [1]


def test_jobs_that_cannot_be(server: Server) -> None:
    made = make_shot(2)
    server.upload(made)
    check(server.submit(made, look="oilier"), 422, "look-unknown")
    check(server.submit(made, look="../flat"), 422, "field-value")
    check(server.submit(made, first=0), 422, "recipe-range")
    check(server.submit(made, first=2, last=1), 422, "recipe-range")
    check(server.submit(made, model_sha256="cd" * 32), 422, "recipe-model")
    check(server.submit(made, width=4), 422, "field-value")
    check(server.user.post("/v1/jobs", json={"shot": made.shot.id, "recipe": {"look": "flat"}}), 422, "field-value")
    for key in ("", "a b", "x" * 129, "é"):
        body = {"shot": made.shot.id, "recipe": {"look": "flat"}}
        check(server.user.post("/v1/jobs", json=body, headers={"Idempotency-Key": key.encode()}), 422, "field-value")


def test_one_key_makes_one_job(server: Server) -> None:
    made = make_shot(2)
    server.upload(made)
    first = server.submit(made, key="key-1", seed=5)
    again = server.submit(made, key="key-1", seed=5)
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()
    check(server.submit(made, key="key-1", seed=6), 409, "idempotency-conflict")
    assert server.submit(made, key="key-2", seed=5).json()["id"] != first.json()["id"]


@pytest.fixture
def lease_and_job(server: Server) -> tuple[object, str]:
    made = make_shot(2)
    server.upload(made)
    job = server.job(made)
    while (lease := server.claim()) is not None and lease.job.id != job:
        server.user.delete(f"/v1/jobs/{lease.job.id}")
    assert lease is not None
    return lease, job


def test_painted_frames_that_are_refused(server: Server, lease_and_job: tuple[object, str]) -> None:
    lease, job = lease_and_job
    check(server.hand_in(lease, 2, png()), 409, "frame-order")  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, png(), **{"Content-SHA256": "ab" * 32}), 422, "frame-hash")  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, b"not a picture"), 422, "frame-broken")  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, png(width=65)), 422, "frame-broken")  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, png(), **{"Model-Seconds": "nan"}), 422, "field-value")  # type: ignore[arg-type]
    check(server.user.get(f"/v1/jobs/{job}/frames/1"), 404, "frame-unpainted")
    assert server.hand_in(lease, 1, png(1)).status_code == 201  # type: ignore[arg-type]
    assert server.hand_in(lease, 1, png(1)).status_code == 200  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, png(2)), 409, "frame-exists")  # type: ignore[arg-type]
    check(server.on_lease(lease, "POST", "done"), 409, "job-incomplete")  # type: ignore[arg-type]
    assert not list((server.data / "frames" / job).glob(".partial-*"))
    assert [event.type for event in server.events(job, most=3)] == ["queued", "started", "frame"]


def test_a_lease_opens_its_own_shot_alone(server: Server, lease_and_job: tuple[object, str]) -> None:
    lease, job = lease_and_job
    other = make_shot(1)
    server.upload(other, close=False)
    shared, foreign = other.frames[0].meshes[0].topology, b"of nobody"  # all cubes have one topology

    def ask(*names: str) -> object:
        return server.on_lease(lease, "POST", "blobs", json={"names": names})  # type: ignore[arg-type]

    check(ask("0" * 64), 404, "blob-unknown")
    check(ask(), 422, "field-value")
    check(ask("../token"), 422, "field-value")
    assert ask(shared).status_code == 200  # type: ignore[attr-defined]
    name = hashlib.sha256(foreign).hexdigest()
    assert server.patch(name, foreign, 0, len(foreign)).status_code == 204
    check(ask(name), 404, "blob-unknown")
    check(ask(shared, name), 404, "blob-unknown")
    check(server.worker.get(f"/v1/leases/{job}/frames", headers={"Lease-Token": "wrong"}), 409, "lease-lost")
    check(server.worker.get(f"/v1/leases/{job}/frames"), 422, "field-value")


def test_a_cancelled_job_tells_its_worker(server: Server, lease_and_job: tuple[object, str]) -> None:
    lease, job = lease_and_job
    assert server.on_lease(lease, "POST", "heartbeat").status_code == 204  # type: ignore[arg-type]
    for _ in range(2):
        assert server.user.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"
    beat = server.on_lease(lease, "POST", "heartbeat")  # type: ignore[arg-type]
    assert beat.status_code == 200 and beat.json() == {"cancelled": True}
    assert server.leased_frames(lease, after=2).cancelled  # type: ignore[arg-type]
    check(server.hand_in(lease, 1, png()), 409, "job-cancelled")  # type: ignore[arg-type]
    check(server.on_lease(lease, "POST", "done"), 409, "job-cancelled")  # type: ignore[arg-type]
    assert [event.type for event in server.events(job)] == ["queued", "started", "cancelled"]


def test_a_job_that_failed_says_why(server: Server, lease_and_job: tuple[object, str]) -> None:
    lease, job = lease_and_job
    problem = {"title": "Broken", "status": 422, "detail": "The mesh is broken.", "code": "blob-broken"}
    assert server.on_lease(lease, "POST", "failed", json=problem).status_code == 204  # type: ignore[arg-type]
    state = server.state(job)
    assert state["state"] == "failed" and state["problem"]["code"] == "blob-broken"
    assert server.events(job)[-1].problem is not None
    assert server.user.delete(f"/v1/jobs/{job}").json()["state"] == "failed"


class BrokenLooks(FlatLooks):
    """A mistake of ours."""

    def list(self) -> list[LookInfo]:
        raise RuntimeError("the inside of the server")


def test_a_mistake_of_ours_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, workers=0), BrokenLooks())
    token = (tmp_path / "token").read_text().strip()
    client = TestClient(app, base_url="http://127.0.0.1:8188", headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)
    answer = client.get("/v1/looks")
    check(answer, 500, "server-mistake")
    assert "inside" not in answer.text


def test_a_ledger_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, workers=0), FlatLooks())
    token = (tmp_path / "token").read_text().strip()
    client = TestClient(app, base_url="http://127.0.0.1:8188", headers={"Authorization": f"Bearer {token}"})
    app.state.services.ledger.close()
    for place in tmp_path.glob("ledger*"):
        place.unlink()
    (tmp_path / "ledger.sqlite").mkdir()
    check(client.post("/v1/shots", content=to_json(make_shot(1).shot)), 507, "disk-refused")
