"""What the importer draws: pieces, each with a name, a shape and a place at every frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pxr import UsdGeom

from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64
from shot_format.errors import FormatError

Int32 = NDArray[np.int32]
UInt8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Connections:
    """Triangles (T, 3), counter-clockwise seen from outside, and their sRGB colours (T, 3). Kept as one object while they do not change."""

    triangles: Int32
    colours: UInt8


@dataclass(frozen=True)
class Geometry:
    """A piece's points (V, 3) in its own space at one frame, and how they are connected. Kept as one object while it does not change."""

    points: Float64
    connections: Connections


class Piece(Protocol):
    """One object of the shot."""

    @property
    def name(self) -> str:
        """Its path in the scene."""

    def geometry(self, clock: Clock) -> Geometry:
        """Its shape at one frame. Raises FormatError: "points-not-finite", "mesh-broken"."""

    def matrix(self, clock: Clock) -> Float64:
        """Its world matrix (4, 4) at one frame."""

    def visible(self, clock: Clock) -> bool:
        """Whether it is shown at one frame."""


def is_visible(prim: Any, clock: Clock) -> bool:
    """Whether a prim and all above it are shown."""
    return bool(UsdGeom.Imageable(prim).ComputeVisibility(clock.time) != UsdGeom.Tokens.invisible)


def read_points(prim: Any, attribute: Any, clock: Clock) -> Float64:
    """A point attribute's values (V, 3) in double precision. Raises FormatError ("points-not-finite")."""
    points = np.array(attribute.Get(clock.time) or [], dtype=np.float64).reshape(-1, 3)
    return checked_points(points, str(prim.GetPath()), clock.frame)


def checked_points(points: Float64, name: str, frame: int) -> Float64:
    """The points, if they can be stored. Raises FormatError ("points-not-finite")."""
    if not (np.abs(points) < 1e30).all():  # also False for what is not a number
        raise FormatError("points-not-finite", f"{name} has points that are not finite at frame {frame}; repair the mesh or hide it.")
    return points
