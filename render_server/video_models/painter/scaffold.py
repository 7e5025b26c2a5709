"""The stroke scaffold: stroke quads fixed to surfaces, drawn as guide channels.

A triangle is halved again and again, in its rest state; every half holds one stroke at a place, and with a rank, that a hash of object,
triangle, half and seed decides. A stroke is drawn where the screen needs more strokes than its rank, and grows from nothing as the
need passes it: so detail comes and goes smoothly with distance, whatever the tessellation, and nothing depends on other frames.
Places and directions are barycentric, so strokes ride deforming meshes exactly.

Drawing finds the topmost stroke at every pixel first and fills the channels once. A stroke only shows on its own object, on surface near
its own plane; a pixel or so of overshoot over what lies behind is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import FrameGeometry, Mesh, Passes
from render_server.video_models.painter.channels import SCAFFOLD
from render_server.video_models.painter.drawing import COLUMNS, Channels, Picture, draw_strokes, fill_channels, gather_colours, stacked
from render_server.video_models.painter.placing import Brush, Screen, Thing, place_strokes, tiles_of
from render_server.video_models.painter.settings import Layer, ScaffoldSettings
from render_server.video_models.painter.surfaces import DOME_RADIUS, Parts, describe, dome

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
UInt8 = NDArray[np.uint8]

MANY_STROKES = 100_000  # memory for more than these is not kept from frame to frame
MOST_STROKES = 400_000
MOST_TOPOLOGIES = 4096


@dataclass
class Scaffold:
    """The strokes of one shot for one seed; what it keeps is only a cache, so frames may be asked for in any order."""

    seed: int
    settings: ScaffoldSettings = field(default_factory=ScaffoldSettings)
    _parts: dict[tuple[int, str], Parts] = field(default_factory=dict, repr=False)

    def draw(self, geometry: FrameGeometry, passes: Passes, beauty: UInt8, reference_height: float = 0.0) -> UInt8:
        """Draw the guide channels of one frame as (H, W, len(SCAFFOLD)) bytes.

        beauty: (H, W, 3) sRGB, where strokes take their colours from.
        reference_height: pixels of the whole picture where this frame is only a window of it; 0 takes the frame's own height.
        """
        out = np.empty((*passes.depth.shape, len(SCAFFOLD)), np.uint8)
        self.draw_into(out, geometry, passes, beauty, reference_height)
        return out

    def draw_into(self, out: UInt8, geometry: FrameGeometry, passes: Passes, beauty: UInt8, reference_height: float = 0.0) -> None:
        """Draw the channels into a part of an array that is there; see draw."""
        self._draw(out, geometry, passes, beauty, reference_height, 255.0, 0.5)

    def draw_exact(self, geometry: FrameGeometry, passes: Passes, beauty: UInt8, reference_height: float = 0.0) -> Float32:
        """The channels as 0..1 numbers; see draw."""
        out = np.empty((*passes.depth.shape, len(SCAFFOLD)), np.float32)
        self._draw(out, geometry, passes, beauty, reference_height, 1.0, 0.0)
        return out

    def _draw(
        self, out: Channels, geometry: FrameGeometry, passes: Passes, beauty: UInt8, reference_height: float, gain: float, rest: float
    ) -> None:
        height = reference_height or float(geometry.view.height)
        picture = _picture(geometry, passes, beauty)
        strokes = self._place(geometry, passes, height)
        strokes = strokes[stacked(strokes, gather_colours(strokes, picture))]
        owner = draw_strokes(strokes, picture, self.settings.overshoot * height, self.settings.bend)
        fill_channels(out, strokes, owner, picture, self.settings.bend, self.settings.bristle, height, gain, rest)

    def _place(self, geometry: FrameGeometry, passes: Passes, height: float) -> Float64:
        """All strokes that this frame may show, as rows of COLUMNS."""
        view = geometry.view
        screen = Screen(view.fx, view.fy, view.cx, view.cy, view.near, float(view.width), float(view.height), height)
        brushes = tuple(_brush(number, layer, self.settings, height) for number, layer in enumerate(self.settings.layers))
        visible = np.flatnonzero(np.bincount(passes.object_id.ravel()))
        rows = np.zeros(int(visible.max()) + 1, np.int32)
        rows[visible] = np.arange(len(visible))
        tiles = dict(zip(visible.tolist(), tiles_of(passes.object_id, rows, len(visible)), strict=True))
        things = [self._thing(mesh, tiles[mesh.object_id]) for mesh in (_background(geometry), *geometry.meshes) if mesh.object_id in tiles]
        for room in (MANY_STROKES, MOST_STROKES):
            out, count = np.empty((room, len(COLUMNS))), 0
            for thing in things:
                count = place_strokes(out, count, thing, self.seed, view.world_to_camera, screen, brushes)
            if count < room:
                break
        return out[:count]

    def _thing(self, mesh: Mesh, present: NDArray[np.bool_]) -> Thing:
        parts = self._parts_of(mesh)
        return Thing(
            np.ascontiguousarray(mesh.points, dtype=np.float64), parts.rest, np.ascontiguousarray(mesh.triangles, dtype=np.int32),
            parts.axis, parts.thickness, parts.closed, mesh.object_id == 0, mesh.object_id, present,
        )  # fmt: skip

    def _parts_of(self, mesh: Mesh) -> Parts:
        key = (mesh.object_id, mesh.topology)
        parts = self._parts.get(key)
        if parts is None:
            if len(self._parts) >= MOST_TOPOLOGIES:  # a mesh that changes with every frame must not fill the memory
                self._parts.clear()
            parts = self._parts[key] = describe(mesh)
        return parts


def _picture(geometry: FrameGeometry, passes: Passes, beauty: UInt8) -> Picture:
    view = geometry.view
    depth = np.where(np.isfinite(passes.depth), passes.depth, np.float32(1e9)).astype(np.float32)
    return Picture(passes.object_id, depth, passes.normal, np.ascontiguousarray(beauty), view.fx, view.fy, view.cx, view.cy)


def _brush(number: int, layer: Layer, settings: ScaffoldSettings, height: float) -> Brush:
    """A layer in pixels."""
    return Brush(
        number, layer.length * height, layer.width * height, layer.coverage, layer.dry, layer.jitter,
        settings.swirl, settings.swirl_size, settings.figure, settings.far,
    )  # fmt: skip


def _background(geometry: FrameGeometry) -> Mesh:
    """A dome around the camera that never comes nearer: what is far behind everything."""
    directions, triangles = dome()
    turn = geometry.view.world_to_camera
    eye = -turn[3, :3] @ np.linalg.inv(turn[:3, :3])
    points = directions * DOME_RADIUS + eye
    colours = np.zeros((len(triangles), 3), np.uint8)
    return Mesh("background", 0, points, triangles, colours, (directions * 10).astype(np.float32), "dome")
