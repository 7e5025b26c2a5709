"""`paintover demo`: the built-in scene, the whole road, on a server of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from maya_plugin.client import ShotStream
from render_server.cli.console import stages
from render_server.cli.servers import own_server
from render_server.cli.take import Outcome, paint_and_report
from render_server.jobs.data_folder import DataFolder
from render_server.scenes.demo import demo_shot, iter_demo_frames
from shot_format.blobs import Buffer
from shot_format.files import storage_errors
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe
from shot_format.shot import Frame, Shot


def run_demo(recipe: Recipe, frames: int, size: tuple[int, int], out: Path) -> Outcome:
    """Paint the demo scene while it is still being exported; every run paints anew."""
    with storage_errors(out):
        shutil.rmtree(out / "frames", ignore_errors=True)
        shutil.rmtree(out / "shot", ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
    shot, folder = demo_shot(frames, size), ShotFolder(out / "shot")
    source = ShotStream(shot, _kept(shot, folder, frames, size))
    with tempfile.TemporaryDirectory(prefix=".server-", dir=out) as data, stages() as bars, own_server(Path(data), bars) as connection:
        return paint_and_report(connection, source, folder, recipe, out, bars, DataFolder(Path(data)).looks)


def _kept(shot: Shot, folder: ShotFolder, frames: int, size: tuple[int, int]) -> Iterator[tuple[Frame, Mapping[str, Buffer]]]:
    """Hand the frames on as they are exported, and keep them as a shot's folder for the report."""
    made = []
    for frame, blobs in iter_demo_frames(frames, size):
        for blob in blobs.values():
            folder.add_blob(blob)
        made.append(frame)
        yield frame, blobs
    folder.write(shot, tuple(made))
