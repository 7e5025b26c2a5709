"""What happened, to be copied to whoever helps."""

from __future__ import annotations

from maya_plugin.ui.parts import button, label, row
from maya_plugin.ui.qt import QtWidgets
from maya_plugin.ui.theme import dress, em
from maya_plugin.workflow.desk import Desk


class LogDialog(QtWidgets.QDialog):
    """Shows the log. No token is in it."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paintover log")
        dress(self)
        self._desk = desk
        self._text = QtWidgets.QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMinimumSize(30 * em(self), 6 * em(self))
        self.resize(36 * em(self), 20 * em(self))
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(
            label("What happened in this session. It holds paths and names of the scene, and no token.", faint=True, wraps=True)
        )
        layout.addWidget(self._text)
        layout.addLayout(row(button("Look again", self.reload), None, button("Copy all", self._copy), button("Close", self.accept)))
        self.reload()

    def reload(self) -> None:
        """Show the newest lines."""
        self._text.setPlainText(self._desk.support_text())
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _copy(self) -> None:
        QtWidgets.QApplication.clipboard().setText(self._desk.support_text())
