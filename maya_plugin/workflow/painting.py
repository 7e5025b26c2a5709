"""A take in the making: capture, painting and display at once, driven by the main thread (see capture_run.py)."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from maya_plugin.client import Connection, ShotStream, ShotThere, Take, TakeFrame, paint_shot
from maya_plugin.workflow.capture_run import CaptureRun, Listener
from maya_plugin.workflow.changed import Plan, head_content
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import Blobs, CaptureRequest, Host, Plane
from maya_plugin.workflow.repaint import Ears, Repaint, repaint_changed
from maya_plugin.workflow.takes import FrameContent, StoredTake
from maya_plugin.workflow.witness import Witness
from shot_format.errors import CancelledError, FormatError, PaintoverError
from shot_format.messages import Recipe
from shot_format.shot import Frame, Shot

__all__ = ["Listener", "Painting", "Resumed", "can_go_on"]


@dataclass(frozen=True)
class Resumed:
    """What is known of a take that is gone on with. contents: what was captured of it; shot: where all of it is on the server."""

    contents: tuple[FrameContent, ...] = ()
    shot: Optional[Shot] = None


class _NothingLeft:
    """In place of a capture, where nothing is left to be captured."""

    def __init__(self, shot: Shot) -> None:
        self.shot = shot

    def __iter__(self) -> _NothingLeft:
        return self

    def __next__(self) -> tuple[Frame, Blobs]:
        raise StopIteration

    def close(self) -> None:
        """Nothing was changed."""


def can_go_on(error: Optional[BaseException]) -> bool:
    """Whether a take that ended so can be gone on with later: nobody stopped it, and nothing is wrong with it."""
    return isinstance(error, PaintoverError) and error.code in ("server-unreachable", "scene-closed")


class Painting(CaptureRun):
    """Paints the open scene's shot into `folder` and shows the frames on its camera.

    Painted twice under one shot_id, into one folder, it is gone on with: nothing is sent or painted that was before. earlier: a take of
    this shot; only what changed since is painted. Without a change `error` is a CancelledError ("nothing-changed"). resumed: of a take that
    was begun before; where the scene is another now, `error` is a FormatError ("scene-changed").
    Raises what begins a capture raises: FormatError, MissingError, LimitError. The scene is as it was as soon as `captured` is true.
    """

    def __init__(
        self,
        host: Host,
        connection: Connection,
        request: CaptureRequest,
        recipe: Recipe,
        folder: Path,
        listener: Optional[Listener] = None,
        earlier: Optional[StoredTake] = None,
        resumed: Resumed = Resumed(),
    ) -> None:
        self._resumed = resumed
        self._connection, self._recipe, self._folder, self._earlier = connection, recipe, folder, earlier
        self._witness: Optional[Witness] = None
        self.take: Optional[Take] = None
        self.plan: Optional[Plan] = None
        self._arrivals = 0
        super().__init__(host, request, listener, _NothingLeft(resumed.shot) if resumed.shot else None)

    @property
    def contents(self) -> tuple[FrameContent, ...]:
        """What the frames that were handed on so far are painted from."""
        return self._witness.contents if self._witness else ()

    def run(self) -> Take:
        """Step to the end, for batch. Raises what went wrong."""
        self._step_to_end()
        if self.take is None:
            raise self.error or CancelledError("stopped", "Painting was stopped.")
        return self.take

    def abandon(self) -> None:
        """Stop without waiting, for a panel that closes: the thread ends by itself, and the server is left at it."""
        super().abandon()
        if not self._arrivals:
            self.plane.remove()

    def _prepare(self, host: Host, request: CaptureRequest) -> None:
        self.plane: Plane = host.plane(request, self._folder.as_posix())

    def _work(self, frames: Iterable[Item]) -> Callable[[], None]:
        """The road to the server and back."""
        self._witness = witness = Witness(frames, self._folder, head_content(self.shot), self._resumed.contents)
        try:
            take = self._paint_changed(witness, self._earlier) if self._earlier else self._paint_all(witness)
        finally:
            witness.close()
        return functools.partial(self._finished, take)

    def _paint_all(self, frames: Witness) -> Take:
        source = ShotThere(self.shot, self.shot.id) if self._resumed.shot else ShotStream(self.shot, frames, self.shot.id)
        return paint_shot(
            self._connection,
            source,
            self._recipe,
            self._folder,
            on_progress=lambda progress: self._tell(self._listener.progressed, progress),
            stop=self._stop.is_set,
            on_frame=lambda frame: self._tell(self._arrived, frame),
            leave=self._leave.is_set,
        )

    def _paint_changed(self, frames: Witness, earlier: StoredTake) -> Take:
        ears = Ears(
            progress=lambda progress: self._tell(self._listener.progressed, progress),
            frame=lambda frame: self._tell(self._arrived, frame),
            plan=lambda plan: self._tell(self._planned, plan),
            stop=self._stop.is_set,
            leave=self._leave.is_set,
        )
        return repaint_changed(self._connection, Repaint(self.shot, frames, self._recipe, self._folder, earlier), ears)

    def _planned(self, plan: Plan) -> None:
        self.plan = plan
        self._listener.planned(plan)

    def _arrived(self, frame: TakeFrame) -> None:
        self._arrivals += 1
        self.plane.show(frame.number, frame.path)
        self._listener.arrived(frame)

    def _finished(self, take: Take) -> None:
        self.take = take
        self.plane.finish()

    def _failed(self, error: BaseException) -> None:
        if self._resumed.contents and getattr(error, "code", "") in ("shot-differs", "shot-closed"):
            error = FormatError(
                "scene-changed",
                f"The scene is not as it was when {self._folder.name} was begun; paint the shot again with Only what changed.",
            )
        super()._failed(error)
        if not self._arrivals:
            self.plane.remove()
