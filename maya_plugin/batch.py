"""Capture and paint, or export, without a window: `mayapy -m maya_plugin.batch SCENE --camera shotCam --frames 1001-1096 --look oil`.

Many shots come from a list, a JSON file: `--shots shots.json` with [{"scene": …, "camera": …, "frames": "1001-1096", …}, …]; what a shot
does not say, the options say. One that fails does not keep the others; the exit status is 1 then. What was stopped, by Ctrl-C or by a
machine that went down, goes on with `--resume`: shots that are painted are passed over, a half-painted one is finished.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

from maya_plugin.client import Progress, TakeFrame
from maya_plugin.workflow.capture_run import Listener
from maya_plugin.workflow.takes import StoredTake
from shot_format.codec import decode, parse, rules
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.files import storage_errors
from shot_format.limits import MAX_JSON_BYTES, MAX_NAME

if TYPE_CHECKING:
    from maya_plugin import api  # needs a Maya that runs

STOPPED = 130  # what a shell expects after Ctrl-C
Text = Annotated[str, rules(maxLength=MAX_NAME)]


@dataclass(frozen=True)
class Errand:
    """One shot to be painted or exported. frames: "1001-1096"; size: "960x540"; None is what the scene says."""

    scene: Text
    camera: Optional[Text] = None
    frames: Optional[Text] = None
    size: Optional[Text] = None
    look: Text = "oil"
    seed: Annotated[int, rules(minimum=0)] = 0
    out: Optional[Text] = None
    export: Optional[Text] = None


@dataclass(frozen=True)
class Result:
    """What came of an errand. folder: the take's or the export's; code and message: what went wrong, or why nothing was to be done."""

    scene: str
    camera: str
    ok: bool
    folder: str = ""
    frames: int = 0
    code: str = ""
    message: str = ""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Do every errand, and print a line, or a JSON object, for each."""
    options = _parser().parse_args(arguments)
    try:
        errands = read_errands(options)
    except PaintoverError as error:
        print(f"{error.message} ({error.code})", file=sys.stderr)
        return 2
    from maya_plugin.host.standalone import maya_without_window

    good = True
    with maya_without_window():
        try:
            for result in _done(errands, options):
                print(json.dumps(vars(result)) if options.json else _told(result), flush=True)
                good = good and result.ok
        except KeyboardInterrupt:
            print("Stopped. The same with --resume goes on.", file=sys.stderr)
            return STOPPED
    return 0 if good else 1


def read_errands(options: argparse.Namespace) -> tuple[Errand, ...]:
    """What is to be done, from the options and the list. Raises MissingError ("scene-missing"), FormatError, StorageError."""
    chosen = {name: getattr(options, name) for name in ("camera", "frames", "size", "look", "seed", "out", "export")}
    rest = Errand(options.scene or "", **chosen)
    errands = tuple(_listed(Path(options.shots), rest)) if options.shots else (rest,)
    for errand in errands:
        if not errand.scene:
            raise MissingError("scene-missing", "Name a scene, or a list of shots that name theirs.")
        parse_frames(errand.frames)
        parse_size(errand.size)
    return errands


def parse_frames(text: Optional[str]) -> Optional[tuple[int, int]]:
    """Read "1001-1096" or "1001". Raises FormatError ("frames-broken")."""
    if text is None:
        return None
    match = re.fullmatch(r"(-?\d{1,7})(?:-(-?\d{1,7}))?", text)
    if not match:
        raise FormatError("frames-broken", f"'{text}' is not a range of frames; write it as 1001-1096.")
    return int(match[1]), int(match[2] if match[2] is not None else match[1])


