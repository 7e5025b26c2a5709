"""A Maya camera at the present frame as the shot format's camera.

What the camera sees comes from Maya itself; our own film-back formula only checks it.
"""

from __future__ import annotations

from maya.api import OpenMaya as om

from maya_plugin.host.nodes import matrix_of
from maya_plugin.workflow.camera_maths import (
    MM_PER_INCH,
    FilmBack,
    Pinhole,
    PostLens,
    Window,
    after,
    difference,
    film_window,
    pinhole,
)
from shot_format.errors import FormatError
from shot_format.shot import Camera, Skipped
from shot_format.shot import FilmBack as ShotFilmBack

AGREES = 1e-4  # of the picture; Maya's own numbers may be single precision
ROLLED = 1e-6


def read_camera(path: om.MDagPath, width: int, height: int, pixel_aspect: float) -> Camera:
    """The camera at the present frame. Raises FormatError ("camera-orthographic", "camera-film-roll", "camera-broken")."""
    camera = om.MFnCamera(path)
    _refuse(camera)
    hole = _pinhole(camera, width, height, pixel_aspect)
    film = film_back(camera)
    return Camera(
        matrix=matrix_of(path.inclusiveMatrix()),
        fx=hole.fx,
        fy=hole.fy,
        cx=hole.cx,
        cy=hole.cy,
        near=camera.nearClippingPlane,
        far=camera.farClippingPlane,
        film_back=ShotFilmBack(film.focal_mm, *(inch * MM_PER_INCH for inch in (film.width, film.height, film.offset_x, film.offset_y))),
    )


def doubts(path: om.MDagPath, width: int, height: int, pixel_aspect: float) -> list[Skipped]:
    """What of the camera at the present frame cannot be taken, or may not be as seen."""
    camera = om.MFnCamera(path)
    aspect, name, found = width * pixel_aspect / height, path.partialPathName(), []
    if difference(_window(camera, aspect), film_window(film_back(camera), aspect, camera.nearClippingPlane)) > AGREES:
        found.append("Maya's frustum differs from that of its film back; Maya's is taken")
    if camera.lensSqueezeRatio != 1.0:
        found.append(f"its lens squeeze of {camera.lensSqueezeRatio:g} may be missing in the passes")
    if camera.shakeEnabled:
        found.append("its shake is not taken")
    if path.inclusiveMatrix().det3x3() < 0:
        found.append("it is mirrored by a negative scale, which is not taken")
    return [Skipped(name, reason) for reason in found]


def film_back(camera: om.MFnCamera) -> FilmBack:
    """The camera's lens and film at the present frame."""
    return FilmBack(
        focal_mm=camera.focalLength,
        width=camera.horizontalFilmAperture,
        height=camera.verticalFilmAperture,
        offset_x=camera.horizontalFilmOffset,
        offset_y=camera.verticalFilmOffset,
        fit=camera.filmFit,
        fit_offset=camera.filmFitOffset,
        camera_scale=camera.cameraScale,
    )


def _refuse(camera: om.MFnCamera) -> None:
    name = camera.name()
    if camera.isOrtho():
        raise FormatError("camera-orthographic", f"{name} is orthographic; only perspective cameras can be painted.")
    if abs(camera.filmRollValue) > ROLLED:
        raise FormatError("camera-film-roll", f"{name} has a film roll, which cannot be painted; roll the camera itself.")
    if not 0 < camera.nearClippingPlane < camera.farClippingPlane:
        raise FormatError(
            "camera-broken", f"{name} clips from {camera.nearClippingPlane:g} to {camera.farClippingPlane:g}; far must be beyond near."
        )


def _pinhole(camera: om.MFnCamera, width: int, height: int, pixel_aspect: float) -> Pinhole:
    near = camera.nearClippingPlane
    hole = pinhole(_window(camera, width * pixel_aspect / height), near, width, height)
    return after(PostLens(camera.preScale, camera.filmTranslateH, camera.filmTranslateV, camera.postScale), hole, width, height)


def _window(camera: om.MFnCamera, aspect: float) -> Window:
    left, right, bottom, top = camera.getRenderingFrustum(aspect)
    if not (right > left and top > bottom):
        raise FormatError("camera-broken", f"{camera.name()} sees nothing: its film back or its scale is 0 or negative.")
    return Window(left, right, bottom, top)
