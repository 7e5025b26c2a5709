"""Capture and paint, or export, without a window: `mayapy -m maya_plugin.batch SCENE --camera shotCam --frames 1001-1096 --look oil`.

Many shots come from a list, a JSON file: `--shots shots.json` with [{"scene": …, "camera": …, "frames": "1001-1096", …}, …]; what a shot
does not say, the options say. One that fails does not keep the others; the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Optional

from maya_plugin.client import Progress, TakeFrame
from maya_plugin.workflow.capture_run import Listener
from shot_format.codec import decode, parse, rules
from shot_format.errors import FormatError, MissingError, PaintoverError
from shot_format.files import storage_errors
from shot_format.limits import MAX_JSON_BYTES, MAX_NAME

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
    """What came of an errand. folder: the take's or the export's; code and message: what went wrong."""

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
            print("Stopped.", file=sys.stderr)
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
        made = api.export_shot(shot, folder, passes=not options.no_passes, server=server, listener=Told())
        return Result(errand.scene, camera, True, made.as_posix())
    take = api.paint(shot, errand.look, seed=errand.seed, out=errand.out, server=server, show=False, listener=Told())
    return Result(errand.scene, camera, True, take.folder.as_posix(), len(take.frames))


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
        return f"{result.scene} {result.camera}: {result.folder}"
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
    parser.add_argument("--server", metavar="URL", help="else PAINTOVER_SERVER, the pairing, the server of this machine")
    parser.add_argument("--token-file", metavar="FILE", type=Path, help="the file that holds that server's token")
    parser.add_argument("--json", action="store_true", help="print one JSON object a shot")
    return parser


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Maya may crash while it takes itself apart, after all is done
