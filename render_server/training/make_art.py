"""Paint a look's art: pictures by the procedural painter of scenes that no training sees, for figures to be measured against.

python -m render_server.training.make_art --look render_server/looks/data/oil@1
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from render_server.looks.palette import Palette
from render_server.looks.registry import Look, read_look
from render_server.passes.compute import passes_of
from render_server.passes.geometry import UInt8
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import make_scene
from render_server.training.oil import SUPERSAMPLING, paint_target
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import ScaffoldSettings
from shot_format.files import write_whole

SIZE = (512, 288)
SCENES = ((700_001, "room"), (700_003, "room"), (700_006, "room"), (700_014, "street"), (700_016, "street"), (700_024, "park"))
NUMBER = 24  # the frame of each scene that is painted


def make_art(look: Look) -> None:
    """Write the look's art/NN.png."""
    for index, (seed, kind) in enumerate(SCENES):
        buffer = io.BytesIO()
        Image.fromarray(paint_scene(look, seed, kind)).save(buffer, "PNG", optimize=True)
        write_whole(look.folder / "art" / f"{index:02d}.png", buffer.getvalue())


def paint_scene(look: Look, seed: int, kind: str) -> UInt8:
    """One scene by the procedural painter, in the look's palette and with its strokes."""
    geometry = make_scene(seed, kind).geometry(NUMBER, *(side * SUPERSAMPLING for side in SIZE))
    passes = passes_of(None, rasterise(geometry), None)
    colours = Palette(look.palette).apply(passes.beauty, passes.object_id)
    height = float(geometry.view.height)
    strokes = Scaffold(seed, ScaffoldSettings.from_json(look.strokes))
    return paint_target(strokes.draw_exact(geometry, passes, colours, height), passes, colours, height)


def main() -> None:
    """Read the command line and paint."""
    parser = argparse.ArgumentParser(description="Paint a look's art.")
    parser.add_argument("--look", type=Path, required=True)
    make_art(read_look(parser.parse_args().look))


if __name__ == "__main__":
    main()
