"""Point instancers: every copy becomes an object of its own that shares its prototype's shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import UsdGeom

from render_server.scenes.usd_piece import Geometry, Piece, is_visible
from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64
from shot_format.errors import FormatError


class Instancer:
    """One point instancer: the matrices of its copies at each frame."""

    def __init__(self, prim: Any) -> None:
        self.prim = prim
        self._instancer = UsdGeom.PointInstancer(prim)
        self._last: tuple[int, Float64, list[bool]] | None = None

    def prototypes(self, clocks: list[Clock]) -> list[int]:
        """For each copy the number of its prototype, at the frame that has the most copies."""
        attribute = self._instancer.GetProtoIndicesAttr()
        times = clocks if attribute.ValueMightBeTimeVarying() else clocks[:1]
        return max(([int(i) for i in attribute.Get(clock.time) or []] for clock in times), key=len)

    def at(self, clock: Clock, copy: int) -> tuple[Float64, bool]:
        """A copy's world matrix (4, 4) and whether it is there. Raises FormatError ("matrix-not-finite")."""
        if self._last is None or self._last[0] != clock.frame:
            self._last = (clock.frame, *self._read(clock))
        matrices, shown = self._last[1:]
        return (matrices[copy], shown[copy]) if copy < len(matrices) else (np.eye(4), False)

    def _read(self, clock: Clock) -> tuple[Float64, list[bool]]:
        kind = UsdGeom.PointInstancer
        local = self._instancer.ComputeInstanceTransformsAtTime(clock.time, clock.time, kind.IncludeProtoXform, kind.IgnoreMask)
        matrices = np.array(local, dtype=np.float64).reshape(-1, 4, 4) @ clock.matrix(self.prim)
        if not np.isfinite(matrices).all():
            raise FormatError(
                "matrix-not-finite", f"{self.prim.GetPath()} places copies at points that are not finite at frame {clock.frame}."
            )
        mask = self._instancer.ComputeMaskAtTime(clock.time)
        return matrices, [bool(m) for m in mask] if mask else [True] * len(matrices)


class CopyPiece:
    """One gprim of one copy."""

    def __init__(self, instancer: Instancer, copy: int, prototype: Any, prim: Any, shape: Piece) -> None:
        below = str(prim.GetPath())[len(str(prototype.GetPath())) :]
        self.name = f"{instancer.prim.GetPath()}[{copy}]{below}"
        self.shape = shape
        self._instancer, self._copy, self._prototype = instancer, copy, prototype

    def geometry(self, clock: Clock) -> Geometry:
        """Its prototype's shape."""
        return self.shape.geometry(clock)

    def matrix(self, clock: Clock) -> Float64:
        """Its place below the prototype, then the copy's."""
        below = self.shape.matrix(clock) @ np.linalg.inv(clock.matrix(self._prototype))
        return below @ self._instancer.at(clock, self._copy)[0]

    def visible(self, clock: Clock) -> bool:
        """Whether instancer, copy and prototype are shown."""
        return is_visible(self._instancer.prim, clock) and self._instancer.at(clock, self._copy)[1] and self.shape.visible(clock)
