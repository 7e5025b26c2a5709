"""Qt as this Maya brings it: PySide6 from 2025 on, PySide2 before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6 import QtCore, QtGui, QtWidgets
    from PySide6.QtGui import QShortcut
    from shiboken6 import getCppPointer, isValid
else:
    try:
        from PySide6 import QtCore, QtGui, QtWidgets
        from PySide6.QtGui import QShortcut
        from shiboken6 import getCppPointer, isValid
    except ImportError:
        from PySide2 import QtCore, QtGui, QtWidgets
        from PySide2.QtWidgets import QShortcut
        from shiboken2 import getCppPointer, isValid

__all__ = ["QShortcut", "QtCore", "QtGui", "QtWidgets", "Signal", "is_alive", "mouse_x", "pointer_of"]

Signal = QtCore.Signal


def pointer_of(widget: QtWidgets.QWidget) -> int:
    """Where the C++ object lies, for Maya."""
    return int(getCppPointer(widget)[0])


def is_alive(widget: QtCore.QObject) -> bool:
    """Whether the C++ object is still there."""
    return bool(isValid(widget))


def mouse_x(event: Any) -> int:
    """Where in the widget the mouse is: Qt 6 and Qt 5 name it differently."""
    x: float = event.position().x() if hasattr(event, "position") else event.x()
    return round(x)
