"""A shot into frames for the rasteriser, at any size: metres, +Y up, hidden meshes dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from render_server.passes.compute import neighbours, passes_of
from render_server.passes.geometry import Float64, FrameGeometry, Passes, Skeleton, UInt8, View
from render_server.passes.meshes import MeshReader, ReadBlob, World, world_of
from render_server.passes.pictures import read_beauty, with_ready_made
from render_server.passes.raster import Visibility, rasterise
from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_SIDE, MIN_SIDE
from shot_format.shot import CharacterPose, Frame, Matrix, Shot

ASPECT_TOLERANCE = 0.03  # sizes are often rounded to multiples of 8


class ShotLoader:
    """Reads one shot at one size.

    read_blob: gives a blob by its name, from a folder or over HTTP; what it raises passes through.
    size: width and height in pixels, the shot's own where None.
    Raises FormatError ("size-aspect") where that would distort the picture, LimitError ("size-limit").
    """

    def __init__(self, shot: Shot, read_blob: ReadBlob, size: tuple[int, int] | None = None) -> None:
        self.shot = shot
        self.width, self.height = size or (shot.width, shot.height)
        _check_size(shot, self.width, self.height)
        self._read_blob = read_blob
        self._world = world_of(shot)
        self._meshes = MeshReader(shot, read_blob)

    def geometry(self, frame: Frame) -> FrameGeometry:
        """One frame's geometry. Raises FormatError naming the mesh and the frame."""
        return FrameGeometry(
            number=frame.number,
            view=self._view(frame),
            meshes=self._meshes.meshes(frame),
            skeletons=tuple(_skeleton(pose, self._world) for pose in frame.characters),
        )

    def beauty(self, frame: Frame) -> UInt8 | None:
        """The captured picture (H, W, 3), or None. Raises FormatError ("image-broken", "image-unknown")."""
        return None if frame.beauty is None else read_beauty(self._read_blob(frame.beauty), self.width, self.height, frame.number)

    def passes(self, frames: Iterable[Frame], causal: bool = False) -> Iterator[tuple[Visibility, Passes]]:
        """What is seen in consecutive frames, and their passes; ready-made passes stand in place of computed ones.

        causal: give each frame back before the next is asked for, without its forward motion.
        """
        seen = ((frame, self.look(frame)) for frame in frames)
        for before, (frame, current), after in neighbours(seen, causal):
            yield current, self.passes_of(frame, before and before[1], current, after and after[1])

    def look(self, frame: Frame) -> Visibility:
        """What is seen in one frame."""
        return rasterise(self.geometry(frame))

    def opening(self, frame: Frame) -> tuple[FrameGeometry, Passes]:
        """A frame by itself, as if there were none before and after it."""
        seen = self.look(frame)
        return seen.geometry, self.passes_of(frame, None, seen, None)

    def passes_of(self, frame: Frame, before: Visibility | None, seen: Visibility, after: Visibility | None) -> Passes:
        """The passes of a frame that is rasterised already, as are its neighbours. A neighbour beyond a cut is none."""
        before = None if frame.number in self.shot.cuts else before
        after = None if frame.number + 1 in self.shot.cuts else after
        passes = passes_of(before, seen, after, self.beauty(frame))
        return with_ready_made(passes, frame, self.shot, self._read_blob, self._world)

    def _view(self, frame: Frame) -> View:
        camera, metres = frame.camera, self.shot.metres_per_unit
        right, down = self.width / self.shot.width, self.height / self.shot.height
        return View(
            world_to_camera=_world_to_camera(camera.matrix, self._world, frame.number),
            fx=camera.fx * right,
            fy=camera.fy * down,
            cx=camera.cx * right,
            cy=camera.cy * down,
            near=camera.near * metres,
            far=camera.far * metres,
            width=self.width,
            height=self.height,
        )


def _check_size(shot: Shot, width: int, height: int) -> None:
    if not (min(width, height) >= MIN_SIDE and max(width, height) <= MAX_SIDE):
        raise LimitError("size-limit", f"{width}x{height} is no size that can be made; sides go from {MIN_SIDE} to {MAX_SIDE} pixels.")
    stretch = (width / height) / (shot.width / shot.height)
    if abs(stretch - 1.0) > ASPECT_TOLERANCE:
        best = round(width * shot.height / shot.width)
        raise FormatError(
            "size-aspect", f"{width}x{height} would distort the shot, which is {shot.width}x{shot.height}; try {width}x{best}."
        )


def _world_to_camera(matrix: Matrix, world: World, frame: int) -> Float64:
    """The inverse of a camera's world matrix, without its scale: a camera group that is scaled sees the same picture."""
    m = np.array(matrix).reshape(4, 4)
    axes = m[:3, :3] @ world.turn
    back, up = axes[2], axes[1] - axes[2] * (axes[1] @ axes[2]) / (axes[2] @ axes[2] or 1.0)
    right = np.cross(up, back)
    lengths = [float(np.linalg.norm(axis)) for axis in (right, up, back)]
    if min(lengths) < 1e-12:
        raise FormatError("camera-flat", f"Frame {frame}: the camera's matrix has no depth, height or width; check the camera's scale.")
    rows = np.stack([axis / length for axis, length in zip((right, up, back), lengths, strict=True)])
    result = np.eye(4)
    result[:3, :3] = rows.T
    result[3, :3] = -(world.place(m[3, :3]) @ rows.T)
    return result


def _skeleton(pose: CharacterPose, world: World) -> Skeleton:
    joints = np.array(pose.joints)
    return Skeleton(pose.name, joints[:, :3] @ world.turn, joints[:, 3].astype(np.float32))
