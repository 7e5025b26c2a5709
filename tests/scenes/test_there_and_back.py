from __future__ import annotations

from dataclasses import replace

import pytest

from render_server.scenes.staging import FIRST, iter_stage_frames, stage_shot
from render_server.scenes.there_and_back import there_and_back, turns
from render_server.scenes.trial_shots import CUTS, cut_stage
from shot_format.folder import check_frames
from shot_format.shot import ShotFile

SIZE = (64, 36)


@pytest.mark.parametrize(("length", "count"), [(96, 240), (96, 96), (48, 240), (120, 240), (500, 240), (3, 8), (1, 6), (7, 240)])
def test_it_ends_as_it_began(length: int, count: int) -> None:
    order = turns(length, count)
    assert len(order) == count
    assert set(order) <= set(range(length))
    assert all(abs(a - b) <= 1 for a, b in zip(order, order[1:], strict=False))
    assert order[0] == order[-1] == 0
    assert order[:24] == order[-24:][::-1] or length < 24


def test_all_frames_are_played() -> None:
    assert set(turns(96, 240)) == set(range(96))
    assert turns(3, 9)[:6] == [0, 1, 2, 2, 1, 0]
    assert turns(4, 8) == [0, 1, 2, 3, 3, 2, 1, 0]


def test_cuts_are_cuts_in_both_directions() -> None:
    stage = replace(cut_stage(), frames=CUTS[1] + 2)
    file = ShotFile(stage_shot(stage, SIZE), tuple(frame for frame, _ in iter_stage_frames(stage, SIZE)))
    long = there_and_back(file, 2 * stage.frames)
    check_frames(long.shot, long.frames)
    assert long.shot.cuts == tuple(FIRST + cut for cut in (CUTS[0], CUTS[1], 2 * stage.frames - CUTS[1], 2 * stage.frames - CUTS[0]))
    for cut in long.shot.cuts:
        place = cut - FIRST
        assert {s.object_id for s in long.frames[place - 1].meshes} != {s.object_id for s in long.frames[place].meshes}
    assert [f.number for f in long.frames] == list(range(FIRST, FIRST + 2 * stage.frames))
