"""Paintover for technical directors: what the panel does, in a few calls. docs/maya-td.md shows them in use.

    from maya_plugin import api
    shot = api.ShotChoice("shotCam", frames=(1001, 1096), size=(960, 540))
    take = api.paint(shot, "oil")
    api.export_shot(shot, "/shows/tea/exports/s010")

All of it is called on Maya's main thread, and waits until it is done; Esc stops it. What goes wrong is a PaintoverError with a code and
a sentence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional, Union

from maya_plugin.client import Address, Connection, check_server, find_server, list_looks
from maya_plugin.host.maya_host import this_maya
from maya_plugin.workflow.capture_run import Listener
from maya_plugin.workflow.changed import earlier_take, head_content, same_recipe
from maya_plugin.workflow.export import ShotExport
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.painting import Painting, Resumed, can_go_on
from maya_plugin.workflow.shelf_of_takes import now
from maya_plugin.workflow.takes import (
    StoredTake,
    TakeRecord,
    delete_take,
    list_takes,
    new_shot_id,
    new_take,
    painted_path,
    shot_folder,
    take_root,
    write_record,
)
from maya_plugin.workflow.unfinished import earlier_of, held_of
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.messages import LookInfo, Recipe

__all__ = [
    "Server",
    "ShotChoice",
    "already_painted",
    "export_shot",
    "hide",
    "looks",
    "paint",
    "show",
    "shown",
    "takes",
]

Frames = tuple[int, int]
Size = tuple[int, int]
PathLike = Union[str, Path]


@dataclass(frozen=True)
class Server:
    """Which server to use; what is None comes from the environment, the pairing, or the server of this machine."""

    url: Optional[str] = None
    token_file: Optional[Path] = None

    def find(self) -> Address:
        """Its address and token. Raises MissingError ("server-missing", "token-missing"), FormatError."""
        return find_server(self.url, self.token_file)


@dataclass(frozen=True)
class ShotChoice:
    """What of the scene is taken; what is None the scene says.

    camera: by name or path, else the one that is looked through. frames: first and last, else the time slider's. size: width and height in
    pixels, else the render settings'. beauty: whether the viewport's picture goes along (never without a window). joints: as
    CaptureRequest has them.
    """

    camera: Optional[str] = None
    frames: Optional[Frames] = None
    size: Optional[Size] = None
    beauty: bool = True
    joints: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def request(self) -> CaptureRequest:
        """What is to be captured. Raises MissingError ("camera-missing"), FormatError ("frames-broken")."""
        sight = this_maya().sight()
        camera, (first, last) = self.camera or sight.view, self.frames or sight.slider
        if not camera:
            raise MissingError("camera-missing", "The scene has no camera to paint through; make one, or name one.")
        if last < first:
            raise FormatError("frames-broken", f"The range {first} to {last} ends before it begins.")
        (width, height), aspect = self.size or sight.size[:2], sight.size[2]
        return CaptureRequest(camera, first, last, width, height, aspect, self.beauty, None, self.joints)


def paint(
    shot: Union[ShotChoice, str, None] = None,
    look: str = "oil",
    *,
    seed: int = 0,
    stroke_scale: float = 1.0,
    out: Optional[PathLike] = None,
    server: Server = Server(),
    only_changed: bool = False,
    show: bool = True,
    listener: Optional[Listener] = None,
    resume: Optional[StoredTake] = None,
) -> StoredTake:
    """Paint a shot of the open scene, and show the frames on its camera.

    shot: what of the scene, or a camera's name. out: the folder below which takes are numbered, else the project's images folder.
    only_changed: keep the frames of the newest take whose content is the same. show: leave the image plane in the scene. resume: a take of
    this shot and recipe that was not finished, to be gone on with. Raises MissingError, FormatError (also "scene-changed": that take was
    begun with another scene), LimitError, StorageError, ServerError, CancelledError ("stopped", "nothing-changed").
    """
    request = _choice(shot).request()
    recipe = Recipe(look, seed, request.width, request.height, stroke_scale=stroke_scale)
    root = _root(request, out)
    with _connected(server) as connection:
        if resume is None:
            take = _begin(connection, root, request, recipe, only_changed)
        else:
            this_maya().remove_take(resume.folder.as_posix())  # a plane that was saved with the scene
            take = StoredTake(resume.folder, replace(resume.record, unfinished=True))
            write_record(take.folder, take.record)
        with _deleted_if_empty(take):
            record = _run(_painting(connection, request, take, listener), take, show)
    write_record(take.folder, record)
    return StoredTake(take.folder, record)


def already_painted(
    shot: Union[ShotChoice, str, None] = None,
    look: str = "oil",
    *,
    seed: int = 0,
    stroke_scale: float = 1.0,
    out: Optional[PathLike] = None,
    server: Server = Server(),
) -> Optional[StoredTake]:
    """The newest take of exactly this shot with this recipe, whole or not; None where there is none. The scene's content does not count."""
    request = _choice(shot).request()
    recipe = Recipe(look, seed, request.width, request.height, stroke_scale=stroke_scale)
    with _connected(server) as connection:
        known = _look(connection, look)
    asked = (request.camera, request.first, request.last)
    for take in reversed(list_takes(_root(request, out))):
        record = take.record
        if (record.camera, record.first, record.last) == asked and same_recipe(record, recipe, known):
            return take
    return None


