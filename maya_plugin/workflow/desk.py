"""The model behind the panel: everything that it shows and does, without Qt. Called on the main thread only, and it never waits.

A timer calls `step` again and again; whenever `revision` has moved, what is shown is out of date.
"""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional

from maya_plugin.client import Address, find_server
from maya_plugin.workflow.changed import earlier_take
from maya_plugin.workflow.errands import Errands
from maya_plugin.workflow.export import ShotExport
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.live import LONGEST_SIDE, Live, LiveWish
from maya_plugin.workflow.log import Log
from maya_plugin.workflow.making import ExportInTheMaking, InTheMaking, TakeInTheMaking
from maya_plugin.workflow.painting import Painting, Resumed
from maya_plugin.workflow.server_watch import ServerState, ServerWatch, look_name
from maya_plugin.workflow.settings import (
    Settings,
    chosen_camera,
    chosen_range,
    chosen_size,
    draft_size,
    known_joints,
    read_settings,
    write_settings,
)
from maya_plugin.workflow.shelf_of_takes import TakeRow, now, rows_of
from maya_plugin.workflow.takes import (
    StoredTake,
    TakeRecord,
    blocking_path,
    delete_take,
    new_shot_id,
    new_take,
    painted_path,
    take_root,
    write_record,
)
from maya_plugin.workflow.unfinished import earlier_of, held_of, request_of, unfinished_of
from maya_plugin.workflow.workplace import Figure, Joints, Workplace
from shot_format.errors import CancelledError, PaintoverError
from shot_format.messages import LookInfo, Recipe
from shot_format.shot import Shot

LOOK_PAUSE, TIME_PAUSE = 0.5, 0.1  # seconds between looks at what the scene offers, and at its time
STATES = (
    "looking", "no-server", "wrong-token", "old-server", "ready", "starting", "capturing", "painting", "stopping", "stopped", "failed",
    "unchanged", "done", "exported",
)  # fmt: skip
BUSY = ("starting", "capturing", "painting", "stopping")
_SERVER_STATES = {"looking": "looking", "none": "no-server", "refused": "wrong-token", "old": "old-server"}


