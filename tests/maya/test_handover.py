"""Frames from thread to thread."""

from __future__ import annotations

import threading

import pytest

from maya_plugin.workflow.handover import AHEAD, Handover
from shot_format.shot import IDENTITY, Camera, Frame


def _item(number: int) -> tuple[Frame, dict[str, bytes]]:
    return Frame(number, Camera(IDENTITY, 1.0, 1.0, 0.0, 0.0, 0.1, 10.0)), {}


def test_frames_come_out_in_order_and_then_it_ends_for_good() -> None:
    handover = Handover()
    for number in range(3):
        handover.put(_item(number))
    handover.end()
    handover.end(ZeroDivisionError())  # too late to count
    assert [frame.number for frame, _ in handover] == [0, 1, 2]
    assert list(handover) == []


def test_it_says_when_enough_is_waiting() -> None:
    handover = Handover()
    for number in range(AHEAD):
        assert not handover.full()
        handover.put(_item(number))
    assert handover.full()
    next(handover)
    assert not handover.full()


def test_an_error_comes_out_behind_the_frames_before_it_every_time_it_is_asked() -> None:
    handover = Handover()
    handover.put(_item(1))
    handover.end(ValueError("no camera"))
    assert next(handover)[0].number == 1
    for _ in range(2):
        with pytest.raises(ValueError, match="no camera"):
            next(handover)


def test_who_waits_for_a_frame_is_let_go_by_the_end() -> None:
    handover, seen = Handover(), []
    thread = threading.Thread(target=lambda: seen.extend(handover))
    thread.start()
    handover.put(_item(7))
    handover.end()
    thread.join(10)
    assert not thread.is_alive() and [frame.number for frame, _ in seen] == [7]
