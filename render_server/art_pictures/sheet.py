"""The contact sheet of a collection: every piece in use on one picture, each with its title and the colour of what was found."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from render_server.art_pictures.check import Review, Reviewed
from render_server.art_pictures.measure import fitted
from render_server.quality.pictures import BACKGROUND, FAINT, TEXT

COLUMNS, CELL, GAP, MARGIN = 5, (352, 264), 20, 36  # pixels
HEAD, CAPTION = 96, 66
MOST = 200  # pieces on one sheet
TONES = {"stop": (224, 88, 78), "mend": (226, 160, 60), "look": (98, 160, 222), "good": (98, 176, 134)}
WORDS = {"stop": "no training before this", "mend": "better mended", "look": "have a look", "good": "good"}


def contact_sheet(review: Review) -> bytes:
    """The sheet as PNG."""
    pieces = review.pieces[:MOST]
    columns = max(min(COLUMNS, len(pieces)), 3)
    rows = -(-len(pieces) // columns)
    step = (CELL[0] + GAP, CELL[1] + CAPTION)
    sheet = Image.new("RGB", (2 * MARGIN + columns * step[0] - GAP, HEAD + rows * step[1] + MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    _heading(draw, review, sheet.width)
    for index, each in enumerate(pieces):
        _cell(sheet, draw, each, MARGIN + index % columns * step[0], HEAD + index // columns * step[1])
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _heading(draw: ImageDraw.ImageDraw, review: Review, width: int) -> None:
    draw.text((MARGIN, 30), _short(draw, review.manifest.name, width // 2, 30), fill=TEXT, font=_font(30))
    right = width - MARGIN
    for level in reversed(TONES):
        words = f"{sum(each.level == level for each in review.pieces)} {WORDS[level]}"
        right -= round(draw.textlength(words, font=_font(17)))
        draw.text((right, 40), words, fill=FAINT, font=_font(17))
        draw.ellipse((right - 20, 44, right - 8, 56), fill=TONES[level])
        right -= 44


def _cell(sheet: Image.Image, draw: ImageDraw.ImageDraw, each: Reviewed, left: int, top: int) -> None:
    """The picture stands on its cell's lower edge, as on a ledge, with its colours under it."""
    if each.thumbnail:
        with Image.open(io.BytesIO(each.thumbnail), formats=("JPEG",)) as thumbnail:
            small = fitted(thumbnail, *CELL)
        sheet.paste(small, (left, top + CELL[1] - small.height))
    line, x = top + CELL[1] + 5, float(left)
    for colour, share in each.measured.palette if each.measured else ():
        draw.rectangle((round(x), line, round(x + share * CELL[0]), line + 5), fill=colour)
        x += share * CELL[0]
    draw.ellipse((left, line + 17, left + 12, line + 29), fill=TONES[each.level])
    draw.text((left + 20, line + 11), _short(draw, each.piece.title, CELL[0] - 24, 18), fill=TEXT, font=_font(18))


def _short(draw: ImageDraw.ImageDraw, text: str, width: int, size: int) -> str:
    """As much of a text as fits a line; letters that the built-in font lacks are left out."""
    drawn = "".join(letter for letter in text if ord(letter) < 0x250)
    if draw.textlength(drawn, font=_font(size)) <= width:
        return drawn
    while drawn and draw.textlength(drawn + "…", font=_font(size)) > width:
        drawn = drawn[:-1]
    return drawn.rstrip() + "…"


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