class Desk:
    """What the panel shows, and what its buttons do."""

    def __init__(
        self, workplace: Workplace, find: Callable[[], Address] = find_server, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.workplace, self._clock = workplace, clock
        self.log = Log()
        self.settings: Settings = read_settings(workplace.recall())
        self.sight = workplace.sight()
        self.revision = 0
        self.takes: tuple[TakeRow, ...] = ()
        self.against: Optional[TakeRow] = None
        self.unfinished: Optional[TakeRow] = None
        self._asked_of: Optional[Path] = None  # the unfinished take whose shot the server was asked for
        self.flipped = self.live_on = False
        self.job: Optional[InTheMaking] = None
        self.outcome, self.sentence = "ready", ""
        self._watch, self._disk = ServerWatch(find, clock), Errands("disk")
        self._live = Live(workplace, clock)
        self._next_look, self._next_time, self._listed = 0.0, 0.0, ("", "")
        self.log.note(f"Panel opened in {workplace.about()}.")
        self._list_takes()

    # what is shown

    @property
    def server(self) -> ServerState:
        """What is known of the server."""
        return self._watch.state

    @property
    def live(self) -> Live:
        """Live painting, whether it is on or not."""
        return self._live

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.job is not None and self.job.state in BUSY:
            return self.job.state
        return self.outcome if self.server.ready else _SERVER_STATES[self.server.kind]

    @property
    def camera(self) -> str:
        """The camera to paint through."""
        return chosen_camera(self.settings, self.sight)

    @property
    def range(self) -> tuple[int, int]:
        """First and last frame to paint."""
        return chosen_range(self.settings, self.sight)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height to paint."""
        return chosen_size(self.settings, self.sight)

    @property
    def look(self) -> Optional[LookInfo]:
        """The chosen look; the first that there is where the chosen one is gone."""
        return self.server.look(self.settings.look) or next(iter(self.server.looks), None)

    @property
    def recipe(self) -> Optional[Recipe]:
        """What would be painted with; None without a look."""
        look = self.look
        if look is None:
            return None
        (width, height), chosen = self.size, self.settings
        return Recipe(look_name(look), chosen.seed, width, height, stroke_scale=chosen.stroke_scale, accumulation=chosen.accumulation)

    @property
    def shown(self) -> Optional[TakeRow]:
        """The take that the viewport shows."""
        folders = self.workplace.shown_takes()
        return next((row for row in self.takes if row.take.folder.as_posix() in folders), None)

    @property
    def earlier(self) -> Optional[StoredTake]:
        """The take whose frames are kept where they did not change; None where none can be."""
        recipe = self.recipe
        return earlier_take((row.take for row in self.takes), recipe, self.look) if recipe else None

    @property
    def to_go_on(self) -> Optional[TakeRow]:
        """The take that was not finished, of an earlier Maya or because the server was away, if it can be gone on with now."""
        return self.unfinished if self.can_paint else None

    @property
    def can_paint(self) -> bool:
        """Whether Paint would do something."""
        return self.server.ready and self.state not in BUSY and bool(self.camera) and self.look is not None

    # what goes on

    @property
    def hurry(self) -> bool:
        """Whether the next step should come at once: a capture goes on with it."""
        return self.job is not None and self.job.hurry

    @property
    def busy(self) -> bool:
        """Whether something is written or read whose end is not known yet."""
        return self._disk.busy

    def step(self) -> None:
        """Hear what the workers have to tell, go on with what goes on; captures one frame at most."""
        if self._watch.step():
            self._note_server()
        self._disk.drain()
        if self.job is not None:
            self.job.step()
        if self.to_go_on is not None and self.to_go_on.take.folder != self._asked_of:
            self._go_on_by_itself(self.to_go_on)
        if self._clock() >= self._next_look:
            self._look()
        elif self._clock() >= self._next_time:
            self._follow_time()
        if self.live_on:
            self._step_live()

    def close(self) -> None:
        """Stop all that goes on, without waiting; the scene is as it was, but for the takes that it shows."""
        if self.job is not None:
            self.job.abandon()
        self._live.close()
        self._watch.close()
        self._disk.close(drop=False)

    def join(self, seconds: float = 10.0) -> None:
        """Wait for the workers' end, for programs that exit."""
        self._live.join(seconds)
        self._watch.join(seconds)
        self._disk.join(seconds)

    def touch(self) -> None:
        """Say that what is shown is out of date."""
        self.revision += 1

    # what the artist does

    def change(self, **values: Any) -> None:
        """Change settings, and keep them."""
        self.settings = replace(self.settings, **values)
        self.workplace.keep(write_settings(self.settings))
        self.touch()

    def look_again(self) -> None:
        """Ask for the server at once."""
        self._watch.look_now()

    def paint(self) -> None:
        """Paint the chosen shot."""
        first, last = self.range
        self._start(first, last, self.earlier if self.settings.only_changed else None)

    def go_on(self) -> None:
        """Go on with the take that was not finished, with the camera, the frames and the recipe that it was begun with."""
        if self.to_go_on is not None:
            self._resume(self.to_go_on, None)

    def export(self, folder: Path) -> None:
        """Write the chosen shot with its passes into a folder that is empty, or not there yet."""
        line = self._watch.connection
        if self.state in BUSY or not self.camera or line is None:
            return
        request = self._request(*self.range)
        if request is None:
            return
        self._live.pause()
        self.log.note(f"Export {request.camera} {request.first}-{request.last} to {folder}.")
        begin = functools.partial(ShotExport, self.workplace, connection=line)
        self.job = ExportInTheMaking(self, request, begin, self._clock)
        self.job.begin(folder)
        self.touch()

    def paint_frame(self) -> None:
        """Paint the present frame alone."""
        frame = self.workplace.now()
        self._start(frame, frame, None)

    def stop(self) -> None:
        """Stop painting; what is painted stays."""
        if self.job is not None:
            self.job.stop()
            self.touch()

    def set_live(self, on: bool) -> None:
        """Turn live painting on or off."""
        self.live_on = on
        self.log.note(f"Live painting {'on' if on else 'off'}.")
        if not on:
            self._live.close()
            self._live = Live(self.workplace, self._clock)
        self.touch()

    def set_opacity(self, opacity: float) -> None:
        """Set how much of the painted frame the viewport shows."""
        self.flipped = False
        self.change(opacity=opacity)
        self._apply_opacity()

    def flip(self) -> None:
        """A to B and back: the blocking alone, or the painted frame as strong as it is set."""
        self.flipped = not self.flipped
        self._apply_opacity()
        self.touch()

    def show(self, row: TakeRow) -> None:
        """Show a take in the viewport, in place of the shot's others."""
        record = row.take.record
        width, height = record.recipe.width or self.size[0], record.recipe.height or self.size[1]
        request = CaptureRequest(record.camera, record.first, record.last, width, height, self.sight.size[2])
        self._clear_viewport(row.take.folder.parent)
        try:
            self.workplace.show_take(request, row.take.folder.as_posix(), row.files())
        except (PaintoverError, RuntimeError) as error:
            self._note_error(error)
        self._apply_opacity()
        self.touch()

    def hide_takes(self) -> None:
        """Take all takes of this shot out of the viewport."""
        if self.takes:
            self._clear_viewport(self.takes[0].take.folder.parent)
        self.touch()

    def compare_with(self, row: Optional[TakeRow]) -> None:
        """Choose what the painted frame is compared with: another take, or the blocking (None)."""
        self.against = row
        self.touch()

    def use_recipe(self, row: TakeRow) -> None:
        """Set look, seed, strengths and size as a take had them."""
        recipe = row.take.record.recipe
        size = {"size": "own", "width": recipe.width, "height": recipe.height} if recipe.width and recipe.height else {}
        strengths = {"stroke_scale": recipe.stroke_scale, "accumulation": recipe.accumulation}
        self.change(look=recipe.look, seed=recipe.seed, **strengths, **size)

    def delete(self, row: TakeRow) -> None:
        """Delete a take from the viewport and from the disk."""
        self.workplace.remove_take(row.take.folder.as_posix())
        self.takes = tuple(each for each in self.takes if each is not row)
        self.against = None if self.against is row else self.against
        self._disk.run(lambda: delete_take(row.take), lambda _: self._list_takes(), self._note_error)
        self.log.note(f"Deleted {row.name}.")
        self.touch()

    def figures(self) -> tuple[Figure, ...]:
        """The scene's characters, as they would be taken."""
        try:
            return self.workplace.figures(self.settings.joints)
        except (PaintoverError, RuntimeError) as error:
            self._note_error(error)
            return self.workplace.figures(())

    def map_figure(self, name: str, joints: Joints) -> None:
        """Map a character's joints; none: let it be recognised by itself."""
        self.change(joints=self.settings.with_joints(name, joints).joints)

    def pictures(self, number: int) -> tuple[Optional[Path], Optional[Path]]:
        """The painted frame of a number, and what it is compared with; None for what is not there."""
        if self.job is not None and number in self.job.files:
            folder = self.job.files[number].parent
            return self.job.files[number], self._other(folder, number)
        row = self.shown
        if row is None or number not in row.frames:
            return None, None
        return painted_path(row.take.folder, number), self._other(row.take.folder, number)

    def support_text(self) -> str:
        """Everything that helps somebody else to see what went wrong. No token is in it."""
        head = [self.workplace.about(), f"server: {self.server.kind} {self.server.address} {self.server.version}", str(self.settings)]
        return "\n".join([*head, self.log.text()])

    # inside

    def _other(self, folder: Path, number: int) -> Optional[Path]:
        if self.against is not None:
            return painted_path(self.against.take.folder, number) if number in self.against.frames else None
        return blocking_path(folder, number)

    def _start(self, first: int, last: int, earlier: Optional[StoredTake]) -> None:
        recipe, look, line = self.recipe, self.look, self._watch.connection
        if not self.can_paint or recipe is None or look is None or line is None:
            return
        request = self._request(first, last)
        if request is None:
            return
        request = replace(request, shot_id=new_shot_id())
        self._live.pause()
        self.log.note(f"Paint {request.camera} {first}-{last} with {recipe}.")
        pinned, since = replace(recipe, model_sha256=look.model_sha256), earlier.name if earlier else None
        record = TakeRecord(str(request.shot_id), request.camera, first, last, pinned, made=now(), unfinished=True, since=since)
        begin = functools.partial(Painting, self.workplace, line)
        self.job = TakeInTheMaking(self, request, record, earlier, begin, self._clock)
        places, scene = self.workplace.places(), self.sight.scene
        self._disk.run(lambda: new_take(take_root(places, scene, request.camera), record), self.job.begin, self.job.fail)
        self.touch()

    def _go_on_by_itself(self, row: TakeRow) -> None:
        """A take that was captured wholly needs nothing of the scene. Any other is only offered: Maya would play through the shot."""
        line, self._asked_of = self._watch.connection, row.take.folder
        if line is not None:
            self._disk.run(functools.partial(held_of, line, row.take), functools.partial(self._learn_held, row), self._note_error)

    def _learn_held(self, row: TakeRow, shot: Optional[Shot]) -> None:
        if shot is not None and self.to_go_on is row:
            self._resume(row, shot)

    def _resume(self, row: TakeRow, shot: Optional[Shot]) -> None:
        """shot: where the server has all of it."""
        line, take = self._watch.connection, row.take
        if line is None:
            return
        self.unfinished = None
        self._live.pause()
        self.log.note(f"Go on with {take.folder}: {len(row.frames)} of {take.total} frames are here.")
        joints = known_joints(self.settings.joints, {figure.name for figure in self.figures()})
        request = request_of(take, self.size, self.sight.size[2], joints)
        self.workplace.remove_take(take.folder.as_posix())  # a plane that was saved with the scene
        begin = functools.partial(Painting, self.workplace, line, resumed=Resumed(take.record.contents, shot))
        job = self.job = TakeInTheMaking(self, request, take.record, None, begin, self._clock)
        self._disk.run(lambda: earlier_of(take), functools.partial(job.begin_since, take.folder), job.fail)
        self.touch()

    def _request(self, first: int, last: int) -> Optional[CaptureRequest]:
        """What is to be captured; None, and why is told, where the scene's characters cannot be read."""
        width, height = self.size
        try:
            joints = known_joints(self.settings.joints, {figure.name for figure in self.workplace.figures(())})
        except (PaintoverError, RuntimeError) as error:
            self._end("failed", error)
            return None
        return CaptureRequest(self.camera, first, last, width, height, self.sight.size[2], joints=joints)

    def _end(self, outcome: str, error: Optional[BaseException] = None) -> None:
        self.outcome, self.sentence = outcome, _sentence(error)
        if error is not None and not isinstance(error, CancelledError):
            self.log.note_error(error)
        else:
            self.log.note(f"{outcome.capitalize()}. {self.sentence}".strip())
        self.touch()

    def ended(self, outcome: str, error: Optional[BaseException], folder: Optional[Path], record: TakeRecord, frames: int) -> None:
        """A take is over: keep what it is, or delete its folder where it has no frame of its own."""
        self._end(outcome, error)
        if folder is not None:
            keep = frames or record.unfinished
            work = functools.partial(write_record, folder, record) if keep else functools.partial(delete_take, StoredTake(folder, record))
            self._disk.run(work, lambda _: self._list_takes(), self._note_error)

    def exported(self, outcome: str, error: Optional[BaseException], folder: Path) -> None:
        """An export is over."""
        self._end(outcome, error)
        if outcome == "exported":
            self.sentence = f"The shot and its passes are in {folder}."

    def first_frame(self, folder: Path) -> None:
        """The first frame of a new take is there: it takes the place of the others."""
        self._clear_viewport(folder.parent, but=folder)
        self._apply_opacity()

    def _clear_viewport(self, root: Path, but: Optional[Path] = None) -> None:
        for shown in self.workplace.shown_takes():
            if Path(shown).parent == root and Path(shown) != but:
                self.workplace.remove_take(shown)

    def _apply_opacity(self) -> None:
        for shown in self.workplace.shown_takes():
            self.workplace.set_opacity(shown, 0.0 if self.flipped else self.settings.opacity)

    def _look(self) -> None:
        self._next_look = self._clock() + LOOK_PAUSE
        sight = self.workplace.sight()
        if sight != self.sight:
            self.sight = sight
            self.touch()
        if (sight.scene, self.camera) != self._listed:
            self._list_takes()

    def _follow_time(self) -> None:
        self._next_time = self._clock() + TIME_PAUSE
        frame = self.workplace.now()
        if frame != self.sight.now:
            self.sight = replace(self.sight, now=frame)
            self.touch()

    def _list_takes(self) -> None:
        places, scene, camera = self.workplace.places(), self.sight.scene, self.camera
        self._listed = (scene, camera)
        look = lambda: (rows_of(places, scene, camera), unfinished_of(places, scene, camera))  # noqa: E731
        self._disk.run(look, functools.partial(self._learn_takes, (scene, camera)), self._note_error)

    def _learn_takes(self, listed: tuple[str, str], found: tuple[tuple[TakeRow, ...], Optional[TakeRow]]) -> None:
        if listed != self._listed:
            return  # of a shot that is chosen no more
        rows, unfinished = found
        making = self.job.folder if self.job is not None and self.job.state != "over" else None
        self.takes, self.unfinished = rows, None if unfinished is not None and unfinished.take.folder == making else unfinished
        self.against = next((row for row in rows if self.against and row.take.folder == self.against.take.folder), None)
        self.touch()

    def _step_live(self) -> None:
        recipe, line = self.recipe, self._watch.connection
        if self.state in BUSY or recipe is None or line is None or not self.camera:
            self._live.pause()
            return
        width, height = draft_size(self.size, LONGEST_SIDE)
        frame = self.workplace.now()
        request = CaptureRequest(self.camera, frame, frame, width, height, self.sight.size[2], beauty=False)
        before = (self._live.painting, self._live.frames, self._live.error)
        try:
            self._live.step(LiveWish(line, request, replace(recipe, width=width, height=height)))
        except (PaintoverError, RuntimeError) as error:
            self.set_live(False)
            self._note_error(error)
        if (self._live.painting, self._live.frames, self._live.error) != before:
            self.touch()

    def _note_server(self) -> None:
        state = self.server
        self.log.note(f"Server: {state.kind} {state.address} {state.version} {state.sentence}".strip())
        self.touch()

    def _note_error(self, error: BaseException) -> None:
        self.log.note_error(error)
        self.touch()


def _sentence(error: Optional[BaseException]) -> str:
    """An error for people."""
    if error is None or (isinstance(error, CancelledError) and error.code == "stopped"):
        return ""  # whoever stopped knows why
    return error.message if isinstance(error, PaintoverError) else f"{type(error).__name__}: {error}"
