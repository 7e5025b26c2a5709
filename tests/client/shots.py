"""Small shots to send about."""

from __future__ import annotations

import random
import struct
from array import array
from pathlib import Path

from shot_format.blobs import sha256, write_points, write_topology
from shot_format.folder import ShotFolder
from shot_format.shot import Camera, Frame, Mesh, MeshState, Rational, Shot, Source

CAMERA = Camera((1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 5.0, 1.0), 100.0, 100.0, 32.0, 16.0, 0.1, 100.0)
Blobs = dict[str, bytes]


def make_head(id: str = "shot-1", first: int = 1001, last: int = 1006) -> Shot:
    """Make a shot's head: one mesh, 64×32."""
    source = Source("tests", "none", "camera1")
    return Shot(id, "A shot", Rational(24), first, last, 64, 32, 0.01, "y", source, (Mesh(1, "thing"),))


def make_frames(shot: Shot, vertices: int = 60, seed: int = 0) -> list[tuple[Frame, Blobs]]:
    """Make a shot's frames, each with the blobs that no earlier one brought: one topology, points for every frame."""
    random_numbers = random.Random(seed)
    rest = struct.pack(f"<{3 * vertices}f", *range(3 * vertices))
    topology = write_topology(rest, struct.pack("<3I", 0, 1, 2), b"\xff\x00\x80")
    frames, fresh = [], {sha256(topology): topology}
    for number in range(shot.first, shot.last + 1):
        points = write_points(array("f", (random_numbers.uniform(-1, 1) for _ in range(3 * vertices))).tobytes())
        state = MeshState(1, sha256(topology), points=sha256(points))
        frames.append((Frame(number, CAMERA, (state,)), {**fresh, sha256(points): points}))
        fresh = {}
    return frames


def make_folder(path: Path, shot: Shot, vertices: int = 60, seed: int = 0) -> ShotFolder:
    """Make a shot's folder."""
    folder, frames = ShotFolder(path), make_frames(shot, vertices, seed)
    for _, blobs in frames:
        for blob in blobs.values():
            folder.add_blob(blob)
    folder.write(shot, tuple(frame for frame, _ in frames))
    return folder
