"""A tiny strict server that speaks docs/api.md from memory alone, so that the client's tests run wherever the plug-in runs.

Its painter makes each frame a PNG of one colour.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

from shot_format.codec import encode, from_json, to_json
from shot_format.errors import PaintoverError
from shot_format.messages import Event, FrameStatus, Job, JobRequest, LookInfo, PaintedFrame, Problem, ShotStatus
from shot_format.pack import read_pack
from shot_format.shot import Frame, Shot, frame_blobs
from shot_format.version import VERSION

TOKEN = "test-token-0123456789abcdef"  # noqa: S105
NOW = "2026-01-01T00:00:00Z"
LOOK = LookInfo("oil", 3, "Oil", "Thick paint.", "ab" * 32)


def png(width: int, height: int, number: int) -> bytes:
    """Make a PNG of one colour, which tells the frame."""
    row = b"\0" + bytes((number % 256, number // 256 % 256, 128)) * width
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(row * height, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Refusal(Exception):
    """An answer with a problem."""

    def __init__(self, status: int, code: str, headers: Optional[dict[str, str]] = None) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}


class OpenShot:
    """A shot as the server holds it."""

    def __init__(self, shot: Shot) -> None:
        self.shot, self.closed = shot, False
        self.frames: dict[int, Frame] = {}


class Small:
    """The server's state, and the switches that tests turn."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.shots: dict[str, OpenShot] = {}
        self.blobs: dict[str, bytes] = {}
        self.arrived: list[str] = []  # every blob that became whole, as often as it was sent
        self.uploads: dict[str, bytearray] = {}
        self.writing: set[str] = set()
        self.keys: dict[str, tuple[str, str]] = {}
        self.jobs: dict[str, Job] = {}
        self.events: dict[str, list[Event]] = {}
        self.painted: dict[tuple[str, int], bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.look_list = [LOOK]
        self.thumbnails: dict[str, bytes] = {}  # by look and version
        self.health: Any = {"status": "ok", "version": VERSION}
        self.readiness = {"ready": True, "ledger": True, "disk": True, "worker": True}
        self.paint: Callable[[Job, int], Optional[bytes]] = lambda job, number: png(job.recipe.width or 0, job.recipe.height or 0, number)
        self.promise: Callable[[PaintedFrame], PaintedFrame] = lambda painted: painted
        self.before: Callable[[str, str], None] = lambda method, path: None
        self.comment_time = 0.2
        self.events_a_stream = 1_000_000
        self.lose_answers: set[str] = set()
        self.offset_header: Optional[str] = None
        self.over = False

    def missing(self, frame: Frame) -> tuple[str, ...]:
        return tuple(name for name in frame_blobs(frame) if name not in self.blobs)

    def status(self, held: OpenShot) -> ShotStatus:
        missing = dict.fromkeys(name for frame in held.frames.values() for name in self.missing(frame))
        return ShotStatus(held.shot, held.closed, tuple(sorted(held.frames)), tuple(missing))

    def add_event(self, job: str, type: str, frame: Optional[PaintedFrame] = None, problem: Optional[Problem] = None) -> None:
        with self.changed:
            events = self.events[job]
            events.append(Event(len(events) + 1, job, type, NOW, frame, problem))
            if type in ("done", "failed", "cancelled"):
                self.jobs[job] = replace(self.jobs[job], state=type)
            self.changed.notify_all()

    def wait_for(self, ready: Callable[[], bool], seconds: float = 20.0) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.over or ready(), seconds)


