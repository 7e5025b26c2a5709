"""A small scene and a small, untrained look that every test here may share."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from render_server.looks.registry import Look, read_look
from render_server.passes.geometry import FrameGeometry, Mesh, View
from render_server.video_models.painter.network import PainterConfig, PainterNetwork

SMALL = {"channels": (16, 16, 16), "blocks": (1, 1, 1), "full": 16, "half": 16, "coarse": 8, "fine": 16, "last": 8, "condition": 16}


def quad(name: str, object_id: int, points: np.ndarray, colour: tuple[int, int, int], rest: np.ndarray | None = None) -> Mesh:
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    colours = np.tile(np.array(colour, np.uint8), (2, 1))
    still = points if rest is None else rest
    return Mesh(name, object_id, points.astype(np.float64), triangles, colours, still.astype(np.float32), name)


def wall_and_board(number: int, width: int = 128, height: int = 96, shift: float = 0.0) -> FrameGeometry:
    """A wall 4 m away and a board before it that stands shift metres to the right."""
    wall = np.array([[-4, -3, -4], [4, -3, -4], [4, 3, -4], [-4, 3, -4]], float)
    board = np.array([[-0.6, -0.8, -3], [0.6, -0.8, -3], [0.6, 0.8, -3], [-0.6, 0.8, -3]], float)
    view = View(np.eye(4), float(height), float(height), width / 2, height / 2, 0.1, 100.0, width, height)
    moved = quad("board", 2, board + np.array([shift, 0, 0]), (200, 80, 60), board)
    return FrameGeometry(number, view, (quad("wall", 1, wall, (90, 120, 160)), moved))


@pytest.fixture(scope="session")
def look(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """A look whose network was never trained: quick, and any mistake in the loop still shows in its bytes."""
    folder = tmp_path_factory.mktemp("looks") / "raw@1"
    folder.mkdir()
    torch.manual_seed(3)
    network = PainterNetwork(PainterConfig(**SMALL))
    weights = {name: (value + 0.02 * torch.randn_like(value)).half() for name, value in network.state_dict().items()}
    save_file(weights, folder / "weights.safetensors")
    (folder / "config.json").write_text(json.dumps(SMALL))
    fields = {
        "name": "raw", "version": 1, "title": "Raw", "description": "Untrained.", "palette": {"chroma": 1.1}, "strokes": {"swirl": 0.5},
        "recipe": {}, "model_sha256": "0" * 64, "lineage": [], "licence": "Apache-2.0",
    }  # fmt: skip
    (folder / "look.json").write_text(json.dumps(fields))
    return read_look(folder)