def export_shot(
    shot: Union[ShotChoice, str, None],
    folder: PathLike,
    *,
    passes: bool = True,
    server: Server = Server(),
    listener: Optional[Listener] = None,
) -> Path:
    """Write a shot of the open scene into a new folder for other tools, with the passes that the server computes.

    Raises StorageError ("folder-taken"), and what `paint` raises.
    """
    request = _choice(shot).request()
    if not passes:
        return ShotExport(this_maya(), request, Path(folder), None, listener).run()
    with _connected(server) as connection:
        return ShotExport(this_maya(), request, Path(folder), connection, listener).run()


def takes(camera: Optional[str] = None, out: Optional[PathLike] = None) -> tuple[StoredTake, ...]:
    """Every take of a camera's shot on this disk, oldest first. out: as in `paint`."""
    name = camera or this_maya().sight().view
    places = (Path(out),) if out else this_maya().places()
    return tuple(take for place in places for take in list_takes(shot_folder(place, this_maya().sight().scene, name)))


def looks(server: Server = Server()) -> tuple[LookInfo, ...]:
    """The looks that the server can paint in. Raises ServerError, MissingError."""
    with _connected(server) as connection:
        return list_looks(connection)


def show(take: StoredTake) -> None:
    """Show a take on its camera, as a sequence of files. Raises MissingError, FormatError."""
    numbers = range(take.record.first, take.record.last + 1)
    files = {number: path for number in numbers if (path := painted_path(take.folder, number)).is_file()}
    if not files:
        raise MissingError("take-empty", f"There is no painted frame in {take.folder}; paint the shot again.")
    record, aspect = take.record, this_maya().sight().size[2]
    size = (record.recipe.width or this_maya().sight().size[0], record.recipe.height or this_maya().sight().size[1])
    request = CaptureRequest(record.camera, record.first, record.last, *size, aspect)
    this_maya().show_take(request, take.folder.as_posix(), files)


def shown() -> tuple[Path, ...]:
    """The folders of the takes that planes in the scene show."""
    return tuple(map(Path, this_maya().shown_takes()))


def hide(take: Optional[PathLike] = None) -> tuple[Path, ...]:
    """Take the planes of a take, or of all, out of the scene; the files stay. Gives the folders of what was hidden."""
    gone = tuple(folder for folder in shown() if take is None or folder == Path(take))
    for folder in gone:
        this_maya().remove_take(folder.as_posix())
    return gone


def _choice(shot: Union[ShotChoice, str, None]) -> ShotChoice:
    return shot if isinstance(shot, ShotChoice) else ShotChoice(shot)


def _root(request: CaptureRequest, out: Optional[PathLike]) -> Path:
    scene = this_maya().sight().scene
    return take_root((Path(out),) if out else this_maya().places(), scene, request.camera)


def _begin(connection: Connection, root: Path, request: CaptureRequest, recipe: Recipe, only_changed: bool) -> StoredTake:
    """Make a new take's folder, with a record that says enough to go on with it, should this Maya die."""
    look = _look(connection, recipe.look)
    earlier = earlier_take(list_takes(root), recipe, look) if only_changed else None
    pinned = replace(recipe, look=f"{look.name}@{look.version}", model_sha256=look.model_sha256) if look else recipe
    since, begun = earlier.name if earlier else None, TakeRecord(new_shot_id(), request.camera, request.first, request.last, pinned)
    record = replace(begun, made=now(), unfinished=True, since=since)
    return StoredTake(new_take(root, record), record)


def _painting(connection: Connection, request: CaptureRequest, take: StoredTake, listener: Optional[Listener]) -> Painting:
    record = take.record
    held = held_of(connection, take) if record.contents else None
    recipe = replace(record.recipe, model_sha256=None)
    return Painting(
        this_maya(), connection, replace(request, shot_id=record.shot), recipe, take.folder, listener, earlier_of(take),
        Resumed(record.contents, held),
    )  # fmt: skip


def _run(painting: Painting, take: StoredTake, show: bool) -> TakeRecord:
    """Paint to the end; gives what the take is then. What ended early says so in its record, if it has frames."""
    record, job = take.record, None
    try:
        job = painting.run().job
    except PaintoverError as error:
        if take.frames:
            write_record(take.folder, replace(_learned(record, painting), unfinished=can_go_on(error)))
        raise
    finally:
        if not show:
            painting.plane.remove()
    return replace(_learned(record, painting), recipe=job.recipe, job=job.id, unfinished=False)


def _learned(record: TakeRecord, painting: Painting) -> TakeRecord:
    kept, head = painting.plan.kept if painting.plan else (), head_content(painting.shot)
    return replace(record, shot=painting.shot.id, head=head, contents=painting.contents, kept=kept)


def _look(connection: Connection, name: str) -> Optional[LookInfo]:
    """The look that a recipe names; the newest version where it names none."""
    wanted = name.partition("@")
    known = [look for look in list_looks(connection) if look.name == wanted[0] and wanted[2] in ("", str(look.version))]
    return max(known, key=lambda look: look.version, default=None)


@contextlib.contextmanager
def _deleted_if_empty(take: StoredTake) -> Iterator[None]:
    """A take that ended without a frame leaves no folder; one that is left at Ctrl-C is gone on with later."""
    try:
        yield
    except Exception:
        if not take.frames:
            delete_take(take)
        raise


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[Connection]:
    """A connection to a server that is there and speaks our version: told before the scene is looked at."""
    with Connection(server.find()) as connection:
        check_server(connection)
        yield connection
