"""USD's implicit shapes (Cube, Sphere, Cylinder, Cone, Capsule, Plane) as meshes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import UsdGeom

from render_server.scenes.shapes import Shape, box, ellipsoid, lathe
from render_server.scenes.usd_colour import Colours
from render_server.scenes.usd_piece import Connections, Geometry, checked_points, is_visible
from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64

Int64 = NDArray[np.int64]
SIDES, RINGS = 48, 24
PAINT = (0, 0, 0)  # the shapes' own colour is not used


class ShapePiece:
    """A gprim that is described by numbers. Its connections never change, its points may."""

    def __init__(self, prim: Any, colours: Colours) -> None:
        self.name = str(prim.GetPath())
        self._prim, self._colours = prim, colours
        self._make = MAKERS[prim.GetTypeName()]
        self._connections: Connections | None = None
        self._last: tuple[list[Any], Geometry] | None = None

    def geometry(self, clock: Clock) -> Geometry:
        """Its shape at one frame."""
        values = {a.GetBaseName(): a.Get(clock.time) for a in self._prim.GetAttributes() if a.GetBaseName() in MEASURES}
        state = sorted(values.items(), key=lambda item: item[0])
        if self._last is None or self._last[0] != state:
            self._last = (state, self._built(self._make(values), values.get("axis", "Z"), clock))
        return self._last[1]

    def matrix(self, clock: Clock) -> Float64:
        """Its world matrix."""
        return clock.matrix(self._prim)

    def visible(self, clock: Clock) -> bool:
        """Whether it is shown."""
        return is_visible(self._prim, clock)

    def _built(self, shape: Shape, axis: str, clock: Clock) -> Geometry:
        points = checked_points(_along(shape.points, axis), self.name, clock.frame)
        if self._connections is None:
            counts: Int64 = np.full(len(shape.triangles), 3, dtype=np.int64)
            colours = self._colours.faces(self._prim, counts, shape.triangles.ravel().astype(np.int64))
            mirrored = np.linalg.det(self.matrix(clock)[:3, :3]) < 0
            self._connections = Connections(shape.triangles[:, ::-1].copy() if mirrored else shape.triangles, colours)
        return Geometry(points, self._connections)


def _along(points: Float64, axis: str) -> Float64:
    """Points made along y, turned to lie along another axis."""
    order = {"Y": (0, 1, 2), "X": (1, 2, 0), "Z": (2, 0, 1)}[axis]
    return np.ascontiguousarray(points[:, order])


def _cube(values: dict[str, Any]) -> Shape:
    size = float(values["size"])
    return box(size, size, size, PAINT, 0).at(0, -size / 2, 0)


def _plane(values: dict[str, Any]) -> Shape:
    """Two triangles across y; width and length lie as USD has them for each axis."""
    width, length = float(values["width"]) / 2, float(values["length"]) / 2
    x, z = (length, width) if values.get("axis", "Z") == "Z" else (width, length)
    points = np.array([[-x, 0, -z], [-x, 0, z], [x, 0, z], [x, 0, -z]])
    return Shape(points, np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32), np.zeros((2, 3), np.uint8))


def _sphere(values: dict[str, Any]) -> Shape:
    return ellipsoid([float(values["radius"])] * 3, PAINT, SIDES, RINGS - 1)


def _cylinder(values: dict[str, Any]) -> Shape:
    low, high = _radii(values)
    half = float(values["height"]) / 2
    return lathe([(low, -half), (high, half)], PAINT, SIDES)


def _cone(values: dict[str, Any]) -> Shape:
    radius, half = float(values["radius"]), float(values["height"]) / 2
    return lathe([(radius, -half), (radius * 1e-6, half)], PAINT, SIDES)


def _capsule(values: dict[str, Any]) -> Shape:
    low, high = _radii(values)
    half = float(values["height"]) / 2
    angles = np.linspace(0.0, math.pi / 2, RINGS // 2)
    bottom = [(low * math.sin(a), -half - low * math.cos(a)) for a in angles[1:]]
    top = [(high * math.cos(a), half + high * math.sin(a)) for a in angles[:-1]]
    shape = lathe([*bottom, *top], PAINT, SIDES)
    shape.points[0, 1], shape.points[-1, 1] = -half - low, half + high
    return shape


def _radii(values: dict[str, Any]) -> tuple[float, float]:
    """Radius at the lower and the upper end."""
    both = values.get("radius", 1.0)
    return float(values.get("radiusBottom", both)), float(values.get("radiusTop", both))


MEASURES = ("size", "radius", "radiusTop", "radiusBottom", "height", "width", "length", "axis")
MAKERS: dict[str, Callable[[dict[str, Any]], Shape]] = {
    "Cube": _cube,
    "Sphere": _sphere,
    "Cylinder": _cylinder,
    "Cylinder_1": _cylinder,
    "Cone": _cone,
    "Capsule": _capsule,
    "Capsule_1": _capsule,
    "Plane": _plane,
}


def is_shape(prim: Any) -> bool:
    """Whether a prim is one of these shapes."""
    return prim.IsA(UsdGeom.Gprim) and prim.GetTypeName() in MAKERS
