"""The take's frames side by side, as they arrive. Only what is seen is read and drawn, so that 5,000 frames cost no more than ten."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets, Signal, mouse_x
from maya_plugin.ui.theme import ACCENT, FAINT, FIELD, GROUND, LINE, em

LINES = 4.2  # height of a thumbnail, in lines of text


class Strip(QtWidgets.QAbstractScrollArea):
    """picked: the artist clicked on this frame."""

    picked = Signal(int)

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__()
        self._shelf = shelf
        self._numbers: range = range(0)
        self._files: dict[int, Path] = {}
        self._now: Optional[int] = None
        self._aspect = 16 / 9
        self._follows = True
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round((LINES + 2.4) * em(self)))
        self.horizontalScrollBar().sliderMoved.connect(self._leave_alone)

    def put(self, first: int, last: int, files: dict[int, Path], now: int, aspect: float) -> None:
        """Show a range; files: the frames that are here."""
        numbers, grown = range(first, last + 1), len(files) != len(self._files)
        if (numbers, now, aspect) == (self._numbers, self._now, self._aspect) and not grown:
            return
        if numbers != self._numbers:
            self._follows = True
        self._numbers, self._files, self._now, self._aspect = numbers, dict(files), now, aspect
        self._measure()
        if grown and self._follows and files:
            self._reveal(max(files))
        self.viewport().update()

    def refresh(self) -> None:
        """Draw again: a picture has come."""
        self.viewport().update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the cells that are seen."""
        painter = QtGui.QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), QtGui.QColor(GROUND))
        left, width = self.horizontalScrollBar().value(), self._cell()
        for index in range(left // width, min(len(self._numbers), (left + self.viewport().width()) // width + 1)):
            self._draw(painter, self._numbers[index], index * width - left)
        painter.end()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Measure again."""
        self._measure()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Go to the frame under the mouse."""
        index = (mouse_x(event) + self.horizontalScrollBar().value()) // self._cell()
        if 0 <= index < len(self._numbers):
            self._follows = False
            self.picked.emit(self._numbers[index])

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Scroll along the strip."""
        self._leave_alone()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - event.angleDelta().y() - event.angleDelta().x())

    def _leave_alone(self, *_: int) -> None:
        self._follows = False

    def _cell(self) -> int:
        return round(LINES * em(self) * self._aspect) + em(self) // 3

    def _measure(self) -> None:
        bar, width = self.horizontalScrollBar(), self._cell()
        bar.setPageStep(self.viewport().width())
        bar.setSingleStep(width)
        bar.setRange(0, max(0, len(self._numbers) * width - self.viewport().width()))

    def _reveal(self, number: int) -> None:
        bar, width = self.horizontalScrollBar(), self._cell()
        at = (number - self._numbers.start) * width
        bar.setValue(min(max(bar.value(), at + width - self.viewport().width()), at))

    def _draw(self, painter: QtGui.QPainter, number: int, left: int) -> None:
        unit = em(self)
        place = QtCore.QRect(left, 0, self._cell() - unit // 3, round(LINES * unit))
        painter.fillRect(place, QtGui.QColor(FIELD))
        picture = self._shelf.get(self._files.get(number), round(place.height() * self.devicePixelRatioF()))
        if picture is not None:
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, picture)
        painter.setPen(QtGui.QPen(QtGui.QColor(ACCENT if number == self._now else LINE), max(1, unit // 7) if number == self._now else 1))
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        painter.setPen(QtGui.QColor(FAINT))
        below = QtCore.QRect(left, place.height(), place.width(), round(1.3 * unit))
        painter.drawText(below, QtCore.Qt.AlignmentFlag.AlignCenter, str(number))
