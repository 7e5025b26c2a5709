"""A rehearsal before the first job: what is compiled or loaded at first use is then there when somebody waits."""

from __future__ import annotations

import numpy as np

from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, Mesh, View
from render_server.passes.raster import rasterise
from render_server.video_models.base import ShotInfo, VideoModel
from shot_format.messages import Recipe

SIDE = 64  # pixels
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], np.int32)
CORNERS = np.array([[0.0, 1.0, 0.0], [-1.0, -1.0, 1.0], [1.0, -1.0, 1.0], [0.0, -1.0, -1.0]])


def rehearse(model: VideoModel, look: str) -> None:
    """Paint two frames of a small scene and throw them away."""
    state = model.start(ShotInfo("rehearsal", 1, 2, SIDE, SIDE), Recipe(look))
    before = None
    for number in (1, 2):
        seen = rasterise(_frame(number))
        passes = passes_of(before, seen, None)
        model.paint(state, [model.guides(state, seen.geometry, passes)])
        before = seen


def _frame(number: int) -> FrameGeometry:
    turned = np.eye(4)
    turned[3] = [0.02 * number, 0.0, -4.0, 1.0]
    view = View(turned, SIDE, SIDE, SIDE / 2, SIDE / 2, near=0.1, far=100.0, width=SIDE, height=SIDE)
    colours = np.full((len(FACES), 3), 128, np.uint8)
    return FrameGeometry(number, view, (Mesh("thing", 1, CORNERS, FACES, colours, CORNERS.astype(np.float32), "thing"),))
