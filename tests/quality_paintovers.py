"""Does a look that was trained from three painted-over frames paint as their painter does, better than any look that ships?

python -m tests.quality_paintovers --out out/paintovers [--steps 600]

The painter is the guest, whom no shipped look has learned from; his strokes lie elsewhere than those of any look. His frames go the whole
road: exported template, painted layer, import with its checks, exact pairs, training, installing. Then the demo is painted by the new look
and by those that ship, and frames well away from the painted ones are held against what the guest makes of them.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from render_server.art.manifest import Rights
from render_server.cli.console import stages
from render_server.cli.paintover_look import Painted, train_on_paintovers
from render_server.cli.train import Order, Screen
from render_server.look_training.openraster import flattened, openraster
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.taking_back import take_back
from render_server.look_training.template import export_template, frames_of_look, template_layers
from render_server.looks.plan import LookPlan
from render_server.looks.registry import OWN_LOOKS, Look, list_looks, load_look
from render_server.memory import ready_for_torch
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.quality.colour import to_oklab
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.pictures import beside, header
from render_server.quality.reference import LEVELS, Reference, reference
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.files import write_whole
from shot_format.messages import Recipe
from tests.look_training.studio import demo, guest_paints

PAINTED = (1012, 1044, 1076)
FRAMES, AWAY, EVERY = 96, 8, 5  # held-out frames lie so far from painted ones, and so far apart
RIGHTS = Rights(artist="the guest painter of this repository", owner="the Paintover authors", licence="Apache-2.0", consent="own work")


@dataclass(frozen=True)
class Row:
    """One look on the held-out frames, means. l1: sRGB 0..1; texture, palette: 1 is the blocking's own distance to the guest's frames;
    sharpness: relative to the guest's."""

    look: str
    l1: float
    texture: float
    palette: float
    sharpness: float


def held_out(shot: OpenShot) -> list[int]:
    """Frames that are measured."""
    far = [frame.number for frame in shot.file.frames if min(abs(frame.number - number) for number in PAINTED) >= AWAY]
    return far[::EVERY]


def paint_over(shot: OpenShot, folder: Path, size: tuple[int, int]) -> None:
    """Export the template, and save the guest's paint into its layered files as a painting program would."""
    template = export_template(shot, PAINTED, folder, size)
    for frame in template.frames:
        layers = template_layers(shot, frame.number, size, None)
        picture = guest_paints(shot, frame.number, size)
        paint = replace(layers[-1], pixels=np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]))
        (folder / frame.files[0].name).write_bytes(openraster([*layers[:-1], paint]))


def painted_by(look: Look, shot: OpenShot, size: tuple[int, int]) -> Iterator[tuple[int, UInt8]]:
    """The shot, frame by frame, with memory."""
    loader, head, painter = ShotLoader(shot.file.shot, shot.read_blob, size), shot.file.shot, Painter(look)
    info = ShotInfo(head.id, head.first, head.last, *size, head.cuts, loader.opening(shot.file.frames[0]))
    state = painter.start(info, Recipe(look.key))
    for seen, passes in loader.passes(shot.file.frames, causal=True):
        [frame] = painter.paint(state, [painter.guides(state, seen.geometry, passes)])
        yield frame.number, frame.pixels


def row(name: str, pictures: Sequence[UInt8], targets: Sequence[UInt8], art: Reference, unit: tuple[float, float]) -> Row:
    """Measure a look's frames; unit: the blocking's texture and palette distance."""
    l1 = [float(np.abs(one.astype(np.float64) - other).mean() / 255) for one, other in zip(pictures, targets, strict=True)]
    texture, palette = distances(pictures, art)
    sharpness = float(np.mean([mean_gradient(to_oklab(picture)) for picture in pictures])) / art.sharpness
    return Row(name, float(np.mean(l1)), texture / unit[0], palette / unit[1], sharpness)


def distances(pictures: Sequence[UInt8], art: Reference) -> tuple[float, float]:
    """Mean texture and palette distance to the guest's frames."""
    labs = [to_oklab(picture) for picture in pictures]
    texture = [art.texture_distance(bands(lab, blur(lab), LEVELS), seed) for seed, lab in enumerate(labs)]
    return float(np.mean(texture)), float(np.mean([art.palette_distance(lab) for lab in labs]))


def sheet(rows: Sequence[Sequence[UInt8]], labels: Sequence[str]) -> UInt8:
    """Held-out frames below each other: the guest, the new look, the best that ships."""
    width = rows[0][0].shape[1]
    lines = [beside(list(pictures)) for pictures in rows]
    return np.vstack([header(list(labels), [width] * len(labels), ""), *lines])


def layers_sheet(shot: OpenShot, size: tuple[int, int]) -> UInt8:
    """What a template holds, and what the guest makes of it: for the page of paintovers."""
    number, look = PAINTED[1], load_look("oil@1")
    layers = template_layers(shot, number, size, look, frames_of_look(shot, look, [number], size)[number])
    white = replace(layers[0], pixels=np.full((size[1], size[0], 3), 255, np.uint8))
    shown = [np.asarray(flattened([white, replace(layer, hidden=False)]).convert("RGB")) for layer in layers[:-1]]
    pictures = [*shown, guest_paints(shot, number, size)]
    labels = [layer.name for layer in layers[:-1]] + ["painted over"]
    rows = [
        np.vstack([header(labels[k : k + 3], [size[0]] * 3, str(number) if not k else ""), beside(pictures[k : k + 3])]) for k in (0, 3)
    ]
    return np.vstack(rows)


