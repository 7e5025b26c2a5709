"""Beside what moved away nothing is remembered, as far as the look's pen says: a line there was the other thing's."""

from __future__ import annotations

import numpy as np

from render_server.video_models.painter.guides import unseen
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import Pen, ScaffoldSettings

OCCLUSION = np.zeros((100, 60), np.uint8)
OCCLUSION[40:50, 20:24] = 1


def strokes(forget: float) -> Scaffold:
    return Scaffold(1, ScaffoldSettings(pen=Pen(forget=forget)))


def test_a_pen_that_forgets_nothing_changes_nothing() -> None:
    assert unseen(OCCLUSION, strokes(0.0)) is OCCLUSION


def test_what_lies_near_is_forgotten_too() -> None:
    found = unseen(OCCLUSION, strokes(0.03))
    assert found[37:53, 17:27].all() and found.sum() == 16 * 10


def test_of_a_window_the_whole_pictures_height_counts() -> None:
    assert unseen(OCCLUSION, strokes(0.03), 200.0).sum() == (10 + 12) * (4 + 12)
