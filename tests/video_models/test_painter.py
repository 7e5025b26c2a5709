"""The painter as a video model: memory is the written frame, and nothing else."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render_server.looks.registry import Look, read_look
from render_server.passes.compute import compute_passes
from render_server.video_models.base import Guides, PaintedFrame, ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.errors import FormatError, MissingError
from shot_format.messages import Recipe

from .conftest import wall_and_board

SHOT = ShotInfo("shot", 1, 4, 128, 96)


@pytest.fixture(scope="module")
def painter(look: Look) -> Painter:
    return Painter(look)


@pytest.fixture(scope="module")
def guides(painter: Painter) -> list[Guides]:
    state = painter.start(SHOT, Recipe("raw", seed=2))
    geometries = [wall_and_board(n, shift=0.03 * n) for n in range(1, 5)]
    pairs = zip([None, *geometries], geometries, strict=False)
    return [painter.guides(state, g, compute_passes(before, g, None)) for before, g in pairs]


def paint(painter: Painter, guides: list[Guides], recipe: Recipe, previous: PaintedFrame | None = None) -> list[PaintedFrame]:
    return painter.paint(painter.start(SHOT, recipe, previous), guides)


def test_frames_come_in_order_with_their_numbers(painter: Painter, guides: list[Guides]) -> None:
    frames = paint(painter, guides, Recipe("raw", seed=2))
    assert [frame.number for frame in frames] == [1, 2, 3, 4]
    assert all(frame.pixels.shape == (96, 128, 3) and frame.pixels.dtype == np.uint8 for frame in frames)


def test_a_shot_taken_up_again_gives_the_same_bytes(painter: Painter, guides: list[Guides]) -> None:
    whole = paint(painter, guides, Recipe("raw", seed=2))
    written = PaintedFrame(whole[1].number, whole[1].pixels.copy())
    rest = paint(painter, guides[2:], Recipe("raw", seed=2), written)
    assert [frame.pixels.tobytes() for frame in rest] == [frame.pixels.tobytes() for frame in whole[2:]]


def test_memory_matters_and_can_be_turned_off(painter: Painter, guides: list[Guides]) -> None:
    with_memory = paint(painter, guides, Recipe("raw", seed=2))
    without = paint(painter, guides, Recipe("raw", seed=2, memory=False))
    assert np.array_equal(with_memory[0].pixels, without[0].pixels)
    assert not np.array_equal(with_memory[1].pixels, without[1].pixels)
    alone = paint(painter, guides[3:], Recipe("raw", seed=2, memory=False))
    assert np.array_equal(alone[0].pixels, without[3].pixels)


def test_a_frame_that_does_not_follow_is_not_memory(painter: Painter, guides: list[Guides]) -> None:
    stranger = PaintedFrame(1, np.full((96, 128, 3), 255, np.uint8))
    fresh = paint(painter, guides[2:3], Recipe("raw", seed=2))
    assert np.array_equal(paint(painter, guides[2:3], Recipe("raw", seed=2), stranger)[0].pixels, fresh[0].pixels)


def test_stroke_scale_changes_the_strokes(painter: Painter) -> None:
    geometry = wall_and_board(1)
    passes = compute_passes(None, geometry, None)
    normal, large = (
        painter.guides(painter.start(SHOT, Recipe("raw", seed=2, stroke_scale=scale)), geometry, passes).channels for scale in (1.0, 2.0)
    )
    assert len(np.unique(large[..., 9:11].reshape(-1, 2), axis=0)) < 0.6 * len(np.unique(normal[..., 9:11].reshape(-1, 2), axis=0))


def test_too_small_a_picture_is_refused(painter: Painter) -> None:
    with pytest.raises(FormatError, match="picture-too-small"):
        painter.start(ShotInfo("shot", 1, 4, 128, 32), Recipe("raw"))


def test_weights_of_another_shape_are_refused(look: Look, tmp_path: Path) -> None:
    folder = tmp_path / "raw@1"
    shutil.copytree(look.folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "full": 32}))
    with pytest.raises(FormatError, match="look-weights-differ"):
        Painter(read_look(folder))


def test_missing_weights_are_named(look: Look, tmp_path: Path) -> None:
    folder = tmp_path / "raw@1"
    shutil.copytree(look.folder, folder)
    (folder / "weights.safetensors").unlink()
    with pytest.raises(MissingError, match=r"weights\.safetensors"):
        Painter(read_look(folder))


def test_colours_are_tuned_anew_at_a_cut_and_the_same_when_taken_up_there(look: Look) -> None:
    tuning = {"mean": (0.5, 0.05, 0.05), "spread": ((0.02, 0.0, 0.0), (0.0, 0.003, 0.0), (0.0, 0.0, 0.003)), "strength": 1.0}
    tuned = Painter(replace(look, tuning=tuning))
    recipe = Recipe("raw", seed=2)
    first, cut = ((g, compute_passes(None, g, None)) for g in (wall_and_board(1), wall_and_board(3, shift=2.3)))
    whole = tuned.start(replace(SHOT, cuts=(3,), opening=first), recipe)
    before, at_cut = (tuned.guides(whole, *seen).channels for seen in (first, cut))
    taken_up = tuned.start(replace(SHOT, cuts=(3,), opening=cut), recipe)
    assert np.array_equal(tuned.guides(taken_up, *cut).channels, at_cut)
    without = tuned.start(replace(SHOT, opening=first), recipe)
    assert np.array_equal(tuned.guides(without, *first).channels, before)
    assert not np.array_equal(tuned.guides(without, *cut).channels, at_cut)
