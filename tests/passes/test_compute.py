import numpy as np
import pytest

from render_server.passes.compute import compute_passes, iter_passes, neighbours
from render_server.passes.geometry import Passes

from .shapes import HEIGHT, WIDTH, box, floor, frame, mesh, moved, pixel_centres, sphere, turned, view, wall

ARRAYS = [name for name in Passes.__dataclass_fields__ if name != "number"]


def shot():
    """Three frames of a ball that rolls past a box under a moving camera."""
    balls = [sphere((0.1 * i, 0, -4), 0.8, object_id=3, turn=5 * i) for i in range(3)]
    return [frame(floor(), box((1, -0.5, -5), object_id=2), ball, number=i, camera=view(moved(0.05 * i))) for i, ball in enumerate(balls)]


def test_normal_of_a_wall_faces_the_camera_from_either_side():
    for winding in ((0, 1, 2), (0, 2, 1)):
        passes = compute_passes(None, frame(mesh([(-99, -99, -3), (99, -99, -3), (0, 99, -3)], [winding])), None)
        np.testing.assert_allclose(passes.normal, np.broadcast_to((0, 0, 1), passes.normal.shape), atol=1e-7)


def test_normals_are_in_camera_space():
    passes = compute_passes(None, frame(floor(), camera=view(turned(40.0))), None)
    np.testing.assert_allclose(passes.normal[-1], np.broadcast_to((0, 1, 0), (WIDTH, 3)), atol=1e-6)
    tilted = np.eye(4)
    tilted[:3, :3] = [[1, 0, 0], [0, np.cos(0.5), np.sin(0.5)], [0, -np.sin(0.5), np.cos(0.5)]]  # looking up by 0.5
    passes = compute_passes(None, frame(wall(-99, 99, -99, 99, -9), camera=view(tilted)), None)
    np.testing.assert_allclose(passes.normal[0, 0], (0, np.sin(0.5), np.cos(0.5)), atol=1e-6)


def test_a_sphere_has_round_normals_and_a_box_flat_ones():
    passes = compute_passes(None, frame(sphere((0, 0, -4))), None)
    hit = passes.object_id > 0
    x, y = pixel_centres()
    ray = np.stack([(x - WIDTH / 2) / 80, (HEIGHT / 2 - y) / 80, -np.ones_like(x)], axis=-1)
    true = ray * np.where(hit, passes.depth, 0)[..., None] - (0, 0, -4)
    true /= np.linalg.norm(true, axis=-1, keepdims=True)
    angle = np.degrees(np.arccos(np.clip((passes.normal * true).sum(axis=-1)[hit], -1, 1)))
    assert np.percentile(angle, 95) < 2.0  # its facets span 7.5 degrees

    passes = compute_passes(None, frame(box((0, 0, -4), 2.0, turn=30)), None)
    normals = np.unique(passes.normal[passes.object_id > 0].round(6), axis=0)
    assert len(normals) == 2


def test_normals_are_unit_and_face_the_camera():
    passes = compute_passes(None, shot()[0], None)
    hit = passes.object_id > 0
    x, y = pixel_centres()
    ray = np.stack([(x - WIDTH / 2) / 80, (HEIGHT / 2 - y) / 80, -np.ones_like(x)], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(passes.normal[hit], axis=-1), 1, atol=1e-6)
    assert ((passes.normal * ray).sum(axis=-1)[hit] <= 1e-6).all()
    assert not passes.normal[~hit].any()


def test_rest_position_sticks_to_the_surface():
    rest = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    passes = compute_passes(None, frame(wall(-1, 1, -1, 1, -4, rest=rest)), None)
    hit = passes.object_id > 0
    x, y = pixel_centres()
    expected = np.stack([(x - WIDTH / 2 + 20) / 40, (HEIGHT / 2 - y + 20) / 40, 0 * x], axis=-1)
    np.testing.assert_allclose(passes.rest_position[hit], expected[hit], atol=1e-6)
    assert not passes.rest_position[~hit].any()


def test_ids_and_albedo_are_those_of_the_mesh():
    passes = compute_passes(None, frame(wall(-9, 0, -9, 9, -4, 65535, colour=(10, 20, 30)), wall(0, 9, -9, 9, -4, 7)), None)
    assert (passes.object_id[:, : WIDTH // 2] == 65535).all() and (passes.object_id[:, WIDTH // 2 :] == 7).all()
    assert (passes.albedo[:, : WIDTH // 2] == (10, 20, 30)).all()


def test_without_a_neighbour_motion_is_0_and_occlusion_1():
    passes = compute_passes(None, shot()[0], None)
    for motion, occlusion in ((passes.motion_forward, passes.occlusion_forward), (passes.motion_backward, passes.occlusion_backward)):
        assert not motion.any() and occlusion.all()


def test_a_captured_beauty_is_kept():
    beauty = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    assert compute_passes(None, shot()[0], None, beauty).beauty is beauty


def test_the_light_stays_when_the_camera_turns_or_moves():
    first, second = (
        compute_passes(None, frame(wall(-99, 99, -99, 99, -9, colour=(180, 90, 60)), camera=view(m)), None) for m in (np.eye(4), turned(25))
    )
    assert (first.beauty == first.beauty[0, 0]).all()
    assert (second.beauty[:, WIDTH // 2] == first.beauty[0, 0]).all()


def test_the_backdrop_is_a_soft_gradient_fixed_in_the_world():
    passes = compute_passes(None, frame(), None)
    column = passes.beauty[:, 0].astype(int)
    assert np.abs(np.diff(column, axis=0)).max() < 12
    assert len(np.unique(column, axis=0)) > 8


def test_streamed_passes_are_those_computed_one_by_one():
    frames = shot()
    ends = [(None, 0, 1), (0, 1, 2), (1, 2, None)]
    for streamed, (before, here, after) in zip(iter_passes(frames), ends, strict=True):
        alone = compute_passes(*(None if i is None else frames[i] for i in (before, here, after)))
        assert streamed.number == alone.number == here
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(streamed, name), getattr(alone, name), err_msg=name)


@pytest.mark.parametrize("causal", [True, False])
def test_causal_passes_do_not_wait_for_the_next_frame(causal):
    asked = []

    def frames():
        for each in shot():
            asked.append(each.number)
            yield each

    stream = iter_passes(frames(), causal)
    first = next(stream)
    assert asked == ([0] if causal else [0, 1])
    assert first.occlusion_forward.all() == causal
    assert next(stream).occlusion_backward.mean() < 0.3


def test_neighbours():
    assert list(neighbours([])) == []
    assert list(neighbours("a")) == [(None, "a", None)]
    assert list(neighbours("abc")) == [(None, "a", "b"), ("a", "b", "c"), ("b", "c", None)]
    assert list(neighbours("abc", causal=True)) == [(None, "a", None), ("a", "b", None), ("b", "c", None)]


def test_types_and_shapes_are_as_promised():
    passes = compute_passes(None, frame(), None)
    types = {"object_id": np.uint16, "occlusion_forward": np.uint8, "occlusion_backward": np.uint8, "albedo": np.uint8, "beauty": np.uint8}
    for name in ARRAYS:
        array = getattr(passes, name)
        assert array.dtype == types.get(name, np.float32), name
        assert array.shape[:2] == (HEIGHT, WIDTH), name
        assert array.flags.c_contiguous, name
    assert np.isinf(passes.depth).all()
