"""The widgets: what the artist does reaches the desk, what is cut off is found, Maya brings the panel back."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("maya_plugin.ui.qt", reason="neither PySide6 nor PySide2 is here", exc_type=ImportError)

from maya_plugin.ui.compare import OTHER, PAINTED, WIPE
from maya_plugin.ui.panel import Panel
from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QtCore, QtWidgets, pointer_of
from maya_plugin.ui.strip import Strip
from tests.client.small_server import png
from tests.maya.conftest import FRAMES, SIZE
from tests.maya.ui.cut_off import cut_off
from tests.maya.ui.studio import Studio

Qt = QtCore.Qt


@pytest.fixture(scope="module")
def application() -> QtWidgets.QApplication:
    return QtWidgets.QApplication.instance() or QtWidgets.QApplication([])


@pytest.fixture
def panel(application: QtWidgets.QApplication, room: Studio) -> Iterator[Panel]:
    made = Panel(room.desk)
    made.resize(430, 800)
    made.show()
    yield made
    made.shut()
    made.shelf.join(10)


def _button(panel: QtWidgets.QWidget, text: str) -> QtWidgets.QAbstractButton:
    return next(each for each in panel.findChildren(QtWidgets.QAbstractButton) if each.text() == text)


def _let_pass(panel: Panel, room: Studio, ready: Any) -> None:
    def step() -> None:
        QtWidgets.QApplication.processEvents()
        panel.step()

    room.until(ready, step)


def test_the_timer_alone_paints_a_shot(panel: Panel, room: Studio) -> None:
    """Nothing calls `step` here: the panel's own timer does, and Maya's event loop goes on between any two frames."""
    _button(panel, "Paint shot").click()
    room.until(lambda: room.desk.state == "done" and room.desk.takes, QtWidgets.QApplication.processEvents)
    assert len(room.desk.job.files) == FRAMES
    assert not _button(panel, "Stop").isEnabled() and _button(panel, "Paint shot").isEnabled()


def test_no_step_waits_for_a_server_that_hangs(panel: Panel, room: Studio) -> None:
    held = threading.Event()
    room.small.before = lambda method, path: held.wait(20) and None
    _button(panel, "Paint shot").click()
    _let_pass(panel, room, lambda: room.desk.job.progress.capture.done >= 2)
    longest = 0.0
    for _ in range(60):
        began = time.thread_time()
        panel.step()
        longest = max(longest, time.thread_time() - began)
    assert room.desk.state == "capturing" and not held.is_set()
    _button(panel, "Stop").click()
    assert room.desk.state == "stopping" and not room.maya.progress, "the scene is the artist's again at once"
    held.set()
    room.finish()
    assert longest < 1.0


def test_settings_are_set_by_hand(panel: Panel, room: Studio) -> None:
    desk = room.desk
    panel.recipe._seed.setText("123")
    panel.recipe._seed.editingFinished.emit()
    panel.recipe._strokes._slider.setValue(200)
    assert (desk.settings.seed, desk.settings.stroke_scale) == (123, 4.0)
    box = panel.shot._range
    box.setCurrentIndex(box.findData("own"))
    box.activated.emit(box.currentIndex())
    panel.shot._first.setText("1003")
    panel.shot._first.editingFinished.emit()
    assert desk.range == (1003, 1000 + FRAMES)
    _button(panel, "Only what changed").click()
    assert desk.settings.only_changed
    panel.refresh()
    assert panel.paint._since.text() == "no earlier take with this recipe"


def test_a_click_in_the_strip_goes_to_the_frame(panel: Panel, room: Studio) -> None:
    room.paint()
    _let_pass(panel, room, lambda: panel.paint.strip.isVisible())
    panel.paint.strip.picked.emit(1004)
    _let_pass(panel, room, lambda: room.desk.sight.now == 1004)
    assert room.maya.scene.time == 1004.0


def test_the_strip_of_five_thousand_frames_reads_only_what_is_seen(application: QtWidgets.QApplication, tmp_path: Path) -> None:
    files = {}
    for number in range(1, 5001):
        files[number] = tmp_path / f"painted.{number:04d}.png"
    files[1].write_bytes(png(64, 36, 1))
    shelf = PictureShelf(lambda: None)
    strip = Strip(shelf)
    strip.resize(400, 100)
    strip.show()
    strip.put(1, 5000, files, 1, 16 / 9)
    strip.horizontalScrollBar().setValue(0)
    strip.grab()
    asked = len(shelf._asked) + len(shelf._here)
    assert 1 <= asked <= 12
    ends = time.monotonic() + 10
    while shelf.busy and time.monotonic() < ends:
        shelf.step()
    assert sum(picture is not None for picture in shelf._here.values()) == 1, "only the first frame is on this disk"
    shelf.close()
    shelf.join(10)


def test_the_wipe_shows_the_blocking_left_and_the_painted_right(panel: Panel, room: Studio) -> None:
    room.small.paint = lambda job, number: png(*SIZE, 255)
    room.paint()
    panel.tabs.setCurrentIndex(1)
    view = panel.compare.picture
    _let_pass(panel, room, lambda: not panel.shelf.busy and view._painted is not None and view.width() > 100)
    for _ in range(3):
        _let_pass(panel, room, lambda: not panel.shelf.busy)
        picture = view.grab().toImage()
    painted = (255, 0, 128)
    right, left = (picture.pixelColor(round(share * view.width()), view.height() // 3).getRgb()[:3] for share in (0.75, 0.25))
    assert right == painted and left != painted
    view.set_mode(PAINTED)
    assert view.grab().toImage().pixelColor(view.width() // 4, view.height() // 3).getRgb()[:3] == painted
    view.set_mode(OTHER)
    assert view.grab().toImage().pixelColor(3 * view.width() // 4, view.height() // 3).getRgb()[:3] != painted
    view.set_mode(WIPE)
    view._drag(view.width() // 10)
    assert view.grab().toImage().pixelColor(view.width() // 4, view.height() // 3).getRgb()[:3] == painted


def test_characters_are_mapped_in_the_dialog(panel: Panel, room: Studio) -> None:
    dialog = panel.open_figures()
    box = dialog._joints[4]
    box.setCurrentIndex(box.findData("mia:LeftHand"))
    box.activated.emit(box.currentIndex())
    assert dict(room.desk.settings.joints)["mia"][4] == "mia:LeftHand" and dict(room.desk.settings.joints)["mia"][2] == "mia:RightArm"
    assert "Mapped by you" in dialog._how.text()
    _button(dialog, "Recognise by itself").click()
    assert room.desk.settings.joints == () and box.currentData() == "mia:RightHand"


def test_the_log_is_copied_without_the_token(panel: Panel, room: Studio) -> None:
    dialog = panel.open_log()
    _button(dialog, "Copy all").click()
    text = QtWidgets.QApplication.clipboard().text()
    assert "Maya 2025" in text and room.desk._watch._found.address.token not in text


def test_what_is_cut_off_is_found(application: QtWidgets.QApplication) -> None:
    window = QtWidgets.QWidget()
    inside = QtWidgets.QLabel("A line that is far too long for its place", window)
    inside.setGeometry(0, 0, 40, 20)
    paragraph = QtWidgets.QLabel("Several lines that need more height than they have", window)
    paragraph.setWordWrap(True)
    paragraph.setGeometry(0, 30, 60, 15)
    outside = QtWidgets.QPushButton("Out", window)
    outside.setGeometry(180, 60, 80, 30)
    window.resize(200, 100)
    window.show()
    assert len(cut_off(window)) == 3


def test_maya_brings_the_panel_back_and_closing_it_stops_everything(
    application: QtWidgets.QApplication, room: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maya_plugin.ui import dock

    monkeypatch.setattr("maya_plugin.workflow.desk.find_server", None)  # it was given as a default already
    first = dock.show()
    (control,) = room.maya.controls.values()
    assert control.widgets == [pointer_of(first)] and dock.show() is first
    dock.empty()
    control.widgets.clear()
    control.fill(room.maya)  # as Maya does at its next start, with what it kept of the workspace
    again = dock.panel()
    assert again is not None and again is not first and control.widgets == [pointer_of(again)]
    from maya import cmds

    cmds.workspaceControl(control.name, edit=True, close=True)
    assert dock.panel() is None and room.maya.controls == {}
    for panel in (first, again):
        panel.desk.join()
        panel.shelf.join(10)
    assert "maya_plugin.ui.dock" in sys.modules
