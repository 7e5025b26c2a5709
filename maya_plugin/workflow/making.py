"""A take, or an export, in the making as the panel shows it: from the click to the record on disk."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional, Protocol

from maya_plugin.client import Progress, TakeFrame
from maya_plugin.workflow.capture_run import CaptureRun, Listener
from maya_plugin.workflow.changed import Plan, head_content
from maya_plugin.workflow.export import ShotExport
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.painting import Painting, can_go_on
from maya_plugin.workflow.progress import TakeProgress
from maya_plugin.workflow.takes import StoredTake, TakeRecord
from shot_format.errors import CancelledError, PaintoverError
from shot_format.messages import Recipe
from shot_format.shot import Skipped


class Owner(Protocol):
    """Who is told how it goes on."""

    def touch(self) -> None:
        """What is shown is out of date."""

    def first_frame(self, folder: Path) -> None:
        """The take's first frame is shown."""

    def ended(self, outcome: str, error: Optional[BaseException], folder: Optional[Path], record: TakeRecord, frames: int) -> None:
        """A take is over: "done", "stopped", "failed" or "unchanged"."""

    def exported(self, outcome: str, error: Optional[BaseException], folder: Path) -> None:
        """An export is over: "exported", "stopped" or "failed"."""


class BeginTake(Protocol):
    """What begins to paint."""

    def __call__(
        self, request: CaptureRequest, recipe: Recipe, folder: Path, listener: Listener, earlier: Optional[StoredTake]
    ) -> Painting: ...


class BeginExport(Protocol):
    """What begins to export."""

    def __call__(self, request: CaptureRequest, folder: Path, *, listener: Listener) -> ShotExport: ...


class InTheMaking(Listener):
    """Something that is captured and carried on.

    state: "starting", "capturing", "painting", "stopping" or "over". second: what comes behind the capture. files: the painted frames that
    are here, by number.
    """

    second = "Painted"

    def __init__(self, owner: Owner, request: CaptureRequest, clock: Callable[[], float] = time.monotonic) -> None:
        self._owner, self.request, self._clock = owner, request, clock
        self._run: Optional[CaptureRun] = None
        self._stopped = self._over = False
        self.folder: Optional[Path] = None
        self.progress = TakeProgress(request.last - request.first + 1, clock())
        self.plan: Optional[Plan] = None
        self.skipped: tuple[Skipped, ...] = ()
        self.files: dict[int, Path] = {}

    @property
    def state(self) -> str:
        """How far it is."""
        if self._over:
            return "over"
        if self._stopped:
            return "stopping"
        if self._run is None:
            return "starting"
        return "painting" if self._run.captured else "capturing"

    @property
    def hurry(self) -> bool:
        """Whether the next step should come at once."""
        return self._run is not None and not self._over and not self._run.waiting

    def begin(self, folder: Path) -> None:
        """Its folder is there, or free: go ahead."""
        self.folder = folder
        if self._stopped:
            self._end("stopped", None)
            return
        try:
            self._run = self._begin_run(folder)
        except (PaintoverError, RuntimeError) as error:  # RuntimeError: what Maya's commands raise
            self._end("failed", error)
            return
        self.skipped = self._run.shot.skipped
        self._owner.touch()

    def fail(self, error: BaseException) -> None:
        """It could not even begin."""
        self._end("failed", error)

    def step(self) -> None:
        """Go on; captures one frame at most."""
        if self._run is None or self._over:
            return
        before = self._run.captured
        if not self._run.step():
            self._end(*self._outcome(self._run.error))
        elif self._run.captured != before:
            self._owner.touch()

    def stop(self) -> None:
        """Stop; what is painted stays."""
        self._stopped = True
        if self._run is not None:
            self._run.stop()

    def abandon(self) -> None:
        """Stop without hearing how it ends."""
        if self._run is not None and not self._over:
            self._run.abandon()
        self._stopped = self._over = True

    def captured(self, done: int, total: int) -> None:
        """So many frames of the shot are captured."""
        self.progress.captured(done, total, self._clock())
        self._owner.touch()

    def progressed(self, progress: Progress) -> None:
        """So far is what comes behind the capture."""
        self.progress.painted(progress)
        self._owner.touch()

    def _begin_run(self, folder: Path) -> CaptureRun:
        raise NotImplementedError

    def _outcome(self, error: Optional[BaseException]) -> tuple[str, Optional[BaseException]]:
        if error is None:
            return "done", None
        if isinstance(error, CancelledError):
            return ("unchanged" if error.code == "nothing-changed" else "stopped"), error
        return "failed", error

    def _end(self, outcome: str, error: Optional[BaseException]) -> None:
        self._over = True


class TakeInTheMaking(InTheMaking):
    """A take."""

    def __init__(
        self,
        owner: Owner,
        request: CaptureRequest,
        record: TakeRecord,
        earlier: Optional[StoredTake],
        begin: BeginTake,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(owner, request, clock)
        self.record, self.earlier, self._begin_take = record, earlier, begin
        self._painting: Optional[Painting] = None

    def begin_since(self, folder: Path, earlier: Optional[StoredTake]) -> None:
        """Go ahead, in a folder that is there. earlier: the take whose frames are kept where they did not change."""
        self.earlier = earlier
        self.begin(folder)

    def planned(self, plan: Plan) -> None:
        """It is known what is painted and what is kept."""
        self.plan = plan
        self.progress.planned(len(plan.painted))
        self._owner.touch()

    def arrived(self, frame: TakeFrame) -> None:
        """A frame is shown."""
        self.files[frame.number] = frame.path
        if len(self.files) == 1:
            self._owner.first_frame(frame.path.parent)
        self._owner.touch()

    def _begin_run(self, folder: Path) -> CaptureRun:
        recipe = replace(self.record.recipe, model_sha256=None)
        self._painting = self._begin_take(self.request, recipe, folder, self, self.earlier)
        return self._painting

    def _end(self, outcome: str, error: Optional[BaseException]) -> None:
        super()._end(outcome, error)
        record, painting = self.record, self._painting
        if painting is not None:
            kept = self.plan.kept if self.plan else ()
            job = painting.take.job.id if painting.take else None
            head, contents = head_content(painting.shot), painting.contents
            record = replace(record, shot=painting.shot.id, job=job, head=head, contents=contents, kept=kept)
        record = replace(record, unfinished=can_go_on(error) and bool(record.contents))
        self._owner.ended(outcome, error, self.folder, record, len(self.files))


class ExportInTheMaking(InTheMaking):
    """An export with its passes."""

    second = "Passes"

    def __init__(self, owner: Owner, request: CaptureRequest, begin: BeginExport, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(owner, request, clock)
        self._begin_export = begin

    def _begin_run(self, folder: Path) -> CaptureRun:
        return self._begin_export(self.request, folder, listener=self)

    def _end(self, outcome: str, error: Optional[BaseException]) -> None:
        super()._end(outcome, error)
        self._owner.exported("exported" if outcome == "done" else outcome, error, self.folder or Path())
