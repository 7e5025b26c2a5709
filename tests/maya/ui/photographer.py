"""Brings the panel into each of its states, takes a picture, and looks for what is cut off. See picture_states.py."""

from __future__ import annotations

import argparse
import io
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageStat

from maya_plugin.client import Address, Connection, list_looks
from maya_plugin.client.jobs import fetch_thumbnail
from maya_plugin.ui.panel import Panel
from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.server_watch import look_name
from render_server.scenes.demo import demo_shot, iter_demo_frames
from shot_format.messages import Job, LookInfo, Problem
from tests.client.small_server import LOOK, TOKEN, Small
from tests.maya.ui.cut_off import cut_off
from tests.maya.ui.studio import Studio, studio

WIDTH, HEIGHT = 420, 800  # of the panel at 100 %
LARGEST = 110_000  # bytes of a picture; a larger one is written again with fewer colours
COLOURS = (255, 160, 100, 64, 40)
SHOWN = 1  # the number of the frame that the scene stands on, from the first


@dataclass(frozen=True)
class Seen:
    """One picture. brightness: its mean, 0 to 1; wrong: what is cut off."""

    name: str
    file: str
    bytes: int
    brightness: float
    wrong: tuple[str, ...]


@dataclass
class Paints:
    """What the small server paints with: looks, their pictures, and frames by number; sepia where there are none."""

    looks: list[LookInfo] = field(default_factory=lambda: [LOOK])
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    frames: dict[int, bytes] = field(default_factory=dict)

    def load(self, small: Small) -> None:
        """Let a small server paint with them."""
        small.look_list, small.thumbnails = self.looks, self.thumbnails
        small.paint = lambda job, number: self.frames.get(number) or _sepia(small, job, number)


def take_pictures(asked: argparse.Namespace) -> list[Seen]:
    """Take all pictures, into the folder that was asked for."""
    width, height = map(int, asked.size.split("x"))
    frames, blobs = [], {}
    for frame, new in iter_demo_frames(asked.frames, (width, height)):
        frames.append(frame)
        blobs.update(new)
    scene = (demo_shot(asked.frames, (width, height)), frames, blobs)
    application = QtWidgets.QApplication([])
    application.setStyle("Fusion")
    application.setFont(QtGui.QFont("DejaVu Sans", 8))
    with tempfile.TemporaryDirectory() as folder:
        paints = _real_paints(asked, scene, Path(folder)) if asked.server else Paints()
        return [_Sitting(scene, Path(folder) / name, paints, asked).take(name, pose) for name, pose in POSES.items()]


def _real_paints(asked: argparse.Namespace, scene: Any, folder: Path) -> Paints:
    """Have a running server paint the scene once, and borrow its looks."""
    token = asked.token_file.read_text().strip()
    with studio(scene, folder / "real", token, asked.server) as room:
        room.patience = 600.0
        room.until(lambda: room.desk.server.ready and not room.desk.busy)
        room.desk.change(look=asked.look)
        room.desk.paint()
        room.finish()
        assert room.desk.state == "done", room.desk.log.text()
        frames = {number: path.read_bytes() for number, path in room.desk.takes[0].files().items()}
    with Connection(Address(asked.server, token)) as line:
        looks = list(list_looks(line))
        pictures = {look_name(look): fetch_thumbnail(line, look_name(look)) for look in looks}
    return Paints(looks, {name: picture for name, picture in pictures.items() if picture}, frames)


