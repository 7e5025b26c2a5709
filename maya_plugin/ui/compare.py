"""The present frame, painted and as it was before, side by side under a line that the artist drags."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets, mouse_x
from maya_plugin.ui.theme import FAINT, FIELD, TEXT, em

PAINTED, WIPE, OTHER = "painted", "wipe", "other"
MODES = (PAINTED, WIPE, OTHER)


class Compare(QtWidgets.QWidget):
    """A is what it is compared with (left of the line), B the painted frame."""

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__()
        self._shelf = shelf
        self._painted: Optional[Path] = None
        self._other: Optional[Path] = None
        self._names = ("", "")
        self._aspect = 16 / 9
        self.mode, self.line = WIPE, 0.5
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setCursor(QtCore.Qt.CursorShape.SplitHCursor)

    def put(self, painted: Optional[Path], other: Optional[Path], names: tuple[str, str], aspect: float) -> None:
        """Show two pictures of the same frame; names: of the other, of the painted."""
        if (painted, other, names, aspect) != (self._painted, self._other, self._names, self._aspect):
            self._painted, self._other, self._names, self._aspect = painted, other, names, aspect
            self._fit()
            self.update()

    def set_mode(self, mode: str) -> None:
        """Show one of MODES."""
        self.mode = mode
        self.update()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Keep the picture's proportions."""
        self._fit()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Take the line."""
        self._drag(mouse_x(event))

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Drag the line."""
        self._drag(mouse_x(event))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw both pictures, each on its side of the line."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QtGui.QColor(FIELD))
        split = {PAINTED: 0, OTHER: self.width()}.get(self.mode, round(self.line * self.width()))
        left = QtCore.QRect(0, 0, split, self.height())
        right = QtCore.QRect(split, 0, self.width() - split, self.height())
        self._draw(painter, self._other, left, self._names[0], QtCore.Qt.AlignmentFlag.AlignLeft)
        self._draw(painter, self._painted, right, self._names[1], QtCore.Qt.AlignmentFlag.AlignRight)
        if self.mode == WIPE and self._painted is not None:
            painter.fillRect(QtCore.QRect(split - 1, 0, max(2, em(self) // 8), self.height()), QtGui.QColor(TEXT))
        painter.end()

    def _draw(self, painter: QtGui.QPainter, path: Optional[Path], part: QtCore.QRect, name: str, side: QtCore.Qt.AlignmentFlag) -> None:
        if part.width() <= 0:
            return
        painter.save()
        painter.setClipRect(part)
        picture = self._shelf.get(path, round(self.height() * self.devicePixelRatioF()))
        if picture is not None:
            painter.drawPixmap(self.rect(), picture)
            self._tag(painter, name, part, side)
        else:
            painter.setPen(QtGui.QColor(FAINT))
            text = f"No {name} of this frame"
            if QtGui.QFontMetrics(self.font()).horizontalAdvance(text) < part.width():
                painter.drawText(part, QtCore.Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _tag(self, painter: QtGui.QPainter, name: str, part: QtCore.QRect, side: QtCore.Qt.AlignmentFlag) -> None:
        """The picture's name in its lower corner."""
        unit = em(self)
        width = QtGui.QFontMetrics(self.font()).horizontalAdvance(name) + unit
        if width > part.width():
            return
        left = part.left() if side == QtCore.Qt.AlignmentFlag.AlignLeft else part.right() - width + 1
        place = QtCore.QRect(left, self.height() - round(1.4 * unit), width, round(1.4 * unit))
        painter.fillRect(place, QtGui.QColor(0, 0, 0, 150))
        painter.setPen(QtGui.QColor(TEXT))
        painter.drawText(place, QtCore.Qt.AlignmentFlag.AlignCenter, name)

    def _drag(self, x: int) -> None:
        self.line = min(max(x / max(self.width(), 1), 0.0), 1.0)
        self.update()

    def _fit(self) -> None:
        height = round(max(self.width(), 1) / self._aspect)
        if height != self.height():
            self.setFixedHeight(height)
