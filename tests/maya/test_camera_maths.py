"""The film-back formula against usd-core's camera and against a plain projection."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from maya_plugin.workflow.camera_maths import (
    FILL,
    HORIZONTAL,
    MM_PER_INCH,
    OVERSCAN,
    VERTICAL,
    FilmBack,
    Pinhole,
    PostLens,
    after,
    difference,
    film_window,
    pinhole,
    seen_film,
)
from tests.fake_maya.lens import rendering_frustum

CAMERAS = 10_000
SIDES = ("left", "right", "bottom", "top")


def _cameras(seed: int, fit_offset: bool) -> Iterator[tuple[FilmBack, int, int, float]]:
    """Random cameras: film back, picture size, near plane. Millimetres are halves of 1/64, which float32 holds exactly."""
    dice = random.Random(seed)
    for number in range(CAMERAS):
        mm = [dice.randint(64, 6400) / 64 for _ in range(3)] + [dice.randint(-640, 640) / 64 for _ in range(2)]
        yield (
            FilmBack(
                focal_mm=mm[0], width=mm[1] / MM_PER_INCH, height=mm[2] / MM_PER_INCH,
                offset_x=mm[3] / MM_PER_INCH, offset_y=mm[4] / MM_PER_INCH, fit=number % 4,
                fit_offset=dice.uniform(-1, 1) if fit_offset else 0.0, camera_scale=dice.choice((1.0, dice.uniform(0.2, 5))),
            ),
            dice.randint(16, 4096),
            dice.randint(16, 4096),
            dice.uniform(0.01, 100),
        )  # fmt: skip


def test_the_window_is_that_of_usd_cores_camera() -> None:
    gf = pytest.importorskip("pxr.Gf")
    for film, width, height, near in _cameras(1, fit_offset=False):
        camera = gf.Camera()
        camera.focalLength = film.focal_mm
        camera.horizontalAperture, camera.verticalAperture = film.width * MM_PER_INCH, film.height * MM_PER_INCH
        camera.horizontalApertureOffset, camera.verticalApertureOffset = film.offset_x * MM_PER_INCH, film.offset_y * MM_PER_INCH
        frustum = camera.frustum
        frustum.window = _conformed(gf, frustum.window, film.fit, width / height)
        frustum.nearFar = gf.Range1d(near, 1000 * near)
        corners = frustum.ComputeCorners()  # of the near plane first: left bottom, right bottom, left top, right top
        expected = [each * film.camera_scale for each in (corners[0][0], corners[3][0], corners[0][1], corners[3][1])]
        ours = film_window(film, width / height, near)
        size = max(ours.right - ours.left, ours.top - ours.bottom)
        assert max(abs(getattr(ours, side) - value) for side, value in zip(SIDES, expected)) <= 1e-9 * size, film


def _conformed(gf: Any, window: Any, fit: int, aspect: float) -> Any:
    """A window of another aspect about the same middle, as USD's policies have it: crop, match horizontally, match vertically, fit."""
    size = window.GetSize()
    wider = size[0] / size[1] > aspect
    by_height = {FILL: wider, HORIZONTAL: False, VERTICAL: True, OVERSCAN: not wider}[fit]
    half = gf.Vec2d(size[1] * aspect, size[1]) / 2 if by_height else gf.Vec2d(size[0], size[0] / aspect) / 2
    middle = window.GetMidpoint()
    return gf.Range2d(middle - half, middle + half)


def test_the_window_is_that_of_the_other_implementation_with_fit_offset_too() -> None:
    for film, width, height, near in _cameras(2, fit_offset=True):
        ours = film_window(film, width / height, near)
        theirs = rendering_frustum(
            film.focal_mm, (film.width, film.height), (film.offset_x, film.offset_y), film.fit, film.fit_offset, film.camera_scale,
            width / height, near,
        )  # fmt: skip
        size = max(ours.right - ours.left, ours.top - ours.bottom)
        assert max(abs(getattr(ours, side) - value) for side, value in zip(SIDES, theirs)) <= 1e-9 * size, film


def test_the_pinhole_lands_where_a_plain_projection_does_also_after_scales_and_moves() -> None:
    dice = random.Random(3)
    for film, width, height, near in _cameras(4, fit_offset=True):
        window = film_window(film, width / height, near)
        lens = PostLens(dice.uniform(0.5, 2), dice.uniform(-0.5, 0.5), dice.uniform(-0.5, 0.5), dice.uniform(0.5, 2))
        hole = after(lens, pinhole(window, near, width, height), width, height)
        x, y, z = dice.uniform(-50, 50), dice.uniform(-50, 50), -dice.uniform(1, 500)
        # OpenGL's glFrustum, then what Maya does to normalised device coordinates, then the viewport
        across = (2 * near * x + (window.right + window.left) * z) / (window.right - window.left) / -z
        up = (2 * near * y + (window.top + window.bottom) * z) / (window.top - window.bottom) / -z
        across = (across * lens.pre_scale + lens.move_x) * lens.post_scale
        up = (up * lens.pre_scale + lens.move_y) * lens.post_scale
        expected = ((across + 1) / 2 * width, (1 - up) / 2 * height)
        landed = (hole.cx + hole.fx * x / -z, hole.cy - hole.fy * y / -z)
        for one, other in zip(landed, expected):
            assert abs(one - other) <= 1e-9 * max(1.0, abs(other), width, height)


def test_a_known_camera() -> None:
    film = FilmBack(35.0, 36 / MM_PER_INCH, 24 / MM_PER_INCH, fit=HORIZONTAL)
    window = film_window(film, 2048 / 1556, 1.0)
    hole = pinhole(window, 1.0, 2048, 1556)
    assert (2 * hole.fx / 2048, 2 * hole.fy / 1556) == pytest.approx((1.944444, 2.559269), rel=1e-5)
    assert (hole.cx, hole.cy) == pytest.approx((1024, 778))


def test_the_film_that_a_picture_shows_projects_onto_the_whole_picture() -> None:
    for film, width, height, near in list(_cameras(5, fit_offset=True))[:1000]:
        hole = after(PostLens(1.3, 0.2, -0.1, 0.8), pinhole(film_window(film, width / height, near), near, width, height), width, height)
        wide, high, across, up = seen_film(hole, film, width, height)
        focal = film.focal_mm / MM_PER_INCH / film.camera_scale
        left, right = ((across + side * wide / 2) / focal * hole.fx + hole.cx for side in (-1, 1))
        top, bottom = (hole.cy - (up + side * high / 2) / focal * hole.fy for side in (1, -1))
        assert (left, top, right, bottom) == pytest.approx((0, 0, width, height), abs=1e-6 * max(width, height))


def test_without_pre_scale_move_and_post_scale_nothing_changes() -> None:
    hole = Pinhole(100.0, 110.0, 30.0, 20.0)
    assert after(PostLens(), hole, 64, 48) == hole


def test_a_difference_is_told_as_a_share_of_the_window() -> None:
    film = FilmBack(35.0, 1.4, 0.9)
    window = film_window(film, 1.5, 1.0)
    assert difference(window, window) == 0
    other = film_window(FilmBack(35.0, 1.4, 0.9, offset_x=0.014), 1.5, 1.0)
    assert difference(window, other) == pytest.approx(0.01, rel=0.1)
