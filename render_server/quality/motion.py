"""Following what is seen in a frame back to where it was in earlier frames, by true motion, and how far the pictures there differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.passes.geometry import Float32, Passes, UInt8, UInt16

Bool = NDArray[np.bool_]

STILL = 0.01  # pixels; what moves less counts as standing still
ROUNDING = np.float32(1e-3)  # a neighbour that weighs less than this in a bilinear sample has no say in it


@dataclass(frozen=True)
class Step:
    """What one frame says about the way back to the frame before it."""

    motion: Float32  # (H, W, 2) pixels
    occlusion: UInt8  # (H, W) 1 where the surface was not visible
    object_id: UInt16  # (H, W)


@dataclass(frozen=True)
class Trail:
    """Where the surface seen at each pixel of a frame was in an earlier frame."""

    place: Float32  # (H, W, 2) column and row in the earlier frame
    visible: Bool  # (H, W) seen in every frame from the earlier one to this


def step_back(passes: Passes) -> Step:
    """Take from a frame's passes what leads back to the frame before."""
    return Step(passes.motion_backward, passes.occlusion_backward, passes.object_id)


def trail(steps: list[Step]) -> Trail:
    """Follow every pixel of the newest frame back through all steps, newest first.

    A pixel is lost where it is occluded, leaves the frame, or comes to lie on another object's edge, where motion cannot be interpolated.
    """
    height, width = steps[0].object_id.shape
    rows, columns = np.indices((height, width), dtype=np.float32)
    place = np.stack([columns, rows], axis=-1)
    visible = np.ones((height, width), np.bool_)
    for step in steps:
        _follow(place, visible, step.motion, step.occlusion, step.object_id, steps[0].object_id)
    return Trail(place, visible)


def carried_error(frame: UInt8, earlier: UInt8, way: Trail) -> float | None:
    """Mean absolute difference (sRGB 0..1) of a frame (H, W, 3) and the earlier one carried along the trail; None if no pixel is left."""
    total, pixels = _carried_difference(frame, earlier, way.place, way.visible)
    return total / (3 * 255 * pixels) if pixels else None


def changes(frame: UInt8, earlier: UInt8, way: Trail) -> Float32:
    """How far each pixel of a frame (H, W, 3) is from the earlier one carried along the trail, (H, W) sRGB 0..1; 0 where it is lost."""
    return _carried_changes(frame, earlier, way.place, way.visible)


def flicker(frame: UInt8, previous: UInt8, step: Step) -> float | None:
    """Mean absolute difference (sRGB 0..1) to the previous frame where nothing moves; None if under a hundredth of the frame is still."""
    total, pixels = _still_difference(frame, previous, step.motion, step.occlusion, STILL)
    return total / (3 * 255 * pixels) if pixels * 100 >= step.occlusion.size else None


@compiled
def _follow(place: Float32, visible: Bool, motion: Float32, occlusion: UInt8, object_id: UInt16, own_id: UInt16) -> None:
    height, width = visible.shape
    for row in range(height):
        for column in range(width):
            if not visible[row, column]:
                continue
            x, y = place[row, column, 0], place[row, column, 1]
            left, top = min(int(x), width - 2), min(int(y), height - 2)
            dx, dy = x - left, y - top
            seen, move_x, move_y = True, np.float32(0), np.float32(0)
            for corner in range(4):
                i, j = corner // 2, corner % 2
                weight = (dy if i else 1 - dy) * (dx if j else 1 - dx)
                if weight <= ROUNDING:
                    continue
                if occlusion[top + i, left + j] or object_id[top + i, left + j] != own_id[row, column]:
                    seen = False
                move_x += weight * motion[top + i, left + j, 0]
                move_y += weight * motion[top + i, left + j, 1]
            x, y = x + move_x, y + move_y
            inside = x >= 0 and y >= 0 and x <= width - 1 and y <= height - 1
            visible[row, column] = seen and inside
            place[row, column, 0], place[row, column, 1] = x, y


@compiled
def _carried_difference(frame: UInt8, earlier: UInt8, place: Float32, visible: Bool) -> tuple[float, int]:
    height, width = visible.shape
    total, pixels = 0.0, 0
    for row in range(height):
        for column in range(width):
            if visible[row, column]:
                total += _away(frame, earlier, row, column, place[row, column, 0], place[row, column, 1])
                pixels += 1
    return total, pixels


@compiled
def _carried_changes(frame: UInt8, earlier: UInt8, place: Float32, visible: Bool) -> Float32:
    height, width = visible.shape
    out = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            if visible[row, column]:
                out[row, column] = _away(frame, earlier, row, column, place[row, column, 0], place[row, column, 1]) / 765
    return out


@compiled
def _away(frame: UInt8, earlier: UInt8, row: int, column: int, x: float, y: float) -> float:
    """Sum over the channels of how far a pixel is from a place in the earlier frame."""
    left, top = min(int(x), frame.shape[1] - 2), min(int(y), frame.shape[0] - 2)
    dx, dy = x - left, y - top
    total = 0.0
    for k in range(3):
        above = (1 - dx) * earlier[top, left, k] + dx * earlier[top, left + 1, k]
        below = (1 - dx) * earlier[top + 1, left, k] + dx * earlier[top + 1, left + 1, k]
        total += abs(frame[row, column, k] - ((1 - dy) * above + dy * below))
    return total


@compiled
def _still_difference(frame: UInt8, previous: UInt8, motion: Float32, occlusion: UInt8, still: float) -> tuple[float, int]:
    total, pixels = 0.0, 0
    for row in range(occlusion.shape[0]):
        for column in range(occlusion.shape[1]):
            moves = abs(motion[row, column, 0]) + abs(motion[row, column, 1])
            if occlusion[row, column] or moves > still:
                continue
            for k in range(3):
                total += abs(float(frame[row, column, k]) - float(previous[row, column, k]))
            pixels += 1
    return total, pixels
