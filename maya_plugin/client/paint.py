"""Paint a shot, the whole way: upload, submit, follow, fetch, all at once.

Threads do the waiting; what they find goes to the calling thread, and only that thread calls the caller back.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from maya_plugin.client.connection import Connection, Patience, problem_error
from maya_plugin.client.crew import Crew
from maya_plugin.client.fetch import FrameRequest, fetch_frame, sweep
from maya_plugin.client.follow import follow
from maya_plugin.client.jobs import cancel_job, content_key, content_keys, get_job, list_looks, submit, submit_living
from maya_plugin.client.pace import Pace
from maya_plugin.client.take import Progress, ShotStream, ShotThere, Take, TakeFrame
from maya_plugin.client.upload import BlobReader, ShotUpload
from shot_format.errors import CancelledError, FormatError, PaintoverError, ServerError
from shot_format.folder import ShotFolder
from shot_format.messages import Event, Job, JobRequest, PaintedFrame, Recipe
from shot_format.shot import Frame, Shot

FETCHERS = 3
CANCEL_PATIENCE = Patience(connect=2.0, answer=5.0, session=5.0)  # nobody who pressed Stop waits longer

Source = Union[ShotFolder, ShotStream, ShotThere]


def paint_shot(
    connection: Connection,
    source: Source,
    recipe: Recipe,
    out: Path,
    on_progress: Optional[Callable[[Progress], None]] = None,
    stop: Callable[[], bool] = lambda: False,
    on_frame: Optional[Callable[[TakeFrame], None]] = None,
    leave: Callable[[], bool] = lambda: False,
) -> Take:
    """Paint a shot and write its frames into `out` as they come, `painted.1001.png` and so on, each whole or not there.

    Painting starts while the shot still goes up. A ShotFolder that was painted before with this recipe and this look gives the same take
    again, and one that broke off is gone on with. on_progress and on_frame are called on this thread, frames in order. stop is asked often,
    from another thread; once it is true the job is cancelled on the server, or, where leave says so, left as it is, to be gone on with. No
    thread is left behind, whatever happens.

    Raises CancelledError ("stopped", or "job-cancelled" by somebody else), ServerError (also when the job fails on the server, with that
    code), FormatError, MissingError, StorageError.
    """
    clicked = time.monotonic()
    order = _read_order(source, recipe, Path(out), clicked)
    with _closing(source), connection.session(stop) as session:
        painting = _Painting(session, order, on_progress or _ignore, on_frame or _ignore)
        try:
            return painting.run()
        except BaseException as error:
            told = leave() or _cancel(connection, painting, error)
            if isinstance(error, CancelledError) and error.code == "stopped":
                raise CancelledError("stopped", _farewell(painting, told)) from None
            raise


@dataclass(frozen=True)
class _Order:
    """What is to be painted. frames: None where the server has them; content: what the take is asked for by, so that it is found again."""

    shot: Shot
    frames: Optional[Iterable[tuple[Frame, BlobReader]]]
    content: Optional[str]
    recipe: Recipe
    request: FrameRequest
    clicked: float


def _read_order(source: Source, recipe: Recipe, out: Path, clicked: float) -> _Order:
    frames: Optional[Iterable[tuple[Frame, BlobReader]]] = None
    content: Optional[str]
    if isinstance(source, ShotFolder):
        file = source.read()
        shot, content = file.shot, hashlib.sha256((source.path / "shot.json").read_bytes()).hexdigest()
        frames = ((frame, source.read_blob) for frame in file.frames)
    else:
        shot, content = source.shot, source.key or None
    if isinstance(source, ShotStream):
        frames = ((frame, blobs.__getitem__) for frame, blobs in source.frames)
    first = shot.first if recipe.first is None else recipe.first
    last = shot.last if recipe.last is None else recipe.last
    if not shot.first <= first <= last <= shot.last:
        raise FormatError("recipe-range", f"Frames {first} to {last} are not within the shot, which has {shot.first} to {shot.last}.")
    request = FrameRequest(first, last, recipe.width or shot.width, recipe.height or shot.height, out)
    return _Order(shot, frames, content, recipe, request, clicked)


@contextlib.contextmanager
def _closing(source: Source) -> Iterator[None]:
    try:
        yield
    finally:
        getattr(getattr(source, "frames", None), "close", lambda: None)()


class _Painting:
    """One take in the making. Methods named `_work…` run on threads of their own, all others on the calling thread."""

    def __init__(
        self,
        session: Connection,
        order: _Order,
        on_progress: Callable[[Progress], None],
        on_frame: Callable[[TakeFrame], None],
    ) -> None:
        self.session, self.order, self.on_progress, self.on_frame = session, order, on_progress, on_frame
        self.crew = Crew(session, 2 + FETCHERS)
        self.asked = JobRequest(order.shot.id, order.recipe)
        self.key: Optional[str] = None
        self.job: Optional[Job] = None
        self.frames: list[TakeFrame] = []
        self.uploaded = 0
        self.all_uploaded = self.all_painted = False
        self._due: deque[PaintedFrame] = deque()
        self._fetched: dict[int, tuple[Path, float]] = {}
        self._pace = Pace()

    def run(self) -> Take:
        """Paint to the end."""
        sweep(self.order.request.folder)
        self._report()
        with self.crew:
            self._start_upload()
            self.job = self._submit()
            self.crew.start(self._work_follow, self.job.id)
            self.crew.listen(until=lambda: self.all_uploaded and self.all_painted and not self._due)
        return self._take(self.job.id)

    def _start_upload(self) -> None:
        if self.order.frames is None:
            self._note_all_uploaded()
            return
        upload = ShotUpload(self.session, self.order.shot, lambda done: self.crew.tell(self._note_uploaded, done))
        self.crew.start(self._work_upload, upload, self.order.frames)

    def _submit(self) -> Job:
        content = self.order.content
        if content is None:
            keys = iter([secrets.token_hex(32)])
        else:
            keys = content_keys(content_key(content, self.order.recipe, list_looks(self.session)))
        return submit_living(self.session, self.asked, map(self._note_key, keys))

    def _note_key(self, key: str) -> str:
        self.key = key
        return key

    def _work_upload(self, upload: ShotUpload, frames: Iterable[tuple[Frame, BlobReader]]) -> None:
        with upload:
            for frame, read in frames:
                upload.add_from(frame, read)
            upload.close()
        self.crew.tell(self._note_all_uploaded)

    def _work_follow(self, job: str) -> None:
        for event in follow(self.session, job):
            self.crew.tell(self._note_event, event)
            if event.frame is not None:
                self.crew.start(self._work_fetch, job, event.frame)

    def _work_fetch(self, job: str, painted: PaintedFrame) -> None:
        path = fetch_frame(self.session, job, painted, self.order.request)
        self.crew.tell(self._note_fetched, painted.number, path, time.monotonic() - self.order.clicked)

    def _note_uploaded(self, frames: int) -> None:
        self.uploaded = frames
        self._report()

    def _note_all_uploaded(self) -> None:
        self.all_uploaded = True
        self._report()

    def _note_event(self, event: Event) -> None:
        if event.frame is not None:
            self._due.append(event.frame)
        if event.type == "failed":
            raise problem_error(event.problem) if event.problem else ServerError("job-failed", "The job failed; look at the server's log.")
        if event.type == "cancelled":
            raise CancelledError("job-cancelled", "The job was cancelled on the server; paint the shot again to go on.")
        self.all_painted = event.type == "done"

    def _note_fetched(self, number: int, path: Path, arrived: float) -> None:
        self._fetched[number] = (path, arrived)
        while self._due and self._due[0].number in self._fetched:
            painted = self._due.popleft()
            path, arrived = self._fetched.pop(painted.number)
            self._note_arrived(TakeFrame(painted.number, path, painted.sha256, arrived, painted.seconds))

    def _note_arrived(self, frame: TakeFrame) -> None:
        if self.frames and frame.number <= self.frames[-1].number:
            raise ServerError("frame-unasked", f"The server painted frame {frame.number} twice, or out of order; update it.")
        self.frames.append(frame)
        self._pace.step(frame.arrived)
        self.on_frame(frame)
        self._report()

    def _report(self) -> None:
        total = self.order.request.total
        if self.frames:
            left = self._pace.seconds_left(time.monotonic() - self.order.clicked, total - len(self.frames))
            self.on_progress(Progress("painting", len(self.frames), total, left))
        elif self.all_uploaded:
            self.on_progress(Progress("waiting", 0, total))
        else:
            self.on_progress(Progress("uploading", self.uploaded, self.order.shot.last - self.order.shot.first + 1))

    def _take(self, job: str) -> Take:
        total = self.order.request.total
        if len(self.frames) != total:
            raise ServerError("frames-missing", f"The job is done, but gave {len(self.frames)} of {total} frames; paint the shot again.")
        self.on_progress(Progress("done", total, total, 0.0))
        seconds = max(frame.arrived for frame in self.frames)  # several are fetched at once: the last to come need not be the shot's last
        return Take(get_job(self.session, job), self.order.request.folder, tuple(self.frames), seconds)


def _cancel(connection: Connection, painting: _Painting, error: BaseException) -> bool:
    """Cancel the job, unless it can go on without us, or there is none. Says whether the server was told."""
    away = isinstance(error, ServerError) and error.code == "server-unreachable"
    stopped = isinstance(error, (CancelledError, KeyboardInterrupt))
    if painting.key is None or away or (painting.all_uploaded and not stopped):
        return True
    try:
        with Connection(connection.address, CANCEL_PATIENCE) as line:
            job = painting.job or submit(line, painting.asked, painting.key)  # the answer that would have told the id was broken off
            cancel_job(line, job.id)
    except PaintoverError:
        return False
    return True


def _farewell(painting: _Painting, told: bool) -> str:
    kept = f"Painting was stopped; {len(painting.frames)} of {painting.order.request.total} frames are in {painting.order.request.folder}."
    return kept if told else f"{kept} The server could not be told and may paint on."


def _ignore(_: object) -> None:
    pass
