"""What an animator does, against a real server, a real worker and the real painter with a small untrained look."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from maya_plugin.client import Address, Connection
from render_server.server_process import ServerProcess
from render_server.video_models.painter.network import PainterConfig, PainterNetwork
from shot_format.messages import Recipe
from shot_format.shot import Frame, Shot
from tests.fake_maya import Maya
from tests.fake_maya.scene import Node
from tests.maya.state import snapshot

from maya_plugin.host.image_planes import planes_in_scene, remove_planes  # isort: skip
from maya_plugin.host.maya_host import MayaHost  # isort: skip
from maya_plugin.workflow.host import CaptureRequest  # isort: skip
from maya_plugin.workflow.painting import Painting  # isort: skip
from maya_plugin.workflow.takes import TakeRecord, list_takes, new_take, write_record  # isort: skip
from maya import cmds  # isort: skip

SIZE = (96, 64)
REQUEST = CaptureRequest("crane", 1001, 1004, *SIZE)
RECIPE = Recipe("raw", seed=5)
NETWORK = {"channels": (16, 16, 16), "blocks": (1, 1, 1), "full": 16, "half": 16, "fine": 16, "condition": 16}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("server")
    _make_look(folder / "looks" / "raw@1")
    with (
        ServerProcess(folder / "data", looks=folder / "looks", workers=1) as server,
        Connection(Address(server.address, server.token)) as connection,
    ):
        yield connection


def _make_look(folder: Path) -> None:
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    network = PainterNetwork(PainterConfig(**NETWORK))
    weights = folder / "weights.safetensors"
    save_file({name: (value + 0.02 * torch.randn_like(value)).half() for name, value in network.state_dict().items()}, weights)
    (folder / "config.json").write_text(json.dumps(NETWORK))
    fields = {
        "name": "raw", "version": 1, "title": "Raw", "description": "Untrained.", "palette": {"chroma": 1.1}, "strokes": {"swirl": 0.5},
        "recipe": {}, "model_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), "lineage": [], "licence": "Apache-2.0",
    }  # fmt: skip
    (folder / "look.json").write_text(json.dumps(fields))


def _paint(connection: Connection, root: Path) -> Painting:
    record = TakeRecord("none-yet", REQUEST.camera, REQUEST.first, REQUEST.last, RECIPE)
    folder = new_take(root, record)
    painting = Painting(MayaHost(), connection, REQUEST, RECIPE, folder)
    take = painting.run()
    write_record(folder, TakeRecord(take.job.shot, REQUEST.camera, REQUEST.first, REQUEST.last, take.job.recipe, take.job.id))
    return painting


def _planes(maya: Maya) -> list[Node]:
    return [node for node in maya.scene.nodes if node.type == "imagePlane"]


def test_capture_paint_scrub_repaint_remove(
    connection: Connection, demo: tuple[Shot, list[Frame], dict[str, bytes]], tmp_path: Path, demo_maya: Maya
) -> None:
    scene = demo_maya.scene
    scene.selection, scene.time = ["crane"], 1002.0
    cmds.setAttr("crane.visibility", True)  # the artist's own change, to be undone by him only
    before = snapshot(demo_maya)

    first = _paint(connection, tmp_path)
    assert first.take is not None and [frame.number for frame in first.take.frames] == [1001, 1002, 1003, 1004]
    pictures = [np.array(Image.open(io.BytesIO(frame.path.read_bytes()))) for frame in first.take.frames]
    assert all(picture.shape == (SIZE[1], SIZE[0], 3) and picture.std() > 1 for picture in pictures)

    (plane,) = _planes(demo_maya)
    for number in (1004, 1001, 1003, 1002):
        cmds.currentTime(number)
        assert Path(scene.plane_path(plane)).name == f"painted.{number}.png"
    assert scene.script_errors == []

    pose = scene.node("mia:RightArm").attributes["translate"]  # the pose itself, so that the picture changes too
    piece = next(node for node in scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
    old = piece.attributes["translate"].value
    piece.attributes["translate"].value = (0.0, 40.0, 0.0)
    second = _paint(connection, tmp_path)
    piece.attributes["translate"].value = old
    assert pose.curve is not None and second.take is not None
    assert [one.sha256 for one in first.take.frames] != [other.sha256 for other in second.take.frames]

    third = _paint(connection, tmp_path)
    assert third.take is not None
    assert [one.sha256 for one in first.take.frames] == [other.sha256 for other in third.take.frames], "the planes got into the picture"

    assert [take.folder.name for take in list_takes(tmp_path)] == ["v001", "v002", "v003"]
    assert all(len(take.frames) == 4 and take.record.job for take in list_takes(tmp_path))
    assert sorted(Path(take).name for take in planes_in_scene().values()) == ["v001", "v002", "v003"] and scene.script_errors == []
    remove_planes(planes_in_scene())
    assert snapshot(demo_maya) == before
    cmds.undo()
    assert [name for name, _ in scene.undo_queue] == []
