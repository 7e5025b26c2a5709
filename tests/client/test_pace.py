"""The estimate of the time left."""

from __future__ import annotations

from maya_plugin.client.pace import WINDOW, Pace


def test_nothing_is_said_before_it_can_be() -> None:
    pace = Pace()
    assert pace.seconds_left(0.0, 10) is None
    pace.step(1.0)
    pace.step(2.0)
    assert pace.seconds_left(2.0, 8) is None


def test_an_even_pace_and_the_time_since_the_last_step() -> None:
    pace = Pace()
    for now in (5.0, 6.0, 7.0):
        pace.step(now)
    assert pace.seconds_left(7.0, 10) == 10.0
    assert pace.seconds_left(7.5, 10) == 9.5
    assert pace.seconds_left(100.0, 10) == 0.0
    assert pace.seconds_left(7.0, 0) == 0.0


def test_only_the_last_steps_count() -> None:
    pace = Pace()
    for number in range(100):
        pace.step(0.001 * number)  # frames that were there already
    for number in range(WINDOW):
        pace.step(1.0 + 2.0 * number)
    assert pace.seconds_left(1.0 + 2.0 * (WINDOW - 1), 5) == 10.0
