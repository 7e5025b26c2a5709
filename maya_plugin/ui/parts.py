"""Small parts that the panel is put together from."""

from __future__ import annotations

from typing import Any, Callable, Optional

from maya_plugin.ui.qt import QtCore, QtGui, QtWidgets, Signal
from maya_plugin.ui.theme import FAINT, GROUNDS, TONES, em
from maya_plugin.workflow.progress import Stage
from maya_plugin.workflow.words import CALM, Words, stage_words

Expanding = QtWidgets.QSizePolicy.Policy.Expanding
Fixed = QtWidgets.QSizePolicy.Policy.Fixed
Ignored = QtWidgets.QSizePolicy.Policy.Ignored


def label(text: str = "", faint: bool = False, wraps: bool = False) -> QtWidgets.QLabel:
    """A line of text, or a paragraph."""
    made = QtWidgets.QLabel(text)
    made.setProperty("faint", faint)
    made.setWordWrap(wraps)
    made.setTextFormat(QtCore.Qt.TextFormat.PlainText)  # a scene's names, and a server's sentences, are no markup
    return made


def button(text: str, act: Callable[[], Any], tip: str = "", name: str = "", checkable: bool = False) -> QtWidgets.QPushButton:
    """A button."""
    made = QtWidgets.QPushButton(text)
    made.setToolTip(tip)
    made.setObjectName(name)
    made.setCheckable(checkable)
    made.clicked.connect(lambda *_: act())
    return made


def row(*widgets: Optional[QtWidgets.QWidget], gap: int = 6) -> QtWidgets.QHBoxLayout:
    """Widgets side by side; None is a spring."""
    made = QtWidgets.QHBoxLayout()
    made.setSpacing(gap)
    for widget in widgets:
        if widget is None:
            made.addStretch(1)
        else:
            made.addWidget(widget)
    return made


class Section(QtWidgets.QWidget):
    """A part of the panel with a title, as Maya's own editors have them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        head = label(title)
        head.setObjectName("title")
        gap = em(self) // 2
        self.body = QtWidgets.QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, gap)
        self.body.setSpacing(gap)
        self.body.addWidget(head)


class Form(QtWidgets.QGridLayout):
    """Names on the left, what is set on the right."""

    def __init__(self, gap: int) -> None:
        super().__init__()
        self.setHorizontalSpacing(gap)
        self.setVerticalSpacing(max(2, gap // 2))
        self.setColumnStretch(1, 1)

    def add(self, name: str, what: Any) -> None:
        """Add a row; what: a widget or a layout."""
        at = self.rowCount()
        self.addWidget(label(name, faint=True), at, 0)
        if isinstance(what, QtWidgets.QWidget):
            self.addWidget(what, at, 1)
        else:
            self.addLayout(what, at, 1)


class Combo(QtWidgets.QComboBox):
    """A choice among (key, text) pairs. picked: the artist chose a key."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._pairs: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(Expanding, Fixed)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.activated.connect(self._pick)

    def offer(self, pairs: tuple[tuple[str, str], ...], chosen: str) -> None:
        """Show these, with one chosen; nobody is told."""
        self.blockSignals(True)
        if pairs != self._pairs:
            self._pairs = pairs
            self.clear()
            for key, text in pairs:
                self.addItem(text, key)
        at = self.findData(chosen)
        if at != self.currentIndex():
            self.setCurrentIndex(at)
        self.blockSignals(False)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Scroll the panel, and never change what is set in passing."""
        event.ignore()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the arrow ourselves: a style sheet can only take it from a file."""
        super().paintEvent(event)
        unit, painter = em(self), QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(FAINT if self.isEnabled() else "#6b6b6b"))
        x, y, half = self.width() - 0.8 * unit, self.height() / 2, 0.26 * unit
        corners = [QtCore.QPointF(x - half, y - half / 2), QtCore.QPointF(x + half, y - half / 2), QtCore.QPointF(x, y + half / 2)]
        painter.drawPolygon(QtGui.QPolygonF(corners))
        painter.end()

    def _pick(self, index: int) -> None:
        self.picked.emit(str(self.itemData(index)))


