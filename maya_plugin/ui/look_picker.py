"""The looks that the server can paint in, each with its picture."""

from __future__ import annotations

from typing import Optional

from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets, Signal
from maya_plugin.ui.theme import ACCENT, FAINT, FIELD, LINE, RAISED, TEXT, em
from maya_plugin.workflow.server_watch import ServerState, look_name
from shot_format.messages import LookInfo

COLUMNS = 3
LINES = 4.4  # height of a picture, in lines of text


class Tile(QtWidgets.QAbstractButton):
    """One look: its picture with its title below."""

    def __init__(self, look: LookInfo, picture: Optional[bytes]) -> None:
        super().__init__()
        self.name = look_name(look)
        self._title, self._picture = look.title, QtGui.QPixmap()
        if picture:
            self._picture.loadFromData(picture)
        self.setCheckable(True)
        self.setToolTip(f"{look.title}, version {look.version}\n{look.summary}")
        self.setFixedHeight(round((LINES + 1.6) * em(self)))
        self.setMinimumWidth(round(5 * em(self)))
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QtCore.QSize:
        """As wide as its title."""
        return QtCore.QSize(QtGui.QFontMetrics(self.font()).horizontalAdvance(self._title) + em(self), self.height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the picture, its title, and a frame where it is chosen."""
        painter, unit = QtGui.QPainter(self), em(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        place = QtCore.QRect(0, 0, self.width(), round(LINES * unit))
        painter.fillRect(self.rect(), QtGui.QColor(RAISED if self.underMouse() else FIELD))
        if not self._picture.isNull():
            painter.drawPixmap(place, self._picture, _middle(self._picture.size(), place.size()))
        else:
            painter.setPen(QtGui.QColor(FAINT))
            painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignCenter, "no picture")
        painter.setPen(QtGui.QColor(TEXT))
        below = QtCore.QRect(0, place.height(), self.width(), self.height() - place.height())
        title = QtGui.QFontMetrics(self.font()).elidedText(self._title, QtCore.Qt.TextElideMode.ElideRight, self.width() - unit // 2)
        painter.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, title)
        pen = max(2, unit // 6) if self.isChecked() else 1
        painter.setPen(QtGui.QPen(QtGui.QColor(ACCENT if self.isChecked() else LINE), pen))
        painter.drawRect(self.rect().adjusted(pen // 2, pen // 2, -(pen + 1) // 2, -(pen + 1) // 2))
        painter.end()


class LookPicker(QtWidgets.QWidget):
    """picked: the artist chose this look, by name and version."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(em(self) // 3)
        self._tiles: list[Tile] = []
        self._empty = QtWidgets.QLabel("The looks are the server's; they show here when it is connected.")
        self._empty.setWordWrap(True)
        self._empty.setProperty("faint", True)
        self._grid.addWidget(self._empty, 0, 0, 1, COLUMNS)
        self._shown: Optional[ServerState] = None
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)

    def put(self, server: ServerState, chosen: str) -> None:
        """Show the server's looks; chosen: by name and version."""
        if self._shown is None or (server.looks, server.thumbnails) != (self._shown.looks, self._shown.thumbnails):
            self._shown = server
            self._build(server)
        self._empty.setVisible(not self._tiles)
        for tile in self._tiles:
            tile.setChecked(tile.name == chosen)

    def _build(self, server: ServerState) -> None:
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.deleteLater()
        self._tiles = [Tile(look, server.thumbnails.get(look_name(look))) for look in server.looks]
        for number, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, 1 + number // COLUMNS, number % COLUMNS)
            tile.clicked.connect(lambda *_, name=tile.name: self.picked.emit(name))


def _middle(picture: QtCore.QSize, place: QtCore.QSize) -> QtCore.QRect:
    """The part of a picture that fills a place without being stretched."""
    scale = min(picture.width() / max(place.width(), 1), picture.height() / max(place.height(), 1))
    width, height = round(place.width() * scale), round(place.height() * scale)
    return QtCore.QRect((picture.width() - width) // 2, (picture.height() - height) // 2, width, height)
