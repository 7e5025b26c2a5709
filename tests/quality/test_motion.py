import math

import numpy as np
import pytest

from render_server.quality.motion import carried_error, flicker, step_back, trail
from tests.quality.synthetic import empty_passes

H, W = 90, 160


def noise(seed: int, sigma: float = 20.0) -> np.ndarray:
    return np.clip(np.rint(np.random.default_rng(seed).normal(128, sigma, (H, W, 3))), 0, 255).astype(np.uint8)


def test_a_video_that_moves_by_whole_pixels_has_no_warp_error() -> None:
    previous = noise(0)
    frame = np.roll(previous, (2, 3), axis=(0, 1))
    way = trail([step_back(empty_passes(2, H, W, motion=(-3, -2)))])
    assert carried_error(frame, previous, way) == 0
    assert way.visible.sum() == (H - 2) * (W - 3)


def test_wrong_motion_has_a_warp_error() -> None:
    previous = noise(0)
    frame = np.roll(previous, 3, axis=1)
    way = trail([step_back(empty_passes(2, H, W, motion=(-2, 0)))])
    assert carried_error(frame, previous, way) == pytest.approx(2 * 20 / math.sqrt(math.pi) / 255, rel=0.02)


def test_independent_noise_has_the_error_of_its_variance() -> None:
    way = trail([step_back(empty_passes(2, H, W))])
    expected = 2 * 20 / math.sqrt(math.pi) / 255  # mean absolute difference of two normal values
    assert carried_error(noise(1), noise(2), way) == pytest.approx(expected, rel=0.02)


def test_between_pixels_the_earlier_frame_is_averaged() -> None:
    way = trail([step_back(empty_passes(2, H, W, motion=(-0.5, 0)))])
    expected = math.sqrt(2 / math.pi) * 20 * math.sqrt(1.5) / 255  # one value against the mean of two
    assert carried_error(noise(1), noise(2), way) == pytest.approx(expected, rel=0.02)


def test_occluded_pixels_do_not_count() -> None:
    passes = empty_passes(2, H, W)
    passes.occlusion_backward[:, 80:] = 1
    frame, previous = noise(0), noise(0)
    frame[:, 80:] = 0
    assert carried_error(frame, previous, trail([step_back(passes)])) == 0


def test_a_fully_occluded_frame_has_no_warp_error() -> None:
    way = trail([step_back(empty_passes(1, H, W, first=True))])
    assert carried_error(noise(0), noise(1), way) is None


def test_motion_adds_up_over_eight_frames() -> None:
    previous = noise(0)
    frame = np.roll(previous, (-8, 12), axis=(0, 1))
    way = trail([step_back(empty_passes(9 - n, H, W, motion=(-1.5, 1))) for n in range(8)])
    assert carried_error(frame, previous, way) == pytest.approx(0, abs=1e-6)
    assert way.visible.sum() == (H - 8) * (W - 12)


def test_once_occluded_on_the_way_is_lost() -> None:
    passes = [empty_passes(9 - n, H, W, motion=(-1, 0)) for n in range(8)]
    passes[3].occlusion_backward[:, 50] = 1
    visible = trail([step_back(one) for one in passes]).visible
    assert not visible[:, 53].any()
    assert visible[:, 52].all() and visible[:, 54].all()


def test_a_trail_between_two_objects_is_lost() -> None:
    passes = [empty_passes(2, H, W, motion=(-0.5, 0)), empty_passes(1, H, W, motion=(-0.5, 0))]
    for one in passes:
        one.object_id[:, :80] = 7
    visible = trail([step_back(one) for one in passes]).visible
    assert not visible[:, 80].any()
    assert visible[:, 81].all() and visible[:, 79].all()


def test_flicker_looks_only_at_what_stands_still() -> None:
    passes = empty_passes(2, H, W)
    passes.motion_backward[:, 80:] = (-3, 0)
    previous = np.full((H, W, 3), 100, np.uint8)
    frame = previous.copy()
    frame[:, :80] += 51
    frame[:, 80:] = 255
    assert flicker(frame, previous, step_back(passes)) == pytest.approx(0.2)


def test_flicker_needs_something_still() -> None:
    step = step_back(empty_passes(2, H, W, motion=(-3, 0)))
    assert flicker(noise(0), noise(1), step) is None
