"""OpenPose maps from the rig's own joints: nothing is estimated, and joints behind other things are left out."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render_server.passes.geometry import Float32, Float64, Skeleton, UInt8, View

THICKNESS = 0.25  # metres; a joint lies inside its own body and is seen when the surface is at most this far in front of it


def draw_pose(skeletons: Sequence[Skeleton], view: View, depth: Float32 | Float64) -> UInt8:
    """Draw the OpenPose map (H, W, 3) of one frame.

    depth: (H, W) planar metres, as rasterised; joints that it hides by more than a body's thickness are not drawn.
    """
    poses = [(pixels, seen) for pixels, seen in (visible_joints(skeleton, view, depth) for skeleton in skeletons) if seen.any()]
    if not poses:
        return np.zeros((view.height, view.width, 3), np.uint8)
    return _draw(poses, view.height, view.width)


def visible_joints(skeleton: Skeleton, view: View, depth: Float32 | Float64) -> tuple[Float64, NDArray[np.bool_]]:
    """Where the joints fall in the picture (18, 2) in pixels, and which of them (18,) can be seen."""
    points = skeleton.joints @ view.world_to_camera[:3, :3] + view.world_to_camera[3, :3]
    away = -points[:, 2]
    safe = np.maximum(away, view.near)
    pixels = np.stack([view.cx + view.fx * points[:, 0] / safe, view.cy - view.fy * points[:, 1] / safe], axis=1)
    seen = (skeleton.scores > 0) & (away >= view.near) & ((pixels >= 0) & (pixels < (view.width, view.height))).all(axis=1)
    columns, rows = pixels[seen].astype(np.int64).T
    seen[seen] = depth[rows, columns] >= away[seen] - THICKNESS
    return pixels, seen


def _draw(poses: list[tuple[Float64, NDArray[np.bool_]]], height: int, width: int) -> UInt8:
    draw_poses, result, body, keypoint = _openpose()

    def pose(pixels: Float64, seen: NDArray[np.bool_]) -> Any:
        points = [keypoint(x / width, y / height) if there else None for (x, y), there in zip(pixels, seen, strict=True)]
        return result(body(points, float(seen.sum()), int(seen.sum())), None, None, None)

    picture: UInt8 = draw_poses([pose(*each) for each in poses], height, width, draw_hand=False, draw_face=False)
    return picture


@functools.lru_cache(maxsize=1)
def _openpose() -> tuple[Any, Any, Any, Any]:
    # Late, for it brings torch and torchvision, which the passes themselves do without.
    from render_server.torch_compat import declare_operators

    declare_operators()
    with warnings.catch_warnings():  # the package imports all its detectors, and each complains of what it lacks
        warnings.simplefilter("ignore")
        from controlnet_aux.open_pose import PoseResult, draw_poses
        from controlnet_aux.open_pose.body import BodyResult, Keypoint
    return draw_poses, PoseResult, BodyResult, Keypoint
