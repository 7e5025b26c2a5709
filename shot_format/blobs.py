"""Blobs: byte strings named by their SHA-256. Three raw kinds of our own, little-endian, and PNG or JPEG for the beauty.

| magic | kind | after the 4 bytes of magic |
| --- | --- | --- |
| PVT1 | topology | uint32 V, uint32 T, float32[V][3] rest points, uint32[T][3] vertex indices, uint8[T][3] sRGB colours |
| PVP1 | points | uint32 V, float32[V][3] points in the mesh's own space, scene units |
| PVA1 | array | uint8 type (0 uint8, 1 uint16, 2 float32), uint8 dimensions (2 or 3), uint16 0, uint32[] shape, values |

The writers take bytes, so that an exporter can hand over whatever buffer its host gives. The readers give views into the blob and copy
nothing.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Union

from shot_format.errors import FormatError, LimitError
from shot_format.limits import MAX_SIDE, MAX_TRIANGLES, MAX_VERTICES

Buffer = Union[bytes, bytearray, memoryview]

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
_ARRAY_TYPES = {"uint8": (0, 1), "uint16": (1, 2), "float32": (2, 4)}
_ARRAY_NAMES = {code: (name, size) for name, (code, size) in _ARRAY_TYPES.items()}


@dataclass(frozen=True)
class Topology:
    """A mesh's rest shape: rest points float32 (V, 3), triangles uint32 (T, 3), colours uint8 (T, 3), as raw bytes."""

    vertices: int
    triangles: int
    rest: memoryview
    indices: memoryview
    colours: memoryview


@dataclass(frozen=True)
class Points:
    """A mesh's points at one frame: float32 (V, 3), as raw bytes."""

    vertices: int
    points: memoryview


@dataclass(frozen=True)
class Array:
    """An image of numbers: type is "uint8", "uint16" or "float32"; shape is (H, W) or (H, W, C)."""

    type: str
    shape: tuple[int, ...]
    values: memoryview


def sha256(data: Buffer) -> str:
    """Name a blob."""
    return hashlib.sha256(data).hexdigest()


def write_topology(rest: Buffer, indices: Buffer, colours: Buffer) -> bytes:
    """Make a topology blob from raw little-endian float32, uint32 and uint8 values."""
    vertices, triangles = memoryview(rest).nbytes // 12, memoryview(indices).nbytes // 12
    blob = b"".join((b"PVT1", struct.pack("<II", vertices, triangles), rest, indices, colours))
    read_topology(blob)
    return blob


def read_topology(blob: Buffer) -> Topology:
    """Take a topology blob apart. Raises FormatError ("blob-broken") or LimitError ("mesh-too-large")."""
    view, (vertices, triangles) = _open(blob, b"PVT1", "<II", "topology")
    _check_mesh(vertices, triangles)
    _check_length(view, 12 * vertices + 15 * triangles, "topology")
    first, second = 12 * vertices, 12 * vertices + 12 * triangles
    return Topology(vertices, triangles, view[:first], view[first:second], view[second:])


def write_points(points: Buffer) -> bytes:
    """Make a points blob from raw little-endian float32 values."""
    blob = b"".join((b"PVP1", struct.pack("<I", memoryview(points).nbytes // 12), points))
    read_points(blob)
    return blob


def read_points(blob: Buffer) -> Points:
    """Take a points blob apart. Raises FormatError ("blob-broken") or LimitError ("mesh-too-large")."""
    view, (vertices,) = _open(blob, b"PVP1", "<I", "points")
    _check_mesh(vertices, 0)
    _check_length(view, 12 * vertices, "points")
    return Points(vertices, view)


def write_array(type: str, shape: tuple[int, ...], values: Buffer) -> bytes:
    """Make an array blob; type is "uint8", "uint16" or "float32", values are little-endian in C order.

    Raises FormatError ("blob-broken") or LimitError ("image-too-large").
    """
    if type not in _ARRAY_TYPES or len(shape) not in (2, 3) or not all(0 < side < 2**32 for side in shape):
        raise FormatError("blob-broken", f"An array of type {type} and shape {shape} cannot be written; see write_array for what can.")
    head = struct.pack("<BBH", _ARRAY_TYPES[type][0], len(shape), 0) + struct.pack(f"<{len(shape)}I", *shape)
    blob = b"".join((b"PVA1", head, values))
    read_array(blob)
    return blob


def read_array(blob: Buffer) -> Array:
    """Take an array blob apart. Raises FormatError ("blob-broken") or LimitError ("image-too-large")."""
    view, (code, dimensions, zero) = _open(blob, b"PVA1", "<BBH", "array")
    if code not in _ARRAY_NAMES or dimensions not in (2, 3) or zero or len(view) < 4 * dimensions:
        raise FormatError("blob-broken", "An array blob has an unknown type or number of dimensions; write it again.")
    shape = struct.unpack_from(f"<{dimensions}I", view)
    if max(shape[:2]) > MAX_SIDE or min(shape) < 1 or (dimensions == 3 and shape[2] > 4):
        raise LimitError("image-too-large", f"An array blob has the shape {shape}; sides go up to {MAX_SIDE}, channels up to 4.")
    name, size = _ARRAY_NAMES[code]
    values, count = view[4 * dimensions :], 1
    for side in shape:
        count *= side
    _check_length(values, count * size, "array")
    return Array(name, shape, values)


def image_type(blob: Buffer) -> str:
    """Say by its content what kind of picture a blob is: "png" or "jpeg". Raises FormatError ("image-unknown")."""
    head = bytes(memoryview(blob).cast("B")[:8])
    if head.startswith(PNG):
        return "png"
    if head.startswith(JPEG):
        return "jpeg"
    raise FormatError("image-unknown", "A beauty frame is neither PNG nor JPEG; export it as one of these.")


def _open(blob: Buffer, magic: bytes, head: str, kind: str) -> tuple[memoryview, tuple[int, ...]]:
    view = memoryview(blob).toreadonly().cast("B")
    size = struct.calcsize(head)
    if len(view) < 4 + size or bytes(view[:4]) != magic:
        raise FormatError("blob-broken", f"A blob that should be {kind} does not begin with {magic.decode()}; write it again.")
    return view[4 + size :], struct.unpack_from(head, view, 4)


def _check_mesh(vertices: int, triangles: int) -> None:
    if vertices > MAX_VERTICES or triangles > MAX_TRIANGLES:
        raise LimitError(
            "mesh-too-large",
            f"A mesh has {vertices} points and {triangles} triangles; at most {MAX_VERTICES} and {MAX_TRIANGLES} are taken.",
        )


def _check_length(view: memoryview, wanted: int, kind: str) -> None:
    if len(view) != wanted:
        raise FormatError("blob-broken", f"A {kind} blob holds {len(view)} bytes where its head says {wanted}; write it again.")
