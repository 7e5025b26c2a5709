"""Draws the shelf's icons: `python shelf/draw.py` writes 32 x 32 pixels, and 48 and 64 for high-DPI screens, into shelf/icons.

Maya takes NAME_150.png and NAME_200.png in place of NAME.png where the screen is scaled so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

UNIT = 32  # icons are drawn on a grid of this size
FINE = 16  # pixels a unit before it is made small
SIZES = {"": 32, "_150": 48, "_200": 64}
ICONS = Path(__file__).parent / "icons"

INK, PALE = (236, 233, 226, 255), (150, 152, 156, 255)
OCHRE, RUST, BLUE, GREEN, DARK = (232, 168, 56, 255), (214, 92, 58, 255), (88, 156, 214, 255), (112, 184, 110, 255), (43, 43, 43, 255)
CLEAR = (0, 0, 0, 0)

Point = tuple[float, float]
Colour = tuple[int, int, int, int]


class Sheet:
    """A picture to draw on, in units."""

    def __init__(self) -> None:
        self.picture = Image.new("RGBA", (UNIT * FINE, UNIT * FINE), CLEAR)
        self._pen = ImageDraw.Draw(self.picture)

    def line(self, points: list[Point], width: float, colour: Colour) -> None:
        """A line with round ends and joints."""
        self._pen.line([(x * FINE, y * FINE) for x, y in points], colour, round(width * FINE), "curve")
        for point in points:
            self.dot(point, width / 2, colour)

    def dot(self, centre: Point, radius: float, colour: Colour) -> None:
        """A disc."""
        x, y = centre
        self._pen.ellipse([(x - radius) * FINE, (y - radius) * FINE, (x + radius) * FINE, (y + radius) * FINE], colour)

    def shape(self, points: list[Point], colour: Colour) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], colour)

    def box(
        self, corners: tuple[float, float, float, float], radius: float, fill: Colour | None, line: Colour | None, width: float = 1.6
    ) -> None:
        """A box with round corners."""
        self._pen.rounded_rectangle([each * FINE for each in corners], radius * FINE, fill, line, round(width * FINE))

    def stroke(self, points: list[Point], width: float, colour: Colour) -> None:
        """A brush stroke: full at its beginning, thin at its end, with a dry edge."""
        steps = 60
        for number in range(steps + 1):
            along = number / steps
            x, y = _bezier(points, along)
            self.dot((x, y), width / 2 * (1 - 0.72 * along**1.6), colour)
        for offset, reach in ((-0.26, 1.0), (0.3, 0.86)):
            path = [_bezier(points, 0.3 + 0.07 * n) for n in range(int(10 * reach))]
            self.line([(x + offset * width * 0.6, y + offset * width) for x, y in path[4:]], 0.28, _darker(colour))


def paint_shot() -> Sheet:
    """A strip of film whose frames are painted."""
    sheet = Sheet()
    sheet.box((2.5, 7, 29.5, 25), 2.2, DARK, INK)
    for x in (5.2, 10.6, 16.0, 21.4, 26.8):
        for y in (9.7, 22.3):
            sheet.box((x - 1, y - 0.9, x + 1, y + 0.9), 0.5, INK, None)
    sheet.stroke([(7.3, 18.5), (12, 10.5), (17, 22), (26.5, 13.6)], 5.2, OCHRE)
    return sheet


def paint_frame() -> Sheet:
    """One frame, and a brush that paints in it."""
    sheet = Sheet()
    sheet.box((3, 5, 25, 22.5), 2.2, DARK, INK)
    sheet.stroke([(7.4, 17.6), (10.4, 9.5), (14, 20.5), (20.5, 12.5)], 4.6, RUST)
    _brush(sheet, (19.6, 19.2), (29, 28.4))
    return sheet


def live() -> Sheet:
    """A stroke that goes round, and a light that is on."""
    sheet = Sheet()
    turn = [(16 + 10.2 * math.cos(a), 16 + 10.2 * math.sin(a)) for a in (math.radians(d) for d in range(-52, 212, 6))]
    for number, point in enumerate(turn):
        sheet.dot(point, 1.1 + 1.25 * number / len(turn), GREEN)
    tip, last = turn[0], math.radians(-52)
    forward = (math.sin(last), -math.cos(last))
    side = (math.cos(last), math.sin(last))
    sheet.shape(
        [
            (tip[0] + 5.4 * forward[0], tip[1] + 5.4 * forward[1]),
            (tip[0] + 3.9 * side[0], tip[1] + 3.9 * side[1]),
            (tip[0] - 3.9 * side[0], tip[1] - 3.9 * side[1]),
        ],
        GREEN,
    )
    sheet.dot((16, 16), 4.4, RUST)
    return sheet


def panel() -> Sheet:
    """A window with a picture, sliders, and a strip of thumbnails."""
    sheet = Sheet()
    sheet.box((3, 4, 29, 28), 2.4, DARK, INK)
    sheet.stroke([(7.2, 13.6), (9.5, 6.5), (12.5, 14), (15.6, 9.2)], 3.4, BLUE)
    for y, knob in ((8.8, 25), (13.6, 21.4)):
        sheet.line([(18.6, y), (26, y)], 1.1, PALE)
        sheet.dot((knob, y), 1.7, INK)
    for x, colour in ((6, OCHRE), (13.1, RUST), (20.2, BLUE)):
        sheet.box((x, 19, x + 5.6, 24.6), 1.0, colour, None)
    return sheet


def doctor() -> Sheet:
    """A stethoscope's ear and a tick."""
    sheet = Sheet()
    tube = [(16 + 7.4 * math.cos(a), 11 + 7.4 * math.sin(a)) for a in (math.radians(d) for d in range(0, 181, 6))]
    sheet.line([(23.4, 5), *tube, (8.6, 5)], 2.0, INK)
    for x in (8.6, 23.4):
        sheet.line([(x, 4.6), (x + (1.8 if x < 16 else -1.8), 3.6)], 2.0, INK)
    sheet.line([(16, 18.4), (16, 22), (18.2, 25.4), (21.4, 25.4)], 2.0, INK)
    sheet.dot((24.6, 25.2), 4.6, GREEN)
    sheet.line([(22.4, 25.3), (24.1, 27), (27, 23.5)], 1.4, DARK)
    return sheet


