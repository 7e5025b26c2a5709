"""A colour script in the painter: the wanted colours are reached, all else stays, and nothing is remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render_server.look_training.palette_sheet import hex_of
from render_server.looks.palette import from_oklab, to_oklab
from render_server.looks.registry import Look
from render_server.passes.compute import compute_passes
from render_server.passes.geometry import FrameGeometry, Passes, UInt8
from render_server.video_models.base import PaintedFrame, ShotInfo
from render_server.video_models.painter.blending import BlendedPainter
from render_server.video_models.painter.model import Painter
from render_server.video_models.painter.recolour import Recolour, oklab_of
from shot_format.messages import Blend, BlendKey, ColourKey, Recipe

from .conftest import wall_and_board
from .test_blend import FIRST, FRAMES, SECOND, TUNING, paint, small_look

Shot = list[tuple[FrameGeometry, Passes]]
RECIPE = Recipe("raw", seed=2, accumulation=0.3)
WALL, BOARD = 1, 2


@pytest.fixture(scope="module")
def shot() -> Shot:
    geometries = [wall_and_board(n, shift=0.03 * n) for n in range(1, FRAMES + 1)]
    return [(g, compute_passes(before, g, None)) for before, g in zip([None, *geometries], geometries, strict=False)]


@pytest.fixture(scope="module")
def painter(look: Look) -> Painter:
    return Painter(replace(look, tuning=TUNING))


def colours(painter: Painter, shot: Shot, recipe: Recipe) -> list[UInt8]:
    """What the strokes take their colours from, frame by frame: the first channels of the guides."""
    state = painter.start(ShotInfo("shot", 1, FRAMES, 128, 96, (), shot[0]), recipe)
    return [painter.guides(state, *seen).channels[..., :3] for seen in shot]


def mean(picture: UInt8, passes: Passes, object_id: int) -> np.ndarray:
    return to_oklab(picture[passes.object_id == object_id] / 255.0).mean(axis=0)


def key(name: str, frame: int, given: np.ndarray, wanted: str) -> ColourKey:
    return ColourKey(name, frame, hex_of(given), wanted)


@pytest.mark.parametrize("wanted", ["#2a6f7c", "#d8c8a0", "#402a50"])
def test_an_object_gets_its_colour_and_no_other_byte_changes(painter: Painter, shot: Shot, wanted: str) -> None:
    before = colours(painter, shot, RECIPE)
    script = (key("board", 3, mean(before[2], shot[2][1], BOARD), wanted),)
    after = colours(painter, shot, replace(RECIPE, colours=script))
    assert np.linalg.norm(mean(after[2], shot[2][1], BOARD) - oklab_of(wanted)) < 0.02
    for one, two, (_, passes) in zip(before, after, shot, strict=True):
        board = passes.object_id == BOARD
        assert np.array_equal(one[~board], two[~board]) and not np.array_equal(one[board], two[board])


def test_shading_stays() -> None:
    geometry, step = wall_and_board(1), oklab_of("#5070a0") - oklab_of("#806040")
    ids = np.full((1, 60), BOARD, np.uint16)
    shades = np.linspace(40, 150, 60)[None, :, None] * np.array([1.0, 0.75, 0.5])
    picture = shades.astype(np.uint8)
    moved = Recolour.of([ColourKey("board", 1, "#806040", "#5070a0")]).on(picture, geometry, ids)
    exact = np.clip(from_oklab(to_oklab(picture / 255.0) + step), 0, 1) * 255
    assert np.abs(moved - exact).max() <= 0.51


def test_without_a_change_the_guides_are_as_ever(painter: Painter, shot: Shot) -> None:
    before = [each.tobytes() for each in colours(painter, shot, RECIPE)]
    scripts = (ColourKey("nobody", 1, "#000000", "#ffffff"),), (ColourKey("wall", 1, "#405060", "#405060"),)
    for script in scripts:
        assert [each.tobytes() for each in colours(painter, shot, replace(RECIPE, colours=script))] == before


def test_colours_go_evenly_from_key_to_key(painter: Painter, shot: Shot) -> None:
    before = colours(painter, shot, RECIPE)
    given, wanted = hex_of(mean(before[3], shot[3][1], WALL)), "#8c8478"
    script = (ColourKey("wall", 2, given, given), ColourKey("wall", 4, given, wanted))
    whole = oklab_of(wanted) - oklab_of(given)
    recolour = Recolour.of(script)
    for frame, share in ((-7, 0.0), (2, 0.0), (3, 0.5), (4, 1.0), (900, 1.0)):
        assert recolour.step("wall", frame) == pytest.approx(share * whole)
    after = colours(painter, shot, replace(RECIPE, colours=script))
    assert np.linalg.norm(whole) > 0.05
    for index, share in ((0, 0.0), (1, 0.0), (2, 0.5), (3, 1.0), (4, 1.0)):
        gone = mean(after[index], shot[index][1], WALL) - mean(before[index], shot[index][1], WALL)
        assert np.linalg.norm(gone - share * whole) < 0.01


@pytest.mark.parametrize("cuts", [(), (3,)])
def test_a_shot_taken_up_again_gives_the_same_bytes(painter: Painter, shot: Shot, cuts: tuple[int, ...]) -> None:
    script = (ColourKey("board", 2, "#c05040", "#c05040"), ColourKey("board", 5, "#c05040", "#3060a0"))
    recipe = replace(RECIPE, colours=script)
    whole = paint(painter, shot, recipe, cuts)
    assert whole != paint(painter, shot, RECIPE, cuts)
    for done in range(1, FRAMES):
        before = PaintedFrame(done, np.frombuffer(whole[done - 1], np.uint8).reshape(96, 128, 3).copy())
        assert paint(painter, shot, recipe, cuts, before) == whole[done:]


def test_it_works_over_a_blend_and_at_its_ends_as_over_one_look(shot: Shot, tmp_path: Path) -> None:
    one, two = small_look(tmp_path, "one", 1, FIRST), small_look(tmp_path, "two", 2, SECOND)
    script, blended = (ColourKey("board", 1, "#c05040", "#3060a0"),), BlendedPainter(one, two)
    for weight, alone in ((0.0, one), (1.0, two)):
        recipe = Recipe("one", seed=2, colours=script)
        mixed = replace(recipe, blend=Blend("two", (BlendKey(1, weight),)))
        assert paint(blended, shot[:2], mixed) == paint(Painter(alone), shot[:2], recipe)
    half = Recipe("one", seed=2, blend=Blend("two", (BlendKey(1, 0.5),)))
    assert paint(blended, shot[:1], replace(half, colours=script)) != paint(blended, shot[:1], half)
