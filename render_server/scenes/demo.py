"""The demo shot: a furnished room, two figures, a crane move, a long occlusion; all built by code, the same bytes every time.

Y up, centimetres, 24 frames a second, frames from 1001 on, as an animator's blocking in Maya would be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render_server.scenes.acting import Moment, moment
from render_server.scenes.emit import BlobBasket, Progress, joints, main_colour, matrix, points_blob, topology_blob
from render_server.scenes.figure import Part
from render_server.scenes.room import pieces
from render_server.scenes.vectors import Float64, keyed, look_at, smooth, vec
from shot_format.folder import ShotFolder
from shot_format.shot import Camera, CharacterPose, FilmBack, Frame, Mesh, MeshState, Rational, Shot, Source

FIRST = 1001
FRAMES = 96
METRES = 0.01
FOCAL, FILM_WIDTH = 33.0, 36.0  # millimetres
NEAR, FAR = 5.0, 5000.0  # centimetres


def export_demo(folder: Path, frames: int = FRAMES, size: tuple[int, int] = (640, 360), progress: Progress | None = None) -> Shot:
    """Write the demo shot to a folder and give its head. Raises StorageError."""
    target, written = ShotFolder(folder), []
    for frame, blobs in iter_demo_frames(frames, size):
        for blob in blobs.values():
            target.add_blob(blob)
        written.append(frame)
        if progress:
            progress(len(written), frames)
    shot = demo_shot(frames, size)
    target.write(shot, tuple(written))
    return shot


def demo_shot(frames: int = FRAMES, size: tuple[int, int] = (640, 360)) -> Shot:
    """The demo's head: what is in it, before any frame is made."""
    still = [Mesh(i, piece.name, main_colour(piece.shape.colours), matrix(piece.matrix)) for i, piece in enumerate(pieces(), 1)]
    moving = [
        Mesh(i, part.name, main_colour(part.shape.colours), matrix(part.matrix))
        for i, part in enumerate(_moving(moment(0.0)), len(still) + 1)
    ]
    return Shot(
        id=f"demo-{size[0]}x{size[1]}-{frames}",
        name="Tea for two",
        fps=Rational(24),
        first=FIRST,
        last=FIRST + frames - 1,
        width=size[0],
        height=size[1],
        metres_per_unit=METRES,
        up_axis="y",
        source=Source("Paintover", "demo", "crane"),
        meshes=(*still, *moving),
        characters=tuple(figure.name for figure in moment(0.0).figures),
    )


def iter_demo_frames(frames: int = FRAMES, size: tuple[int, int] = (640, 360)) -> Iterator[tuple[Frame, dict[str, bytes]]]:
    """Make the demo frame by frame: each frame with those of its blobs that no frame before it had."""
    basket = BlobBasket()
    still = _still_states(basket)
    rest = _rest(basket, _moving(moment(0.0)), len(still) + 1)
    for index in range(frames):
        now = moment(float(index))
        moving = [_state(basket, known, part) for known, part in zip(rest, _moving(now), strict=True)]
        yield Frame(FIRST + index, camera(float(index), size), (*still, *moving), _poses(now)), basket.take()


@dataclass(frozen=True)
class _Rest:
    object_id: int
    topology: str
    points: Float64


def _moving(now: Moment) -> list[Part]:
    named = [Part(f"{figure.name}_{part.name}", part.shape, part.matrix) for figure in now.figures for part in figure.parts]
    return [*named, now.tray]


def _still_states(basket: BlobBasket) -> tuple[MeshState, ...]:
    blobs = [topology_blob(p.shape.points, p.shape.triangles, p.shape.colours) for p in pieces()]
    return tuple(MeshState(i, basket.add(blob), matrix(p.matrix)) for i, (p, blob) in enumerate(zip(pieces(), blobs, strict=True), 1))


def _rest(basket: BlobBasket, moving: list[Part], first_id: int) -> list[_Rest]:
    shapes = [part.shape for part in moving]
    names = [basket.add(topology_blob(s.points, s.triangles, s.colours)) for s in shapes]
    return [_Rest(i, name, shape.points) for i, (name, shape) in enumerate(zip(names, shapes, strict=True), first_id)]


def _state(basket: BlobBasket, rest: _Rest, part: Part) -> MeshState:
    moved = not np.array_equal(part.shape.points, rest.points)
    points = basket.add(points_blob(part.shape.points)) if moved else None
    return MeshState(rest.object_id, rest.topology, matrix(part.matrix), points)


def _poses(now: Moment) -> tuple[CharacterPose, ...]:
    return tuple(CharacterPose(f.name, joints(f.joints, np.ones(18), METRES)) for f in now.figures)


def camera(time: float, size: tuple[int, int]) -> Camera:
    """The crane: low on the left at first, then it rises and swings to the right."""
    share = smooth(smooth((time - 2) / 90) * 0.5 + (time - 2) / 180 if 2 < time < 92 else float(time >= 92))
    angle, radius = math.radians(-17 + 41 * share), 470 - 34 * share
    target = vec(keyed(share, [(0, -8.0), (1, -28.0)]), 102 - 22 * share, -66 + 6 * share)
    eye = vec(radius * math.sin(angle), 104 + 132 * share, -40 + radius * math.cos(angle))
    scale = size[0] * FOCAL / FILM_WIDTH
    back = FilmBack(FOCAL, FILM_WIDTH, FILM_WIDTH * size[1] / size[0])
    return Camera(matrix(look_at(eye, target)), scale, scale, size[0] / 2, size[1] / 2, NEAR, FAR, back)
