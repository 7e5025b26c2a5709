"""A Maya camera's film back as the window that it sees, and that window as a pinhole in pixels.

Lengths of the film back are inches, the focal length is millimetres, the window has the unit of `near`.
"""

from __future__ import annotations

from dataclasses import dataclass

FILL, HORIZONTAL, VERTICAL, OVERSCAN = range(4)  # filmFit, as Maya counts it
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class FilmBack:
    """A camera's lens and film at one frame."""

    focal_mm: float
    width: float
    height: float
    offset_x: float = 0.0
    offset_y: float = 0.0
    fit: int = FILL
    fit_offset: float = 0.0
    camera_scale: float = 1.0


@dataclass(frozen=True)
class Window:
    """What a camera sees on its near plane."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class PostLens:
    """What Maya does to the picture after the projection: scale, move, scale. The move is in halves of the picture's side."""

    pre_scale: float = 1.0
    move_x: float = 0.0
    move_y: float = 0.0
    post_scale: float = 1.0


@dataclass(frozen=True)
class Pinhole:
    """A camera-space point (x, y, z), z < 0 in front, lands at pixel (cx + fx * x / -z, cy - fy * y / -z)."""

    fx: float
    fy: float
    cx: float
    cy: float


def film_window(film: FilmBack, aspect: float, near: float) -> Window:
    """The window at the near plane for a picture of this aspect (width over height, as seen)."""
    wide, high, move_x, move_y = _fitted(film, aspect)
    scale = near * MM_PER_INCH / film.focal_mm * film.camera_scale
    across, up = film.offset_x + move_x, film.offset_y + move_y
    return Window(scale * (across - wide / 2), scale * (across + wide / 2), scale * (up - high / 2), scale * (up + high / 2))


def _fitted(film: FilmBack, aspect: float) -> tuple[float, float, float, float]:
    """The film that the picture shows: width, height, and how far the fit's offset moves it."""
    picture_is_narrower = aspect < film.width / film.height
    keeps_height = film.fit == VERTICAL or (film.fit == FILL and picture_is_narrower) or (film.fit == OVERSCAN and not picture_is_narrower)
    if keeps_height:
        wide = film.height * aspect
        move = film.fit_offset * (film.width - wide) / 2 if film.fit == VERTICAL and wide > film.width else 0.0
        return wide, film.height, move, 0.0
    high = film.width / aspect
    move = film.fit_offset * (film.height - high) / 2 if film.fit == HORIZONTAL and high > film.height else 0.0
    return film.width, high, 0.0, move


def pinhole(window: Window, near: float, width: int, height: int) -> Pinhole:
    """The pinhole that draws this window as width x height pixels."""
    wide, high = window.right - window.left, window.top - window.bottom
    return Pinhole(width * near / wide, height * near / high, -width * window.left / wide, height * window.top / high)


def after(lens: PostLens, hole: Pinhole, width: int, height: int) -> Pinhole:
    """The pinhole after the camera's pre-scale, film translate and post-scale."""
    scale = lens.pre_scale * lens.post_scale
    across, up = lens.move_x * lens.post_scale, lens.move_y * lens.post_scale
    return Pinhole(
        fx=hole.fx * scale,
        fy=hole.fy * scale,
        cx=hole.cx * scale + width / 2 * (1 + across - scale),
        cy=hole.cy * scale + height / 2 * (1 - up - scale),
    )


def seen_film(hole: Pinhole, film: FilmBack, width: int, height: int) -> tuple[float, float, float, float]:
    """Width, height, offset x and offset y, in inches, of the film that the picture shows; an image plane of it covers the picture."""
    focal = film.focal_mm / MM_PER_INCH / film.camera_scale
    return (
        width / hole.fx * focal,
        height / hole.fy * focal,
        (width / 2 - hole.cx) / hole.fx * focal,
        (hole.cy - height / 2) / hole.fy * focal,
    )


def difference(first: Window, second: Window) -> float:
    """The largest distance between two windows' sides, as a share of the window's size."""
    size = max(first.right - first.left, first.top - first.bottom)
    across = max(abs(first.left - second.left), abs(first.right - second.right))
    return max(across, abs(first.bottom - second.bottom), abs(first.top - second.top)) / size
