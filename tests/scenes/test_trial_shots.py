"""The trial shots are as hard as they claim to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from render_server.passes.loader import ShotLoader
from render_server.scenes.staging import FIRST, Stage, iter_stage_frames, stage_shot
from render_server.scenes.trial_shots import (
    CUTS,
    ORBIT_FRAMES,
    PAN_FRAMES,
    PAN_FROM,
    cut_stage,
    orbit_stage,
    return_stage,
    trial_stages,
    whip_stage,
)
from render_server.scenes.vectors import transform
from shot_format.folder import check_frames
from shot_format.shot import Camera

SIZE = (160, 90)


def seen(stage: Stage, times: list[int]) -> Iterator[dict[str, int]]:
    """How many pixels of each thing are seen at some frames."""
    shot, blobs = stage_shot(stage, SIZE), {}
    loader = ShotLoader(shot, lambda name: blobs[name], SIZE)
    names = {mesh.object_id: mesh.name for mesh in shot.meshes}
    for index, (frame, new) in enumerate(iter_stage_frames(replace(stage, frames=max(times) + 1), SIZE)):
        blobs.update(new)
        if index in times:
            ids, counts = np.unique(loader.passes_of(frame, None, loader.look(frame), None).object_id, return_counts=True)
            yield {names[int(i)]: int(count) for i, count in zip(ids, counts, strict=True) if i}


def pixels(counts: dict[str, int], who: str) -> int:
    return sum(count for name, count in counts.items() if name.startswith(who))


def heading(camera: Camera) -> float:
    back = np.array(camera.matrix).reshape(4, 4)[2, :3]
    return float(np.degrees(np.arctan2(-back[0], back[2])))


@pytest.mark.parametrize("name", trial_stages())
def test_every_shot_is_whole_and_the_same_every_time(name: str) -> None:
    stage = trial_stages()[name]()
    frames = list(islice(iter_stage_frames(stage, SIZE), 2))
    check_frames(stage_shot(stage, SIZE), tuple(frame for frame, _ in frames))
    assert frames == list(islice(iter_stage_frames(trial_stages()[name](), SIZE), 2))


def test_nothing_is_on_both_sides_of_a_cut() -> None:
    frames = [frame for frame, _ in iter_stage_frames(replace(cut_stage(), frames=CUTS[1] + 1), SIZE)]
    assert stage_shot(cut_stage(), SIZE).cuts == (FIRST + CUTS[0], FIRST + CUTS[1])
    for cut in CUTS:
        before, after = ({state.object_id for state in frames[i].meshes} for i in (cut - 1, cut))
        assert before and after and not before & after
        assert not {pose.name for pose in frames[cut - 1].characters} & {pose.name for pose in frames[cut].characters}
    assert {state.object_id for state in frames[0].meshes} == {state.object_id for state in frames[-1].meshes}


def test_a_shorter_shot_has_only_the_cuts_within_it() -> None:
    assert stage_shot(replace(cut_stage(), frames=CUTS[1]), SIZE).cuts == (FIRST + CUTS[0],)


def test_the_whip_pan_turns_by_a_quarter_in_its_frames() -> None:
    stage = whip_stage()
    turned = [heading(stage.camera(float(t), SIZE)) for t in range(stage.frames)]
    assert turned[PAN_FROM + PAN_FRAMES - 1] - turned[PAN_FROM - 1] == pytest.approx(90, abs=1)
    slow = np.abs(np.diff(turned[:PAN_FROM] + turned[PAN_FROM + PAN_FRAMES :]))
    assert np.sort(slow)[:-1].max() < 0.1


def test_ball_and_figure_go_and_come_back() -> None:
    there, gone, back = seen(return_stage(), [0, 28, 66])
    for who in ("ball", "otto"):
        assert pixels(there, who) > 40
        assert pixels(gone, who) == 0
        assert pixels(back, who) > 40


def test_the_orbit_is_a_loop() -> None:
    stage = orbit_stage()
    start, end = stage.act(0.0), stage.act(float(ORBIT_FRAMES))
    for one, other in zip(start.parts, end.parts, strict=True):
        np.testing.assert_allclose(transform(one.shape.points, one.matrix), transform(other.shape.points, other.matrix), atol=1e-6)
    np.testing.assert_allclose(stage.camera(0.0, SIZE).matrix, stage.camera(float(ORBIT_FRAMES), SIZE).matrix, atol=1e-6)


@pytest.mark.parametrize("time", [0, 333, 666])
def test_both_walkers_are_in_the_orbit_s_picture(time: int) -> None:
    stage = replace(
        orbit_stage(), act=lambda now: orbit_stage().act(now + time), camera=lambda now, size: orbit_stage().camera(now + time, size)
    )
    (counts,) = seen(stage, [0])
    assert pixels(counts, "yard_mia") > 60 and pixels(counts, "yard_otto") > 60
