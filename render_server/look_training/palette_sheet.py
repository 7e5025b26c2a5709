"""The palette of a look as an artist sees it: the colours of a frame's objects beside the look's art, and the script to change them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from render_server.look_training.feeding import easel_for
from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.study import colours_of
from render_server.looks.art import read_art
from render_server.looks.colour_script import ColourScript, Line
from render_server.looks.palette import from_oklab, to_oklab
from render_server.looks.registry import Look
from render_server.passes.geometry import UInt8
from render_server.quality.pictures import BACKGROUND, FAINT, TEXT, fitted
from render_server.video_models.painter.recolour import Recolour
from shot_format.messages import ColourKey

MOST = 40  # objects, the largest of a frame
MAIN = 8  # colours of a picture
WIDE = 960  # pixels; larger frames are looked at in this width
LEAST = 64  # pixels a side, which the painter needs
WIDTH, MARGIN, GAP = 1600, 28, 14
BAR, ROW, SWATCH = 44, 44, 66

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """An object in a frame: mean colours, OKLab (3,), as captured, as the look gives it, and as the script then has it."""

    name: str
    share: float  # of the picture
    blocking: Float
    given: Float
    wanted: Float


@dataclass(frozen=True)
class Palettes:
    """A frame as captured, in the look's colours, and in the script's, (H, W, 3) each; its objects, the largest first; the look's art."""

    title: str
    pictures: tuple[UInt8, UInt8, UInt8]
    objects: tuple[Seen, ...]
    art: tuple[UInt8, ...]
    scripted: bool


def see_palette(shot: OpenShot, look: Look, number: int, keys: Sequence[ColourKey] | None = None) -> Palettes:
    """Look at one frame. keys: of a colour script. Raises MissingError ("paintover-no-frame") and what reading the shot raises."""
    frame, head = shot.frame(number), shot.file.shot
    easel = easel_for(shot, look, _size(head.width, head.height), number)
    geometry, passes = easel.loader.opening(frame)
    given = easel.feeder.colours(easel.state, geometry, passes)
    pictures = passes.beauty, given, Recolour.of(keys).on(given, geometry, passes.object_id)
    names = {mesh.object_id: mesh.name for mesh in head.meshes}
    labs = [to_oklab(picture / 255.0) for picture in pictures]
    masks: dict[str, NDArray[np.bool_]] = {}
    for object_id in np.unique(passes.object_id):
        if name := names.get(int(object_id)):  # a script knows objects by their names, so those of one name are one
            masks[name] = masks.get(name, False) | (passes.object_id == object_id)
    seen = [Seen(name, float(mask.mean()), *(lab[mask].mean(axis=0) for lab in labs)) for name, mask in masks.items()]
    seen.sort(key=lambda each: (-each.share, each.name))
    more = f": the {MOST} largest of {len(seen)} objects" if len(seen) > MOST else ""
    title = f"{head.name}, frame {number}, in {look.key}{more}"
    return Palettes(title, pictures, tuple(seen[:MOST]), read_art(look.folder), keys is not None)


def script_of(palettes: Palettes, shot: OpenShot, look: Look, number: int) -> ColourScript:
    """The script that changes nothing: every object is to be what it is."""
    lines = []
    for each in palettes.objects:
        given = hex_of(each.given)
        lines.append(Line(each.name, given, given, None, hex_of(each.blocking), round(each.share, 4)))
    return ColourScript(shot.file.shot.name, look.key, number, tuple(lines))


def hex_of(lab: Float) -> str:
    """An OKLab colour as "#rrggbb"; what no screen shows is brought to what it does."""
    return "#" + bytes(np.rint(np.clip(from_oklab(lab), 0, 1) * 255).astype(np.uint8)).hex()


def _size(width: int, height: int) -> tuple[int, int]:
    """A frame's size as it is looked at."""
    factor = max(min(1.0, WIDE / width), LEAST / min(width, height))
    return round(width * factor), round(height * factor)


