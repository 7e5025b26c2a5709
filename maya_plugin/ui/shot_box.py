"""What is painted: camera, range, size."""

from __future__ import annotations

from maya_plugin.ui.parts import Combo, Fixed, Form, Number, Section, label, row
from maya_plugin.ui.qt import QtWidgets
from maya_plugin.ui.theme import em
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.workplace import Sight
from shot_format.limits import FRAME_NUMBER, MAX_SIDE, MIN_SIDE

Pairs = tuple[tuple[str, str], ...]
SHOT = "shot:"  # before the name of a sequencer's shot, in the list of ranges


class ShotBox(Section):
    """Shows and sets the shot."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Shot")
        self._desk = desk
        self._camera, self._range, self._size = Combo(), Combo(), Combo()
        self._first, self._last = (Number(-FRAME_NUMBER, FRAME_NUMBER, tip) for tip in ("First frame", "Last frame"))
        self._width, self._height = (Number(MIN_SIDE, MAX_SIDE, tip) for tip in ("Width in pixels", "Height in pixels"))
        self._own_range, self._own_size = _pair(self._first, "to", self._last), _pair(self._width, "×", self._height)
        form = Form(em(self) // 2)
        form.add("Camera", self._camera)
        form.add("Frames", row(self._range, self._own_range))
        form.add("Size", row(self._size, self._own_size))
        self.body.addLayout(form)
        self._connect()

    def refresh(self) -> None:
        """Show what the desk says."""
        desk, sight, settings = self._desk, self._desk.sight, self._desk.settings
        self._camera.offer(_cameras(sight), settings.camera if settings.camera in sight.cameras else "")
        at = SHOT + settings.shot if settings.range == "shot" else settings.range
        ranges = _ranges(sight)
        self._range.offer(ranges, at if at in dict(ranges) else "slider")
        self._own_range.setVisible(settings.range == "own")
        self._first.put(settings.first)
        self._last.put(settings.last)
        self._size.offer(_sizes(sight), settings.size)
        self._own_size.setVisible(settings.size == "own")
        self._width.put(settings.width)
        self._height.put(settings.height)
        self._camera.setEnabled(desk.settings.range != "shot")

    def _connect(self) -> None:
        desk = self._desk
        self._camera.picked.connect(lambda camera: desk.change(camera=camera))
        self._range.picked.connect(self._pick_range)
        self._size.picked.connect(self._pick_size)
        self._first.chosen.connect(lambda first: desk.change(first=first))
        self._last.chosen.connect(lambda last: desk.change(last=last))
        self._width.chosen.connect(lambda width: desk.change(width=width))
        self._height.chosen.connect(lambda height: desk.change(height=height))

    def _pick_range(self, key: str) -> None:
        first, last = self._desk.range
        if key.startswith(SHOT):
            self._desk.change(range="shot", shot=key[len(SHOT) :])
        elif key == "own":
            self._desk.change(range="own", first=first, last=last)
        else:
            self._desk.change(range=key)

    def _pick_size(self, key: str) -> None:
        width, height = self._desk.size
        self._desk.change(size=key, **({"width": width, "height": height} if key == "own" else {}))


def _pair(left: QtWidgets.QWidget, between: str, right: QtWidgets.QWidget) -> QtWidgets.QWidget:
    made = QtWidgets.QWidget()
    made.setSizePolicy(Fixed, Fixed)
    layout = row(left, label(between, faint=True), right, gap=4)
    layout.setContentsMargins(0, 0, 0, 0)
    made.setLayout(layout)
    return made


def _cameras(sight: Sight) -> Pairs:
    view = (("", f"{sight.view} (the view's)"),) if sight.view else ()
    return (*view, *((name, name) for name in sight.cameras))


def _ranges(sight: Sight) -> Pairs:
    pairs = [("slider", f"Time slider, {_span(*sight.slider)}"), ("whole", f"Animation, {_span(*sight.whole)}")]
    if sight.selected:
        pairs.append(("selected", f"Marked, {_span(*sight.selected)}"))
    pairs.append(("frame", f"This frame, {sight.now}"))
    pairs += [(SHOT + shot.name, f"Shot {shot.name}, {_span(shot.first, shot.last)}") for shot in sight.cut]
    return (*pairs, ("own", "From … to …"))


def _span(first: int, last: int) -> str:
    return f"{first} to {last}"


def _sizes(sight: Sight) -> Pairs:
    width, height, _ = sight.size
    parts = (("full", "Render size", 1), ("half", "Half", 2), ("quarter", "Quarter", 4))
    return (*((key, f"{name}, {round(width / part)} × {round(height / part)}") for key, name, part in parts), ("own", "Own size"))
