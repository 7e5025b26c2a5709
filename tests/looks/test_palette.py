"""The palette map is smooth, repeatable, and does nothing unless told."""

from __future__ import annotations

import numpy as np

from render_server.looks.palette import Palette, Tuning, from_oklab, to_oklab


def ramp() -> np.ndarray:
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(len(levels), -1, 3)


def nothing(picture: np.ndarray) -> np.ndarray:
    return np.zeros(picture.shape[:2], np.uint16)


def test_no_settings_change_nothing() -> None:
    picture = ramp()
    assert np.abs(Palette({}).apply(picture, nothing(picture)).astype(int) - picture).max() <= 1


def test_oklab_there_and_back() -> None:
    rgb = ramp() / 255.0
    assert np.abs(from_oklab(to_oklab(rgb)) - rgb).max() < 1e-6


def test_neighbouring_colours_stay_neighbours() -> None:
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    settings = {"contrast": 0.4, "chroma": 1.3, "black": (0.1, 0.0, -0.03), "shadow": (0.0, -0.02), "hues": (0.5, 3.0), "pull": 0.5}
    mapped = Palette(settings).apply(grey, nothing(grey)).astype(int)
    assert np.abs(np.diff(mapped, axis=1)).max() <= 6


def test_grey_objects_are_told_apart_and_coloured_ones_left_alone() -> None:
    picture = np.full((1, 4, 3), 128, np.uint8)
    picture[0, 3] = (200, 40, 40)
    ids = np.array([[1, 2, 1, 2]], np.uint16)
    mapped = Palette({"greys": ((0.05, 0.0), (-0.05, 0.0))}).apply(picture, ids).astype(int)
    assert not np.array_equal(mapped[0, 0], mapped[0, 1])
    assert np.array_equal(mapped[0, 0], mapped[0, 2])
    assert np.abs(mapped[0, 3] - picture[0, 3]).max() <= 1


def crowd(seed: int, mean: tuple[float, float, float], spread: float) -> np.ndarray:
    """A picture of many colours around one, OKLab."""
    lab = np.random.default_rng(seed).normal(mean, spread, (90, 90, 3))
    return np.clip(from_oklab(lab) * 255 + 0.5, 0, 255).astype(np.uint8)


def test_tuning_draws_mean_and_spread_to_the_arts() -> None:
    art, opening = crowd(1, (0.55, 0.04, 0.05), 0.05), crowd(2, (0.65, -0.02, -0.03), 0.03)
    tuned = Palette({}).tuned(opening, Tuning.to([art], 1.0)).apply(opening, nothing(opening))
    wanted, found, before = (to_oklab(picture.reshape(-1, 3) / 255.0) for picture in (art, tuned, opening))
    assert np.abs(found.mean(axis=0) - wanted.mean(axis=0)).max() < 0.01 < np.abs(before.mean(axis=0) - wanted.mean(axis=0)).max()
    assert np.abs(found.std(axis=0) - wanted.std(axis=0)).max() < 0.01 < np.abs(before.std(axis=0) - wanted.std(axis=0)).max()


def test_no_strength_tunes_nothing() -> None:
    picture = crowd(2, (0.65, -0.02, -0.03), 0.03)
    tuned = Palette({}).tuned(picture, Tuning.to([crowd(1, (0.55, 0.04, 0.05), 0.05)], 0.0))
    assert np.abs(tuned.apply(picture, nothing(picture)).astype(int) - picture).max() <= 1


def test_a_picture_of_one_colour_can_be_tuned() -> None:
    flat = np.full((30, 30, 3), 120, np.uint8)
    mapped = Palette({}).tuned(flat, Tuning.to([crowd(1, (0.55, 0.04, 0.05), 0.05)], 0.9)).apply(flat, nothing(flat))
    assert np.ptp(mapped.reshape(-1, 3), axis=0).max() == 0
