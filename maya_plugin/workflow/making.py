"""A take in the making as the panel shows it: from the click to the record on disk."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional, Protocol

from maya_plugin.client import Progress, TakeFrame
from maya_plugin.workflow.capture_run import Listener
from maya_plugin.workflow.changed import Plan, head_content
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.painting import Painting
from maya_plugin.workflow.progress import TakeProgress
from maya_plugin.workflow.takes import StoredTake, TakeRecord
from shot_format.errors import CancelledError, PaintoverError
from shot_format.messages import Recipe
from shot_format.shot import Skipped


class Owner(Protocol):
    """Who is told how the take goes on."""

    def touch(self) -> None:
        """What is shown is out of date."""

    def first_frame(self, folder: Path) -> None:
        """The take's first frame is shown."""

    def ended(self, outcome: str, error: Optional[BaseException], folder: Optional[Path], record: TakeRecord, frames: int) -> None:
        """It is over: "done", "stopped", "failed" or "unchanged"."""


class Begin(Protocol):
    """What begins to paint."""

    def __call__(
        self, request: CaptureRequest, recipe: Recipe, folder: Path, listener: Listener, earlier: Optional[StoredTake]
    ) -> Painting: ...


class TakeInTheMaking(Listener):
    """state: "starting", "capturing", "painting", "stopping" or "over". files: the painted frames that are here, by number."""

    def __init__(
        self,
        owner: Owner,
        request: CaptureRequest,
        record: TakeRecord,
        earlier: Optional[StoredTake],
        begin: Begin,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._owner, self.request, self.record, self.earlier, self._begin, self._clock = owner, request, record, earlier, begin, clock
        self._painting: Optional[Painting] = None
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
        if self._painting is None:
            return "starting"
        return "painting" if self._painting.captured else "capturing"

    @property
    def hurry(self) -> bool:
        """Whether the next step should come at once."""
        return self._painting is not None and not self._over and not self._painting.waiting

    def begin(self, folder: Path) -> None:
        """The take's folder is there: capture and paint into it."""
        self.folder = folder
        if self._stopped:
            self._end("stopped", None)
            return
        try:
            self._painting = self._begin(self.request, replace(self.record.recipe, model_sha256=None), folder, self, self.earlier)
        except (PaintoverError, RuntimeError) as error:  # RuntimeError: what Maya's commands raise
            self._end("failed", error)
            return
        self.skipped = self._painting.shot.skipped
        self._owner.touch()

    def fail(self, error: BaseException) -> None:
        """It could not even begin."""
        self._end("failed", error)

    def step(self) -> None:
        """Go on; captures one frame at most."""
        if self._painting is None or self._over:
            return
        before = self._painting.captured
        if not self._painting.step():
            self._end(*_outcome(self._painting))
        elif self._painting.captured != before:
            self._owner.touch()

    def stop(self) -> None:
        """Stop; what is painted stays."""
        self._stopped = True
        if self._painting is not None:
            self._painting.stop()

    def abandon(self) -> None:
        """Stop without hearing how it ends."""
        if self._painting is not None and not self._over:
            self._painting.abandon()
        self._stopped = self._over = True

    def captured(self, done: int, total: int) -> None:
        """So many frames of the shot are captured."""
        self.progress.captured(done, total, self._clock())
        self._owner.touch()

    def progressed(self, progress: Progress) -> None:
        """So far is the take."""
        self.progress.painted(progress)
        self._owner.touch()

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

    def _end(self, outcome: str, error: Optional[BaseException]) -> None:
        self._over = True
        record, painting = self.record, self._painting
        if painting is not None:
            kept = self.plan.kept if self.plan else ()
            job = painting.take.job.id if painting.take else None
            record = replace(
                record, shot=painting.shot.id, job=job, head=head_content(painting.shot), contents=painting.contents, kept=kept
            )  # fmt: skip
        self._owner.ended(outcome, error, self.folder, record, len(self.files))


def _outcome(painting: Painting) -> tuple[str, Optional[BaseException]]:
    error = painting.error
    if painting.take is not None or error is None:
        return "done", None
    if isinstance(error, CancelledError):
        return ("unchanged" if error.code == "nothing-changed" else "stopped"), error
    return "failed", error
