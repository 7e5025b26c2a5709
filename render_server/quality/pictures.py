"""Pictures for people: the contact sheet, the mosaic of passes, and frames side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render_server.passes.geometry import Passes, UInt8
from render_server.quality.colourmaps import depth_colours, id_colours, motion_colours, normal_colours

BACKGROUND = (30, 31, 34)
TEXT = (214, 215, 218)
FAINT = (140, 142, 148)
GAP = 8  # pixels between pictures
HEADER = 30  # pixels above the panels of a movie
SHEET_WIDTH = 1840  # pixels, about
FULL_MOTION = 1 / 40  # of the frame's height in one frame: the speed with the full colour


@dataclass(frozen=True)
class Pair:
    """A frame as the artist made it and as it was painted; both (H, W, 3) sRGB of one size."""

    number: int
    blocking: UInt8
    painted: UInt8


def contact_sheet(title: str, pairs: Sequence[Pair], columns: int = 4) -> UInt8:
    """Lay out pairs in rows, blocking above painted, each with its frame number. All pairs have one size."""
    columns = min(columns, len(pairs))
    rows = -(-len(pairs) // columns)
    height, width = pairs[0].painted.shape[:2]
    cell_width = (SHEET_WIDTH - 2 * GAP) // max(columns, 3)
    cell_height = round(cell_width * height / width)
    margin, caption, top = 3 * GAP, 32, 76
    step_down = 2 * cell_height + caption + 2 * GAP
    sheet = Image.new("RGB", (2 * margin + columns * (cell_width + GAP) - GAP, top + rows * step_down + margin - GAP), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((margin, 24), " ".join(title.split()), fill=TEXT, font=_font(26))
    for index, pair in enumerate(pairs):
        x, y = margin + index % columns * (cell_width + GAP), top + index // columns * step_down
        sheet.paste(_resized(pair.blocking, cell_width, cell_height), (x, y))
        sheet.paste(_resized(pair.painted, cell_width, cell_height), (x, y + cell_height + 2))
        draw.text((x, y + 2 * cell_height + 7), str(pair.number), fill=FAINT, font=_font(20))
    return np.asarray(sheet)


def passes_mosaic(passes: Passes, span: tuple[float, float]) -> UInt8:
    """Depth, normals, ids and motion as four quarters of one picture of the passes' size. span: the shot's depth, in metres."""
    height, width = passes.object_id.shape
    motion = motion_colours(passes.motion_backward[::2, ::2], height * FULL_MOTION)
    quarters = [
        [depth_colours(passes.depth[::2, ::2], span), normal_colours(passes.normal[::2, ::2])],
        [id_colours(passes.object_id[::2, ::2]), motion],
    ]
    return np.vstack([np.hstack(row) for row in quarters])[:height, :width]


def beside(panels: Sequence[UInt8], gap: int = GAP) -> UInt8:
    """Set pictures of one height side by side on the background."""
    height = panels[0].shape[0]
    space = np.full((height, gap, 3), BACKGROUND, np.uint8)
    strips = [strip for panel in panels for strip in (panel, space)]
    return np.hstack(strips[:-1])


def header(labels: Sequence[str], widths: Sequence[int], note: str, gap: int = GAP) -> UInt8:
    """A strip (HEADER, W, 3) with a label above each panel and a note at the right end."""
    strip = Image.new("RGB", (sum(widths) + gap * (len(widths) - 1), HEADER), BACKGROUND)
    draw, font = ImageDraw.Draw(strip), _font(15)
    x = 0
    for label, width in zip(labels, widths, strict=True):
        draw.text((x + gap, 6), label, fill=TEXT, font=font)
        x += width + gap
    draw.text((strip.width - gap - draw.textlength(note, font=font), 6), note, fill=FAINT, font=font)
    return np.asarray(strip)


def fitted(picture: UInt8, width: int, height: int) -> UInt8:
    """Scale a picture to a size, where it has another."""
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(_resized(picture, width, height))


def _resized(picture: UInt8, width: int, height: int) -> Image.Image:
    return Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
