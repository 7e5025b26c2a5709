"""A shot on disk: `shot.json` and `blobs/ab/abcdef…`."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from shot_format.blobs import Buffer, sha256
from shot_format.codec import from_json, to_json
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_BLOB_BYTES, MAX_JSON_BYTES
from shot_format.shot import Frame, Shot, ShotFile, frame_blobs


class ShotFolder:
    """Reads and writes one shot's folder. Blobs go in first, `shot.json` last: a folder with a shot.json is whole."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def add_blob(self, data: Buffer) -> str:
        """Store a blob and give its name; one that is there already is left alone."""
        name = sha256(data)
        place = self.blob_path(name)
        if not place.exists():
            write_whole(place, data, sync=False)  # its name is its hash, and every reader checks it
        return name

    def write(self, shot: Shot, frames: tuple[Frame, ...]) -> None:
        """Check that every blob is there and that what is written can be read again, then write shot.json.

        Raises MissingError ("blob-missing"), FormatError, LimitError, StorageError.
        """
        data = to_json(ShotFile(shot, frames), indent=1).encode()
        _parse(data)
        for frame in frames:
            self._check_blobs_exist(frame)
        write_whole(self.path / "shot.json", data)

    def read(self) -> ShotFile:
        """Read shot.json. Raises MissingError ("shot-missing"), FormatError, LimitError."""
        place = self.path / "shot.json"
        if not place.is_file():
            raise MissingError("shot-missing", f"There is no shot in {self.path} (no shot.json); make one with 'paintover import'.")
        return _parse(_read_at_most(place, MAX_JSON_BYTES, "json-too-large"))

    def read_blob(self, name: str) -> bytes:
        """Read a blob and check it against its name. Raises MissingError ("blob-missing"), FormatError ("blob-hash"), LimitError."""
        place = self.blob_path(name)
        if not place.is_file():
            raise MissingError("blob-missing", f"The shot in {self.path} lacks the blob {name}; export the shot again.")
        data = _read_at_most(place, MAX_BLOB_BYTES, "blob-too-large")
        if sha256(data) != name:
            raise FormatError("blob-hash", f"The blob {name} in {self.path} was changed or damaged; export the shot again.")
        return data

    def verify(self) -> ShotFile:
        """Read everything and check every hash. Raises what `read` and `read_blob` raise."""
        file = self.read()
        for name in dict.fromkeys(name for frame in file.frames for name in frame_blobs(frame)):
            self.read_blob(name)
        return file

    def blob_path(self, name: str) -> Path:
        """Where a blob lies."""
        return self.path / "blobs" / name[:2] / name

    def _check_blobs_exist(self, frame: Frame) -> None:
        for name in frame_blobs(frame):
            if not self.blob_path(name).is_file():
                raise MissingError("blob-missing", f"Frame {frame.number} needs the blob {name}, which was never added.")


def _parse(data: bytes) -> ShotFile:
    file = from_json(ShotFile, data, MAX_JSON_BYTES, "shot.json")
    check_frames(file.shot, file.frames)
    return file


def _read_at_most(place: Path, limit: int, code: str) -> bytes:
    with storage_errors(place):
        size = place.stat().st_size
        if size > limit:
            raise LimitError(code, f"{place} has {size} bytes; at most {limit} are read.")
        return place.read_bytes()


def check_frames(shot: Shot, frames: tuple[Frame, ...]) -> None:
    """Check what the types alone cannot say. Raises FormatError ("shot-range", "shot-order", "mesh-unknown", …)."""
    check_shot(shot)
    numbers = [frame.number for frame in frames]
    if any(b <= a for a, b in zip(numbers, numbers[1:])):
        raise FormatError("shot-order", "The frames of a shot must stand in order, each once.")
    for frame in frames:
        check_frame(shot, frame)


def check_shot(shot: Shot) -> None:
    """Check a shot's head. Raises FormatError ("shot-range", "shot-cuts", "mesh-double")."""
    if shot.last < shot.first:
        raise FormatError("shot-range", f"The shot ends at {shot.last}, before it begins at {shot.first}.")
    if any(not before < cut <= shot.last for before, cut in zip((shot.first, *shot.cuts), shot.cuts)):
        raise FormatError("shot-cuts", f"The cuts of a shot must stand in order, after its first frame {shot.first} and up to {shot.last}.")
    if len({mesh.object_id for mesh in shot.meshes}) != len(shot.meshes):
        raise FormatError("mesh-double", "Two meshes of the shot have the same object_id; each needs its own.")


def check_frame(shot: Shot, frame: Frame) -> None:
    """Check one frame against its shot. Raises FormatError ("shot-range", "mesh-unknown", "mesh-double", "camera-range", …)."""
    if not shot.first <= frame.number <= shot.last:
        raise FormatError("shot-range", f"Frame {frame.number} lies outside the shot's range {shot.first} to {shot.last}.")
    known = {mesh.object_id for mesh in shot.meshes}
    used = [state.object_id for state in frame.meshes]
    stranger: Optional[int] = next((number for number in used if number not in known), None)
    if stranger is not None:
        raise FormatError("mesh-unknown", f"Frame {frame.number} shows the object {stranger}, which the shot does not name.")
    if len(set(used)) != len(used):
        raise FormatError("mesh-double", f"Frame {frame.number} shows an object twice.")
    if frame.camera.far <= frame.camera.near:
        raise FormatError("camera-range", f"Frame {frame.number}: the camera's far plane is not behind its near plane.")
    names = [pose.name for pose in frame.characters]
    if len(set(names)) != len(names) or not set(names) <= set(shot.characters):
        raise FormatError("character-unknown", f"Frame {frame.number} poses a character that the shot does not name, or one twice.")
