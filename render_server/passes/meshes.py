"""Mesh blobs of a shot into meshes in the rasteriser's world: metres, +Y up."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from render_server.passes.geometry import Float32, Float64, Int32, Mesh, UInt8
from shot_format.blobs import read_points, read_topology
from shot_format.errors import FormatError, LimitError
from shot_format.shot import Frame, Matrix, MeshState, Shot

ReadBlob = Callable[[str], bytes]
A = TypeVar("A", Float32, Float64)

Z_UP_TO_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class World:
    """How a shot's world becomes the rasteriser's."""

    metres_per_unit: float
    turn: Float64  # (3, 3) for row vectors

    def place(self, points: Float64) -> Float64:
        """Scene units to metres, +Y up; (..., 3)."""
        with np.errstate(over="ignore", invalid="ignore"):  # whoever reads foreign numbers checks the result
            placed: Float64 = points @ self.turn * self.metres_per_unit
        return placed


def world_of(shot: Shot) -> World:
    """The units and the up axis of a shot."""
    return World(shot.metres_per_unit, Z_UP_TO_Y_UP if shot.up_axis == "z" else np.eye(3))


@dataclass(frozen=True)
class Topology:
    """A topology blob as arrays."""

    rest: Float32  # (V, 3)
    triangles: Int32  # (T, 3)
    colours: UInt8  # (T, 3)


class MeshReader:
    """Builds the meshes of frames one after the other; what stands still from one frame to the next is decoded once."""

    def __init__(self, shot: Shot, read_blob: ReadBlob) -> None:
        self._world = world_of(shot)
        self._named = {mesh.object_id: mesh for mesh in shot.meshes}
        self._read_blob = read_blob
        self._topologies: dict[str, Topology] = {}
        self._meshes: dict[MeshState, Mesh] = {}

    def meshes(self, frame: Frame) -> tuple[Mesh, ...]:
        """The visible meshes of a frame. Raises FormatError naming the mesh and the frame, and what read_blob raises."""
        shown = [state for state in frame.meshes if state.visible]
        first_users = {state.topology: state for state in reversed(shown)}
        self._topologies = {name: self._topology(state, frame.number) for name, state in first_users.items()}
        self._meshes = {state: self._meshes.get(state) or self._mesh(state, frame.number) for state in shown}
        return tuple(self._meshes.values())

    def _topology(self, state: MeshState, frame: int) -> Topology:
        known = self._topologies.get(state.topology)
        if known is not None:
            return known
        with self._naming(state, frame):
            blob = read_topology(self._read_blob(state.topology))
        triangles = np.frombuffer(blob.indices, "<u4").reshape(-1, 3)
        if triangles.size and int(triangles.max()) >= blob.vertices:
            raise self._broken(state, frame, f"A triangle uses point {triangles.max()} of {blob.vertices} points.", "mesh-index")
        rest = self._finite(np.frombuffer(blob.rest, "<f4").reshape(-1, 3), state, frame)
        return Topology(rest, triangles.astype(np.int32), np.frombuffer(blob.colours, np.uint8).reshape(-1, 3))

    def _mesh(self, state: MeshState, frame: int) -> Mesh:
        named, topology = self._named[state.object_id], self._topologies[state.topology]
        points = topology.rest if state.points is None else self._points(state, state.points, len(topology.rest), frame)
        return Mesh(
            name=named.name,
            object_id=state.object_id,
            points=self._finite(self._world.place(transformed(points, state.matrix)), state, frame),
            triangles=topology.triangles,
            colours=topology.colours,
            rest=self._finite(self._world.place(transformed(topology.rest, named.rest_matrix)), state, frame).astype(np.float32),
            topology=state.topology,
        )

    def _points(self, state: MeshState, name: str, count: int, frame: int) -> Float32:
        with self._naming(state, frame):
            blob = read_points(self._read_blob(name))
        if blob.vertices != count:
            raise self._broken(state, frame, f"It has {blob.vertices} points where its topology has {count}.", "mesh-points")
        return np.frombuffer(blob.points, "<f4").reshape(-1, 3)

    def _finite(self, points: A, state: MeshState, frame: int) -> A:
        if not np.isfinite(points).all():
            raise self._broken(state, frame, "A point is not a finite number; check its deformers and export it again.", "mesh-not-finite")
        return points

    @contextlib.contextmanager
    def _naming(self, state: MeshState, frame: int) -> Iterator[None]:
        """Say of a blob's errors which mesh and frame they concern."""
        try:
            yield
        except (FormatError, LimitError) as error:
            raise type(error)(error.code, self._sentence(state, frame, error.message)) from error

    def _broken(self, state: MeshState, frame: int, what: str, code: str) -> FormatError:
        return FormatError(code, self._sentence(state, frame, what))

    def _sentence(self, state: MeshState, frame: int, what: str) -> str:
        return f"Frame {frame}, mesh '{self._named[state.object_id].name}': {what}"


def transformed(points: Float32 | Float64, matrix: Matrix) -> Float64:
    """Points (N, 3) moved by a 4x4 matrix for row vectors, in double precision."""
    m = np.array(matrix).reshape(4, 4)
    with np.errstate(over="ignore", invalid="ignore"):
        moved: Float64 = points.astype(np.float64) @ m[:3, :3] + m[3, :3]
        return moved
