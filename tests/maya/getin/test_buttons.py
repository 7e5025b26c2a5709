"""The shelf's buttons, pressed: the commands that Maya keeps with them, with the real panel in a window that nobody sees."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from maya_plugin.client import Address, save_pairing
from shelf.draw import DRAWN, SIZES, draw
from tests.client.small_server import TOKEN, Small, serving
from tests.fake_maya import Maya

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
QtWidgets = pytest.importorskip("PySide6.QtWidgets")

from maya_plugin import buttons  # noqa: E402  # isort: skip

SHELF = Path(__file__).resolve().parents[3] / "shelf"
BUTTONS = {each["label"]: each for each in json.loads((SHELF / "buttons.json").read_text())}
pytestmark = pytest.mark.parametrize("demo_maya", ["2025"], indirect=True)


@pytest.fixture
def small(demo_maya: Maya, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE", "PAINTOVER_CERTIFICATE"):
        monkeypatch.delenv(name, raising=False)
    demo_maya.user_folder, demo_maya.project = f"{tmp_path}/maya/", str(tmp_path / "project")
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    with serving() as (small, url):
        save_pairing(Address(url, TOKEN))
        yield small
        from maya_plugin.ui import dock

        desk = dock.show().desk
        buttons.close_all()
        desk.join()
    app.processEvents()


def _press(label: str) -> None:
    exec(BUTTONS[label]["command"], {})  # noqa: S102 - as Maya does


def _until(maya: Maya, ready: Callable[[], object]) -> None:
    ends = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < ends
        maya.fire("timer")
        QtWidgets.QApplication.processEvents()
        time.sleep(0.005)


@pytest.mark.parametrize(("label", "frames"), [("Paint shot", 6), ("Paint frame", 1)])
def test_painting_begins_as_soon_as_the_server_is_known(demo_maya: Maya, small: Small, label: str, frames: int) -> None:
    _press(label)
    _until(demo_maya, lambda: any(job.state == "done" for job in small.jobs.values()))
    (job,) = small.jobs.values()
    assert job.frames_total == frames
    assert not [event for event, *_ in demo_maya.callbacks.values() if event == "timer"]


def test_live_goes_on_and_off(demo_maya: Maya, small: Small) -> None:
    from maya_plugin.ui import dock

    _press("Live")
    assert dock.show().desk.live_on
    _press("Live")
    assert not dock.show().desk.live_on


def test_the_panel_opens_once(demo_maya: Maya, small: Small) -> None:
    from maya_plugin.ui import dock

    _press("Panel")
    shown = dock.panel()
    _press("Panel")
    assert shown is not None and dock.panel() is shown and len(demo_maya.controls) == 1
    buttons.close_all()
    assert dock.panel() is None and demo_maya.controls == {}


def test_every_button_has_its_picture_at_every_size(demo_maya: Maya) -> None:
    assert {each["icon"] for each in BUTTONS.values()} == {f"{name}.png" for name in DRAWN}
    for name in DRAWN:
        for ending, side in SIZES.items():
            with Image.open(SHELF / "icons" / f"{name}{ending}.png") as icon:
                assert icon.size == (side, side) and icon.mode == "RGBA"
                differs = ImageChops.difference(icon, draw(name, side)).getextrema()
                assert max(most for _, most in differs) <= 2, "draw the icons again: python shelf/draw.py"


def test_a_message_and_no_traceback_where_something_is_wrong(demo_maya: Maya, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "nobody"))
    for name in ("PAINTOVER_SERVER", "PAINTOVER_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    demo_maya.user_folder, demo_maya.project = f"{tmp_path}/maya/", str(tmp_path / "project")
    _press("Doctor")
    _until(demo_maya, lambda: demo_maya.plug_ins.messages and demo_maya.plug_ins.messages[-1][0] == "dialog")
    assert "No server is known" in demo_maya.plug_ins.messages[-1][1]
