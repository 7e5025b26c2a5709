"""Finds what of a window is cut off."""

from __future__ import annotations

from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets


def cut_off(window: QtWidgets.QWidget) -> list[str]:
    """Every visible part whose text does not fit, or that sticks out of what it lies in."""
    wrong = []
    for part in window.findChildren(QtWidgets.QWidget):
        if not part.isVisible() or isinstance(part, QtWidgets.QScrollBar):
            continue
        named = f"{type(part).__name__} '{_text(part)}'"
        if _text(part) and not _fits(part):
            wrong.append(f"{named}: {part.width()}x{part.height()} where {part.sizeHint().width()}x{part.sizeHint().height()} are needed")
        above = part.parentWidget()
        if above is not None and not part.isWindow() and _text(part) and not _inside(part, window):
            wrong.append(f"{named} sticks out")
    return wrong


def _text(part: QtWidgets.QWidget) -> str:
    if isinstance(part, QtWidgets.QComboBox):
        return part.currentText()
    return part.text() if isinstance(part, (QtWidgets.QLabel, QtWidgets.QAbstractButton, QtWidgets.QLineEdit)) else ""


def _fits(part: QtWidgets.QWidget) -> bool:
    if isinstance(part, QtWidgets.QLabel) and part.wordWrap():
        return part.heightForWidth(part.width()) <= part.height()
    words = QtGui.QFontMetrics(part.font()).horizontalAdvance(_text(part))
    if isinstance(part, QtWidgets.QComboBox):  # its arrow takes a line's height and a half
        return words + 2.2 * QtGui.QFontMetrics(part.font()).height() <= part.width()
    if isinstance(part, QtWidgets.QLineEdit):
        return words + QtGui.QFontMetrics(part.font()).height() // 2 <= part.width()
    return part.sizeHint().width() <= part.width() and part.sizeHint().height() <= part.height() + 1


def _inside(part: QtWidgets.QWidget, window: QtWidgets.QWidget) -> bool:
    """Whether it lies within all that it lies in; pages that scroll up and down may hide it, but never cut its width."""
    above = part.parentWidget()
    while above is not None and part is not window:
        left = part.mapTo(above, QtCore.QPoint(0, 0)).x()
        if left < 0 or left + part.width() > above.width():
            return False
        if above is window:
            return True
        above = above.parentWidget()
    return True
