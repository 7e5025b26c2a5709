"""What an animator does, from the shelf to a machine without the plug-in, against a real server, a real worker and the real painter."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.client import Address, save_pairing
from render_server.cli.servers import wait_for_worker
from render_server.scenes.demo import demo_shot, iter_demo_frames
from render_server.server_process import ServerProcess
from tests import fake_maya
from tests.fake_maya import Maya
from tests.fake_maya.load import load_shot
from tests.fake_maya.scene import Scene
from tests.maya.state import snapshot
from tests.maya.test_whole_road import _make_look

QtWidgets = pytest.importorskip("PySide6.QtWidgets")

from maya import cmds  # noqa: E402  # isort: skip

pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).resolve().parents[3]
FRAMES, SIZE = 48, (96, 64)
LAST, POSED, HELD = 1000 + FRAMES, 1040, 1045
SCENE = "/shows/tea/s010.ma"
AS_BEFORE = ("time", "selection", "modified", "undo", "undo on", "panels", "focus", "windows", "units", "playback", "progress")


@pytest.fixture
def maya(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Maya]:
    """A Maya with nothing open and a scene of two seconds on its disk."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE", "PAINTOVER_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    running = Maya(user_folder=f"{tmp_path}/maya/", project=str(tmp_path / "project"))
    fake_maya.start(running)
    frames, blobs = [], {}
    for frame, new in iter_demo_frames(FRAMES, SIZE):
        frames.append(frame)
        blobs.update(new)
    scene = Scene()
    load_shot(scene, demo_shot(FRAMES, SIZE), frames, blobs)
    scene.file_name = SCENE
    resolution = scene.node("defaultResolution").attributes
    resolution["width"].value, resolution["height"].value = SIZE
    running.disk[SCENE] = scene
    yield running


@pytest.fixture
def server(tmp_path: Path, maya: Maya) -> Iterator[ServerProcess]:
    _make_look(tmp_path / "looks" / "raw@1")
    with ServerProcess(tmp_path / "data", looks=tmp_path / "looks", workers=1) as running:
        save_pairing(Address(running.address, running.token))
        wait_for_worker(running)
        yield running


def _hold_until_one_is_painted(maya: Maya, project: Path) -> None:
    """Evaluating a frame late in the shot takes as long as the first one's painting: a capture that is not sent on would never end."""
    ends = time.monotonic() + 100.0
    while maya.scene.time == HELD and not list(project.rglob("painted.*.png")) and time.monotonic() < ends:
        time.sleep(0.02)


def _until(maya: Maya, ready: Callable[[], Any], seconds: float = 200.0) -> None:
    """Maya's event loop: its timers, and the panel's."""
    ends = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < ends
        maya.fire("timer")
        QtWidgets.QApplication.processEvents()
        time.sleep(0.002)


def _press(maya: Maya, label: str) -> None:
    button = next(each for each in maya.plug_ins.shelves["Paintover"] if each["label"] == label)
    exec(button["command"], {})  # noqa: S102 - as Maya does


def _shown(maya: Maya) -> list[str]:
    """The files that image planes show now."""
    return [path for path in map(maya.scene.plane_path, maya.scene.nodes) if path]


def _scrub(maya: Maya, take: str) -> None:
    for number in (LAST, 1001, POSED, 1017):
        cmds.currentTime(number)
        assert [Path(path).parts[-2:] for path in _shown(maya)] == [(take, f"painted.{number}.png")]
    cmds.currentTime(1010)


def _state(maya: Maya) -> dict[str, Any]:
    return {key: value for key, value in snapshot(maya).items() if key in AS_BEFORE}


def _bytes(folder: Path) -> dict[int, bytes]:
    return {number: (folder / f"painted.{number}.png").read_bytes() for number in range(1001, LAST + 1)}


def test_from_the_shelf_to_a_machine_without_the_plug_in(maya: Maya, server: ServerProcess, tmp_path: Path) -> None:
    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    shutil.copy(ROOT / "maya_plugin" / "install" / "plug_in_file.py", tmp_path / "paintover.py")
    cmds.loadPlugin(str(tmp_path / "paintover.py"))
    cmds.file(SCENE, open=True)
    cmds.setAttr("crane.visibility", True)  # the artist's own action, which undo is to undo later
    cmds.currentTime(1010)
    maya.scene.selection, maya.scene.modified = ["crane"], False
    before = _state(maya)
    maya.scene.on_evaluate = lambda: _hold_until_one_is_painted(maya, tmp_path / "project")

    _press(maya, "Paint shot")
    from maya_plugin.ui import dock

    panel = dock.panel()
    assert panel is not None
    desk = panel.desk
    _until(maya, lambda: desk.state == "capturing")
    _until(maya, lambda: _shown(maya) or desk.state != "capturing")
    assert desk.state == "capturing" and 0 < desk.job.progress.capture.done < FRAMES, "no frame was shown while the shot was captured"
    _until(maya, lambda: desk.state not in ("capturing", "painting") and not desk.busy)
    assert desk.state == "done", desk.log.text()
    assert _state(maya) == before and maya.scene.script_errors == []
    first = _bytes(desk.takes[0].take.folder)
    _scrub(maya, "v001")

    plane = next(node for node in maya.scene.nodes if node.type == "imagePlane").attributes["alphaGain"]
    for strength in (0.0, 1.0):
        panel.strength._flip.click()
        assert plane.value == strength

    piece = next(node for node in maya.scene.nodes if node.type == "transform" and node.name.startswith("mia_"))
    piece.attributes["translate"].curve = lambda time: (0.0, 40.0 if time == POSED else 0.0, 0.0)
    desk.change(only_changed=True)
    _press(maya, "Paint shot")
    _until(maya, lambda: desk.state == "starting" or desk.state == "capturing")
    _until(maya, lambda: desk.state not in ("starting", "capturing", "painting") and not desk.busy)
    panel.refresh()
    assert desk.state == "done", desk.log.text()
    assert panel.paint._since.text() == f"1 painted, {FRAMES - 1} kept"
    second = _bytes(desk.takes[0].take.folder)
    assert [number for number in first if first[number] != second[number]] == [POSED] and desk.takes[0].name == "v002"
    _scrub(maya, "v002")
    assert _state(maya) == before

    assert cmds.undoInfo(query=True, undoName=True) == "setAttr"
    cmds.undo()
    assert maya.scene.undo_queue == [] and len(_shown(maya)) == 1, "undo undid something of ours"
    cmds.file(save=True)
    assert not maya.scene.modified
    buttons = [name for name, _ in maya.callbacks.items()]
    cmds.unloadPlugin("paintover")
    assert dock.panel() is None and maya.plug_ins.shelves == {} and len(maya.callbacks) <= len(buttons)
    desk.join()
    panel.shelf.join(10)
    application.processEvents()

    elsewhere = Maya(disk=maya.disk)
    fake_maya.start(elsewhere)
    cmds.file(SCENE, open=True)
    assert elsewhere.plug_ins.known == {} and elsewhere.callbacks == {} and not elsewhere.scene.modified
    _scrub(elsewhere, "v002")
    assert elsewhere.scene.script_errors == []
