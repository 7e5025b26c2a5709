"""Strokes are fixed to surfaces, repeat with their seed, and stay on their own object."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render_server.passes.compute import compute_passes
from render_server.passes.geometry import FrameGeometry
from render_server.video_models.painter.channels import SCAFFOLD
from render_server.video_models.painter.scaffold import Scaffold

from .conftest import wall_and_board

COLOUR, LAYER = slice(7, 10), 11


def draw(geometry: FrameGeometry, seed: int = 5) -> np.ndarray:
    passes = compute_passes(None, geometry, None)
    return Scaffold(seed).draw(geometry, passes, passes.beauty)


def test_the_same_seed_gives_the_same_strokes() -> None:
    first, second = draw(wall_and_board(1)), draw(wall_and_board(1))
    assert first.shape == (96, 128, len(SCAFFOLD))
    assert np.array_equal(first, second)


def test_another_seed_gives_other_strokes() -> None:
    assert (draw(wall_and_board(1), 5)[..., 0] != draw(wall_and_board(1), 6)[..., 0]).mean() > 0.8


def test_almost_everything_is_covered() -> None:
    assert (draw(wall_and_board(1))[..., LAYER] > 0).mean() > 0.93


def test_strokes_ride_on_what_moves() -> None:
    """Moved by whole pixels, parallel to the picture, the board carries its strokes along unchanged."""
    pixels = 8
    shift = pixels * 3.0 / 96  # 3 m away, focal length 96 pixels
    before, after = wall_and_board(1), wall_and_board(2, shift=shift)
    ids = compute_passes(None, before, None).object_id
    inside = np.zeros(ids.shape, bool)
    inside[4:-4, 4 : -4 - pixels] = (ids == 2)[4:-4, 4 : -4 - pixels]
    rows, columns = np.nonzero(inside)
    there = draw(after)[rows, columns + pixels, :2]
    here = draw(before)[rows, columns, :2]
    assert (there == here).all(axis=1).mean() > 0.97


def test_the_wall_behind_keeps_its_strokes() -> None:
    before, after = wall_and_board(1), wall_and_board(2, shift=0.2)
    passes = [compute_passes(None, g, None) for g in (before, after)]
    wall = (passes[0].object_id == 1) & (passes[1].object_id == 1)
    same = (draw(before)[..., :2] == draw(after)[..., :2]).all(axis=-1)
    assert same[wall].mean() > 0.97


def test_frames_may_be_asked_for_in_any_order() -> None:
    scaffold = Scaffold(5)
    geometries = [wall_and_board(n, shift=0.05 * n) for n in range(3)]
    passes = [compute_passes(None, g, None) for g in geometries]
    forward = [scaffold.draw(g, p, p.beauty) for g, p in zip(geometries, passes, strict=True)]
    assert np.array_equal(Scaffold(5).draw(geometries[2], passes[2], passes[2].beauty), forward[2])


def test_strokes_keep_the_colours_of_their_own_object() -> None:
    """Away from silhouettes no stroke of the wall's blue lies on the red board, nor the other way round."""
    geometry = wall_and_board(1)
    passes = compute_passes(None, geometry, None)
    channels = Scaffold(5).draw(geometry, passes, passes.beauty)
    covered = channels[..., LAYER] > 0
    apart = np.abs(channels[..., COLOUR].astype(int) - passes.beauty.astype(int)).max(axis=-1) > 60
    assert (apart & covered).mean() < 0.01


def test_a_moving_camera_brings_strokes_gradually() -> None:
    """As the camera nears, each small step changes only a small share of the strokes: nothing pops."""
    start = wall_and_board(1)
    changes = []
    previous = None
    for step in range(4):
        matrix = np.eye(4)
        matrix[3, 2] = 0.002 * step
        geometry = replace(start, view=replace(start.view, world_to_camera=matrix))
        hashes = draw(geometry)[..., 0]
        if previous is not None:
            changes.append((hashes != previous).mean())
        previous = hashes
    assert max(changes) < 0.06


@pytest.mark.parametrize(("width", "height"), [(64, 64), (97, 71)])
def test_any_size(width: int, height: int) -> None:
    geometry = wall_and_board(1, width, height)
    assert draw(geometry).shape == (height, width, len(SCAFFOLD))


def test_nothing_but_background_is_painted_too() -> None:
    empty = replace(wall_and_board(1), meshes=())
    assert (draw(empty)[..., LAYER] > 0).mean() > 0.9


def test_meshes_without_triangles_or_area_do_no_harm() -> None:
    geometry = wall_and_board(1)
    wall = geometry.meshes[0]
    empty = replace(wall, name="empty", triangles=np.zeros((0, 3), np.int32), colours=np.zeros((0, 3), np.uint8), topology="empty")
    flat = replace(wall, name="flat", points=np.zeros((4, 3)), rest=np.zeros((4, 3), np.float32), topology="flat")
    assert np.array_equal(draw(replace(geometry, meshes=(*geometry.meshes, empty, flat))), draw(geometry))


def test_turned_winding_is_painted_as_well() -> None:
    from render_server.training.atelier.shapes import sphere
    from render_server.training.atelier.things import mesh

    shape = sphere(1.0).moved(z=-4.0)
    ball = mesh("ball", 3, shape, shape.points, [(len(shape.triangles), (200, 90, 60))])
    geometry = replace(wall_and_board(1), meshes=(ball,))
    turned = replace(geometry, meshes=(replace(ball, triangles=np.ascontiguousarray(ball.triangles[:, ::-1]), topology="turned"),))
    seen = compute_passes(None, geometry, None).object_id == 3
    assert (draw(geometry)[..., LAYER] > 0)[seen].mean() > 0.85
    assert (draw(turned)[..., LAYER] > 0)[seen].mean() > 0.85


def test_a_room_modelled_as_one_box_is_painted_from_inside() -> None:
    from render_server.training.atelier.shapes import box
    from render_server.training.atelier.things import mesh

    shape = box(6.0, 3.0, 8.0).moved(y=-1.5)
    room = mesh("room", 7, shape, shape.points, [(len(shape.triangles), (180, 160, 120))])
    geometry = replace(wall_and_board(1), meshes=(room,))
    assert (draw(geometry)[..., LAYER] > 0).mean() > 0.9
