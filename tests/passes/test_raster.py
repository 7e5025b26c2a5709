import dataclasses

import numpy as np
import pytest

from render_server.passes.raster import rasterise

from .shapes import FOCAL, HEIGHT, WIDTH, box, floor, frame, mesh, pixel_centres, sphere, view, wall


def test_wall_has_its_own_depth_everywhere():
    seen = rasterise(frame(wall(-50, 50, -50, 50, -7.5)))
    np.testing.assert_allclose(seen.depth, 7.5, rtol=1e-14)
    assert (seen.triangle >= 0).all()


def test_wall_edges_fall_on_the_right_pixels():
    # 1 m at 8 m depth is 10 pixels: the wall spans x 38 to 58 and y 12 to 32.
    seen = rasterise(frame(wall(-1, 1, 0, 2, -8)))
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[12:32, 38:58] = True
    np.testing.assert_array_equal(seen.triangle >= 0, expected)


def test_tilted_plane_depth_is_exact():
    # The plane z = -4 + x / 2, so depth = 4 / (1 + rx / 2) along the ray (rx, ry, -1).
    points = [(x, y, -4 + x / 2) for x, y in ((-6, -9), (6, -9), (6, 9), (-6, 9))]
    seen = rasterise(frame(mesh(points, [(0, 1, 2), (0, 2, 3)])))
    x, _ = pixel_centres()
    expected = 4 / (1 + (x - WIDTH / 2) / FOCAL / 2)
    inside = seen.triangle >= 0
    assert inside.mean() > 0.9
    np.testing.assert_allclose(seen.depth[inside], expected[inside], rtol=1e-13)


def test_barycentric_coordinates_give_the_point_under_the_pixel():
    seen = rasterise(frame(sphere((0.3, -0.2, -4))))
    x, y = pixel_centres()
    hit = seen.triangle >= 0
    weights = np.dstack([seen.barycentric, 1 - seen.barycentric.sum(axis=-1)])[hit]
    points = (seen.surface.points[seen.surface.triangles[seen.triangle[hit]]] * weights[..., None]).sum(axis=1)
    depth = seen.depth[hit]
    np.testing.assert_allclose(-points[:, 2], depth, rtol=1e-12)
    np.testing.assert_allclose(points[:, 0] / depth * FOCAL + WIDTH / 2, x[hit], atol=1e-9)
    np.testing.assert_allclose(HEIGHT / 2 - points[:, 1] / depth * FOCAL, y[hit], atol=1e-9)


def test_floor_behind_the_camera_is_cut_at_near_and_far():
    seen = rasterise(frame(floor(), camera=view(near=2.0, far=50.0)))
    _, y = pixel_centres()
    with np.errstate(divide="ignore"):
        expected = FOCAL / (y - HEIGHT / 2)
    expected[(expected < 2.0) | (expected > 50.0)] = np.inf
    np.testing.assert_allclose(seen.depth, expected, rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 0.25, None])
def test_shared_edges_leave_no_gap_and_no_double(offset):
    # With 0.0 and 0.25 many corners and edges pass through pixel centres, and powers of two keep every sum exact; with None all is odd.
    count, step, focal = 16, 5.5, 64.0
    random = np.random.default_rng(1)
    y, x = np.mgrid[0 : count + 1, 0 : count + 1] * step + (offset or 0.0)
    depth = 2.0 ** random.integers(1, 5, x.shape)
    if offset is None:
        x, y, depth = x + random.uniform(-1, 1, x.shape), y + random.uniform(-1, 1, x.shape), random.uniform(2, 20, x.shape)
    points = np.stack([(x - WIDTH / 2) / focal * depth, (HEIGHT / 2 - y) / focal * depth, -depth], axis=-1).reshape(-1, 3)
    a = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()
    triangles = np.concatenate([np.stack([a, a + 1, a + count + 1], 1), np.stack([a + 1, a + count + 2, a + count + 1], 1)])
    covered = sum((rasterise(frame(mesh(points, t), camera=view(focal=focal))).triangle >= 0).astype(int) for t in triangles)
    inside = (slice(2, HEIGHT), slice(2, int(count * step) - 2))
    np.testing.assert_array_equal(covered[inside], 1)
    assert covered.max() == 1


def test_both_sides_are_seen():
    front = wall(-1, 1, -1, 1, -3)
    back = dataclasses.replace(front, triangles=np.ascontiguousarray(front.triangles[:, ::-1]))
    np.testing.assert_allclose(rasterise(frame(front)).depth, rasterise(frame(back)).depth, rtol=1e-14)


def test_what_has_no_area_or_lies_behind_is_skipped():
    line = mesh([(0, 0, -3), (1, 1, -3), (2, 2, -3)], [(0, 1, 2), (0, 0, 1), (1, 1, 1)], 1)
    edge_on = mesh([(0, 0, -1), (0, 0, -3), (0, 1, -2)], [(0, 1, 2)], 2)
    behind = wall(-1, 1, -1, 1, 3, 3)
    seen = rasterise(frame(line, edge_on, behind))
    assert (seen.triangle == -1).all()
    assert np.isinf(seen.depth).all()


def test_an_empty_frame_shows_nothing():
    seen = rasterise(frame())
    assert (seen.triangle == -1).all() and np.isinf(seen.depth).all()


def test_the_nearest_wins_and_of_equals_the_first():
    far, near, same = wall(-9, 9, -9, 9, -5, 1), wall(-9, 9, -9, 9, -2, 2), wall(-9, 9, -9, 9, -2, 3)
    seen = rasterise(frame(far, near, same))
    assert set(seen.surface.triangle_object[seen.triangle].ravel()) == {2}


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_the_number_of_threads_changes_nothing(threads):
    scene = frame(floor(), sphere((0, 0, -3), object_id=2), box((1, 0, -2.5), object_id=3, turn=30), camera=view(width=192, height=200))
    one, many = rasterise(scene, threads=1), rasterise(scene, threads=threads)
    for name in ("depth", "triangle", "barycentric"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