def draw_palette(palettes: Palettes) -> UInt8:
    """The sheet: pictures, the main colours of each and of the art as bars, and a pair of swatches an object."""
    labels = ["blocking", "the look", *(["the script"] if palettes.scripted else [])]
    pictures = palettes.pictures[: len(labels)]
    width = (WIDTH - 2 * MARGIN - (len(labels) - 1) * GAP) // len(labels)
    height = round(width * pictures[0].shape[0] / pictures[0].shape[1])
    bars = [*zip(labels, ([picture] for picture in pictures), strict=True), *([("its art", list(palettes.art))] if palettes.art else [])]
    rows = -(-len(palettes.objects) // 2)
    top = 84 + height + 40 + len(bars) * (BAR + 6) + 46
    sheet = Image.new("RGB", (WIDTH, top + rows * ROW + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 26), _fitting(draw, palettes.title, 28, WIDTH - 2 * MARGIN), fill=TEXT, font=_font(28))
    for index, (label, picture) in enumerate(zip(labels, pictures, strict=True)):
        left = MARGIN + index * (width + GAP)
        sheet.paste(Image.fromarray(fitted(picture, width, height)), (left, 84))
        draw.text((left, 84 + height + 7), label, fill=FAINT, font=_font(18))
    for index, (label, shown) in enumerate(bars):
        _bar(draw, 84 + height + 40 + index * (BAR + 6), label, shown)
    for index, each in enumerate(palettes.objects):
        left = MARGIN + index // rows * ((WIDTH - 2 * MARGIN + GAP) // 2)
        _object(draw, left, top + index % rows * ROW, each, len(labels))
    return np.asarray(sheet)


def _bar(draw: ImageDraw.ImageDraw, top: int, label: str, pictures: Sequence[UInt8]) -> None:
    """The main colours of pictures, darkest first, each as wide as its share."""
    colours, shares = colours_of(pictures, MAIN)
    left = MARGIN + 110
    edges = left + np.rint(np.concatenate([[0.0], np.cumsum(shares)]) * (WIDTH - MARGIN - left)).astype(int)
    draw.text((MARGIN, top + 11), label, fill=FAINT, font=_font(18))
    for colour, start, end in zip(colours, edges[:-1], edges[1:], strict=True):
        if end > start:
            draw.rectangle((int(start), top, int(end) - 1, top + BAR - 1), fill=hex_of(colour))


def _object(draw: ImageDraw.ImageDraw, left: int, top: int, seen: Seen, count: int) -> None:
    """Swatches side by side, the name, the last swatch's colour in figures, and the share of the picture."""
    for index, colour in enumerate((seen.blocking, seen.given, seen.wanted)[:count]):
        draw.rectangle((left + index * SWATCH, top, left + (index + 1) * SWATCH - 1, top + ROW - 9), fill=hex_of(colour))
    start, end = left + count * SWATCH + 12, left + (WIDTH - 2 * MARGIN - GAP) // 2
    share = f"{100 * seen.share:.1f} %" if seen.share >= 0.0005 else "< 0.1 %"
    figures = f"{hex_of((seen.blocking, seen.given, seen.wanted)[count - 1])}   {share}"
    room = end - 170 - start
    draw.text((start, top + 8), _fitting(draw, seen.name, 18, room), fill=TEXT, font=_font(18))
    draw.text((end - draw.textlength(figures, font=_font(16)), top + 9), figures, fill=FAINT, font=_font(16))


def _fitting(draw: ImageDraw.ImageDraw, text: str, size: int, room: float) -> str:
    """A text in one line; of a long one its end, where names differ."""
    text = " ".join(text.split())
    if draw.textlength(text, font=_font(size)) <= room:
        return text
    while text and draw.textlength("..." + text, font=_font(size)) > room:
        text = text[1:]
    return "..." + text


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
