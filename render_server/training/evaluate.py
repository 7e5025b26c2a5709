"""Measure a look on a shot it never saw, beside the procedural painter's own pictures of it.

    python -m render_server.training.evaluate --look out/training/looks/oil@1 --shot out/demo --size 512x288 --out out/training/evaluation

Writes figures.json and a contact sheet of a few frames (blocking | target | painted) at full size.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from render_server.looks.registry import Look, read_look
from render_server.passes.compute import passes_of
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.passes.raster import rasterise
from render_server.quality.assess import ShotFrame, assess
from render_server.training.oil import SUPERSAMPLING, paint_target
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.model import Painter, PainterState
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe
from shot_format.shot import Frame


class Evaluation:
    """Paints a shot with memory, without, and by the procedural painter, frame by frame."""

    def __init__(self, look: Look, shot: Path, size: tuple[int, int], frames: int) -> None:
        folder = ShotFolder(shot)
        file = folder.read()
        self.frames = file.frames[:frames]
        self.near = ShotLoader(file.shot, folder.read_blob, size)
        self.fine = ShotLoader(file.shot, folder.read_blob, (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING))
        self.painter = Painter(look)
        info = ShotInfo(file.shot.name, file.shot.first, file.shot.last, *size)
        self.with_memory = self.painter.start(info, Recipe(look.key))
        self.without = self.painter.start(info, Recipe(look.key, memory=False))
        self.seconds: list[float] = []

    def __iter__(self) -> Iterator[ShotFrame]:
        passes = self.near.passes(self.frames)
        for frame, (_, of_frame) in zip(self.frames, passes, strict=True):
            geometry = self.near.geometry(frame)
            started = time.perf_counter()
            guides = self.painter.guides(self.with_memory, geometry, of_frame)
            [painted] = self.painter.paint(self.with_memory, [guides])
            self.seconds.append(time.perf_counter() - started)
            [memoryless] = self.painter.paint(self.without, [guides])
            colours: UInt8 = np.ascontiguousarray(guides.channels[..., :3])
            yield ShotFrame(of_frame, colours, painted.pixels, memoryless.pixels, self._target(frame, self.with_memory))

    def _target(self, frame: Frame, state: PainterState) -> UInt8:
        geometry = self.fine.geometry(frame)
        passes = passes_of(None, rasterise(geometry), None, self.fine.beauty(frame))
        colours = self.painter.palette.apply(passes.beauty, passes.object_id)
        height = float(geometry.view.height)
        return paint_target(state.strokes.draw_exact(geometry, passes, colours, height), passes, colours, height)


def evaluate(look: Look, shot: Path, size: tuple[int, int], frames: int, out: Path) -> None:
    """Measure and write everything."""
    out.mkdir(parents=True, exist_ok=True)
    evaluation = Evaluation(look, shot, size, frames)
    rows: list[UInt8] = []
    numbers, shown = itertools.count(1), {1, 24, 48, frames}

    def keep(frame: ShotFrame, readings: object) -> None:
        if next(numbers) in shown and frame.target is not None:
            rows.append(np.concatenate([frame.blocking, frame.target, frame.painted], axis=1))

    figures = assess(evaluation, watch=keep)
    (out / "figures.json").write_text(json.dumps(asdict(figures), indent=1, default=str) + "\n")
    Image.fromarray(np.concatenate(rows)).save(out / "sheet.png")
    print(f"guides and network: {1000 * float(np.median(evaluation.seconds)):.0f} ms a frame")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="Measure a look on a shot.")
    parser.add_argument("--look", type=Path, required=True)
    parser.add_argument("--shot", type=Path, required=True)
    parser.add_argument("--size", default="512x288")
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    evaluate(read_look(given.look), given.shot, (width, height), given.frames, given.out)


if __name__ == "__main__":
    main()
