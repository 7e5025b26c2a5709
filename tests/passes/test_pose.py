from importlib.util import find_spec

import numpy as np
import pytest

from render_server.passes.geometry import Skeleton
from render_server.passes.pose import draw_pose, visible_joints

from .shapes import HEIGHT, WIDTH, view

RIGHT_HAND, LEFT_HAND = 4, 7


def person(z=-6.0):
    """A person with arms spread, 1.8 m tall, standing 6 m away."""
    x_y = [(0, 0.7), (0, 0.5), (-0.2, 0.5), (-0.5, 0.5), (-0.75, 0.5), (0.2, 0.5), (0.5, 0.5), (0.75, 0.5), (-0.1, 0), (-0.1, -0.45)]
    x_y += [(-0.1, -0.9), (0.1, 0), (0.1, -0.45), (0.1, -0.9), (-0.04, 0.75), (0.04, 0.75), (-0.09, 0.72), (0.09, 0.72)]
    joints = np.array([(x, y, z) for x, y in x_y])
    return Skeleton("person", joints, np.ones(18, np.float32))


def depth(value=np.inf):
    return np.full((HEIGHT, WIDTH), value, np.float32)


def test_joints_fall_where_the_camera_puts_them():
    pixels, seen = visible_joints(person(), view(), depth())
    assert seen.all()
    np.testing.assert_allclose(pixels[LEFT_HAND], (WIDTH / 2 + 10, HEIGHT / 2 - 80 * 0.5 / 6), atol=1e-9)


def test_a_body_does_not_hide_its_own_joints_but_other_things_do():
    _, seen = visible_joints(person(), view(), depth(5.8))  # its own surface, 0.2 m in front of the joints
    assert seen.all()
    curtain = depth()
    curtain[:, : WIDTH // 2 - 5] = 4.0
    _, seen = visible_joints(person(), view(), curtain)
    assert not seen[RIGHT_HAND] and seen[LEFT_HAND]


def test_unknown_outside_and_behind_are_not_seen():
    unknown = person()
    unknown.scores[LEFT_HAND] = 0
    assert not visible_joints(unknown, view(), depth())[1][LEFT_HAND]
    assert not visible_joints(person(z=6.0), view(), depth())[1].any()
    assert not visible_joints(person(z=-0.5), view(), depth())[1][[LEFT_HAND, RIGHT_HAND]].any()


def test_nobody_is_a_black_map_and_needs_no_torch():
    np.testing.assert_array_equal(draw_pose([], view(), depth()), np.zeros((HEIGHT, WIDTH, 3)))


@pytest.mark.skipif(find_spec("controlnet_aux") is None, reason="controlnet-aux is not installed")
def test_the_map_has_openpose_colours_at_the_joints():
    camera = view(width=384, height=256, focal=320)
    picture = draw_pose([person()], camera, np.full((256, 384), np.inf, np.float32))
    assert picture.shape == (256, 384, 3) and picture.dtype == np.uint8
    pixels, _ = visible_joints(person(), camera, np.full((256, 384), np.inf, np.float32))
    column, row = pixels[RIGHT_HAND].astype(int)
    assert tuple(picture[row, column]) == (170, 255, 0)
    column, row = pixels[LEFT_HAND].astype(int)
    assert tuple(picture[row, column]) == (0, 255, 85)
