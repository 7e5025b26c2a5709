"""From a stage (what stands, what moves, where the camera is) to a shot's head, frames and blobs.

Y up, centimetres, 24 frames a second, frames from 1001 on, as an animator's blocking in Maya would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render_server.scenes.acting import Figure
from render_server.scenes.emit import BlobBasket, Progress, joints, main_colour, matrix, points_blob, topology_blob
from render_server.scenes.figure import Part
from render_server.scenes.room import Piece
from render_server.scenes.vectors import Float64, look_at
from shot_format.folder import ShotFolder
from shot_format.shot import Camera, CharacterPose, FilmBack, Frame, Mesh, MeshState, Rational, Shot, Source

FIRST = 1001
METRES = 0.01
FILM_WIDTH = 36.0  # millimetres
NEAR, FAR = 5.0, 5000.0  # centimetres

Size = tuple[int, int]


@dataclass(frozen=True)
class Action:
    """What moves, at one frame: the figures, and every piece of them and beside them, always in the same order."""

    figures: tuple[Figure, ...]
    parts: list[Part]


@dataclass(frozen=True)
class Stage:
    """A shot to be made. Time is in frames from the shot's first."""

    id: str
    name: str
    still: tuple[Piece, ...]
    act: Callable[[float], Action]
    camera: Callable[[float, Size], Camera]
    camera_name: str
    frames: int
    cuts: tuple[int, ...] = ()  # frames from the shot's first
    there: Callable[[float, str], bool] = lambda time, name: True  # whether a thing of that name is on the set


def export_stage(stage: Stage, folder: Path, size: Size, progress: Progress | None = None) -> Shot:
    """Write a shot to a folder and give its head. Raises StorageError."""
    target, written = ShotFolder(folder), []
    for frame, blobs in iter_stage_frames(stage, size):
        for blob in blobs.values():
            target.add_blob(blob)
        written.append(frame)
        if progress:
            progress(len(written), stage.frames)
    shot = stage_shot(stage, size)
    target.write(shot, tuple(written))
    return shot


def stage_shot(stage: Stage, size: Size) -> Shot:
    """A shot's head: what is in it, before any frame is made."""
    now = stage.act(0.0)
    things = [(p.name, p.shape, p.matrix) for p in stage.still] + [(p.name, p.shape, p.matrix) for p in now.parts]
    return Shot(
        id=f"{stage.id}-{size[0]}x{size[1]}-{stage.frames}",
        name=stage.name,
        fps=Rational(24),
        first=FIRST,
        last=FIRST + stage.frames - 1,
        width=size[0],
        height=size[1],
        metres_per_unit=METRES,
        up_axis="y",
        source=Source("Paintover", stage.id, stage.camera_name),
        meshes=tuple(Mesh(i, name, main_colour(shape.colours), matrix(rest)) for i, (name, shape, rest) in enumerate(things, 1)),
        characters=tuple(figure.name for figure in now.figures),
        cuts=tuple(FIRST + cut for cut in stage.cuts if cut < stage.frames),
    )


def iter_stage_frames(stage: Stage, size: Size) -> Iterator[tuple[Frame, dict[str, bytes]]]:
    """Make a shot frame by frame: each frame with those of its blobs that no frame before it had."""
    basket = BlobBasket()
    still = _still_states(basket, stage.still)
    rest = _rest(basket, stage.act(0.0).parts, len(still) + 1)
    for index in range(stage.frames):
        now = stage.act(float(index))
        moving = [_state(basket, known, part) for known, part in zip(rest, now.parts, strict=True)]
        names = [piece.name for piece in stage.still] + [part.name for part in now.parts]
        seen = tuple(s for s, name in zip((*still, *moving), names, strict=True) if stage.there(float(index), name))
        poses = tuple(_pose(figure) for figure in now.figures if stage.there(float(index), figure.name))
        yield Frame(FIRST + index, stage.camera(float(index), size), seen, poses), basket.take()


def lens(eye: Float64, target: Float64, size: Size, focal: float) -> Camera:
    """A camera at eye that looks at target. focal: millimetres."""
    scale = size[0] * focal / FILM_WIDTH
    back = FilmBack(focal, FILM_WIDTH, FILM_WIDTH * size[1] / size[0])
    return Camera(matrix(look_at(eye, target)), scale, scale, size[0] / 2, size[1] / 2, NEAR, FAR, back)


@dataclass(frozen=True)
class _Rest:
    object_id: int
    topology: str
    points: Float64


def _still_states(basket: BlobBasket, pieces: tuple[Piece, ...]) -> tuple[MeshState, ...]:
    blobs = [topology_blob(p.shape.points, p.shape.triangles, p.shape.colours) for p in pieces]
    return tuple(MeshState(i, basket.add(blob), matrix(p.matrix)) for i, (p, blob) in enumerate(zip(pieces, blobs, strict=True), 1))


def _rest(basket: BlobBasket, moving: list[Part], first_id: int) -> list[_Rest]:
    shapes = [part.shape for part in moving]
    names = [basket.add(topology_blob(s.points, s.triangles, s.colours)) for s in shapes]
    return [_Rest(i, name, shape.points) for i, (name, shape) in enumerate(zip(names, shapes, strict=True), first_id)]


def _state(basket: BlobBasket, rest: _Rest, part: Part) -> MeshState:
    moved = not np.array_equal(part.shape.points, rest.points)
    points = basket.add(points_blob(part.shape.points)) if moved else None
    return MeshState(rest.object_id, rest.topology, matrix(part.matrix), points)


def _pose(figure: Figure) -> CharacterPose:
    return CharacterPose(figure.name, joints(figure.joints, np.ones(18), METRES))
