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
from maya_plugin.workflow.changed import earlier_take, head_content
from maya_plugin.workflow.export import ShotExport
from maya_plugin.workflow.host import CaptureRequest
from maya_plugin.workflow.painting import Painting
from maya_plugin.workflow.shelf_of_takes import now
from maya_plugin.workflow.takes import (
    StoredTake,
    TakeRecord,
    delete_take,
    list_takes,
    new_take,
    painted_path,
    shot_folder,
    take_root,
    write_record,
)
from shot_format.errors import FormatError, MissingError
from shot_format.messages import LookInfo, Recipe

__all__ = [
    "Server",
    "ShotChoice",
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
) -> StoredTake:
    """Paint a shot of the open scene, and show the frames on its camera.

    shot: what of the scene, or a camera's name. out: the folder below which takes are numbered, else the project's images folder.
    only_changed: keep the frames of the newest take whose content is the same. show: leave the image plane in the scene.
    Raises MissingError, FormatError, LimitError, StorageError, ServerError, CancelledError ("stopped", "nothing-changed").
    """
    request = _choice(shot).request()
    recipe = Recipe(look, seed, request.width, request.height, stroke_scale=stroke_scale)
    root = _root(request, out)
    record = TakeRecord("not-yet", request.camera, request.first, request.last, recipe, made=now())
    with _connected(server) as connection:
        earlier = _earlier(connection, root, recipe) if only_changed else None
        folder = new_take(root, record)
        with _deleted_if_empty(StoredTake(folder, record)):
            painting = Painting(this_maya(), connection, request, recipe, folder, listener, earlier)
            try:
                job = painting.run().job
            finally:
                if not show:
                    painting.plane.remove()
    kept, head = painting.plan.kept if painting.plan else (), head_content(painting.shot)
    record = replace(record, shot=painting.shot.id, recipe=job.recipe, job=job.id, head=head, contents=painting.contents, kept=kept)
    write_record(folder, record)
    return StoredTake(folder, record)


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


def _earlier(connection: Connection, root: Path, recipe: Recipe) -> Optional[StoredTake]:
    wanted = recipe.look.partition("@")
    known = (look for look in list_looks(connection) if look.name == wanted[0] and wanted[2] in ("", str(look.version)))
    return earlier_take(list_takes(root), recipe, next(known, None))


@contextlib.contextmanager
def _deleted_if_empty(take: StoredTake) -> Iterator[None]:
    """A take that ended without a frame leaves no folder."""
    try:
        yield
    except BaseException:
        if not take.frames:
            delete_take(take)
        raise


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[Connection]:
    """A connection to a server that is there and speaks our version: told before the scene is looked at."""
    with Connection(server.find()) as connection:
        check_server(connection)
        yield connection
