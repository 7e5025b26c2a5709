"""What the server's tests share: a small shot, pictures, a server process, and calls to it."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import struct
import sys
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from render_server.server_process import ServerProcess
from shot_format.blobs import sha256, write_points, write_topology
from shot_format.codec import encode, from_json, to_json
from shot_format.messages import Event, Lease, LeasedFrames
from shot_format.shot import IDENTITY, Camera, Frame, Mesh, MeshState, Rational, Shot, Source, frame_blobs

WORKER_TOKEN = "worker-token-for-tests"  # noqa: S105
WIDTH, HEIGHT = 64, 48

CORNERS = [(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)]
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
TRIANGLES = [(a, b, c) for a, b, c, d in SIDES] + [(a, c, d) for a, b, c, d in SIDES]


@dataclass
class TestShot:
    """A cube that drifts and swells before a camera. `blobs` holds what its frames name."""

    __test__ = False
    shot: Shot
    frames: list[Frame]
    blobs: dict[str, bytes] = field(default_factory=dict)


def make_shot(count: int = 3, first: int = 1, width: int = WIDTH, height: int = HEIGHT) -> TestShot:
    """Make a shot with an id of its own."""
    shot = Shot(
        id=f"shot-{uuid.uuid4().hex[:12]}",
        name="A cube",
        fps=Rational(24),
        first=first,
        last=first + count - 1,
        width=width,
        height=height,
        metres_per_unit=1.0,
        up_axis="y",
        source=Source("tests", "none", "camera"),
        meshes=(Mesh(1, "cube", (200, 80, 40)),),
    )
    made = TestShot(shot, [])
    for number in range(first, first + count):
        made.frames.append(_frame(made, number))
    return made


def _frame(made: TestShot, number: int) -> Frame:
    size = 1.0 + 0.01 * (number - made.shot.first)
    points = b"".join(struct.pack("<3f", *(size * value for value in corner)) for corner in CORNERS)
    rest = b"".join(struct.pack("<3f", *corner) for corner in CORNERS)
    topology = write_topology(rest, b"".join(struct.pack("<3I", *each) for each in TRIANGLES), bytes((200, 80, 40)) * len(TRIANGLES))
    blobs = (topology, write_points(points))
    made.blobs.update({sha256(blob): blob for blob in blobs})
    moved = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.2 + 0.02 * number, 0.8, -6.0, 1.0)
    return Frame(
        number=number,
        camera=Camera(IDENTITY, 60.0, 60.0, 32.0, 24.0, 0.1, 100.0),
        meshes=(MeshState(1, sha256(blobs[0]), moved, sha256(blobs[1])),),
    )


def png(shade: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Make a grey picture."""
    rows = (b"\0" + bytes((shade,)) * width * 3) * height
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    packed = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@contextlib.contextmanager
def running(data: Path, **settings: Any) -> Iterator[Server]:
    """Run a server on a free port, without workers unless told otherwise."""
    options = json.dumps({"data": str(data), "worker_token": WORKER_TOKEN, **settings})
    with ServerProcess(data, command=[sys.executable, "-m", "tests.server.launch", options]) as process, Server(process) as server:
        yield server


class Server:
    """A server that runs, and calls to it as its user and as its worker."""

    def __init__(self, process: ServerProcess) -> None:
        self.process = process
        self.data = process.data
        self.user = _client(process.address, process.token)
        self.worker = _client(process.address, WORKER_TOKEN)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.user.close()
        self.worker.close()

    def open(self, made: TestShot) -> httpx.Response:
        return self.user.post("/v1/shots", content=to_json(made.shot))

    def put_frame(self, made: TestShot, frame: Frame) -> httpx.Response:
        return self.user.put(f"/v1/shots/{made.shot.id}/frames/{frame.number}", content=to_json(frame))

    def patch(self, name: str, data: bytes, offset: int, length: int) -> httpx.Response:
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(length)}
        return self.user.patch(f"/v1/blobs/{name}", content=data, headers=headers)

    def head(self, name: str) -> httpx.Response:
        return self.user.head(f"/v1/blobs/{name}")

    def send(self, made: TestShot, frame: Frame) -> None:
        """Send a frame and its blobs."""
        missing = self.put_frame(made, frame).json().get("missing", [])
        for name in missing:
            data = made.blobs[name]
            assert self.patch(name, data, 0, len(data)).status_code == 204

    def upload(self, made: TestShot, close: bool = True) -> None:
        """Send a whole shot."""
        assert self.open(made).status_code in (200, 201)
        for frame in made.frames:
            self.send(made, frame)
        if close:
            assert self.user.post(f"/v1/shots/{made.shot.id}/close").status_code == 200

    def submit(self, made: TestShot, key: str | None = None, **recipe: Any) -> httpx.Response:
        body = {"shot": made.shot.id, "recipe": {"look": "flat", **recipe}}
        return self.user.post("/v1/jobs", content=json.dumps(body), headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def job(self, made: TestShot, **recipe: Any) -> str:
        answer = self.submit(made, **recipe)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def state(self, job: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.user.get(f"/v1/jobs/{job}").json()
        return answer

    def follow(self, job: str, after: int = 0) -> Iterator[Event]:
        """Give a job's events as they come, to its end."""
        with self.user.stream("GET", f"/v1/jobs/{job}/events", headers={"Last-Event-ID": str(after)}) as response:
            assert response.status_code == 200
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield from_json(Event, line[6:], 1 << 20, "event")

    def events(self, job: str, after: int = 0, most: int | None = None) -> list[Event]:
        """Follow a job to its end, or for `most` events, then cut the stream."""
        with contextlib.closing(self.follow(job, after)) as following:
            return list(itertools.islice(following, most))

    def claim(self, worker: str = "tester") -> Lease | None:
        answer = self.worker.post("/v1/leases", json={"worker": worker})
        assert answer.status_code in (200, 204), answer.text
        return from_json(Lease, answer.content, 1 << 20, "lease") if answer.status_code == 200 else None

    def on_lease(self, lease: Lease, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Lease-Token": lease.token, **options.pop("headers", {})}
        return self.worker.request(method, f"/v1/leases/{lease.job.id}/{path}", headers=headers, **options)

    def leased_frames(self, lease: Lease, after: int | None = None) -> LeasedFrames:
        params = {} if after is None else {"after": after}
        answer = self.on_lease(lease, "GET", "frames", params=params)
        assert answer.status_code == 200, answer.text
        return from_json(LeasedFrames, answer.content, 1 << 26, "frames")

    def hand_in(self, lease: Lease, number: int, picture: bytes, **headers: str) -> httpx.Response:
        announced = {"Content-SHA256": hashlib.sha256(picture).hexdigest(), "Model-Seconds": "0.01", **headers}
        return self.on_lease(lease, "PUT", f"frames/{number}", content=picture, headers=announced)


def _client(address: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False)


def with_number(frame: Frame, number: int) -> dict[str, Any]:
    """Give a frame's JSON values under another number."""
    values: dict[str, Any] = encode(replace(frame, number=number))
    return values


def blobs_of(frame: Frame) -> tuple[str, ...]:
    return frame_blobs(frame)
