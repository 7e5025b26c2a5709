"""Accumulation steadies what is seen in both frames, and nothing else."""

from __future__ import annotations

import numpy as np

from render_server.video_models.accumulation import accumulate

HEIGHT, WIDTH = 40, 56
STILL = np.zeros((HEIGHT, WIDTH, 2), np.float32)
SEEN = np.zeros((HEIGHT, WIDTH), np.uint8)


def noisy(seed: int, level: int = 128, spread: int = 20) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-spread, spread + 1, (HEIGHT, WIDTH, 3))
    return (level + noise).astype(np.uint8)


def change(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def test_no_strength_changes_nothing() -> None:
    assert np.array_equal(accumulate(noisy(1), noisy(2), STILL, SEEN, 0.0), noisy(1))


def test_what_flickers_is_steadied_the_more_the_stronger() -> None:
    before, now = noisy(1), noisy(2)
    apart = [change(accumulate(now, before, STILL, SEEN, strength), before) for strength in (0.0, 0.5, 1.0)]
    assert apart[2] < 0.75 * apart[1] < 0.75 * 0.9 * apart[0]


def test_it_follows_the_motion() -> None:
    before = noisy(1)
    now = np.roll(before, 3, axis=1)
    motion = STILL.copy()
    motion[..., 0] = -3.0
    assert np.array_equal(accumulate(now, before, motion, SEEN, 1.0)[:, 3:], now[:, 3:])
    assert change(accumulate(now, before, STILL, SEEN, 1.0)[:, 3:], now[:, 3:]) > 1.0


def test_nothing_of_what_was_hidden_bleeds_in() -> None:
    before, now, hidden = noisy(1, 20), noisy(2, 220), SEEN.copy()
    hidden[10:30, 10:40] = 1
    out = accumulate(now, before, STILL, hidden, 1.0)
    assert np.array_equal(out[10:30, 10:40], now[10:30, 10:40])


def test_a_ghost_is_held_within_the_new_frames_own_colours() -> None:
    out = accumulate(noisy(2, 220, 5), noisy(1, 20, 5), STILL, SEEN, 1.0)
    assert out.min() >= 215


def test_what_comes_from_outside_is_left_alone() -> None:
    motion = STILL.copy()
    motion[..., 0] = 10.0
    out = accumulate(noisy(2), noisy(1), motion, SEEN, 1.0)
    assert np.array_equal(out[:, -9:], noisy(2)[:, -9:])
