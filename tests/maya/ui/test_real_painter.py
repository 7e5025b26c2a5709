"""What the panel does, once, against a real server, a real worker and the real painter with a small untrained look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from render_server.server_process import ServerProcess
from tests.maya.conftest import FRAMES
from tests.maya.test_whole_road import _make_look
from tests.maya.ui.studio import studio


def test_one_pose_is_changed_and_only_that_frame_painted_again(demo: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _make_look(tmp_path / "looks" / "raw@1")
    with (
        ServerProcess(tmp_path / "data", looks=tmp_path / "looks", workers=1) as server,
        studio(demo, tmp_path, server.token, server.address) as room,
    ):
        room.patience = 120.0
        room.until(lambda: room.desk.server.ready and not room.desk.busy)
        assert room.desk.look.name == "raw"
        room.desk.change(size="own", width=96, height=64)
        room.paint()
        assert room.desk.state == "done", room.desk.log.text()
        first = {number: path.read_bytes() for number, path in room.desk.takes[0].files().items()}
        assert len(first) == FRAMES

        piece = next(node for node in room.maya.scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
        room.maya.scene.set_time(1004)
        piece.attributes["translate"].curve = lambda time: (0.0, 40.0 if time == 1004 else 0.0, 0.0)
        room.desk.change(only_changed=True)
        room.paint()
        assert room.desk.state == "done", room.desk.log.text()
        second = {number: path.read_bytes() for number, path in room.desk.takes[0].files().items()}
        assert [number for number in first if first[number] != second[number]] == [1004]
        assert room.desk.job.plan.painted == (1004,) and len(room.desk.job.plan.kept) == FRAMES - 1

        room.desk.set_live(True)
        room.until(lambda: room.desk.live.shown)
        assert room.desk.live.shown.read_bytes().startswith(b"\x89PNG") and room.desk.live.seconds is not None
        room.desk.set_live(False)
        room.desk.export(tmp_path / "export")
        room.finish()
        assert room.desk.state == "exported", room.desk.log.text()
        assert len(list((tmp_path / "export").glob("depth/*.exr"))) == FRAMES and (tmp_path / "export" / "camera.usda").is_file()
        for row in room.desk.takes:
            room.desk.delete(row)
        assert not [node for node in room.maya.scene.nodes if node.type == "imagePlane"]


def test_the_real_server_refuses_a_wrong_token_in_words(demo: tuple[Any, Any, Any], tmp_path: Path) -> None:
    with (
        ServerProcess(tmp_path / "data", workers=0) as server,
        studio(demo, tmp_path, "wrong-token-0123456789abcdef", server.address) as room,
    ):
        room.patience = 60.0
        room.until(lambda: room.desk.state != "looking")
        assert room.desk.state == "wrong-token" and room.desk.server.sentence
