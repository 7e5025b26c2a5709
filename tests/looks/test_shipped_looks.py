"""The looks that ship with the package are whole, small, documented, and paint."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from render_server.looks.registry import OWN_LOOKS, Look, list_looks
from render_server.passes.compute import compute_passes
from render_server.training.atelier.scenes import make_scene
from render_server.video_models.base import ShotInfo
from render_server.video_models.painter.model import Painter
from shot_format.messages import Recipe

LOOKS = list_looks([OWN_LOOKS])
MOST_BYTES = 25_000_000


def test_there_is_oil() -> None:
    assert "oil@1" in [look.key for look in LOOKS]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_its_folder_is_whole(look: Look) -> None:
    weights = (look.folder / "weights.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == look.model_sha256
    assert len(weights) <= MOST_BYTES
    assert look.folder.name == look.key
    assert look.licence
    assert all(entry["owner"] and entry["licence"] for entry in look.lineage)
    assert len((look.folder / "MODEL_CARD.md").read_text()) > 500
    with Image.open(look.thumbnail) as picture:
        assert min(picture.size) >= 100


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.key)
def test_it_paints_strokes_over_flat_colour(look: Look) -> None:
    geometry = make_scene(1_000_050, "room").geometry(3, 160, 96)
    passes = compute_passes(None, geometry, None)
    painter = Painter(look)
    state = painter.start(ShotInfo("shot", 3, 3, 160, 96), Recipe(look.key))
    guides = painter.guides(state, geometry, passes)
    [frame] = painter.paint(state, [guides])
    blocking, painted = guides.channels[..., :3].astype(float), frame.pixels.astype(float)
    inside = np.abs(np.diff(blocking, axis=1)).max(axis=-1) < 4
    assert np.abs(np.diff(painted, axis=1)).max(axis=-1)[inside].mean() > 3 * np.abs(np.diff(blocking, axis=1)).max(axis=-1)[inside].mean()
    assert np.abs(painted.mean(axis=(0, 1)) - blocking.mean(axis=(0, 1))).max() < 40
