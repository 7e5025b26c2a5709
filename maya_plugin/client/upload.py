"""Upload a shot: only what the server lacks, in order, resumed where a connection broke.

A frame is put first; the answer names the blobs that are missing, and only those go up. So a shot that is there costs one small request a
frame, and a frame is whole on the server as soon as its last blob is.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Optional

from maya_plugin.client.connection import BUSY, Answer, Connection, Retries
from shot_format.blobs import Buffer
from shot_format.errors import CancelledError, MissingError, ServerError
from shot_format.folder import ShotFolder, check_frame, check_shot
from shot_format.messages import FrameStatus, ShotStatus
from shot_format.pack import write_pack
from shot_format.shot import Frame, Shot

CHUNK = 4 * 1024 * 1024  # the most that one request carries, and that a cut can cost
PIECE = 256 * 1024  # the most that is handed to the socket at once
PARALLEL = 4
SMALL = 1 / 32  # of a chunk: a blob of at most this size goes up together with others
GROUP = 16  # blobs of one frame that may go up together: half a chunk at most
FRAMES_AHEAD = 8  # frames whose blobs may be on their way at once; bounds the memory held
OFFSET = "Upload-Offset"

BlobReader = Callable[[str], Buffer]


class ShotUpload:
    """An open shot that frames are added to, one by one, while a capture or an exporter still makes them.

    Use as a context: `with ShotUpload(connection, shot) as upload: upload.add(frame, blobs)`; at the end call `close`. Leaving the context
    waits for what is on its way; after an error it breaks that off.
    """

    def __init__(self, connection: Connection, shot: Shot, on_frame: Optional[Callable[[int], None]] = None) -> None:
        """Open the shot on the server. on_frame: called with the number of frames that are wholly there, on the thread that adds.

        Raises FormatError, ServerError ("shot-differs": the id is taken by another shot, …).
        """
        check_shot(shot)
        self.shot = shot
        self.status = connection.ask(ShotStatus, "POST", "/v1/shots", shot)
        self._path = f"/v1/shots/{shot.id}"
        self._connection = connection
        self._on_frame = on_frame
        self._whole = 0
        self._sending: dict[str, Future[None]] = {}
        self._frames: deque[dict[str, Future[None]]] = deque()
        self._broken_off = threading.Event()
        self._pool = ThreadPoolExecutor(PARALLEL, "paintover-upload")

    def __enter__(self) -> ShotUpload:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        if kind is not None:
            self._broken_off.set()
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)

    def add(self, frame: Frame, blobs: Mapping[str, Buffer]) -> None:
        """Add or replace a frame. blobs: those that the server may lack, by name; blobs of earlier frames need not be given again.

        Returns as soon as the frame is on its way; an error of an earlier frame may be raised here.
        Raises FormatError, MissingError ("blob-missing"), ServerError ("shot-closed", "disk-full", …), CancelledError.
        """
        self.add_from(frame, blobs.__getitem__)

    def add_from(self, frame: Frame, read: BlobReader) -> None:
        """Add a frame whose blobs are read only when they are needed, on other threads."""
        check_frame(self.shot, frame)
        self._settle(FRAMES_AHEAD - 1)
        put = self._connection.ask(FrameStatus, "PUT", f"{self._path}/frames/{frame.number}", frame)
        fresh = [name for name in put.missing if name not in self._sending]
        for start in range(0, len(fresh), GROUP):
            group = fresh[start : start + GROUP]
            self._sending.update(dict.fromkeys(group, self._pool.submit(self._send, group, read)))
        self._frames.append({name: self._sending[name] for name in put.missing})

    def finish(self) -> None:
        """Wait until all that was added is wholly on the server. Raises what `add` raises."""
        self._settle(0)

    def close(self) -> ShotStatus:
        """Wait, then say that no more frames will come. Raises ServerError ("shot-incomplete") while frames of the range are missing."""
        self._connection.check_open()  # a stopped capture ends early: its shot is not to be closed
        self.finish()
        return self._connection.ask(ShotStatus, "POST", f"{self._path}/close")

    def _settle(self, most: int) -> None:
        """Take off whole frames from the front, and wait for them while more than `most` are on their way."""
        while self._frames and (len(self._frames) > most or all(f.done() for f in self._frames[0].values())):
            for name, sent in self._frames.popleft().items():
                sent.result()
                self._sending.pop(name, None)
            self._whole += 1
            if self._on_frame:
                self._on_frame(self._whole)

    def _send(self, names: Sequence[str], read: BlobReader) -> None:
        """Send large blobs one by one, and small ones together."""
        small: list[tuple[str, Buffer]] = []
        for name in names:
            data = _read(name, read)
            if memoryview(data).nbytes > SMALL * CHUNK:
                send_blob(self._connection, name, data, self._check)
            else:
                small.append((name, data))
        if small:
            self._send_together(small)

    def _send_together(self, blobs: list[tuple[str, Buffer]]) -> None:
        self._check()
        try:
            self._connection.call_once("POST", "/v1/blobs", write_pack(blobs), {"Content-Type": "application/octet-stream"})
        except ServerError as error:
            if error.code != "server-unreachable" and error.status not in BUSY:
                raise
            for name, data in blobs:  # a bad line: one by one they get through in pieces
                send_blob(self._connection, name, data, self._check)

    def _check(self) -> None:
        self._connection.check_open()
        if self._broken_off.is_set():
            raise CancelledError("stopped", "The upload was broken off.")


def shot_status(connection: Connection, shot: str) -> ShotStatus:
    """Say what the server holds of a shot. Raises ServerError ("shot-unknown", …)."""
    return connection.ask(ShotStatus, "GET", f"/v1/shots/{shot}")


def upload_folder(connection: Connection, folder: ShotFolder, progress: Optional[Callable[[int, int], None]] = None) -> ShotStatus:
    """Upload a shot's folder and close the shot. progress: called with frames done and frames in all.

    Raises MissingError, FormatError, ServerError, CancelledError.
    """
    file = folder.read()
    on_frame = None if progress is None else functools.partial(_report, progress, len(file.frames))
    with ShotUpload(connection, file.shot, on_frame) as upload:
        for frame in file.frames:
            upload.add_from(frame, folder.read_blob)
        return upload.close()


def _read(name: str, read: BlobReader) -> Buffer:
    try:
        return read(name)
    except KeyError:
        raise MissingError("blob-missing", f"The server lacks the blob {name}, and it was not handed over; add it again.") from None


def _report(progress: Callable[[int, int], None], total: int, done: int) -> None:
    progress(done, total)


def send_blob(connection: Connection, name: str, data: Buffer, check: Optional[Callable[[], None]] = None) -> None:
    """Send one blob, going on from where the server is, whatever happens to the connection.

    check: called between pieces; what it raises ends the upload. Raises ServerError ("blob-hash", "blob-too-large", "disk-full",
    "server-unreachable", …), CancelledError.
    """
    view, check = memoryview(data).toreadonly().cast("B"), check or connection.check_open
    retries, best, spoilt = Retries(connection), 0, False
    offset = 0 if len(view) <= CHUNK else _ask_offset(connection, name, len(view))  # most are small and new: no need to ask
    while True:
        try:
            reached = _patch(connection, name, view, offset, check)
            if reached == len(view):
                return
            if reached <= best:
                retries.wait(ServerError("upload-offset", f"The upload of {name} does not move on; try again later.", 409), busy=(409,))
        except ServerError as error:
            if error.code == "blob-hash" and not spoilt:
                spoilt = True  # what lay there before us was damaged; now it is thrown away
            else:
                retries.wait(error)
            reached = _ask_offset(connection, name, len(view))
        if reached > best:
            best = reached
            retries.moved()
        offset = reached


def _ask_offset(connection: Connection, name: str, length: int) -> int:
    answer = connection.call("HEAD", f"/v1/blobs/{name}", expected=(404,))
    return 0 if answer.status == 404 else _offset(answer, length)


def _patch(connection: Connection, name: str, view: memoryview, offset: int, check: Callable[[], None]) -> int:
    """Send the next chunk and give the server's offset, which is the truth whether it took the chunk or not."""
    chunk = view[offset : offset + CHUNK]
    headers = {OFFSET: str(offset), "Upload-Length": str(len(view)), "Content-Length": str(len(chunk))}
    body = _pieces(chunk, check)
    answer = connection.call_once("PATCH", f"/v1/blobs/{name}", body, headers, expected=(409,))
    return _offset(answer, len(view))


def _pieces(chunk: memoryview, check: Callable[[], None]) -> Iterator[bytes]:
    for start in range(0, len(chunk), PIECE):
        check()
        yield bytes(chunk[start : start + PIECE])


def _offset(answer: Answer, length: int) -> int:
    text = answer.headers.get(OFFSET, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16 and int(text) <= length):
        raise ServerError("server-answer", "The server gave no usable offset for an upload; update it, or check the address.")
    return int(text)