def train(shot: OpenShot, out: Path, size: tuple[int, int], plan: LookPlan) -> Look:
    """The whole road from the template to an installed look."""
    folder = out / "template"
    if not (folder / "paintovers.json").exists():
        paint_over(shot, folder, size)
    back = take_back(shot, folder)
    for painting in back.paintings:
        assert np.array_equal(painting.pixels, guest_paints(shot, painting.number, size)), "the import changed a pixel"
        print(f"frame {painting.number}: {painting.name} {'; '.join(painting.remarks)}")
    order = Order(plan, "guest", (), None, "the bench", out / "training", out / "data")
    with stages() as bars:
        look = train_on_paintovers(order, Painted(shot, back, RIGHTS, size), bars, Screen(bars, threading.Event()))
    assert look is not None
    return look


def main() -> None:
    """Read the command line, train, paint, measure."""
    parser = argparse.ArgumentParser(description="Train a look from three painted-over frames of the demo, and measure it.")
    parser.add_argument("--out", type=Path, default=Path("out/paintovers"))
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pictures", type=Path, help="a folder for small pictures of the page, like docs/pictures/paintovers")
    parser.add_argument("--size", type=int, nargs=2, default=(512, 288))
    given = parser.parse_args()
    ready_for_torch()
    size, began = (given.size[0], given.size[1]), time.monotonic()
    shot = demo(FRAMES, size)
    every = max(50, given.steps // 6)
    plan = LookPlan("guest", "Guest", "Three painted frames.", given.seed, given.steps, preview_every=every, device=given.device)
    look = train(shot, given.out, size, plan)
    minutes = (time.monotonic() - began) / 60
    numbers = held_out(shot)
    targets = [guest_paints(shot, number, size) for number in numbers]
    art = reference(targets, *size)
    blocking = [ShotLoader(shot.file.shot, shot.read_blob, size).opening(shot.frame(number))[1].beauty for number in numbers]
    unit = distances(blocking, art)
    shown: dict[str, list[UInt8]] = {}
    rows = [row("the blocking", blocking, targets, art, unit), row("the guest himself", targets, targets, art, unit)]
    for each in (look, *list_looks([OWN_LOOKS])):
        shown[each.key] = [pixels for number, pixels in painted_by(each, shot, size) if number in numbers]
        rows.append(row(each.key, shown[each.key], targets, art, unit))
        print(rows[-1], flush=True)
    if given.pictures:
        small_picture(given.pictures / "layers.jpg", layers_sheet(shot, size))
    report(given.out, rows, shown, targets, look.key, f"{given.steps} steps, {minutes:.1f} minutes, {size[0]}x{size[1]}", numbers)
    if given.pictures:
        small_picture(given.pictures / "sheet.jpg", np.asarray(Image.open(given.out / "sheet.png")))


def small_picture(path: Path, picture: UInt8) -> None:
    """A picture for a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(picture)
    image.thumbnail((1400, 1400), Image.Resampling.LANCZOS)
    image.save(path, quality=84, optimize=True)


def report(
    out: Path, rows: list[Row], shown: dict[str, list[UInt8]], targets: list[UInt8], key: str, told: str, numbers: list[int]
) -> None:
    """Print the table; write it, and the sheet, into the folder."""
    new, shipped = next(each for each in rows if each.look == key), [each for each in rows if each.look in shown and each.look != key]
    best, closest = min(shipped, key=lambda each: each.texture), min(shipped, key=lambda each: each.l1)
    lines = [f"{len(numbers)} held-out frames of the demo; {told}", "", "| look | L1 | texture | palette | sharpness |", "| --- " * 5 + "|"]
    lines += [f"| {each.look} | {each.l1:.4f} | {each.texture:.3f} | {each.palette:.3f} | {each.sharpness:.2f} |" for each in rows]
    better = new.l1 < min(each.l1 for each in shipped) and new.texture < best.texture
    lines += ["", f"Better than every shipped look, by L1 and by texture distance: {'yes' if better else 'no'}."]
    print("\n".join(lines))
    write_whole(out / "table.md", ("\n".join(lines) + "\n").encode())
    write_whole(out / "figures.json", (json.dumps([vars(each) for each in rows], indent=1) + "\n").encode())
    chosen = [len(numbers) // 6, len(numbers) // 2, len(numbers) - 1]
    columns = {"Painted by the guest": targets, f"{key}, from three other frames": shown[key]}
    columns |= {f"{best.look}, nearest by texture": shown[best.look], f"{closest.look}, nearest by L1": shown[closest.look]}
    picture = sheet([[pictures[k] for pictures in columns.values()] for k in chosen], list(columns))
    Image.fromarray(picture).save(out / "sheet.png")


if __name__ == "__main__":
    main()
