"""What the network is fed beside its previous frame: one byte array, a pure function of the frame, its passes, the look and the seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.painter import scaffold
from render_server.video_models.painter.scaffold import Scaffold

UInt8 = NDArray[np.uint8]

STRUCTURE = ("red", "green", "blue", "nearness", "normal_x", "normal_y", "normal_z", "edge", "nothing")
GUIDES = len(STRUCTURE) + len(scaffold.CHANNELS)
FOLDS = ((7.31, 3.17), (5.7, 9.1))  # how a stroke's two hashes fold into two more random numbers: the fraction of the weighted sum
HALFWAY = 4.0  # metres at which nearness is 0.5; fixed, so that depth never rescales within a shot


def make_channels(
    geometry: FrameGeometry, passes: Passes, colours: UInt8, strokes: Scaffold, reference_height: float = 0.0, with_strokes: bool = True
) -> UInt8:
    """The guide channels of one frame as (H, W, GUIDES) bytes: STRUCTURE, then scaffold.CHANNELS.

    colours: (H, W, 3) sRGB: the beauty after the look's palette.
    """
    height, width = passes.depth.shape
    out = np.zeros((height, width, GUIDES), np.uint8)
    out[..., :3] = colours
    out[..., 3] = np.rint(255.0 / (1.0 + np.maximum(passes.depth, 0.0) / HALFWAY))
    out[..., 4:7] = np.rint((passes.normal * 0.5 + 0.5) * 255.0)
    out[..., 7] = edges(passes) * np.uint8(255)
    out[..., 8] = (passes.object_id == 0) * np.uint8(255)
    if with_strokes:
        out[..., len(STRUCTURE) :] = strokes.draw(geometry, passes, colours, reference_height)
    return out


def edges(passes: Passes) -> NDArray[np.bool_]:
    """True at pixels whose right or lower neighbour is another object."""
    ids = passes.object_id
    out = np.zeros(ids.shape, np.bool_)
    out[:, :-1] |= ids[:, :-1] != ids[:, 1:]
    out[:-1] |= ids[:-1] != ids[1:]
    return out
