"""The looks that ship with the package are whole, small, documented, and paint."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from render_server.looks.registry import OWN_LOOKS, Look, list_looks
from render_server.passes.compute import compute_passes
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.training.atelier.scenes import make_scene
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.channels import STRUCTURE
from render_server.video_models.painter.model import Painter
from shot_format.messages import Recipe

Float = NDArray[np.float64]

LOOKS = list_looks([OWN_LOOKS])
MOST_BYTES = 40_000_000  # all weights together


HANDS = ("acrylic", "gouache", "ink", "oil", "pastel", "watercolour")


def test_there_are_six_and_they_are_small() -> None:
    assert tuple(look.name for look in LOOKS) == HANDS
    weights = sum(path.stat().st_size for path in OWN_LOOKS.rglob("*.safetensors"))
    assert weights <= MOST_BYTES


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_its_folder_is_whole(look: Look) -> None:
    weights = (look.folder / "weights.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == look.model_sha256
    assert look.folder.name == look.key
    assert look.licence
    assert all(entry["owner"] and entry["licence"] for entry in look.lineage)
    assert len((look.folder / "MODEL_CARD.md").read_text()) > 500
    with Image.open(look.thumbnail) as picture:
        assert min(picture.size) >= 100


@pytest.fixture(scope="module")
def seen() -> tuple[FrameGeometry, Passes]:
    geometry = make_scene(1_000_050, "room").geometry(3, 160, 96)
    return geometry, compute_passes(None, geometry, None)


def painted_by(look: Look, seen: tuple[FrameGeometry, Passes], bare: bool = False) -> tuple[Float, Float]:
    """The colours that were painted over, and the painting; bare: without strokes, grain and lines."""
    painter = Painter(look)
    state = painter.start(ShotInfo("shot", 3, 3, 160, 96, opening=seen), Recipe(look.key))
    guides = painter.guides(state, *seen)
    if bare:
        guides.channels[..., len(STRUCTURE) :] = 0
    [frame] = painter.paint(state, [guides])
    return guides.channels[..., :3].astype(float), frame.pixels.astype(float)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_it_paints_over_flat_colour(look: Look, seen: tuple[FrameGeometry, Passes]) -> None:
    colours, painted = painted_by(look, seen)
    steps, flat = np.abs(np.diff(painted, axis=1)).max(axis=-1), np.abs(np.diff(colours, axis=1)).max(axis=-1)
    assert steps[flat < 4].mean() > 2 * flat[flat < 4].mean()
    assert np.abs(painted.mean(axis=(0, 1)) - colours.mean(axis=(0, 1))).max() < 60


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_it_paints_without_strokes_too(look: Look, seen: tuple[FrameGeometry, Passes]) -> None:
    colours, painted = painted_by(look, seen, bare=True)
    luma, flat = painted.mean(axis=-1).ravel(), colours.mean(axis=-1).ravel()
    assert np.corrcoef(luma, flat)[0, 1] > 0.6  # the picture is still there
    assert np.abs(painted.mean(axis=(0, 1)) - colours.mean(axis=(0, 1))).max() < 60


def test_they_are_six_different_hands(seen: tuple[FrameGeometry, Passes]) -> None:
    pictures = [painted_by(look, seen)[1] for look in LOOKS]
    for i, one in enumerate(pictures):
        assert all(np.abs(one - other).mean() > 10 for other in pictures[:i])
