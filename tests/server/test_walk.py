"""The whole road over a real port, with the test as the worker."""

import hashlib

from shot_format.codec import from_json, to_json
from shot_format.messages import FrameStatus, Job, LookInfo, ShotStatus
from tests.server.harness import Server, blobs_of, make_shot, png


def test_a_shot_is_opened_filled_closed_painted_followed_and_fetched(server: Server) -> None:
    made = make_shot(3)
    opened = server.open(made)
    assert opened.status_code == 201
    assert from_json(ShotStatus, opened.content, 1 << 20, "status") == ShotStatus(made.shot, False)

    first = from_json(FrameStatus, server.put_frame(made, made.frames[0]).content, 1 << 20, "status")
    assert first.missing == blobs_of(made.frames[0]) or set(first.missing) == set(blobs_of(made.frames[0]))
    assert first.sha256 == hashlib.sha256(to_json(made.frames[0]).encode()).hexdigest()
    server.upload(made)
    status = from_json(ShotStatus, server.user.get(f"/v1/shots/{made.shot.id}").content, 1 << 20, "status")
    assert status.closed and status.frames == (1, 2, 3) and status.missing == ()

    answer = server.submit(made)
    job = from_json(Job, answer.content, 1 << 20, "job")
    assert answer.status_code == 201
    assert (job.recipe.look, job.recipe.width, job.recipe.height, job.recipe.first, job.recipe.last) == ("flat@2", 64, 48, 1, 3)
    assert job.recipe.model_sha256 == "ab" * 32 and job.state == "queued" and job.frames_total == 3

    lease = server.claim()
    assert lease is not None and lease.job.id == job.id and lease.job.state == "running"
    frames = server.leased_frames(lease)
    assert frames.shot == made.shot and list(frames.frames) == made.frames and frames.closed and not frames.painted
    some = server.on_lease(lease, "POST", "blobs", json={"names": list(made.blobs)})
    assert some.content == b"".join(made.blobs.values())
    assert some.headers["blob-lengths"] == ",".join(str(len(data)) for data in made.blobs.values())
    name, data = next(iter(made.blobs.items()))
    assert server.on_lease(lease, "POST", "blobs", json={"names": [name]}).content == data
    for number in (1, 2, 3):
        assert server.hand_in(lease, number, png(number), **{"Source-SHA256": first.sha256}).status_code == 201
    assert server.on_lease(lease, "POST", "done").status_code == 204

    events = server.events(job.id)
    assert [event.number for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.type for event in events] == ["queued", "started", "frame", "frame", "frame", "done"]
    for number, event in zip((1, 2, 3), events[2:5], strict=True):
        assert event.frame is not None and event.frame.number == number and event.frame.bytes == len(png(number))
        fetched = server.user.get(f"/v1/jobs/{job.id}/frames/{number}")
        assert fetched.content == png(number) and fetched.headers["etag"] == f'"{event.frame.sha256}"'
    assert server.state(job.id)["state"] == "done"
    assert [each["id"] for each in server.user.get("/v1/jobs").json()][0] == job.id


def test_a_painted_frame_comes_whole_in_one_range_or_not_at_all(server: Server) -> None:
    made = make_shot(1)
    server.upload(made)
    job = server.job(made)
    lease = server.claim()
    assert lease is not None
    assert server.hand_in(lease, 1, png(9)).status_code == 201
    path, picture = f"/v1/jobs/{job}/frames/1", png(9)
    etag = server.user.get(path).headers["etag"]
    assert server.user.get(path, headers={"If-None-Match": etag}).status_code == 304
    part = server.user.get(path, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == picture[10:20]
    rest = server.user.get(path, headers={"Range": f"bytes={len(picture) - 7}-", "If-Range": etag})
    assert rest.status_code == 206 and rest.content == picture[-7:]
    assert server.user.get(path, headers={"Range": "bytes=-5"}).content == picture[-5:]
    for wrong in (
        "bytes=0-1,3-4",
        f"bytes={len(picture)}-",
        "bytes=5-2",
        "bytes=-",
        "bytes=-0",
        "bytes=x",
        "bytes=1",
        "lines=1-2",
        "",
        "bytes=0-١",
    ):
        refused = server.user.get(path, headers={"Range": wrong.encode()})
        assert refused.status_code == 416 and refused.json()["code"] == "range-refused", wrong
        assert refused.headers["content-range"] == f"bytes */{len(picture)}"
    assert server.on_lease(lease, "GET", "painted/1").content == picture
    (server.data / "frames" / job / "000001.png").unlink()
    lost = server.user.get(path)
    assert lost.status_code == 404 and lost.json()["code"] == "frame-lost"


def test_painting_begins_while_the_shot_is_still_open(server: Server) -> None:
    made = make_shot(3)
    assert server.open(made).status_code == 201
    job = server.job(made)
    assert server.claim() is None  # nothing to paint yet
    server.send(made, made.frames[1])
    assert server.claim() is None  # the first frame lacks
    server.send(made, made.frames[0])
    lease = server.claim()
    assert lease is not None and lease.job.id == job
    seen = server.leased_frames(lease)
    assert [frame.number for frame in seen.frames] == [1, 2] and not seen.closed
    assert server.hand_in(lease, 1, png()).status_code == 201
    assert server.leased_frames(lease, after=2).frames == ()
    server.send(made, made.frames[2])
    assert [frame.number for frame in server.leased_frames(lease, after=2).frames] == [3]
    assert [frame.number for frame in server.leased_frames(lease).painted] == [1]


def test_a_paused_job_is_lent_again_when_there_is_something_to_paint(server: Server) -> None:
    made = make_shot(2)
    assert server.open(made).status_code == 201
    server.send(made, made.frames[0])
    job = server.job(made)
    lease = server.claim()
    assert lease is not None and lease.job.id == job
    assert server.hand_in(lease, 1, png()).status_code == 201
    assert server.on_lease(lease, "POST", "pause").status_code == 204
    assert server.state(job)["state"] == "queued" and server.state(job)["attempts"] == 0
    assert server.claim() is None
    server.send(made, made.frames[1])
    again = server.claim()
    assert again is not None and again.job.id == job
    assert server.on_lease(lease, "POST", "heartbeat").json()["code"] == "lease-lost"
    assert [event.type for event in server.events(job, most=4)] == ["queued", "started", "frame", "resumed"]


def test_looks_are_listed(server: Server) -> None:
    looks = server.user.get("/v1/looks").json()
    assert [look["name"] for look in looks] == ["flat"]
    assert from_json(LookInfo, server.user.get("/v1/looks/flat@2").content, 1 << 20, "look").version == 2
    assert server.user.get("/v1/looks/oilier").json()["code"] == "look-unknown"
    assert server.user.get("/v1/looks/flat/thumbnail").json()["code"] == "thumbnail-missing"


def test_the_server_says_how_it_is(server: Server) -> None:
    assert server.user.get("/health").json()["status"] == "ok"
    server.claim("somebody")
    ready = server.user.get("/ready")
    assert ready.status_code == 200 and ready.json() == {"ready": True, "ledger": True, "disk": True, "worker": True}
    figures = server.user.get("/metrics").text
    assert 'paintover_jobs{state="done"}' in figures and "paintover_workers 2" in figures or "paintover_workers" in figures
