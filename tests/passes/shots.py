"""Shots made in memory, the way an exporter makes them."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

from shot_format import blobs
from shot_format.shot import Camera, CharacterPose, Frame, Mesh, MeshState, Rational, Shot, Source

SIDE = (64, 48)
SQUARE = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], "<f4")
UPRIGHT = np.eye(3)
ONE_SQUARE = Mesh(1, "square")
HALVES = np.array([(0, 1, 2), (0, 2, 3)], "<u4")


class Blobs(dict):
    """Blobs by name; counts how often each is read."""

    def __init__(self):
        self.reads = []

    def add(self, data):
        name = hashlib.sha256(data).hexdigest()
        self[name] = bytes(data)
        return name

    def read(self, name):
        self.reads.append(name)
        return self[name]


def matrix(x=0.0, y=0.0, z=0.0, axes=UPRIGHT):
    full = np.eye(4)
    full[:3, :3] = axes
    full[3, :3] = x, y, z
    return tuple(full.ravel().tolist())


def camera(**changes):
    return Camera(**{"matrix": matrix(), "fx": 64.0, "fy": 64.0, "cx": 32.0, "cy": 24.0, "near": 0.5, "far": 500.0, **changes})


def topology(points=SQUARE, triangles=HALVES, colour=(200, 100, 50)):
    colours = np.tile(np.array(colour, np.uint8), (len(triangles), 1))
    return blobs.write_topology(points.tobytes(), triangles.tobytes(), colours.tobytes())


def shot(meshes=(ONE_SQUARE,), **changes):
    given = {"id": "test", "name": "test", "fps": Rational(24), "first": 1, "last": 9, "width": SIDE[0], "height": SIDE[1]}
    given |= {"metres_per_unit": 1.0, "up_axis": "y", "source": Source("test", "test", "test"), "meshes": tuple(meshes)}
    return Shot(**{**given, **changes})


def square(store, number=1, z=-4.0, state=None, **changes):
    """A frame that shows a 2 x 2 square at a depth."""
    state = state or MeshState(1, store.add(topology()), matrix(z=z))
    return Frame(**{"number": number, "camera": camera(), "meshes": (state,), **changes})


def person(name="hero"):
    joints = [(0.1 * i - 0.8, 0.3, -3.0, 1.0) for i in range(17)] + [(0.0, 0.0, 0.0, 0.0)]
    return CharacterPose(name, tuple(joints))


def png(pixels, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def array(values):
    return blobs.write_array(values.dtype.name, values.shape, values.tobytes())