class _Sitting:
    """One picture."""

    def __init__(self, scene: Any, folder: Path, paints: Paints, asked: argparse.Namespace) -> None:
        self.scene, self.folder, self.paints, self.out, self.scale = scene, folder, paints, asked.out, asked.scale
        self.total, self.look = asked.frames, asked.look
        self.gate = threading.Event()
        self.passed = 0  # frames that are painted before the gate opens
        self.room: Studio
        self.panel: Panel

    def take(self, name: str, pose: Callable[[_Sitting], QtWidgets.QWidget | None]) -> Seen:
        """Open a panel, bring it into the state, take the picture."""
        url = "http://127.0.0.1:9" if name == "no_server" else ""
        with studio(self.scene, self.folder, "wrong-token-0123456789abcdef" if name == "wrong_token" else TOKEN, url) as self.room:
            self.paints.load(self.room.small)
            self._hold_at_gate()
            if name == "old_server":
                self.room.small.health = {"status": "ok", "version": "0.0.1"}
            self.room.desk.settings = replace(self.room.desk.settings, look=self.look)
            self.room.maya.scene.set_time(self.scene[0].first + SHOWN)
            self.panel = Panel(self.room.desk)
            self.panel.resize(WIDTH, HEIGHT)
            self.panel.show()
            self.until(lambda: self.room.desk.state != "looking" and not self.room.desk.busy)
            try:
                seen = self._shoot(name, pose(self) or self.panel)
            finally:
                self.gate.set()
                self.panel.shut()
                self.panel.shelf.join(10)
        return seen

    def until(self, ready: Callable[[], Any]) -> None:
        """Let the panel go on until something is so."""
        self.room.until(ready, self._step)

    def settle(self) -> None:
        """Let pictures come, and layouts find their place."""
        for _ in range(4):
            self._step()
            self.until(lambda: not self.panel.shelf.busy)
            self.panel.refresh()

    def _step(self) -> None:
        self.panel.step()
        QtWidgets.QApplication.processEvents()

    def _hold_at_gate(self) -> None:
        painted, small = self.room.small.paint, self.room.small
        small.paint = lambda job, number: painted(job, number) if number - job.recipe.first < self.passed or self.gate.wait(60) else None

    def _shoot(self, name: str, widget: QtWidgets.QWidget) -> Seen:
        self.settle()
        buffer = QtCore.QBuffer()
        buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
        widget.grab().save(buffer, "PNG")
        picture = Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGB")
        place = self.out / f"{name}_{round(100 * self.scale)}.png"
        picture.save(place, optimize=True)
        for colours in COLOURS:
            if place.stat().st_size > LARGEST:
                picture.quantize(colours, kmeans=1 if colours > 200 else 0, dither=Image.Dither.NONE).save(place, optimize=True)
        brightness = float(ImageStat.Stat(picture.convert("L")).mean[0]) / 255
        return Seen(name, place.name, place.stat().st_size, brightness, tuple(cut_off(widget)))


def _sepia(small: Small, job: Job, number: int) -> bytes:
    """The blocking in brown."""
    frame = small.shots[job.shot].frames[number]
    size = (job.recipe.width or 0, job.recipe.height or 0)
    grey = Image.open(io.BytesIO(small.blobs[frame.beauty or ""])).convert("L").resize(size) if frame.beauty else Image.new("L", size, 90)
    made = io.BytesIO()
    ImageOps.colorize(grey, "#1c120c", "#f4dfbb", mid="#a5713c").save(made, "PNG")
    return made.getvalue()


# the states


def _settings(sitting: _Sitting) -> None:
    """Everything set by hand."""
    sitting.room.desk.change(range="own", first=-1000, last=101000, size="own", width=1917, height=803, seed=2**31 - 1, stroke_scale=4.0)


def _live(sitting: _Sitting) -> None:
    """Live painting has painted this frame."""
    sitting.gate.set()
    desk = sitting.room.desk
    desk.set_live(True)
    sitting.until(lambda: desk.live.shown)


def _as_it_is(sitting: _Sitting) -> None:
    """Nothing is done."""


def _capture(sitting: _Sitting) -> None:
    """A few frames are captured, and the first are painted already."""
    sitting.room.maya.scene.add("fluidShape", "steamShape", sitting.room.maya.scene.add("transform", "steam"))
    sitting.passed = 2
    desk = sitting.room.desk
    desk.paint()
    wanted = sitting.total - 3
    sitting.until(lambda: desk.job.folder is not None)
    sitting.panel._timer.stop()
    while desk.job.progress.capture.done < wanted:
        sitting.room.until(lambda: desk.job._painting and not desk.job._painting.waiting, lambda: None)
        desk.step()
    sitting.room.until(lambda: len(desk.job.files) == 2, lambda: desk.job._painting._drain())
    desk.step = lambda: None  # time stands still for the picture


