"""Paint, stop, and how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from maya_plugin.ui.parts import Banner, Check, Section, Slide, StageBar, button, label, row
from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QtWidgets
from maya_plugin.ui.strip import Strip
from maya_plugin.workflow.desk import BUSY, Desk
from maya_plugin.workflow.words import changed_words, live_words, skipped_words, state_words


class PaintBox(Section):
    """Shows how a take goes, and starts and stops it."""

    def __init__(self, desk: Desk, shelf: PictureShelf) -> None:
        super().__init__("Paint")
        self._desk = desk
        self._paint = button("Paint shot", desk.paint, "Capture the shot and paint it", name="go")
        self._frame = button("This frame", desk.paint_frame, "Paint the present frame alone")
        self._stop = button("Stop", desk.stop, "Stop; frames that are painted stay (Esc does the same while Maya captures)")
        self._go_on = button(
            "Go on", desk.go_on, "Go on with the take that was not finished, with the frames and the recipe it was begun with"
        )
        self._changed = Check("Only what changed", "Frames that are as they were keep their painted picture")
        self._since, self._live_words = label(faint=True), label(faint=True, wraps=True)
        self._live = Check("Live", "Paint the present frame as a draft whenever the scene comes to rest")
        self._banner, self._capture, self._painting = Banner(), StageBar("Captured"), StageBar("Painted")
        self._skipped, self.strip = label(faint=True, wraps=True), Strip(shelf)
        self._build()
        self._changed.ticked.connect(lambda on: desk.change(only_changed=on))
        self._live.ticked.connect(desk.set_live)
        self.strip.picked.connect(desk.workplace.go_to)

    def refresh(self) -> None:
        """Show what the desk says."""
        desk, busy = self._desk, self._desk.state in BUSY
        self._banner.say(state_words(desk))
        self._go_on.setVisible(desk.to_go_on is not None)
        self._go_on.setText(f"Go on with {desk.to_go_on.name}" if desk.to_go_on is not None else "Go on")
        self._paint.setEnabled(desk.can_paint)
        self._frame.setEnabled(desk.can_paint)
        self._stop.setEnabled(busy and desk.state != "stopping")
        self._changed.setChecked(desk.settings.only_changed)
        self._since.setText(changed_words(desk) if desk.settings.only_changed and desk.server.ready else "")
        self._live.setChecked(desk.live_on)
        _say(self._live_words, live_words(desk))
        self._show_take()

    def _build(self) -> None:
        go = row(self._paint, self._frame, self._stop)
        go.setStretch(0, 1)
        self.body.addLayout(go)
        self.body.addLayout(row(self._changed, self._since, None, self._live))
        for widget in (self._live_words, self._banner, self._go_on, self._capture, self._painting, self.strip, self._skipped):
            self.body.addWidget(widget)

    def _show_take(self) -> None:
        """The bars while it goes on, and what is there of the take in any case."""
        desk, job = self._desk, self._desk.job
        running = job is not None and desk.state in BUSY and desk.state != "starting"
        self._capture.setVisible(running)
        self._painting.setVisible(running)
        if job is not None:
            self._capture.put(job.progress.capture)
            self._painting.put(job.progress.paint, job.second)
        _say(self._skipped, skipped_words(job.skipped) if job is not None else "")
        first, last, files, size = _frames_of(desk)
        self.strip.setVisible(bool(files) or (job is not None and running and job.second == "Painted"))
        self.strip.put(first, last, files, desk.sight.now, size[0] / size[1])


class StrengthBar(QtWidgets.QWidget):
    """How much of the painted frame the viewport shows, and A/B."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._opacity = Slide(_same, _same, lambda share: f"{share:.0%}", "100%")
        self._flip = button("A/B", desk.flip, "Blocking alone, or painted, in the viewport (F)", checkable=True)
        layout = row(label("Painted in the viewport", faint=True), self._opacity, self._flip)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self._opacity.moved.connect(desk.set_opacity)

    def refresh(self) -> None:
        """Show what the desk says."""
        self._opacity.put(self._desk.settings.opacity)
        self._flip.setChecked(self._desk.flipped)


def _frames_of(desk: Desk) -> tuple[int, int, dict[int, Path], tuple[int, int]]:
    """First, last, files and size of the take that is made, else of the one that is shown."""
    job, row_shown = desk.job, desk.shown
    if job is not None and (job.state != "over" or job.files):
        return job.request.first, job.request.last, job.files, (job.request.width, job.request.height)
    if row_shown is None:
        return *desk.range, {}, desk.size
    record = row_shown.take.record
    return record.first, record.last, row_shown.files(), (record.recipe.width or desk.size[0], record.recipe.height or desk.size[1])


def _same(share: float) -> float:
    return share


def _say(place: QtWidgets.QLabel, text: Optional[str]) -> None:
    """Show a text, or give its place away."""
    place.setText(text or "")
    place.setVisible(bool(text))
