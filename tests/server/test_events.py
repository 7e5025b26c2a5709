"""Following a job: gapless and without doubles, however often the stream is cut."""

from __future__ import annotations

import random
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.server.harness import WORKER_TOKEN, Server, make_shot, png, running


def test_cutting_after_every_event_loses_none_and_doubles_none(server: Server) -> None:
    made = make_shot(40)
    server.upload(made)
    job = server.job(made)
    lease = server.claim()
    assert lease is not None and lease.job.id == job

    def work() -> None:
        for frame in made.frames:
            assert server.hand_in(lease, frame.number, png(frame.number)).status_code == 201
        assert server.on_lease(lease, "POST", "done").status_code == 204

    thread = threading.Thread(target=work)
    thread.start()
    numbers, types, most = [], [], random.Random(3)
    while not types or types[-1] != "done":
        for event in server.events(job, after=numbers[-1] if numbers else 0, most=most.randint(1, 4)):
            numbers.append(event.number)
            types.append(event.type)
    thread.join()
    assert numbers == list(range(1, 44))
    assert types == ["queued", "started"] + ["frame"] * 40 + ["done"]


def test_a_quiet_stream_says_that_it_lives(server: Server) -> None:
    made = make_shot(1)
    server.upload(made)
    job = server.job(made)
    with server.user.stream("GET", f"/v1/jobs/{job}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        found = [next(lines) for _ in range(8)]
    assert found[:2] == ["id: 1", "event: queued"] and found[2].startswith("data: {")
    assert ": still here" in found[4:]
    server.user.delete(f"/v1/jobs/{job}")


def test_an_event_reaches_its_follower_at_once(server: Server) -> None:
    made = make_shot(2)
    server.upload(made)
    job = server.job(made)
    lease = server.claim()
    assert lease is not None and lease.job.id == job
    heard: list[float] = []

    def listen() -> None:
        for event in server.follow(job):
            if event.frame:
                heard.append(time.monotonic())

    thread = threading.Thread(target=listen)
    thread.start()
    sent = []
    for frame in made.frames:
        time.sleep(0.05)
        assert server.hand_in(lease, frame.number, png(frame.number)).status_code == 201
        sent.append(time.monotonic())
        while len(heard) < len(sent):
            time.sleep(0.001)
    assert server.on_lease(lease, "POST", "done").status_code == 204
    thread.join()
    assert len(heard) == 2


def test_a_stream_of_an_ended_job_ends(server: Server) -> None:
    made = make_shot(1)
    server.upload(made)
    job = server.job(made)
    server.user.delete(f"/v1/jobs/{job}")
    assert [event.type for event in server.events(job)] == ["queued", "cancelled"]
    assert [event.type for event in server.events(job, after=1)] == ["cancelled"]
    assert server.user.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": "-1"}).status_code == 422
    assert server.user.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_a_claim_whose_caller_has_gone_gets_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.upload(made := make_shot(1))
        parts, body = urlsplit(server.process.address), b'{"worker":"dead"}'
        with socket.create_connection((parts.hostname, parts.port)) as caller:
            head = f"POST /v1/leases HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {WORKER_TOKEN}\r\n"
            caller.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            while not server.user.get("/ready").json()["worker"]:
                pass
        job = server.job(made)
        lease = server.claim("alive")
        assert lease is not None and lease.job.id == job and lease.job.attempts == 1
        assert [event.type for event in server.events(job, most=2)] == ["queued", "started"]


def test_a_claim_that_waits_gets_the_job_as_soon_as_it_is_asked_for(server: Server) -> None:
    found: list[object] = []
    made = make_shot(1)
    server.upload(made)

    def wait() -> None:
        while not found:
            lease = server.claim("patient")
            if lease is not None:
                found.append(lease)

    thread = threading.Thread(target=wait)
    thread.start()
    job = server.job(made)
    thread.join()
    assert found[0].job.id == job  # type: ignore[attr-defined]
