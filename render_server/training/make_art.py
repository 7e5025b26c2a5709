"""Paint a look's art: pictures by the procedural painter of scenes that no training sees, for figures to be measured against.

python -m render_server.training.make_art --look render_server/looks/data/oil@1
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from render_server.looks.registry import Look, read_look
from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, UInt8
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import make_scene
from render_server.training.make_look import OFFERS
from render_server.training.painters import PAINTERS, SUPERSAMPLING
from render_server.video_models.painter.scaffold import Scaffold
from shot_format.files import write_whole

SIZE = (512, 288)
THUMBNAIL = (320, 180)
SCENES = (
    (700_001, "room"), (700_003, "room"), (700_006, "room"), (700_014, "street"), (700_016, "street"), (700_024, "park"),
)  # fmt: skip
NUMBER = 24  # the frame of each scene that is painted


def make_art(look: Look) -> None:
    """Write the look's art/NN.png and thumbnail.png."""
    pictures = []
    for index, (seed, kind) in enumerate(SCENES):
        picture = paint_target(look, make_scene(seed, kind).geometry(NUMBER, *(side * SUPERSAMPLING for side in SIZE)), seed)
        pictures.append(picture)
        write_whole(look.folder / "art" / f"{index:02d}.png", _png(picture))
    write_whole(look.folder / "thumbnail.png", _png(np.asarray(Image.fromarray(pictures[0]).resize(THUMBNAIL, Image.Resampling.LANCZOS))))


def paint_target(look: Look, geometry: FrameGeometry, seed: int) -> UInt8:
    """One frame by the look's procedural painter, in its palette and light; geometry: at SUPERSAMPLING times the size."""
    painter, offer = PAINTERS[look.name], OFFERS[look.name]
    passes = passes_of(None, rasterise(geometry), None)
    colours = painter.colours(geometry, passes, passes.beauty, offer.box, offer.mood)
    strokes = Scaffold(seed, painter.strokes)
    return painter.target(geometry, passes, colours, strokes, float(geometry.view.height), offer.box, offer.mood)


def _png(picture: UInt8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> None:
    """Read the command line and paint."""
    parser = argparse.ArgumentParser(description="Paint a look's art.")
    parser.add_argument("--look", type=Path, required=True)
    make_art(read_look(parser.parse_args().look))


if __name__ == "__main__":
    main()
