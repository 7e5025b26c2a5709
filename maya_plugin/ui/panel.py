"""The panel: it shows the desk, and a timer lets the desk go on."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from maya_plugin.ui.figures_dialog import FiguresDialog
from maya_plugin.ui.log_dialog import LogDialog
from maya_plugin.ui.paint_box import PaintBox, StrengthBar
from maya_plugin.ui.parts import button, label, row
from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QShortcut, QtCore, QtGui, QtWidgets, is_alive
from maya_plugin.ui.recipe_box import RecipeBox
from maya_plugin.ui.shot_box import ShotBox
from maya_plugin.ui.takes_box import CompareBox, TakesBox
from maya_plugin.ui.theme import TONES, dress, em
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.words import server_words

TICK, TICK_IN_A_HURRY = 40, 0  # milliseconds between steps; while a capture goes on, as soon as Maya has drawn
WIDTH = 27  # of the panel at least, in lines of text


class Panel(QtWidgets.QWidget):
    """One widget for the dock. Close it with `shut`; it can be made anew with another desk."""

    def __init__(self, desk: Desk, parent: Optional[QtWidgets.QWidget] = None) -> None:
        super().__init__(parent)
        self.setObjectName("paintoverPanel")
        self.desk = desk
        self._revision = -1
        dress(self)
        self.setMinimumWidth(WIDTH * em(self))
        self.shelf = PictureShelf(self._show_pictures)
        self._dot, self._server = label("●"), label(faint=True)
        self.shot, self.recipe = ShotBox(desk), RecipeBox(desk)
        self.paint, self.strength = PaintBox(desk, self.shelf), StrengthBar(desk)
        self.compare, self.takes = CompareBox(desk, self.shelf), TakesBox(desk)
        self.tabs = QtWidgets.QTabWidget()
        self._build()
        self._dialogs: list[QtWidgets.QDialog] = []
        flip = QShortcut(QtGui.QKeySequence("F"), self)
        flip.setContext(QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut)
        flip.activated.connect(desk.flip)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.step)
        self._timer.start()
        self.refresh()

    def step(self) -> None:
        """Let the desk go on, and show what changed. Captures one frame at most."""
        self.shelf.step()
        self.desk.step()
        if self.desk.revision != self._revision:
            self.refresh()
        tick = TICK_IN_A_HURRY if self.desk.hurry else TICK
        if tick != self._timer.interval():
            self._timer.setInterval(tick)

    def refresh(self) -> None:
        """Show what the desk says."""
        self._revision = self.desk.revision
        words = server_words(self.desk)
        self._server.setText(words.title)
        self._dot.setStyleSheet(f"color: {TONES[words.tone]};")
        for part in (self.shot, self.recipe, self.paint, self.strength, self.compare, self.takes):
            part.refresh()

    def shut(self) -> None:
        """Stop everything; the scene stays as it is."""
        self._timer.stop()
        for dialog in filter(is_alive, self._dialogs):
            dialog.close()
        self.desk.close()
        self.shelf.close()

    def open_figures(self) -> FiguresDialog:
        """Open the editor of the characters' joints."""
        dialog = FiguresDialog(self.desk, self)
        self._open(dialog)
        return dialog

    def open_log(self) -> LogDialog:
        """Open the log."""
        dialog = LogDialog(self.desk, self)
        self._open(dialog)
        return dialog

    def _export(self) -> None:
        place = QtWidgets.QFileDialog.getExistingDirectory(self, "An empty folder for the shot and its passes")
        if place:
            self.desk.export(Path(place))

    def _open(self, dialog: QtWidgets.QDialog) -> None:
        """One dialog at a time."""
        for old in self._dialogs:
            if is_alive(old):
                old.close()
        self._dialogs = [dialog]
        dialog.show()

    def _show_pictures(self) -> None:
        self.paint.strip.refresh()
        self.compare.picture.update()

    def _build(self) -> None:
        gap = em(self) // 2
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(gap, gap, gap, gap)
        layout.setSpacing(gap)
        layout.addLayout(row(self._dot, self._server, None, button("Retry", self.desk.look_again, "Ask for the server now", name="flat")))
        self.tabs.addTab(_column(gap, _Page(gap, self.shot, self.recipe), self.paint), "Paint")
        self.tabs.addTab(_column(gap, _Page(gap, self.compare, self.takes)), "Takes")
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.strength)
        layout.addLayout(
            row(
                button("Characters …", self.open_figures, "Which joint is which", name="flat"),
                button("Export …", self._export, "Write the shot and its passes into a folder, for other tools", name="flat"),
                None,
                button("Log …", self.open_log, "What happened, for whoever helps", name="flat"),
            )
        )


class _Page(QtWidgets.QScrollArea):
    """Parts below each other, as high as they need if there is room; where the dock is lower, they scroll."""

    def __init__(self, gap: int, *parts: QtWidgets.QWidget) -> None:
        super().__init__()
        self._inside = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(self._inside)
        layout.setContentsMargins(0, gap, 0, 0)
        layout.setSpacing(gap // 2)
        for part in parts:
            layout.addWidget(part)
        layout.addStretch(1)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(5 * em(self))
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QtCore.QSize:
        """As large as what is inside."""
        return self._inside.sizeHint()

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """What is inside has grown or shrunk: ask for other room."""
        if watched is self._inside and event.type() == QtCore.QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _column(gap: int, *parts: QtWidgets.QWidget) -> QtWidgets.QWidget:
    """Parts below each other, at the top."""
    made = QtWidgets.QWidget()
    layout = QtWidgets.QVBoxLayout(made)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(gap // 2)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return made
