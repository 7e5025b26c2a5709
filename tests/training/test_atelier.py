"""Scenes and clips made by code are the same for the same seed, and varied between seeds."""

from __future__ import annotations

import numpy as np
import pytest

from render_server.passes.compute import compute_passes
from render_server.training.atelier.scenes import KINDS, make_scene
from render_server.training.clips import Window, render_clip

WINDOW = Window(100, 60, 96, 64, 384, 216)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_seed_makes_one_scene(kind: str) -> None:
    first, second = make_scene(3, kind).geometry(7, 96, 54), make_scene(3, kind).geometry(7, 96, 54)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(first.meshes, second.meshes, strict=True))
    assert np.array_equal(first.view.world_to_camera, second.view.world_to_camera)


@pytest.mark.parametrize("kind", list(KINDS))
def test_something_is_seen(kind: str) -> None:
    passes = [compute_passes(None, make_scene(seed, kind).geometry(0, 96, 54), None) for seed in range(4)]
    assert np.mean([(p.object_id > 0).mean() for p in passes]) > 0.3


def test_topologies_stay_the_same_through_a_shot() -> None:
    scene = make_scene(4, "room")
    early, late = ({m.object_id: (m.topology, len(m.points)) for m in scene.geometry(n, 96, 54).meshes} for n in (0, 40))
    assert early == late


def test_figures_walk() -> None:
    scene = make_scene(4, "park")
    early, late = (next(m for m in scene.geometry(n, 96, 54).meshes if m.name.startswith("figure")) for n in (0, 20))
    assert np.abs(early.points - late.points).max() > 0.2


def test_a_clip_is_the_same_again() -> None:
    first, second = render_clip(11, 2, WINDOW), render_clip(11, 2, WINDOW)
    assert first.keys() == {"guides", "target", "motion", "occlusion", "inks"}
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert first["target"].shape == (2, 64, 96, 3)


def test_the_first_frame_has_nothing_before_it() -> None:
    clip = render_clip(11, 2, WINDOW)
    assert clip["occlusion"][0].all()
    assert not clip["occlusion"][1].all()


def test_the_target_is_a_painting_of_the_blocking() -> None:
    """Near the blocking in colour on the whole, and with far more going on inside flat areas."""
    clip = render_clip(11, 1, WINDOW)
    blocking, target = clip["guides"][0, ..., :3].astype(float), clip["target"][0].astype(float)
    assert np.abs(blocking.mean(axis=(0, 1)) - target.mean(axis=(0, 1))).max() < 30
    assert np.abs(np.diff(target, axis=1)).mean() > 2 * np.abs(np.diff(blocking, axis=1)).mean()
