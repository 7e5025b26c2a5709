"""The plug-in, its command and its shelf in the fake: loaded, used, undone, done again, unloaded without a trace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.client import Address, save_pairing
from tests.client.small_server import TOKEN, Small, png, serving
from tests.fake_maya import Maya
from tests.maya.state import snapshot

from maya import cmds  # isort: skip

ROOT = Path(__file__).resolve().parents[3]
PLUG_IN_FILE = ROOT / "maya_plugin" / "install" / "plug_in_file.py"
ONE = pytest.mark.parametrize("demo_maya", ["2023"], indirect=True)
FRAMES = {"camera": "crane", "startFrame": 1001, "endFrame": 1004, "width": 64, "height": 36}


@pytest.fixture(autouse=True)
def own_folders(demo_maya: Maya, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of these tests goes into anybody's home."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE", "PAINTOVER_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(PLUG_IN_FILE, tmp_path / "paintover.py")
    demo_maya.user_folder, demo_maya.project = f"{tmp_path}/maya/", str(tmp_path / "project")


@pytest.fixture
def small() -> Iterator[Small]:
    with serving() as (small, url):
        save_pairing(Address(url, TOKEN))
        yield small


@pytest.fixture
def loaded(demo_maya: Maya, small: Small, tmp_path: Path) -> Iterator[Maya]:
    cmds.loadPlugin(str(tmp_path / "paintover.py"))
    yield demo_maya
    demo_maya.scene.undo_queue.clear()
    cmds.unloadPlugin("paintover")


def _shown(maya: Maya) -> list[str]:
    planes = [node for node in maya.scene.nodes if node.type == "imagePlane"]
    return [str(plane.attributes["paintoverTake"].value) for plane in planes]


def test_loading_and_unloading_leaves_nothing(demo_maya: Maya, tmp_path: Path) -> None:
    before = snapshot(demo_maya)
    for _ in range(2):
        cmds.loadPlugin(str(tmp_path / "paintover.py"))
        assert cmds.pluginInfo("paintover", query=True, command=True) == ["paintover"]
        buttons = demo_maya.plug_ins.shelves["Paintover"]
        assert [each["label"] for each in buttons] == ["Paint shot", "Paint frame", "Live", "Panel", "Doctor"]
        assert all(Path(each["image1"].replace(".png", "_200.png")).is_file() for each in buttons)
        cmds.unloadPlugin("paintover")
        assert demo_maya.plug_ins.shelves == {} and snapshot(demo_maya) == before
    with pytest.raises(AttributeError):
        _ = cmds.paintover


@ONE
def test_without_a_window_there_is_a_command_and_no_shelf(demo_maya: Maya, tmp_path: Path) -> None:
    demo_maya.batch = True
    cmds.loadPlugin(str(tmp_path / "paintover.py"))
    assert demo_maya.plug_ins.shelves == {}
    cmds.unloadPlugin("paintover")


def test_painting_can_be_undone_and_done_again(loaded: Maya, small: Small) -> None:
    before = snapshot(loaded)
    folder = cmds.paintover(**FRAMES, seed=3)
    assert _shown(loaded) == [folder] and sorted(path.name for path in Path(folder).glob("painted*")) == [
        f"painted.{number}.png" for number in range(1001, 1005)
    ]
    assert cmds.undoInfo(query=True, undoName=True) == "paintover" and small.jobs["job-1"].recipe.seed == 3
    cmds.undo()
    after = snapshot(loaded)
    assert {**after, "calls": None} == {**before, "calls": None}, "undo left something behind"
    assert Path(folder).is_dir(), "the files stay"
    cmds.redo()
    assert _shown(loaded) == [folder]
    for number in (1002, 1004):
        cmds.currentTime(number)
        plane = next(node for node in loaded.scene.nodes if node.type == "imagePlane")
        assert Path(loaded.scene.plane_path(plane)) == Path(folder) / f"painted.{number}.png"
    cmds.undo()
    assert len(small.jobs) == 1 and loaded.scene.script_errors == [], "doing it again painted again"


@ONE
def test_hiding_takes_can_be_undone(loaded: Maya) -> None:
    folders = [cmds.paintover(**FRAMES, seed=seed) for seed in (1, 2)]
    assert sorted(_shown(loaded)) == sorted(folders)
    assert sorted(cmds.paintover(hide=True)) == sorted(folders) and _shown(loaded) == []
    cmds.undo()
    assert sorted(_shown(loaded)) == sorted(folders)
    cmds.redo()
    assert _shown(loaded) == []
    assert cmds.paintover(showTake=folders[1]) == folders[1] and _shown(loaded) == [folders[1]]
    assert cmds.paintover(listTakes=True, camera="crane") == folders
    assert cmds.paintover(listLooks=True) == ["oil@3"]


@ONE
def test_the_scene_says_what_is_not_given(loaded: Maya, small: Small) -> None:
    loaded.scene.playback.update(minTime=1002.0, maxTime=1003.0)
    folder = cmds.paintover()
    assert len(list(Path(folder).glob("painted.*.png"))) == 2
    recipe = small.jobs["job-1"].recipe
    assert (recipe.width, recipe.height, recipe.look) == (960, 540, "oil@3")


@ONE
def test_the_shot_is_exported(loaded: Maya, tmp_path: Path) -> None:
    queue = len(loaded.scene.undo_queue)
    folder = cmds.paintover(**FRAMES, exportShot=str(tmp_path / "out"), passes=False)
    assert Path(folder) == tmp_path / "out" and (tmp_path / "out" / "camera.usda").is_file()
    assert len(loaded.scene.undo_queue) == queue, "nothing in the scene changed, so there is nothing to undo"


@ONE
@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ({"startFrame": 1}, "flags-missing"),
        ({"hide": True, "listTakes": True}, "flags-clash"),
        ({"camera": "nobody"}, "node-missing"),
        ({"showTake": "/nowhere"}, "take-missing"),
        ({"look": "no-such-look"}, "look-unknown"),
        ({"startFrame": 1004, "endFrame": 1001}, "frames-broken"),
        ({"server": "http://127.0.0.1:9"}, "token-missing"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_left(loaded: Maya, tmp_path: Path, flags: dict[str, Any], code: str) -> None:
    before = snapshot(loaded)
    with pytest.raises(RuntimeError, match=code):
        cmds.paintover(**flags)
    assert loaded.plug_ins.messages[-1][0] == "error" and snapshot(loaded) == before
    assert not list((tmp_path / "project").rglob("v0*")), "an empty take is left"


@ONE
@pytest.mark.parametrize("flags", [{"cam": 3}, {"colour": "red"}, {"hide": 5}, {"seed": "one"}, {"outFolder": ("a", "b")}])
def test_flags_that_maya_refuses(loaded: Maya, flags: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        cmds.paintover(**flags)


@ONE
def test_only_what_changed_is_painted(loaded: Maya, small: Small) -> None:
    first = cmds.paintover(**FRAMES)
    with pytest.raises(RuntimeError, match="nothing-changed"):
        cmds.paintover(**FRAMES, onlyChanged=True)
    assert cmds.paintover(listTakes=True, camera="crane") == [first]


@ONE
def test_escape_stops_it_while_the_server_paints(loaded: Maya, small: Small) -> None:
    before = snapshot(loaded)

    def hold(job: object, number: int) -> bytes | None:
        if number == 1002:
            loaded.escape = True
            return None if not small.wait_for(lambda: all(job.state == "cancelled" for job in small.jobs.values())) else None
        return png(64, 36, number)

    small.paint = hold
    with pytest.raises(RuntimeError, match="stopped"):
        cmds.paintover(**FRAMES)
    assert small.jobs["job-1"].state == "cancelled"
    cmds.paintover(hide=True)
    assert snapshot(loaded)["progress"] == before["progress"] == {}


@ONE
def test_the_doctors_button_asks_the_server_aside(loaded: Maya, small: Small) -> None:
    from maya_plugin import buttons

    buttons.examine()
    for _ in range(200):
        loaded.fire("timer")
        if loaded.plug_ins.messages and loaded.plug_ins.messages[-1][0] == "dialog":
            break
        small.wait_for(lambda: False, 0.05)
    text = loaded.plug_ins.messages[-1][1]
    assert "The server at" in text and "crane can be painted" in text
    assert not [event for event, *_ in loaded.callbacks.values() if event == "timer"]
