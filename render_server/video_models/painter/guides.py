"""What the network is fed beside its previous frame: one byte array, a pure function of the frame, its passes, the look and the seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.painter.channels import GUIDES, SCAFFOLD, STRUCTURE
from render_server.video_models.painter.grain import canvas_of
from render_server.video_models.painter.lines import draw_lines
from render_server.video_models.painter.scaffold import Scaffold, as_bytes

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]

HALFWAY = 4.0  # metres at which nearness is 0.5; fixed, so that depth never rescales within a shot


def make_channels(
    geometry: FrameGeometry, passes: Passes, colours: UInt8, facing: Float32, strokes: Scaffold, reference_height: float = 0.0
) -> UInt8:
    """The guide channels of one frame as (H, W, GUIDES) bytes, in the order of channels.py.

    colours: (H, W, 3) sRGB: the beauty in the look's light and palette; facing: (H, W) 0..1 how far surfaces turn to that light.
    reference_height: pixels of the whole picture where this frame is only a window of it; 0 takes the frame's own height.
    """
    height, width = passes.depth.shape
    out = np.zeros((height, width, GUIDES), np.uint8)
    out[..., :3] = colours
    out[..., 3] = np.rint(255.0 / (1.0 + np.maximum(passes.depth, 0.0) / HALFWAY))
    out[..., 4:7] = np.rint((passes.normal * 0.5 + 0.5) * 255.0)
    out[..., 7] = edges(passes) * np.uint8(255)
    out[..., 8] = as_bytes(facing)
    marks = len(STRUCTURE) + len(SCAFFOLD)
    out[..., len(STRUCTURE) : marks] = strokes.draw(geometry, passes, colours, reference_height)
    canvas = canvas_of(geometry.view, passes, facing, reference_height or float(height), strokes.seed)
    for k, size in enumerate(strokes.settings.grain):
        out[..., marks + k] = as_bytes(canvas.noise(size, salt=k + 1))
    out[..., marks + 3] = as_bytes(draw_lines(canvas, strokes.settings.pen))
    return out


def edges(passes: Passes) -> NDArray[np.bool_]:
    """True at pixels whose right or lower neighbour is another object."""
    ids = passes.object_id
    out = np.zeros(ids.shape, np.bool_)
    out[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    out[:-1] |= ids[:-1] != ids[1:]
    return out
