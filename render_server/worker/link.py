"""The worker's line to its server, and every call that may be made for a job on lease."""

from __future__ import annotations

import hashlib
import itertools
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import httpx

from render_server.looks.plan import TrainingReport
from render_server.looks.trainings import LentArt, TrainingLease, Wish
from shot_format.blobs import sha256
from shot_format.codec import decode, from_json, parse, to_json
from shot_format.errors import CancelledError, FormatError, ServerError
from shot_format.files import storage_errors
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import BlobsRequest, ClaimRequest, Lease, LeasedFrames, Problem

TRIES_TIME = 20.0  # seconds that a server which does not answer is tried for: it may be starting again
LONGEST_PAUSE = 1.0
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_BLOBS_AT_ONCE = 256
_DISK_FULL = 507
_LOST = ("lease-lost", "job-cancelled", "training-cancelled")
_BLOCK = 1 << 20
T = TypeVar("T")
_MAX_LEASED_BYTES = 32 * MAX_JSON_BYTES


class LeaseLostError(CancelledError):
    """The job is no longer this worker's: cancelled, or given to another."""


class Link:
    """Speaks with the server; threads may share it. certificate: the server's own, the only one that is trusted."""

    def __init__(self, server: str, token: str, certificate: Path | None = None) -> None:
        self.server = server
        self._client = httpx.Client(
            base_url=server,
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
            trust_env=False,
            verify=True if certificate is None else _only(certificate),
        )

    def claim(self, worker: str, trains: tuple[str, ...] = ()) -> Lease | TrainingLease | None:
        """Wait a while for a job, or for a training on one of these devices."""
        answer = self.call("POST", "/v1/leases", to_json(ClaimRequest(worker, trains)).encode())
        if answer.status_code != 200:
            return None
        fields = parse(answer.content, MAX_JSON_BYTES, "lease")
        return decode(Lease, fields, "lease") if "job" in fields else decode(TrainingLease, fields, "lease")

    def call(self, method: str, path: str, body: bytes | Path = b"", headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Make a call that may be made twice, and make it again while the server does not answer or has no room. body: a path is a file.

        Raises LeaseLostError, ServerError ("server-unreachable", or the server's own code).
        """
        answer = self._answered(method, path, body, headers)
        while answer.status_code == _DISK_FULL:  # nothing is lost by waiting until somebody has made room
            time.sleep(LONGEST_PAUSE)
            answer = self._answered(method, path, body, headers)
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer

    def download(self, path: str, place: Path, headers: Mapping[str, str]) -> None:
        """Fetch a file, however large, and check that it came whole. Raises what `call` raises, FormatError ("file-hash"), StorageError."""
        self._patiently(lambda: self._download(path, place, headers))

    def _download(self, path: str, place: Path, headers: Mapping[str, str]) -> None:
        with self._client.stream("GET", path, headers=headers) as answer:
            if answer.status_code >= 400:
                answer.read()
                raise _refusal(answer)
            with storage_errors(place), open(place, "wb") as file:
                for chunk in answer.iter_raw(_BLOCK):
                    file.write(chunk)

    def _answered(self, method: str, path: str, body: bytes | Path, headers: Mapping[str, str] | None) -> httpx.Response:
        def once() -> httpx.Response:
            if isinstance(body, bytes):
                return self._client.request(method, path, content=body, headers=headers)
            with open(body, "rb") as file:
                return self._client.request(method, path, content=file, headers=headers)

        return self._patiently(once)

    def _patiently(self, act: Callable[[], T]) -> T:
        ends, pause = time.monotonic() + TRIES_TIME, 0.05
        while True:
            try:
                return act()
            except httpx.TransportError as error:
                if time.monotonic() > ends:
                    raise ServerError("server-unreachable", f"The server at {self.server} does not answer: {error}.") from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


class LeasedJob:
    """One job on lease, and every call that may be made for it."""

    def __init__(self, link: Link, lease: Lease) -> None:
        self.job = lease.job
        self.seconds = lease.seconds
        self._link = link
        self._headers = {"Lease-Token": lease.token}

    def frames(self, after: int) -> LeasedFrames:
        """Wait a while for the whole frames that follow a number."""
        return from_json(LeasedFrames, self._call("GET", f"frames?after={after}").content, _MAX_LEASED_BYTES, "frames")

    def blobs(self, names: Sequence[str]) -> dict[str, bytes]:
        """Fetch blobs, in as few calls as the server likes, and check them. Raises FormatError ("blob-hash")."""
        found: dict[str, bytes] = {}
        while len(found) < len(names):
            wanted = tuple(names[len(found) : len(found) + _BLOBS_AT_ONCE])
            answer = self._call("POST", "blobs", to_json(BlobsRequest(wanted)).encode())
            ends = [0, *itertools.accumulate(int(length) for length in answer.headers["Blob-Lengths"].split(","))]
            for name, start, end in zip(wanted, ends, ends[1:]):
                found[name] = answer.content[start:end]
                if sha256(found[name]) != name:
                    raise FormatError("blob-hash", f"The blob {name} is damaged on the server; upload the shot again.")
        return found

    def painted(self, number: int) -> bytes:
        """Fetch a painted frame's PNG."""
        return self._call("GET", f"painted/{number}").content

    def hand_in(self, number: int, png: bytes, seconds: float, source_sha256: str) -> None:
        """Hand a painted frame in."""
        headers = {"Content-SHA256": hashlib.sha256(png).hexdigest(), "Model-Seconds": f"{seconds:.6f}", "Source-SHA256": source_sha256}
        self._call("PUT", f"frames/{number}", png, headers)

    def heartbeat(self) -> None:
        """Renew the lease. Raises LeaseLostError, also when the job was cancelled."""
        if self._call("POST", "heartbeat").status_code == 200:
            raise LeaseLostError("job-cancelled", "The job was cancelled.")

    def pause(self) -> None:
        """Give the job back until more of its shot has come."""
        self._call("POST", "pause")

    def done(self) -> None:
        """Say that every frame is handed in."""
        self._call("POST", "done")

    def failed(self, problem: Problem) -> None:
        """Say that the job cannot be painted, and why."""
        self._call("POST", "failed", to_json(problem).encode())

    def _call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._link.call(method, f"/v1/leases/{self.job.id}/{path}", body, {**self._headers, **(headers or {})})


class LeasedTraining:
    """One training on lease, and every call that may be made for it. wish: the newest that the server told."""

    def __init__(self, link: Link, lease: TrainingLease) -> None:
        self.training = lease.training
        self.seconds = lease.seconds
        self.wish = "go on"
        self._link = link
        self._room = f"/v1/leases/trainings/{lease.training.id}"
        self._headers = {"Lease-Token": lease.token}

    def art(self) -> LentArt:
        """What it is trained on, and where it goes on."""
        return from_json(LentArt, self._call("GET", "art").content, _MAX_LEASED_BYTES, "art")

    def picture(self, sha256: str, place: Path) -> None:
        """Fetch a picture of the art."""
        self._fetch(f"pictures/{sha256}", sha256, place)

    def checkpoint(self, sha256: str, place: Path) -> None:
        """Fetch the newest checkpoint."""
        self._fetch("checkpoint", sha256, place)

    def heartbeat(self) -> None:
        """Renew the lease, and hear what is wished. Raises LeaseLostError."""
        self._hear(self._call("POST", "heartbeat"))

    def report(self, report: TrainingReport) -> None:
        """Say how far it is, and hear what is wished. Raises LeaseLostError."""
        self._hear(self._call("POST", "report", to_json(report).encode()))

    def keep_checkpoint(self, place: Path, step: int) -> None:
        """Hand a checkpoint in."""
        self._send(f"checkpoints/{step}", place)

    def keep_preview(self, place: Path, step: int) -> None:
        """Hand a preview sheet in."""
        self._send(f"previews/{step}", place)

    def hand_in(self, archive: Path) -> None:
        """Hand the look in; with that the training is done."""
        self._send("look", archive)

    def give_back(self) -> None:
        """Let the training wait: paused, or for the next worker."""
        self._call("POST", "give-back")

    def failed(self, problem: Problem) -> None:
        """Say that it cannot go on, and why."""
        self._call("POST", "failed", to_json(problem).encode())

    def _hear(self, answer: httpx.Response) -> None:
        self.wish = from_json(Wish, answer.content, MAX_JSON_BYTES, "wish").wish

    def _send(self, path: str, place: Path) -> None:
        with storage_errors(place):
            self._call("PUT", path, place, {"Content-SHA256": hashed_file(place)})

    def _fetch(self, path: str, sha256: str, place: Path) -> None:
        self._link.download(f"{self._room}/{path}", place, self._headers)
        if hashed_file(place) != sha256:
            raise FormatError("file-hash", "A file of the training is damaged on the server; its log says more.")

    def _call(self, method: str, path: str, body: bytes | Path = b"", headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._link.call(method, f"{self._room}/{path}", body, {**self._headers, **(headers or {})})


def hashed_file(place: Path) -> str:
    """The SHA-256 of a file, however large."""
    digest = hashlib.sha256()
    with open(place, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _refusal(answer: httpx.Response) -> Exception:
    try:
        problem = from_json(Problem, answer.content, MAX_JSON_BYTES, "problem")
    except FormatError:
        return ServerError("server-answer", f"The server answered {answer.status_code} without saying why.", answer.status_code)
    if problem.code in _LOST:
        return LeaseLostError(problem.code, problem.detail)
    return ServerError(problem.code, problem.detail, answer.status_code)


def _only(certificate: Path) -> ssl.SSLContext:
    """Trust this one certificate, by whatever name the server is called."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
