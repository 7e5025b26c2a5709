"""Are a trained look's marks on the things, or on the screen? And are they the art's? Figures and pictures for docs/training.md.

python -m tests.quality_training ../shared/data/shots/jump.usdc --look starry --look wave --out out/training_quality

- Shift test: a frame is painted, and again from its guides without their first rows and columns, 1 to 7 pixels. Marks that hang on things
  stay; marks that hang on the screen move. Told: the mean difference, and beside it that of the frame to itself moved by as much, which is
  what marks on the screen would give.
- Grid: how much of the detail repeats every 8 pixels of the screen, the steps of the network's trunk, beside that every 7 and 9.
- Crops at 200 %: the painting beside the art.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from render_server.cli.console import stages
from render_server.cli.shots import find_shot
from render_server.look_training.study import FRAME, at_frame_scale
from render_server.looks.art import read_art
from render_server.looks.registry import Look, load_look, read_look
from render_server.memory import ready_for_torch
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.quality.pictures import beside, header
from render_server.video_models.base import Guides, ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.messages import Recipe

OFFSETS = range(1, 8)
EDGE = 16  # pixels at a picture's border that are left out
CROP = (128, 192)  # rows and columns of what is shown at 200 %
FRAMES = 48


@dataclass(frozen=True)
class Row:
    """One look. Differences are means in sRGB, 0..1."""

    look: str
    shifted: float  # a frame painted elsewhere on the screen, against itself
    moved: float  # a frame moved by as much, against itself: what marks on the screen would give
    grid: float  # detail that repeats every 8 pixels, 1 is what chance gives


def alone(painter: Painter, guides: Guides, down: int, right: int) -> Tensor:
    """A frame's picture (3, H, W) 0..1 without memory, from its guides without their first rows and columns."""
    channels = torch.from_numpy(guides.channels)[down:, right:].permute(2, 0, 1)[None]
    motion = torch.from_numpy(guides.motion_backward)[down:, right:].permute(2, 0, 1)[None]
    visible = torch.ones(1, 1, *channels.shape[-2:])
    pixels: Tensor = painter.pipeline(channels, motion, visible, None, 0, painter.inks)[0].float() / 255
    return pixels


def shift_test(painter: Painter, guides: Guides) -> tuple[float, float]:
    """Mean differences: painted elsewhere on the screen; only moved there."""
    still, inner = alone(painter, guides, 0, 0), (slice(None), slice(EDGE, -EDGE), slice(EDGE, -EDGE))
    shifted, moved = [], []
    for offset in OFFSETS:
        again = alone(painter, guides, offset, offset)
        same = still[:, offset:, offset:]
        shifted.append(float((again - same)[inner].abs().mean()))
        moved.append(float((still[:, :-offset, :-offset] - same)[inner].abs().mean()))
    return float(np.mean(shifted)), float(np.mean(moved))


def grid(frames: list[UInt8]) -> float:
    """Detail that repeats every 8 pixels of the screen, relative to that every 7 and 9 pixels, which nothing in the network makes."""
    found = {}
    for period in (7, 8, 9):
        energy = []
        for frame in frames:
            light = frame.astype(np.float64).mean(axis=2)
            detail = light - (np.roll(light, 1, 0) + np.roll(light, -1, 0) + np.roll(light, 1, 1) + np.roll(light, -1, 1)) / 4
            rows, columns = (side // period * period for side in detail.shape)
            folded = detail[:rows, :columns].reshape(rows // period, period, columns // period, period).mean(axis=(0, 2))
            energy.append(float((folded**2).mean()))
        found[period] = float(np.mean(energy))
    return found[8] / (0.5 * (found[7] + found[9]))


def crops(look: Look, frame: UInt8) -> UInt8:
    """Two parts of a painted frame and two of the art, at 200 %."""
    art = at_frame_scale(read_art(look.folder)[0])
    parts = [_part(picture, y, x) for picture in (frame, art) for y, x in ((0.3, 0.25), (0.62, 0.66))]
    labels = [look.title, "", "The art", ""]
    return np.vstack([header(labels, [part.shape[1] for part in parts], "200 %"), beside(parts)])


def _part(picture: UInt8, y: float, x: float) -> UInt8:
    top, left = int(y * (picture.shape[0] - CROP[0])), int(x * (picture.shape[1] - CROP[1]))
    return np.ascontiguousarray(picture[top : top + CROP[0], left : left + CROP[1]]).repeat(2, axis=0).repeat(2, axis=1)


def measured(name: str, shot: str, out: Path) -> Row:
    """Paint the shot's first frames in a look and measure."""
    look = read_look(Path(name)) if (Path(name) / "look.json").is_file() else load_look(name)
    with stages() as bars:
        found = find_shot(shot, FRAME, FRAMES, out, bars)
    painter, frames, tests = Painter(look), [], []
    loader = ShotLoader(found.file.shot, found.folder.read_blob, FRAME)
    info = ShotInfo(found.file.shot.id, found.file.shot.first, found.file.shot.last, *FRAME, (), loader.opening(found.file.frames[0]))
    state = painter.start(info, Recipe(look.key))
    for index, (seen, passes) in enumerate(loader.passes(found.file.frames[:FRAMES])):
        guides = painter.guides(state, seen.geometry, passes)
        frames.append(painter.paint(state, [guides])[0].pixels)
        if index % 12 == 0:
            tests.append(shift_test(painter, guides))
    Image.fromarray(crops(look, frames[FRAMES // 2])).save(out / f"crops_{look.file_name}.png")
    shifted, moved = (float(np.mean(column)) for column in zip(*tests, strict=True))
    return Row(look.key, round(shifted, 4), round(moved, 4), round(grid(frames), 3))


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description="Measure whether a look's marks hang on things or on the screen.")
    parser.add_argument("shot")
    parser.add_argument("--look", action="append", required=True, help="a look's name or folder; may be given again")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rows = [measured(name, given.shot, given.out) for name in given.look]
    (given.out / "figures.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    for row in rows:
        print(asdict(row))


if __name__ == "__main__":
    ready_for_torch()
    main()