def _go_on(sitting: _Sitting) -> None:
    """The panel was closed in the middle of the capture, and is opened again."""
    _capture(sitting)
    room = sitting.room
    sitting.panel.shut()
    sitting.panel.shelf.join(10)
    room.desk.join()
    room.maya.scene.set_time(sitting.scene[0].first + SHOWN)
    room.desk = Desk(room.desk.workplace, lambda: Address(room.url, TOKEN))
    room.desk.settings = replace(room.desk.settings, look=sitting.look)
    sitting.panel = Panel(room.desk)
    sitting.panel.resize(WIDTH, HEIGHT)
    sitting.panel.show()
    sitting.until(lambda: room.desk.to_go_on and not room.desk.busy)


def _paint(sitting: _Sitting) -> None:
    sitting.passed = max(3, sitting.total - 3)
    desk = sitting.room.desk
    desk.paint()
    sitting.until(lambda: desk.state == "painting" and len(desk.job.files) == sitting.passed)


def _stop(sitting: _Sitting) -> None:
    _paint(sitting)
    sitting.room.desk.stop()
    sitting.gate.set()
    sitting.until(lambda: sitting.room.desk.state == "stopped" and not sitting.room.desk.busy)


def _fail(sitting: _Sitting) -> None:
    small, desk = sitting.room.small, sitting.room.desk
    painted, sitting.passed = small.paint, sitting.total
    problem = Problem("Failed", 507, "The GPU's memory is full; paint at a smaller size, or free memory on the server.", "memory-full")

    def paint(job: Job, number: int) -> bytes | None:
        if number - (job.recipe.first or 0) < 3:
            return painted(job, number)
        small.add_event(job.id, "failed", problem=problem)
        return None

    small.paint = paint
    desk.paint()
    sitting.until(lambda: desk.state == "failed" and not desk.busy)


def _done(sitting: _Sitting) -> None:
    """Done, and then one frame was changed and painted again."""
    sitting.gate.set()
    desk = sitting.room.desk
    desk.change(seed=7)
    desk.paint()
    sitting.until(lambda: desk.state == "done" and not desk.busy)


def _changed(sitting: _Sitting) -> None:
    """One frame was changed, and only that is painted again."""
    _done(sitting)
    desk = sitting.room.desk
    desk.change(only_changed=True)
    camera = sitting.room.maya.scene.node("crane").attributes["offsetParentMatrix"]
    curve, moved = camera.curve, sitting.scene[0].first + 4
    camera.curve = lambda time: (*curve(time)[:12], curve(time)[12] + 1.0, *curve(time)[13:]) if time == moved else curve(time)
    desk.paint()
    sitting.until(lambda: desk.state == "done" and desk.job.plan and not desk.busy)


def _takes(sitting: _Sitting) -> None:
    """Two takes, compared."""
    _done(sitting)
    desk = sitting.room.desk
    desk.change(seed=12, stroke_scale=1.4)
    desk.paint()
    sitting.until(lambda: desk.state == "done" and not desk.busy)
    sitting.panel.tabs.setCurrentIndex(1)
    sitting.panel.takes._list.setCurrentRow(0)


def _characters(sitting: _Sitting) -> QtWidgets.QWidget:
    dialog: QtWidgets.QWidget = sitting.panel.open_figures()
    return dialog


def _log(sitting: _Sitting) -> QtWidgets.QWidget:
    _done(sitting)
    dialog: QtWidgets.QWidget = sitting.panel.open_log()
    return dialog


POSES: dict[str, Callable[[_Sitting], QtWidgets.QWidget | None]] = {
    "no_server": _as_it_is,
    "wrong_token": _as_it_is,
    "old_server": _as_it_is,
    "ready": _as_it_is,
    "settings": _settings,
    "live": _live,
    "capturing": _capture,
    "painting": _paint,
    "go_on": _go_on,
    "stopped": _stop,
    "failed": _fail,
    "done": _done,
    "only_changed": _changed,
    "takes": _takes,
    "characters": _characters,
    "log": _log,
}
