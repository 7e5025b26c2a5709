"""Paint a look's art: pictures by the procedural painter of scenes that no training sees, for figures to be measured against.

python -m render_server.training.make_art --out render_server/looks/data
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, UInt8
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import make_scene
from render_server.training.offers import OFFERS, VERSION
from render_server.training.painters import PAINTERS, SUPERSAMPLING
from render_server.video_models.painter.scaffold import Scaffold
from shot_format.files import write_whole

SIZE = (512, 288)
THUMBNAIL = (320, 180)
SCENES = (
    (700_001, "parlour"), (700_003, "parlour"), (700_004, "parlour"), (700_007, "parlour"), (700_010, "parlour"), (700_011, "parlour"),
    (700_014, "street"), (700_024, "park"),
)  # fmt: skip
NUMBER = 24  # the frame of each scene that is painted


def make_art(hand: str, folder: Path) -> None:
    """Write a look's art/NN.jpg and thumbnail.png into its folder."""
    pictures = []
    for index, (seed, kind) in enumerate(SCENES):
        picture = paint_scene(hand, make_scene(seed, kind).geometry(NUMBER, *(side * SUPERSAMPLING for side in SIZE)), seed)
        pictures.append(picture)
        write_whole(folder / "art" / f"{index:02d}.jpg", encoded(picture, "JPEG", quality=92, subsampling=0))
    write_whole(
        folder / "thumbnail.png",
        encoded(np.asarray(Image.fromarray(pictures[0]).resize(THUMBNAIL, Image.Resampling.LANCZOS)), "PNG", optimize=True),
    )


def paint_scene(hand: str, geometry: FrameGeometry, seed: int) -> UInt8:
    """One frame by the procedural painter, with the paints and in the light that its look takes; at SUPERSAMPLING times the size."""
    painter, offer = PAINTERS[hand], OFFERS[hand]
    passes = passes_of(None, rasterise(geometry), None)
    colours = painter.colours(geometry, passes, passes.beauty, offer.box, offer.mood)
    strokes = Scaffold(seed, painter.strokes)
    return painter.target(geometry, passes, colours, strokes, float(geometry.view.height), offer.box, offer.mood)


def underpaintings(hand: str) -> list[UInt8]:
    """The colours that each piece of a hand's art was painted over."""
    painter, offer = PAINTERS[hand], OFFERS[hand]
    found = []
    for seed, kind in SCENES:
        geometry = make_scene(seed, kind).geometry(NUMBER, *SIZE)
        passes = passes_of(None, rasterise(geometry), None)
        found.append(painter.colours(geometry, passes, passes.beauty, offer.box, offer.mood))
    return found


def encoded(picture: UInt8, kind: str, **options: int) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


def main() -> None:
    """Read the command line and paint."""
    parser = argparse.ArgumentParser(description="Paint the art of the looks.")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the looks")
    parser.add_argument("hands", nargs="*", default=list(OFFERS))
    given = parser.parse_args()
    for hand in given.hands:
        make_art(hand, given.out / f"{hand}@{VERSION}")


if __name__ == "__main__":
    main()
