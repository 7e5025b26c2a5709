import dataclasses

import numpy as np
import pytest

from render_server.passes.motion import motion
from render_server.passes.raster import rasterise

from .shapes import FOCAL, HEIGHT, WIDTH, box, floor, frame, moved, pixel_centres, sphere, turned, view, wall

BACKDROP = wall(-40, 40, -40, 40, -16, 1)


def carry(here, there, **more):
    return motion(rasterise(here), rasterise(there), **more)


def test_translated_wall_moves_by_its_own_pixels():
    # 0.35 m right and 0.2 m down at 8 m depth are 3.5 and 2 pixels.
    here, there = wall(-20, 20, -20, 20, -8), wall(-19.65, 20.35, -20.2, 19.8, -8)
    result = carry(frame(here), frame(there))
    np.testing.assert_allclose(result.offset, np.broadcast_to((3.5, 2.0), result.offset.shape), atol=1e-5)


def test_turning_camera_moves_the_infinitely_far():
    result = carry(frame(), frame(camera=view(turned(3.0))))
    x, y = pixel_centres()
    ray = np.stack([(x - WIDTH / 2) / FOCAL, (HEIGHT / 2 - y) / FOCAL, -np.ones_like(x)], axis=-1)
    seen = ray @ np.linalg.inv(turned(3.0))[:3, :3]
    expected = np.stack([WIDTH / 2 - FOCAL * seen[..., 0] / seen[..., 2] - x, HEIGHT / 2 + FOCAL * seen[..., 1] / seen[..., 2] - y], -1)
    np.testing.assert_allclose(result.offset, expected, atol=1e-4)
    assert result.offset[HEIGHT // 2, WIDTH // 2, 0] > 4  # a turn to the left carries the picture to the right


def test_approaching_camera_spreads_the_picture():
    result = carry(frame(BACKDROP), frame(BACKDROP, camera=view(moved(z=-4.0))))
    x, y = pixel_centres()
    np.testing.assert_allclose(result.offset[..., 0], (x - WIDTH / 2) * (16 / 12 - 1), atol=1e-4)
    np.testing.assert_allclose(result.offset[..., 1], (y - HEIGHT / 2) * (16 / 12 - 1), atol=1e-4)


def test_an_occluder_that_moves_off_reveals_exactly_its_strip():
    # At 8 m, 1 m is 10 pixels: the occluder covers x 38 to 58, and was 6 pixels further left before.
    now, before = wall(-1, 1, -2, 2, -8, 2), wall(-1.6, 0.4, -2, 2, -8, 2)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    backward = carry(frame(BACKDROP, now), frame(BACKDROP, before))
    expected[12:52, 32:38] = 1
    np.testing.assert_array_equal(backward.occluded, expected)
    forward = carry(frame(BACKDROP, before), frame(BACKDROP, now))
    expected[:] = 0
    expected[12:52, 52:58] = 1
    np.testing.assert_array_equal(forward.occluded, expected)


def test_background_behind_something_is_occluded_too():
    result = carry(frame(), frame(wall(-1, 1, -2, 2, -8)))
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[12:52, 38:58] = 1
    np.testing.assert_array_equal(result.occluded, expected)


def test_what_leaves_the_picture_is_occluded():
    result = carry(frame(BACKDROP), frame(BACKDROP, camera=view(moved(x=1.0))))  # 5 pixels to the left
    assert result.occluded[:, :5].all()
    assert not result.occluded[:, 5:].any()


def test_a_grazing_floor_does_not_hide_itself():
    low = dataclasses.replace(floor(y=-0.05), object_id=1)
    result = carry(frame(low), frame(low, camera=view(moved(x=0.03, z=-0.1))))
    x, y = pixel_centres()
    there = np.stack([x, y], axis=-1) + result.offset
    inside = ((there > 0.5) & (there < (WIDTH - 0.5, HEIGHT - 0.5))).all(axis=-1)
    assert inside.mean() > 0.6
    assert not result.occluded[inside].any()


def test_a_mesh_that_is_not_there_keeps_its_place_and_is_occluded():
    lone = wall(-1, 1, -1, 1, -8, 2)
    result = carry(frame(BACKDROP, lone), frame(BACKDROP, camera=view(moved(x=0.8))))
    hit = rasterise(frame(lone)).triangle >= 0
    np.testing.assert_allclose(result.offset[hit], np.broadcast_to((-8.0, 0.0), (hit.sum(), 2)), atol=1e-5)
    assert result.occluded[hit].all()


def test_a_mesh_whose_topology_changed_has_no_partner():
    here, there = wall(-1, 1, -1, 1, -8, topology="a"), wall(-1, 1, -1, 1, -8, topology="b")
    hit = rasterise(frame(here)).triangle >= 0
    np.testing.assert_array_equal(carry(frame(here), frame(there)).occluded, hit)


def test_what_passes_behind_the_camera_stays_finite():
    result = carry(frame(floor()), frame(floor(), camera=view(moved(z=-30.0))))
    assert np.isfinite(result.offset).all()
    assert result.occluded[-1].all()


def test_forward_and_backward_motion_meet():
    here = frame(BACKDROP, sphere((0, 0, -6), 1.5, object_id=2))
    there = frame(BACKDROP, sphere((0.2, 0.1, -5.5), 1.5, object_id=2, turn=4), camera=view(moved(x=0.1)))
    forward, backward = carry(here, there), carry(there, here)
    x, y = pixel_centres()
    land = np.stack([x, y], axis=-1) + forward.offset
    column, row = np.clip(land.astype(int), 0, (WIDTH - 1, HEIGHT - 1)).transpose(2, 0, 1)
    visible = forward.occluded == 0
    error = np.linalg.norm(forward.offset + backward.offset[row, column], axis=-1)[visible]
    assert np.median(error) < 0.1 and np.percentile(error, 95) < 0.6  # not zero: the landing place lies between pixel centres


@pytest.mark.parametrize("turning", [box, sphere])
def test_turning_things_are_occluded_where_a_finer_picture_says_so(turning):
    scale = 9
    here = rasterise(frame(BACKDROP, turning((0.1, 0.05, -5), 2.0, object_id=2, turn=20), camera=view(width=192, height=128, focal=160)))
    scene = frame(BACKDROP, turning((0.3, 0.0, -5), 2.0, object_id=2, turn=28), camera=view(width=192, height=128, focal=160))
    fine_camera = view(width=192 * scale, height=128 * scale, focal=160 * scale)
    fine = rasterise(dataclasses.replace(scene, view=fine_camera))
    result = motion(here, rasterise(scene))
    hidden = finely_hidden(here, fine, result.offset, scale)
    assert hidden.sum() > 400
    assert (result.occluded.astype(bool) != hidden).sum() < 0.06 * hidden.sum()  # half a pixel along the edges


def finely_hidden(here, fine, offset, scale):
    """Whether each point of one frame is behind what a picture of the other shows that is so many times finer."""
    height, width = here.depth.shape
    x, y = pixel_centres(width, height)
    land = np.stack([x, y], axis=-1) + offset
    outside = ((land < 0) | (land >= (width, height))).any(axis=-1)
    column, row = np.clip((land * scale).astype(int), 0, (width * scale - 1, height * scale - 1)).transpose(2, 0, 1)
    weights = np.dstack([here.barycentric, 1 - here.barycentric.sum(axis=-1)])
    corners = fine.camera_points[here.surface.triangles[here.triangle]]  # both frames join the same meshes in the same order
    depth = -(corners[..., 2] * weights).sum(axis=-1)
    return outside | ((fine.depth[row, column] < depth * (1 - 1e-3)) & (fine.triangle[row, column] != here.triangle))


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_nothing(threads):
    here = frame(floor(), sphere((0, 0, -3), object_id=2), camera=view(width=192, height=200))
    there = frame(floor(), sphere((0.1, 0, -3), object_id=2, turn=9), camera=view(moved(0.1), width=192, height=200))
    one, many = carry(here, there, threads=1), carry(here, there, threads=threads)
    np.testing.assert_array_equal(one.offset, many.offset)
    np.testing.assert_array_equal(one.occluded, many.occluded)
