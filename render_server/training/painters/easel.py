"""What every painter has before it: one frame's colours, strokes, surfaces and light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render_server.looks.moods import MOODS
from render_server.looks.palette import Palette, PaletteSettings
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.painter.grain import Canvas, canvas_of
from render_server.video_models.painter.lines import draw_lines
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
Triple = tuple[float, float, float]

SUPERSAMPLING = 2  # painters work at this many times the size that is wanted


@dataclass(frozen=True)
class Paintbox:
    """A palette with the paper or ground it is used on and the colour of its lines, both OKLab."""

    palette: PaletteSettings
    ground: Triple
    line: Triple

    def inks(self) -> Float32:
        """Ground and line as the network is told of them, (6,)."""
        return np.array([*self.ground, *self.line], np.float32)


@dataclass(frozen=True)
class Easel:
    """One frame to paint; all pictures have SUPERSAMPLING times the size that is wanted."""

    colours: UInt8  # (H, W, 3) sRGB, lit and in the palette
    channels: Float32  # (H, W, 13) the stroke scaffold; see channels.SCAFFOLD
    canvas: Canvas
    settings: ScaffoldSettings

    @property
    def passes(self) -> Passes:
        """Of the frame."""
        return self.canvas.passes

    @property
    def facing(self) -> Float32:
        """How far each surface turns to the light, (H, W) 0..1."""
        return self.canvas.facing

    @property
    def height(self) -> float:
        """Pixels of the whole picture."""
        return self.canvas.height

    def noise(self, size: float, salt: int) -> Float32:
        """Noise on the surfaces, (H, W) 0..1; size: of its lumps, a share of the picture's height."""
        return self.canvas.noise(size, salt)

    def grain(self) -> tuple[Float32, Float32, Float32]:
        """Broad, wavy and fine grain, as the guides show them to a network too."""
        broad, wavy, fine = (self.noise(size, salt) for salt, size in enumerate(self.settings.grain, start=1))
        return broad, wavy, fine

    def line(self) -> Float32:
        """The pen's lines, as the guides show them to a network too."""
        return draw_lines(self.canvas, self.settings.pen)


Paint = Callable[[Easel, Paintbox], UInt8]


@dataclass(frozen=True)
class Painter:
    """One hand: how it lays strokes, what it paints with, in which light, and how."""

    name: str
    strokes: ScaffoldSettings
    boxes: dict[str, Paintbox]
    moods: tuple[str, ...]  # of moods.MOODS, the favourite first
    paint: Paint = field(repr=False)

    def colours(self, geometry: FrameGeometry, passes: Passes, beauty: UInt8, box: str, mood: str) -> UInt8:
        """The blocking in a mood and a palette, (H, W, 3) sRGB: what strokes and guides take their colours from."""
        return _palette(self.boxes[box].palette).apply(MOODS[mood].on(geometry.view, passes, beauty), passes.object_id)

    def target(
        self, geometry: FrameGeometry, passes: Passes, colours: UInt8, strokes: Scaffold, reference_height: float, box: str, mood: str
    ) -> UInt8:
        """Paint one frame.

        geometry, passes, colours: at SUPERSAMPLING times the size that is wanted; colours as from colours().
        strokes: the shot's scaffold, made with this painter's settings; its seed is the painting's.
        reference_height: the whole picture's height at that larger size.
        """
        facing = MOODS[mood].facing(geometry.view, passes)
        return self.paint_over(geometry, passes, colours, facing, strokes, reference_height, self.boxes[box])

    def paint_over(
        self, geometry: FrameGeometry, passes: Passes, colours: UInt8, facing: Float32, strokes: Scaffold, reference_height: float,
        box: Paintbox,
    ) -> UInt8:  # fmt: skip
        """The same over any colours and in any light; facing: (H, W) 0..1 how far surfaces turn to it."""
        channels = strokes.draw_exact(geometry, passes, colours, reference_height)
        canvas = canvas_of(geometry.view, passes, facing, reference_height, strokes.seed)
        return self.paint(Easel(colours, channels, canvas, strokes.settings), box)


@lru_cache(maxsize=64)
def _palette(settings: PaletteSettings) -> Palette:
    return Palette(asdict(settings))