DRAWN: dict[str, Callable[[], Sheet]] = {
    "paintover_shot": paint_shot,
    "paintover_frame": paint_frame,
    "paintover_live": live,
    "paintover_panel": panel,
    "paintover_doctor": doctor,
}


def draw(name: str, side: int) -> Image.Image:
    """One icon at one size."""
    return DRAWN[name]().picture.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    """Write every icon at every size."""
    ICONS.mkdir(exist_ok=True)
    for name in DRAWN:
        for ending, side in SIZES.items():
            draw(name, side).save(ICONS / f"{name}{ending}.png", optimize=True)


def _brush(sheet: Sheet, tip: Point, end: Point) -> None:
    (x0, y0), (x1, y1) = tip, end
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length

    def at(along: float, aside: float) -> Point:
        return (x0 + along * dx - aside * dy, y0 + along * dy + aside * dx)

    sheet.shape([at(-1.2, 0), at(2.4, 1.9), at(4.6, 1.7), at(4.6, -1.7), at(2.4, -1.9)], RUST)
    sheet.shape([at(4.6, 1.8), at(7, 1.5), at(7, -1.5), at(4.6, -1.8)], PALE)
    sheet.line([at(8, 0), at(length, 0)], 2.6, INK)


def _bezier(points: list[Point], t: float) -> Point:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    u = 1 - t
    weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
    xs, ys = (ax, bx, cx, dx), (ay, by, cy, dy)
    return sum(w * x for w, x in zip(weights, xs, strict=True)), sum(w * y for w, y in zip(weights, ys, strict=True))


def _darker(colour: Colour) -> Colour:
    red, green, blue, alpha = colour
    return (red * 3 // 4, green * 3 // 4, blue * 3 // 4, alpha)


if __name__ == "__main__":
    main()