def parse_size(text: Optional[str]) -> Optional[tuple[int, int]]:
    """Read "960x540". Raises FormatError ("size-broken")."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if not match:
        raise FormatError("size-broken", f"'{text}' is not a size; write it as 960x540.")
    return int(match[1]), int(match[2])


def _listed(place: Path, rest: Errand) -> Iterator[Errand]:
    with storage_errors(place):
        told = parse(place.read_bytes(), MAX_JSON_BYTES, place.name)
    if not isinstance(told, list):
        raise FormatError("field-type", f"{place}: a list of shots is needed.")
    for number, each in enumerate(told):
        if not isinstance(each, dict):
            raise FormatError("field-type", f"{place}[{number}]: a shot is an object.")
        given: dict[str, Any] = {name: value for name, value in vars(rest).items() if value is not None}
        yield decode(Errand, {**given, **each}, f"{place.name}[{number}]")


def _done(errands: tuple[Errand, ...], options: argparse.Namespace) -> Iterator[Result]:
    opened = ""
    for number, errand in enumerate(errands):
        print(f"{number + 1} of {len(errands)}: {errand.scene} {errand.camera or ''}", file=sys.stderr)
        try:
            before, opened = opened, ""  # a scene that fails to open leaves nobody knows what
            opened = _open(errand.scene, before)
            yield _one(errand, options)
        except (PaintoverError, RuntimeError, ValueError) as error:  # the last two: what Maya's commands raise
            code, message = (error.code, error.message) if isinstance(error, PaintoverError) else ("maya-refused", str(error).strip())
            yield Result(errand.scene, errand.camera or "", False, code=code, message=message)


def _open(scene: str, opened: str) -> str:
    from maya_plugin.host.standalone import open_scene

    complaint = "" if scene == opened else open_scene(scene)
    if complaint:
        print(f"  Maya: {complaint}", file=sys.stderr)
    return scene


def _one(errand: Errand, options: argparse.Namespace) -> Result:
    from maya_plugin import api

    server = api.Server(options.server, options.token_file)
    shot = api.ShotChoice(errand.camera, parse_frames(errand.frames), parse_size(errand.size))
    camera = shot.request().camera
    if errand.export:
        folder = Path(errand.export)
        if options.shots and errand.export == options.export:  # one folder for many shots
            folder /= re.sub(r"[^\w.-]+", "_", f"{Path(errand.scene).stem}_{camera}")
        if options.resume and folder.is_dir() and any(folder.iterdir()):  # it appears only when all of it is there
            return Result(errand.scene, camera, True, folder.as_posix(), code="already-exported", message="it is exported already")
        made = api.export_shot(shot, folder, passes=not options.no_passes, server=server, listener=Told())
        return Result(errand.scene, camera, True, made.as_posix())
    earlier = _earlier(errand, shot, server) if options.resume else None
    if earlier is not None and earlier.whole:
        told = f"{earlier.name} has all {len(earlier.frames)} frames already"
        return Result(errand.scene, camera, True, earlier.folder.as_posix(), len(earlier.frames), "already-painted", told)
    take = _paint(errand, shot, server, earlier)
    return Result(errand.scene, camera, True, take.folder.as_posix(), len(take.frames))


def _earlier(errand: Errand, shot: api.ShotChoice, server: api.Server) -> Optional[StoredTake]:
    """The take that the errand asks for, if there is one since the scene was saved."""
    from maya_plugin import api

    take = api.already_painted(shot, errand.look, seed=errand.seed, out=errand.out, server=server)
    if take is not None and _is_older(take.record.made, Path(errand.scene)):
        print(f"  the scene was saved after {take.name} was begun: it is painted anew", file=sys.stderr)
        return None
    return take


def _paint(errand: Errand, shot: api.ShotChoice, server: api.Server, earlier: Optional[StoredTake]) -> StoredTake:
    """Paint, or go on; a take that was begun with another state of the scene is not gone on with."""
    from maya_plugin import api

    asked: dict[str, Any] = {"seed": errand.seed, "out": errand.out, "server": server, "show": False, "listener": Told()}
    if earlier is None:
        return api.paint(shot, errand.look, **asked)
    print(f"  {earlier.name} has {len(earlier.frames)} of {earlier.total} frames: it goes on", file=sys.stderr)
    try:
        return api.paint(shot, errand.look, **asked, resume=earlier)
    except FormatError as error:
        if error.code != "scene-changed":
            raise
        print(f"  the scene is not as it was when {earlier.name} was begun: it is painted anew", file=sys.stderr)
        return api.paint(shot, errand.look, **asked)


def _is_older(made: str, scene: Path) -> bool:
    """Whether a take was begun before its scene was saved; where either time is not known it counts as newer."""
    try:
        return datetime.fromisoformat(made) < datetime.fromtimestamp(int(scene.stat().st_mtime), timezone.utc)
    except (OSError, ValueError, TypeError):
        return False


class Told(Listener):
    """Says on standard error how it goes."""

    def __init__(self) -> None:
        self._last = ""

    def captured(self, done: int, total: int) -> None:
        """So many frames are captured."""
        self._say(f"captured {done} of {total}", done == total)

    def progressed(self, progress: Progress) -> None:
        """So far is what follows."""
        self._say(f"{progress.stage} {progress.done} of {progress.total}", progress.done == progress.total)

    def arrived(self, frame: TakeFrame) -> None:
        """A frame is here."""

    def _say(self, text: str, last: bool) -> None:
        """A terminal's line is written over; a log gets the last of each kind only."""
        terminal = sys.stderr.isatty()
        if text != self._last and (terminal or last):
            print(f"\r  {text}   " if terminal else f"  {text}", end="\n" if last or not terminal else "", file=sys.stderr, flush=True)
        self._last = text


def _told(result: Result) -> str:
    if result.ok:
        return f"{result.scene} {result.camera}: {result.folder}" + (f" ({result.message})" if result.message else "")
    return f"{result.scene} {result.camera}: {result.message} ({result.code})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mayapy -m maya_plugin.batch", description="Capture and paint, or export, without a window.")
    parser.add_argument("scene", nargs="?", help="the scene's file")
    parser.add_argument("--shots", metavar="FILE", help="a list of shots, JSON; what a shot does not say, the other options say")
    parser.add_argument("--camera", help="by name or path; the scene's first where not given")
    parser.add_argument("--frames", metavar="A-B", help="the time slider's where not given")
    parser.add_argument("--size", metavar="WxH", help="the render settings' where not given")
    parser.add_argument("--look", default="oil", help="the look to paint in")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", metavar="FOLDER", help="where takes are numbered; the project's images folder where not given")
    parser.add_argument("--export", metavar="FOLDER", help="export the shot for other tools instead of painting it")
    parser.add_argument("--no-passes", action="store_true", help="export without the passes, which need the server")
    parser.add_argument(
        "--resume", action="store_true", help="pass over shots that are painted already, finish those that are half painted"
    )
    parser.add_argument("--server", metavar="URL", help="else PAINTOVER_SERVER, the pairing, the server of this machine")
    parser.add_argument("--token-file", metavar="FILE", type=Path, help="the file that holds that server's token")
    parser.add_argument("--json", action="store_true", help="print one JSON object a shot")
    return parser


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Maya may crash while it takes itself apart, after all is done
