"""USD files into shots.

Time codes are frame numbers. Meshes (still, cached, skinned, subdivided by a level), simple shapes and instances are taken where their
purpose is default or render; what is hidden all through the shot is left out. What cannot be drawn is named in `Shot.skipped`.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pxr import UsdGeom

from render_server.scenes.emit import Progress, main_colour, matrix, points_blob, topology_blob
from render_server.scenes.usd_camera import camera_at, film_aspect
from render_server.scenes.usd_gather import Scene, gather
from render_server.scenes.usd_piece import Connections, Geometry, Piece
from render_server.scenes.usd_skel import Rig
from render_server.scenes.usd_stage import Clock, find_camera, frame_range, frame_rate, metres_per_unit, open_stage, picture_size
from shot_format.codec import to_json
from shot_format.errors import FormatError, StorageError
from shot_format.files import PARTIAL, storage_errors, sync_folder
from shot_format.folder import ShotFolder
from shot_format.joint_names import JointMatch, key_points, match_joints
from shot_format.limits import MAX_CHARACTERS, MAX_NAME, MAX_SKIPPED
from shot_format.shot import CharacterPose, Frame, Mesh, MeshState, Shot, ShotFile, Skipped, Source


def import_usd(
    path: Path,
    out: Path,
    camera: str | None = None,
    frames: tuple[int, int] | None = None,
    size: tuple[int, int] | None = None,
    progress: Progress | None = None,
    subdivide: bool = True,
    again: bool = False,
) -> ShotFile:
    """Write a USD file as a shot folder.

    camera: a camera's path, or the end of it; the only one where None.
    frames: first and last; the file's own where None.
    size: in pixels; 1280 wide with the film back's aspect where None.
    subdivide: refine subdivision surfaces by one level.
    again: replace an existing folder. Nothing is left behind on failure.

    Raises MissingError "usd-missing"; FormatError "usd-broken", "camera-…", "range-…", "size-wrong", "points-not-finite", "mesh-broken",
    "scene-empty"…; LimitError; StorageError "out-exists", "disk-full", "disk-refused".
    """
    path, out = Path(path), Path(out)
    if out.exists() and not again:
        raise StorageError("out-exists", f"{out} is there already; name another folder, or ask for it to be replaced.")
    job = _Import(path, camera, frames, size, subdivide)
    temporary = out.parent / f"{PARTIAL}{secrets.token_hex(8)}"
    try:
        with storage_errors(out):
            temporary.mkdir(parents=True)
            file = job.write(ShotFolder(temporary), progress)
            _swap(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return file


def _swap(new: Path, place: Path) -> None:
    """Put a finished folder in its place; what stood there goes last."""
    old = place.parent / f"{PARTIAL}{secrets.token_hex(8)}"
    if place.exists():
        os.replace(place, old)
    os.replace(new, place)
    sync_folder(place.parent)
    if old.is_dir():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


class _Import:
    """One import: what the file says, checked before anything is written."""

    def __init__(
        self, path: Path, camera: str | None, frames: tuple[int, int] | None, size: tuple[int, int] | None, subdivide: bool
    ) -> None:
        self._path, self._stage = path, open_stage(path)
        self._camera = find_camera(self._stage, camera)
        self._first, self._last = frame_range(self._stage, frames)
        self._metres = metres_per_unit(self._stage)
        clock = Clock(self._first)
        self._size = picture_size(size, film_aspect(self._camera, clock))
        camera_at(self._camera, clock, self._size, self._metres)
        self._rate = frame_rate(self._stage)
        self._scene = gather(self._stage, self._clocks(), subdivide)
        self._tracks: list[_Track] = []
        self._figures: list[_Figure] = []

    def write(self, folder: ShotFolder, progress: Progress | None) -> ShotFile:
        """Write all frames, then the head."""
        self._tracks = _shown(self._scene, self._clocks(), folder)
        self._figures = _figures(self._scene)
        written: list[Frame] = []
        for number in range(self._first, self._last + 1):
            written.append(self._frame(Clock(number)))
            if progress:
                progress(len(written), self._last - self._first + 1)
        shot = _identified(self._head(Clock(self._first)), tuple(written))
        folder.write(shot, tuple(written))
        return ShotFile(shot, tuple(written))

    def _clocks(self) -> list[Clock]:
        return [Clock(number) for number in range(self._first, self._last + 1)]

    def _frame(self, clock: Clock) -> Frame:
        return Frame(
            number=clock.frame,
            camera=camera_at(self._camera, clock, self._size, self._metres),
            meshes=tuple(track.state(clock) for track in self._tracks),
            characters=tuple(figure.pose(clock, self._metres) for figure in self._figures),
        )

    def _head(self, first: Clock) -> Shot:
        skipped = dict.fromkeys([*self._scene.skipped, *self._scene.colours.skipped])
        return Shot(
            id=_identifier(self._path.stem),
            name=self._path.stem[:MAX_NAME],
            fps=self._rate,
            first=self._first,
            last=self._last,
            width=self._size[0],
            height=self._size[1],
            metres_per_unit=self._metres,
            up_axis="z" if UsdGeom.GetStageUpAxis(self._stage) == UsdGeom.Tokens.z else "y",
            source=Source("USD", self._path.name[:MAX_NAME], str(self._camera.GetPath())[:MAX_NAME]),
            meshes=tuple(track.head(first) for track in self._tracks),
            characters=tuple(figure.name for figure in self._figures),
            skipped=tuple(Skipped(name[:MAX_NAME], reason[:MAX_NAME]) for name, reason in list(skipped)[:MAX_SKIPPED]),
        )


@dataclass(frozen=True)
class _Stored:
    """A topology that is in the folder already: its name, and its rest points as stored (V, 3) float32."""

    name: str
    rest: NDArray[np.float32]


class _Track:
    """One object through the shot: what of it is stored, so that nothing is stored twice."""

    def __init__(self, object_id: int, piece: Piece, folder: ShotFolder) -> None:
        self._object_id, self._piece, self._folder = object_id, piece, folder
        self._topologies: dict[int, tuple[Connections, _Stored]] = {}
        self._last: tuple[Geometry, str, str | None] | None = None

    def state(self, clock: Clock) -> MeshState:
        """The object at one frame."""
        visible = self._piece.visible(clock)
        place = matrix(self._piece.matrix(clock))
        if not visible and self._last:
            return MeshState(self._object_id, self._last[1], place, None, False)
        geometry = self._piece.geometry(clock)
        if self._last is None or self._last[0] is not geometry:
            self._last = (geometry, *self._store(geometry))
        return MeshState(self._object_id, self._last[1], place, self._last[2], visible)

    def head(self, first: Clock) -> Mesh:
        """The object's entry in the shot."""
        colours = self._piece.geometry(first).connections.colours
        return Mesh(self._object_id, self._piece.name[:MAX_NAME], main_colour(colours), matrix(self._piece.matrix(first)))

    def _store(self, geometry: Geometry) -> tuple[str, str | None]:
        """Names of the topology blob and, where the points are not its rest points, of the points blob."""
        points, key = geometry.points.astype(np.float32), id(geometry.connections)
        if key not in self._topologies:
            blob = topology_blob(geometry.points, geometry.connections.triangles, geometry.connections.colours)
            self._topologies[key] = (geometry.connections, _Stored(self._folder.add_blob(blob), points))
        stored = self._topologies[key][1]
        same = np.array_equal(points, stored.rest)
        return stored.name, None if same else self._folder.add_blob(points_blob(geometry.points))