class Check(QtWidgets.QCheckBox):
    """A box to tick. ticked: the artist changed it."""

    ticked = Signal(bool)

    def __init__(self, text: str, tip: str) -> None:
        super().__init__(text)
        self.setToolTip(tip)
        self.clicked.connect(lambda *_: self.ticked.emit(self.isChecked()))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the tick ourselves: a style sheet can only take it from a file."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        unit, painter = em(self), QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(QtGui.QColor("white"), max(1.5, 0.13 * unit)))
        top = self.height() / 2
        corners = [(0.22, 0.02), (0.4, 0.2), (0.7, -0.2)]
        painter.drawPolyline(QtGui.QPolygonF([QtCore.QPointF(x * unit, top + y * unit) for x, y in corners]))
        painter.end()


class Number(QtWidgets.QLineEdit):
    """A whole number. chosen: the artist set it."""

    chosen = Signal(int)

    def __init__(self, lowest: int, highest: int, tip: str = "") -> None:
        super().__init__()
        self._lowest, self._highest, self._value = lowest, highest, lowest
        self.setValidator(QtGui.QIntValidator(lowest, highest, self))
        widest = max(str(lowest), str(highest), key=len)
        self.setFixedWidth(QtGui.QFontMetrics(self.font()).horizontalAdvance(widest) + round(1.3 * em(self)))
        self.setToolTip(tip)
        self.editingFinished.connect(self._finish)

    def put(self, value: int) -> None:
        """Show a value; nobody is told."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(str(value))

    def _finish(self) -> None:
        value = min(max(int(self.text()), self._lowest), self._highest)
        self.setModified(False)
        if value != self._value:
            self._value = value
            self.chosen.emit(value)


class Slide(QtWidgets.QWidget):
    """A slider with its value beside it. moved: the artist moved it to this value."""

    moved = Signal(float)
    STEPS = 200

    def __init__(
        self, to_share: Callable[[float], float], to_value: Callable[[float], float], show: Callable[[float], str], widest: str
    ) -> None:
        """to_share, to_value: from value to 0..1 and back. show: the value as text; widest: the widest of these texts."""
        super().__init__()
        self._to_share, self._to_value, self._show = to_share, to_value, show
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.setRange(0, self.STEPS)
        self._text = label()
        self._text.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self._text.setMinimumWidth(QtGui.QFontMetrics(self.font()).horizontalAdvance(widest) + em(self) // 2)
        layout = row(self._slider, self._text)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self._slider.valueChanged.connect(self._changed)

    def put(self, value: float) -> None:
        """Show a value; nobody is told."""
        if not self._slider.isSliderDown():
            self._slider.blockSignals(True)
            self._slider.setValue(round(self._to_share(value) * self.STEPS))
            self._slider.blockSignals(False)
        self._text.setText(self._show(value))

    def _changed(self, step: int) -> None:
        value = self._to_value(step / self.STEPS)
        self._text.setText(self._show(value))
        self.moved.emit(value)


class Banner(QtWidgets.QFrame):
    """What is going on: a title and a sentence on a ground of their tone."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._sentence = label(wraps=True), label(wraps=True)
        gap = em(self) // 2
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(gap + 2, gap, gap, gap)
        layout.setSpacing(gap // 2)
        layout.addWidget(self._title)
        layout.addWidget(self._sentence)
        self._tone = ""

    def say(self, words: Words) -> None:
        """Show words."""
        self._title.setText(words.title)
        self._sentence.setText(words.sentence)
        self._sentence.setVisible(bool(words.sentence))
        if words.tone != self._tone:
            self._tone = words.tone
            bar = max(2, em(self) // 5)
            self.setStyleSheet(f"Banner {{ background: {GROUNDS[words.tone]}; border-left: {bar}px solid {TONES[words.tone]}; }}")
            weight = "normal" if words.tone == CALM else "bold"
            colour = FAINT if words.tone == CALM else TONES[words.tone]
            self._title.setStyleSheet(f"color: {colour}; font-weight: {weight};")


class StageBar(QtWidgets.QWidget):
    """One stage of a take: how far it is, in words and as a bar."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._words, self._bar = name, label(faint=True), QtWidgets.QProgressBar()
        self._bar.setTextVisible(False)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(self) // 4)
        layout.addWidget(self._words)
        layout.addWidget(self._bar)

    def put(self, stage: Stage, name: str = "") -> None:
        """Show a stage, under another name where one is given."""
        self._words.setText(stage_words(name or self._name, stage))
        self._bar.setRange(0, max(stage.total, 1))
        self._bar.setValue(stage.done)