class Handler(BaseHTTPRequestHandler):
    """One request after another on one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    small: Small

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        self.small.requests.append((self.command, self.path))
        self.left = int(self.headers.get("Content-Length", 0))
        try:
            self.small.before(self.command, self.path)
            if self.path != "/health" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, "token-wrong")
            for method, pattern, call in ROUTES:
                match = re.fullmatch(pattern, self.path)
                if match and method == self.command:
                    return call(self, *match.groups())
            raise Refusal(404, "route-unknown")
        except Refusal as refusal:
            self._refuse(refusal)
        except PaintoverError as error:
            self._refuse(Refusal(422, error.code))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _handle

    def _refuse(self, refusal: Refusal) -> None:
        problem = Problem("Refused", refusal.status, f"This was refused ({refusal.code}).", refusal.code)
        self.close_connection = self.close_connection or self.left > 0
        self._send(refusal.status, to_json(problem).encode(), "application/problem+json", **refusal.headers)

    def _send(self, status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> None:
        if self.command in self.small.lose_answers:
            self.small.lose_answers.discard(self.command)
            self.close_connection = True
            return
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _message(self, cls: Any) -> Any:
        if self.headers.get("Content-Type") != "application/json":
            raise Refusal(415, "type-unknown")
        body, self.left = self.rfile.read(self.left), 0
        return from_json(cls, body, 1 << 26, "body")

    def _answer(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(encode(value)).encode())

    def health(self) -> None:
        self._answer(200, self.small.health)

    def open_shot(self) -> None:
        shot = self._message(Shot)
        with self.small.changed:
            new = shot.id not in self.small.shots
            held = self.small.shots.setdefault(shot.id, OpenShot(shot))
            if held.shot != shot:
                raise Refusal(409, "shot-differs")
            self._answer(201 if new else 200, self.small.status(held))

    def get_shot(self, id: str) -> None:
        self._answer(200, self.small.status(self._shot(id)))

    def _shot(self, id: str) -> OpenShot:
        if id not in self.small.shots:
            raise Refusal(404, "shot-unknown")
        return self.small.shots[id]

    def put_frame(self, id: str, number: str) -> None:
        frame, held = self._message(Frame), self._shot(id)
        if frame.number != int(number):
            raise Refusal(422, "frame-number")
        with self.small.changed:
            if held.closed and held.frames.get(frame.number) != frame:
                raise Refusal(409, "shot-closed")
            new = frame.number not in held.frames
            held.frames[frame.number] = frame
            self.small.changed.notify_all()
            name = hashlib.sha256(to_json(frame).encode()).hexdigest()
            self._answer(201 if new else 200, FrameStatus(frame.number, name, self.small.missing(frame)))

    def close_shot(self, id: str) -> None:
        held = self._shot(id)
        with self.small.changed:
            status = self.small.status(held)
            if status.missing or list(status.frames) != list(range(held.shot.first, held.shot.last + 1)):
                raise Refusal(409, "shot-incomplete")
            held.closed = True
            self._answer(200, self.small.status(held))

    def head_blob(self, name: str) -> None:
        if name in self.small.blobs:
            size = str(len(self.small.blobs[name]))
            return self._send(200, Upload_Offset=size, Upload_Length=size)
        if name not in self.small.uploads:
            raise Refusal(404, "blob-unknown")
        self._send(200, Upload_Offset=str(len(self.small.uploads[name])), Upload_Length="1")

    def patch_blob(self, name: str) -> None:
        offset, length = (int(self.headers[word]) for word in ("Upload-Offset", "Upload-Length"))
        if name in self.small.blobs:
            self.close_connection = self.left > 0
            return self._send(204, Upload_Offset=str(length) if self.small.offset_header is None else self.small.offset_header)
        with self.small.changed:
            data = self.small.uploads.setdefault(name, bytearray())
            if name in self.small.writing or offset != len(data):
                raise Refusal(409, "upload-offset", {"Upload-Offset": str(len(data))})
            self.small.writing.add(name)
        try:
            self._receive(data)
        finally:
            self.small.writing.discard(name)
        if len(data) == length:
            self._finish_blob(name)
        self._send(204, Upload_Offset=str(len(data)))

    def _receive(self, data: bytearray) -> None:
        while self.left:
            piece = self.rfile.read1(min(self.left, 65536))
            if not piece:
                raise ConnectionError
            data += piece
            self.left -= len(piece)

    def _finish_blob(self, name: str) -> None:
        with self.small.changed:
            data = bytes(self.small.uploads.pop(name))
            if hashlib.sha256(data).hexdigest() != name:
                raise Refusal(422, "blob-hash")
            self.small.blobs[name] = data
            self.small.arrived.append(name)
            self.small.changed.notify_all()

    def post_pack(self) -> None:
        data = bytearray()
        self._receive(data)
        blobs = {name: bytes(blob) for name, blob in read_pack(data)}
        with self.small.changed:
            self.small.blobs.update(blobs)
            self.small.arrived += blobs
            self.small.changed.notify_all()
        self._send(204)

    def make_job(self) -> None:
        key, request = self.headers["Idempotency-Key"], self._message(JobRequest)
        held = self._shot(request.shot)
        self._look(request.recipe.look)
        with self.small.changed:
            if key in self.small.keys:
                id, body = self.small.keys[key]
                if body != to_json(request):
                    raise Refusal(409, "idempotency-conflict")
                return self._answer(200, self.small.jobs[id])
            job = self._new_job(held.shot, request)
            self.small.keys[key] = (job.id, to_json(request))
        threading.Thread(target=paint_job, args=(self.small, job), daemon=True).start()
        self._answer(201, job)

    def _new_job(self, shot: Shot, request: JobRequest) -> Job:
        asked, look = request.recipe, self._look(request.recipe.look)
        recipe = replace(
            asked,
            look=f"{look.name}@{look.version}",
            width=asked.width or shot.width,
            height=asked.height or shot.height,
            first=shot.first if asked.first is None else asked.first,
            last=shot.last if asked.last is None else asked.last,
            model_sha256=look.model_sha256,
        )
        job = Job(f"job-{len(self.small.jobs) + 1}", shot.id, recipe, "queued", NOW, (recipe.last or 0) - (recipe.first or 0) + 1, 0)
        self.small.jobs[job.id], self.small.events[job.id] = job, []
        self.small.add_event(job.id, "queued")
        return job

    def list_jobs(self) -> None:
        self._answer(200, list(self.small.jobs.values())[::-1])

    def get_job(self, id: str) -> None:
        if id not in self.small.jobs:
            raise Refusal(404, "job-unknown")
        self._answer(200, self.small.jobs[id])

    def cancel_job(self, id: str) -> None:
        if self.small.jobs[id].state in ("queued", "running"):
            self.small.add_event(id, "cancelled")
        self._answer(200, self.small.jobs[id])

    def follow(self, id: str) -> None:
        if id not in self.small.jobs:
            raise Refusal(404, "job-unknown")
        last, sent = int(self.headers.get("Last-Event-ID", 0)), 0
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = self.small.events[id]
        while not self.small.over:
            if not self.small.wait_for(functools.partial(_has_more, events, last), self.small.comment_time):
                self._part(b": alive\n\n")
                continue
            event, last, sent = events[last], last + 1, sent + 1
            self._part(f"id: {event.number}\nevent: {event.type}\ndata: {to_json(event)}\n\n".encode())
            if event.type in ("done", "failed", "cancelled"):
                return self._part(b"")
            if sent >= self.small.events_a_stream:
                return

    def _part(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def get_painted(self, id: str, number: str) -> None:
        data = self.small.painted.get((id, int(number)))
        if data is None:
            raise Refusal(404, "frame-unpainted")
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        start = int(self.headers["Range"][6:-1]) if self.headers.get("Range") else 0
        if start and self.headers["If-Range"] == tag:
            size = f"bytes {start}-{len(data) - 1}/{len(data)}"
            return self._send(206, data[start:], "image/png", ETag=tag, Content_Range=size)
        self._send(200, data, "image/png", ETag=tag)

    def ready(self) -> None:
        self._answer(200 if self.small.readiness["ready"] else 503, self.small.readiness)

    def looks(self) -> None:
        self._answer(200, self.small.look_list)

    def thumbnail(self, name: str) -> None:
        if name not in self.small.thumbnails:
            raise Refusal(404, "thumbnail-missing")
        self._send(200, self.small.thumbnails[name], "image/png")

    def _look(self, name: str) -> LookInfo:
        for look in self.small.look_list:
            if name in (look.name, f"{look.name}@{look.version}"):
                return look
        raise Refusal(422, "look-unknown")


ID, SHA = "([a-z0-9][a-z0-9_-]{0,63})", "([0-9a-f]{64})"
ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("GET", "/health", Handler.health),
    ("GET", "/ready", Handler.ready),
    ("POST", "/v1/shots", Handler.open_shot),
    ("GET", f"/v1/shots/{ID}", Handler.get_shot),
    ("PUT", f"/v1/shots/{ID}/frames/(-?[0-9]+)", Handler.put_frame),
    ("POST", f"/v1/shots/{ID}/close", Handler.close_shot),
    ("HEAD", f"/v1/blobs/{SHA}", Handler.head_blob),
    ("PATCH", f"/v1/blobs/{SHA}", Handler.patch_blob),
    ("POST", "/v1/blobs", Handler.post_pack),
    ("POST", "/v1/jobs", Handler.make_job),
    ("GET", "/v1/jobs", Handler.list_jobs),
    ("GET", f"/v1/jobs/{ID}", Handler.get_job),
    ("DELETE", f"/v1/jobs/{ID}", Handler.cancel_job),
    ("GET", f"/v1/jobs/{ID}/events", Handler.follow),
    ("GET", f"/v1/jobs/{ID}/frames/(-?[0-9]+)", Handler.get_painted),
    ("GET", "/v1/looks", Handler.looks),
    ("GET", "/v1/looks/([a-z0-9_@-]+)/thumbnail", Handler.thumbnail),
]


def _has_more(events: list[Event], last: int) -> bool:
    return len(events) > last


def _may_paint(small: Small, job: Job, shot: OpenShot, number: int) -> bool:
    return small.jobs[job.id].state == "cancelled" or (number in shot.frames and not small.missing(shot.frames[number]))


def paint_job(small: Small, job: Job) -> None:
    """Paint each frame of a job as soon as it is whole."""
    shot = small.shots[job.shot]
    small.add_event(job.id, "started")
    for number in range(job.recipe.first or 0, (job.recipe.last or 0) + 1):
        small.wait_for(functools.partial(_may_paint, small, job, shot, number), 60)
        if small.over or small.jobs[job.id].state == "cancelled":
            return
        data = small.paint(job, number)
        if data is None:
            return
        small.painted[job.id, number] = data
        painted = PaintedFrame(number, hashlib.sha256(data).hexdigest(), len(data), 0.001)
        small.add_event(job.id, "frame", small.promise(painted))
    small.add_event(job.id, "done")


class Quiet(ThreadingHTTPServer):
    """A server whose clients may vanish."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[tuple[Small, str]]:
    """Run a small server on a free port; gives its state and its URL."""
    small = Small()
    server = Quiet(("127.0.0.1", 0), type("Bound", (Handler,), {"small": small}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield small, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        with small.changed:
            small.over = True
            small.changed.notify_all()
        server.shutdown()
        server.server_close()
        thread.join()
