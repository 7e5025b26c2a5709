"""A USD camera as a pinhole in pixels.

The film back's width fills the picture's width (horizontal fit), whatever its height; pixels are square. An aperture offset moves the
window that is seen: to the right and up where it is positive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pxr import UsdGeom

from render_server.scenes.emit import matrix
from render_server.scenes.usd_stage import Clock
from render_server.scenes.vectors import Float64
from shot_format.errors import FormatError
from shot_format.shot import Camera, FilmBack


def camera_at(prim: Any, clock: Clock, size: tuple[int, int], metres_per_unit: float) -> Camera:
    """The camera at one frame. Raises FormatError: "camera-orthographic", "camera-broken", "camera-mirrored"."""
    camera = UsdGeom.Camera(prim)
    if camera.GetProjectionAttr().Get(clock.time) == UsdGeom.Tokens.orthographic:
        raise FormatError("camera-orthographic", f"{prim.GetPath()} is orthographic; only perspective cameras can be painted.")
    focal, width, height, offset_x, offset_y, near, far = _lens(camera, clock)
    scale = size[0] * focal / width
    to_mm = metres_per_unit * 100.0  # USD states a film back in tenths of a scene unit
    return Camera(
        matrix=matrix(_without_scale(clock.matrix(prim), prim, clock.frame)),
        fx=scale,
        fy=scale,
        cx=size[0] / 2 - scale * offset_x / focal,
        cy=size[1] / 2 + scale * offset_y / focal,
        near=near,
        far=far,
        film_back=FilmBack(focal * to_mm, width * to_mm, height * to_mm, offset_x * to_mm, offset_y * to_mm),
    )


def film_aspect(prim: Any, clock: Clock) -> float:
    """Width of the film back over its height."""
    _, width, height, *_ = _lens(UsdGeom.Camera(prim), clock)
    return width / height


def _lens(camera: Any, clock: Clock) -> tuple[float, ...]:
    names = ("FocalLength", "HorizontalAperture", "VerticalAperture", "HorizontalApertureOffset", "VerticalApertureOffset")
    values = [float(getattr(camera, f"Get{name}Attr")().Get(clock.time)) for name in names]
    near, far = (float(v) for v in camera.GetClippingRangeAttr().Get(clock.time))
    if not np.isfinite([*values, near, far]).all() or min(values[:3]) <= 0 or near <= 0 or far <= near:
        raise FormatError(
            "camera-broken",
            f"{camera.GetPath()} at frame {clock.frame} has focal length {values[0]:g}, film back {values[1]:g} x {values[2]:g}, "
            f"clipping range {near:g} to {far:g}; all must be above 0, and far beyond near.",
        )
    return (*values, near, far)


def _without_scale(world: Float64, prim: Any, frame: int) -> Float64:
    """The camera's matrix with unit axes at right angles: a camera under a scaled group sees what it would see without the scale."""
    up, back = world[1, :3], world[2, :3]
    if abs(np.linalg.det(world[:3, :3])) < 1e-18 * max(float(np.abs(world[:3, :3]).max()), 1e-6) ** 3:
        raise FormatError("camera-broken", f"{prim.GetPath()} is scaled to nothing at frame {frame}.")
    if np.linalg.det(world[:3, :3]) < 0:
        raise FormatError("camera-mirrored", f"{prim.GetPath()} is mirrored by a negative scale at frame {frame}; take the scale off.")
    back = back / np.linalg.norm(back)
    up = up - back * (up @ back)
    up = up / np.linalg.norm(up)
    result = np.eye(4)
    result[:3, :3] = np.stack([np.cross(up, back), up, back])
    result[3, :3] = world[3, :3]
    return result