class _Figure:
    """A skeleton whose joints are known by name."""

    def __init__(self, rig: Rig, match: JointMatch) -> None:
        self.name = rig.name[:MAX_NAME]
        self._rig, self._match = rig, match

    def pose(self, clock: Clock, metres_per_unit: float) -> CharacterPose:
        """Its key points at one frame."""
        places = self._rig.places(clock) * metres_per_unit
        if not np.isfinite(places).all():
            raise FormatError("points-not-finite", f"{self.name} has joints that are not finite at frame {clock.frame}.")
        return CharacterPose(self.name, key_points(self._match, places.tolist()))


def _shown(scene: Scene, clocks: list[Clock], folder: ShotFolder) -> list[_Track]:
    """A track for each piece that is ever seen and has faces, numbered in scene order. Raises FormatError ("scene-empty")."""
    pieces = [piece for piece in scene.pieces if any(piece.visible(clock) for clock in clocks)]
    filled = [piece for piece in pieces if any(len(piece.geometry(clock).connections.triangles) for clock in _to_look_at(clocks))]
    scene.skipped += [(piece.name, "it has no faces") for piece in pieces if piece not in filled]
    if not filled:
        raise FormatError("scene-empty", "The file has no mesh that is visible in these frames; nothing was imported.")
    return [_Track(number, piece, folder) for number, piece in enumerate(filled, 1)]


def _to_look_at(clocks: list[Clock]) -> list[Clock]:
    """First, middle and last frame: a cache that is empty at its start shows its faces there."""
    return [clocks[0], clocks[len(clocks) // 2], clocks[-1]]


def _figures(scene: Scene) -> list[_Figure]:
    matches = [(rig, match_joints(rig.joints, rig.parents)) for rig in scene.rigs]
    scene.skipped += [(rig.name, "its joints' names are not known; no pose is sent for it") for rig, match in matches if not match.rig]
    return [_Figure(rig, match) for rig, match in matches if match.rig][:MAX_CHARACTERS]


def _identifier(stem: str) -> str:
    """The readable half of a shot's id, from a file's name."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:48]
    return plain or "shot"


def _identified(shot: Shot, frames: tuple[Frame, ...]) -> Shot:
    """Let the content have a say in the id: a scene that was changed, or imported at another size, is another shot to a server."""
    digest = hashlib.sha256(to_json(ShotFile(shot, frames)).encode()).hexdigest()
    return replace(shot, id=f"{shot.id}-{digest[:12]}")
