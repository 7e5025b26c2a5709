"""What the network is fed beside its previous frame: one byte array, a pure function of the frame, its passes, the look and the seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render_server.passes.compiled import compiled
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.painter.channels import GUIDES, SCAFFOLD, STRUCTURE
from render_server.video_models.painter.grain import canvas_of
from render_server.video_models.painter.lines import draw_lines
from render_server.video_models.painter.scaffold import Scaffold

Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]

HALFWAY = np.float32(4)  # metres at which nearness is 0.5; fixed, so that depth never rescales within a shot
ZERO, HALF, ONE, FULL = np.float32(0), np.float32(0.5), np.float32(1), np.float32(255)


def make_channels(
    geometry: FrameGeometry, passes: Passes, colours: UInt8, facing: Float32, strokes: Scaffold, reference_height: float = 0.0
) -> UInt8:
    """The guide channels of one frame as (H, W, GUIDES) bytes, in the order of channels.py.

    colours: (H, W, 3) sRGB: the beauty in the look's light and palette; facing: (H, W) 0..1 how far surfaces turn to that light.
    reference_height: pixels of the whole picture where this frame is only a window of it; 0 takes the frame's own height.
    """
    height, width = passes.depth.shape
    out = np.empty((height, width, GUIDES), np.uint8)
    _structure(colours, passes.depth, passes.normal, passes.object_id, facing, out)
    marks = len(STRUCTURE) + len(SCAFFOLD)
    strokes.draw_into(out[..., len(STRUCTURE) : marks], geometry, passes, colours, reference_height)
    canvas = canvas_of(geometry.view, passes, facing, reference_height or float(height), strokes.seed)
    for k, size in enumerate(strokes.settings.grain):
        _put(canvas.noise(size, salt=k + 1), out, marks + k)
    _put(draw_lines(canvas, strokes.settings.pen), out, marks + 3)
    return out


def unseen(occlusion: UInt8, strokes: Scaffold, reference_height: float = 0.0) -> UInt8:
    """Where the frame before is of no use, (H, W) 1 or 0: what it did not show, and what lies as near to that as the look's pen says.

    A line along a silhouette lies half on what is behind. When the thing moves on, true motion says that this was seen before, and it was:
    with a line on it.
    """
    reach = round(strokes.settings.pen.forget * (reference_height or float(len(occlusion))))
    return occlusion if reach < 1 else ndimage.maximum_filter(occlusion, 2 * reach + 1)


@compiled
def _structure(colours: UInt8, depth: Float32, normal: Float32, ids: UInt16, facing: Float32, out: UInt8) -> None:
    """Write the channels of STRUCTURE, in single precision."""
    height, width = ids.shape
    for y in range(height):
        for x in range(width):
            for k in range(3):
                out[y, x, k] = colours[y, x, k]
                out[y, x, 4 + k] = np.rint((normal[y, x, k] * HALF + HALF) * FULL)
            out[y, x, 3] = np.rint(FULL / (ONE + max(depth[y, x], ZERO) / HALFWAY))
            right, below = x + 1 < width and ids[y, x] != ids[y, x + 1], y + 1 < height and ids[y, x] != ids[y + 1, x]
            out[y, x, 7] = 255 if right or below else 0
            out[y, x, 8] = facing[y, x] * FULL + HALF


@compiled
def _put(values: Float32, out: UInt8, channel: int) -> None:
    """Round 0..1 to the bytes of one channel."""
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            out[y, x, channel] = values[y, x] * FULL + HALF
