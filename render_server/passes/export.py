"""A shot's passes as files: one .npz a frame, and a sheet to look at."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from render_server.passes.geometry import Passes, UInt8
from render_server.passes.loader import ShotLoader
from render_server.passes.meshes import ReadBlob
from render_server.passes.pose import draw_pose
from render_server.passes.sheet import draw_sheet
from shot_format.codec import to_json
from shot_format.errors import MissingError
from shot_format.files import write_whole
from shot_format.folder import ShotFolder
from shot_format.shot import ShotFile

ARRAYS = (
    "depth",
    "normal",
    "object_id",
    "motion_forward",
    "motion_backward",
    "occlusion_forward",
    "occlusion_backward",
    "rest_position",
)
SHEET_FRAMES = 3
COMPRESSION = 1  # zlib's lightest: higher levels cost several times the time of making the passes

Progress = Callable[[int, int], None]


def export_passes(
    shot: ShotFolder, out: Path, frames: tuple[int, int] | None = None, size: tuple[int, int] | None = None,
    progress: Progress = lambda done, total: None, again: bool = False,
) -> Path:  # fmt: skip
    """Write passes.FRAME.npz for each frame of a shot, and passes.png, a sheet to look at, whose path is given back.

    frames: first and last frame number, the whole shot where None. size: width and height, the shot's own where None.
    progress: is told how many frames are done, of how many; what it raises stops the work, and the next call goes on from there.
    again: write also the files that are there and were made from the same geometry at the same size.
    Raises MissingError ("frames-missing") where no frame lies in the range, StorageError, and what the loader raises.
    """
    reel = Reel(shot.read(), shot.read_blob, size)
    chosen = reel.between(frames)
    for done, index in enumerate(chosen):
        progress(done, len(chosen))
        path = out / f"passes.{reel.frames[index].number}.npz"
        if again or not _is_whole(path, reel.source(index)):
            write_whole(path, pack(reel.passes(index), reel.source(index)))
    sheet = out / "passes.png"
    write_whole(sheet, _sheet(reel, chosen))
    progress(len(chosen), len(chosen))
    return sheet


class Reel:
    """A shot's frames by their place; each is rasterised once as long as one goes forward."""

    def __init__(self, file: ShotFile, read_blob: ReadBlob, size: tuple[int, int] | None) -> None:
        self.shot, self.frames = file.shot, file.frames
        self._loader = ShotLoader(file.shot, read_blob, size)
        self._look = functools.lru_cache(maxsize=3)(lambda index: self._loader.look(self.frames[index]))

    def between(self, numbers: tuple[int, int] | None) -> list[int]:
        """The places of the frames in a range of numbers, both ends included. Raises MissingError ("frames-missing")."""
        first, last = numbers or (self.shot.first, self.shot.last)
        chosen = [place for place, frame in enumerate(self.frames) if first <= frame.number <= last]
        if not chosen:
            there = f"{self.shot.first} to {self.shot.last}" if self.frames else "none"
            raise MissingError("frames-missing", f"The shot '{self.shot.name}' has no frames from {first} to {last}; it has {there}.")
        return chosen

    def passes(self, place: int) -> Passes:
        """The passes of one frame, motion to both sides."""
        before, after = (self._look(i) if 0 <= i < len(self.frames) else None for i in (place - 1, place + 1))
        return self._loader.passes_of(self.frames[place], before, self._look(place), after)

    def pose(self, place: int) -> UInt8:
        """The OpenPose map of one frame."""
        seen = self._look(place)
        return draw_pose(seen.geometry.skeletons, seen.view, seen.depth)

    def source(self, place: int) -> str:
        """A hash of all that a frame's passes are made from."""
        around = self.frames[max(place - 1, 0) : place + 2]
        parts = [to_json(self.shot), *map(to_json, around), f"{self._loader.width}x{self._loader.height} {place} {ARRAYS}"]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def pack(passes: Passes, source: str) -> bytes:
    """Passes as the bytes of an .npz, the same for the same passes; source is stored beside them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        for name, values in [("source", np.array(source)), *((name, getattr(passes, name)) for name in ARRAYS)]:
            array = io.BytesIO()
            np.lib.format.write_array(array, values, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), array.getvalue(), zipfile.ZIP_DEFLATED, COMPRESSION)
    return buffer.getvalue()


def _is_whole(path: Path, source: str) -> bool:
    """Whether a file is there, undamaged, and made from this source."""
    if not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            undamaged = archive.testzip() is None
        with np.load(path, allow_pickle=False) as arrays:
            return undamaged and set(arrays) == {"source", *ARRAYS} and str(arrays["source"]) == source
    except (zipfile.BadZipFile, OSError, ValueError, zlib.error, EOFError):
        return False


def _sheet(reel: Reel, chosen: list[int]) -> bytes:
    count = min(SHEET_FRAMES, len(chosen))
    places = [chosen[int((i + 0.5) * len(chosen) / count)] for i in range(count)]
    picture = draw_sheet(reel.shot.name, [(reel.passes(place), reel.pose(place)) for place in places])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
