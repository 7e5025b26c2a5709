"""What every painter has before it: one frame's colours, strokes, surfaces and light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from render_server.looks.palette import Palette, PaletteSettings
from render_server.passes.compiled import compiled
from render_server.passes.geometry import FrameGeometry, Passes, View
from render_server.training.painters.moods import MOODS
from render_server.training.painters.noise import noise_picture
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import ScaffoldSettings

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Paintbox:
    """A palette with the paper or ground it is used on and the colour of its lines, both OKLab."""

    palette: PaletteSettings
    ground: Triple
    line: Triple


@dataclass(frozen=True)
class Easel:
    """One frame to paint; all pictures have SUPERSAMPLING times the size that is wanted."""

    colours: UInt8  # (H, W, 3) sRGB, lit and in the palette
    channels: Float32  # (H, W, 13) the stroke scaffold; see scaffold.CHANNELS
    passes: Passes
    anchors: Float32  # (H, W, 3) where each pixel's surface rests, metres; of the sky, its direction times 10
    metres: Float32  # (H, W) what a pixel spans on its surface
    facing: Float32  # (H, W) 0..1 how far the surface turns to the light
    lens: Float64  # fx, fy, cx, cy
    height: float  # of the whole picture, pixels
    seed: int

    def noise(self, size: float, salt: int) -> Float32:
        """Noise on the surfaces, (H, W) 0..1; size: of its lumps, a share of the picture's height."""
        return noise_picture(self.anchors, self.passes.object_id, self.metres, size * self.height, self.seed * 31 + salt * 1000003)


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
        channels = strokes.draw_exact(geometry, passes, colours, reference_height)
        view = geometry.view
        anchors, metres = anchor(view, passes)
        facing, lens = MOODS[mood].facing(view, passes), np.array([view.fx, view.fy, view.cx, view.cy])
        easel = Easel(colours, channels, passes, anchors, metres, facing, lens, reference_height, strokes.seed)
        return self.paint(easel, self.boxes[box])


@lru_cache(maxsize=64)
def _palette(settings: PaletteSettings) -> Palette:
    return Palette(asdict(settings))


def anchor(view: View, passes: Passes) -> tuple[Float32, Float32]:
    """Where each pixel's surface rests, (H, W, 3), and how many metres a pixel spans there, (H, W)."""
    lens = np.array([view.fx, view.fy, view.cx, view.cy])
    turn = np.ascontiguousarray(view.world_to_camera[:3, :3])
    return _anchor(passes.rest_position, passes.depth, passes.normal, passes.object_id, turn, lens)


@compiled
def _anchor(rest: Float32, depth: Float32, normal: Float32, ids: UInt16, turn: Float64, lens: Float64) -> tuple[Float32, Float32]:
    height, width = ids.shape
    anchors, metres = rest.copy(), np.empty((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            rx, ry = (x + 0.5 - lens[2]) / lens[0], (lens[3] - y - 0.5) / lens[1]
            length = np.sqrt(rx * rx + ry * ry + 1.0)
            if ids[y, x] == 0:
                metres[y, x] = 10.0 / lens[0]
                for k in range(3):
                    anchors[y, x, k] = 10.0 * (rx * turn[k, 0] + ry * turn[k, 1] - turn[k, 2]) / length
                continue
            n = normal[y, x]
            slant = max(0.12, abs(n[0] * rx + n[1] * ry - n[2]) / length)
            metres[y, x] = depth[y, x] / lens[0] / slant**0.6
    return anchors, metres
