"""A shot as paintovers need it: single frames, the frames between two cuts, and what a frame is known by."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from render_server.passes.meshes import ReadBlob
from shot_format.codec import encode
from shot_format.errors import MissingError
from shot_format.shot import Frame, ShotFile


@dataclass(frozen=True)
class OpenShot:
    """A shot and the way to its blobs."""

    file: ShotFile
    read_blob: ReadBlob

    def frame(self, number: int) -> Frame:
        """Raises MissingError ("paintover-no-frame")."""
        found = next((frame for frame in self.file.frames if frame.number == number), None)
        if found is None:
            first, last = self.file.frames[0].number, self.file.frames[-1].number
            raise MissingError("paintover-no-frame", f"The shot '{self.file.shot.name}' has no frame {number}; it has {first} to {last}.")
        return found

    def opens_at(self, number: int) -> int:
        """The first frame of a frame's part of the shot: the part begins with the shot or at a cut."""
        starts = (self.file.shot.first, *self.file.shot.cuts)
        return max((start for start in starts if start <= number), default=self.file.shot.first)

    def part(self, number: int) -> tuple[Frame, ...]:
        """The frames around a frame that follow one another without a cut or a gap, in order."""
        opening = self.opens_at(number)
        frames = [frame for frame in self.file.frames if self.opens_at(frame.number) == opening]
        place = next(index for index, frame in enumerate(frames) if frame.number == number)
        inside = [frame for index, frame in enumerate(frames) if frame.number - number == index - place]
        return tuple(inside)


def camera_sha256(shot: OpenShot, frame: Frame) -> str:
    """The hash of where a frame's camera stands and what it sees, whatever the size in pixels."""
    head, camera = shot.file.shot, frame.camera
    lens = [round(value, 6) for value in (camera.fx / head.width, camera.fy / head.height, camera.cx / head.width, camera.cy / head.height)]
    return _hashed([list(camera.matrix), lens, head.metres_per_unit, head.up_axis])


def things_sha256(frame: Frame) -> str:
    """The hash of what stands where in a frame. The captured picture does not count, nor do things that are hidden."""
    shown = sorted((state for state in frame.meshes if state.visible), key=lambda state: state.object_id)
    return _hashed([encode(state) for state in shown] + [encode(frame.passes)])


def _hashed(value: object) -> str:
    return hashlib.sha256(json.dumps(value, separators=(",", ":"), sort_keys=True).encode()).hexdigest()
