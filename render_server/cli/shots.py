"""Shots as they are named on the command line: a folder, a USD file, or a shot that this package makes by code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from render_server.cli.console import Stages
from render_server.scenes.staging import export_stage
from render_server.scenes.there_and_back import there_and_back
from render_server.scenes.trial_shots import trial_stages
from shot_format.folder import ShotFolder
from shot_format.shot import ShotFile

USD = (".usd", ".usda", ".usdc", ".usdz")


@dataclass(frozen=True)
class FoundShot:
    """A shot that is on this disk; file may hold fewer or more frames than the folder's own."""

    name: str
    file: ShotFile
    folder: ShotFolder


def find_shot(name: str, size: tuple[int, int], frames: int | None, room: Path, bars: Stages) -> FoundShot:
    """Read a shot's folder, or make it in a folder of room from a USD file or by code; bring it to its length.

    frames: all where None; where there are more than the shot has, it is played there and back. Raises MissingError ("shot-missing") and
    what the import raises.
    """
    short = name if name in trial_stages() else Path(name).stem
    folder = ShotFolder(_made(name, size, frames, room / short, bars))
    file = folder.read()
    if frames is not None:
        file = first_frames(file, frames) if frames <= len(file.frames) else there_and_back(file, frames)
    return FoundShot(short, file, folder)


def first_frames(file: ShotFile, count: int) -> ShotFile:
    """The beginning of a shot."""
    frames = file.frames[:count]
    last = frames[-1].number
    return ShotFile(replace(file.shot, last=last, cuts=tuple(cut for cut in file.shot.cuts if cut <= last)), frames)


def _made(name: str, size: tuple[int, int], frames: int | None, place: Path, bars: Stages) -> Path:
    def tell(done: int, total: int) -> None:
        bars.update(f"making {place.name}", done, total)

    if name in trial_stages():
        stage = trial_stages()[name]()
        export_stage(replace(stage, frames=min(stage.frames, frames or stage.frames)), place, size, tell)
        return place
    if Path(name).suffix.lower() in USD:
        from render_server.scenes.usd import import_usd  # USD takes a while to load

        import_usd(Path(name), place, size=size, progress=tell, again=True)
        return place
    return Path(name)
