"""How the panel looks: dark as Maya is, every length a multiple of the font's height, so that it fits at any scaling."""

from __future__ import annotations

from maya_plugin.ui.qt import QtGui, QtWidgets
from maya_plugin.workflow.words import BAD, BUSY, CALM, CAREFUL, GOOD

GROUND, FIELD, RAISED, LINE = "#444444", "#2b2b2b", "#5d5d5d", "#373737"
TEXT, FAINT, ACCENT = "#e6e6e6", "#a8a8a8", "#5285a6"
TONES = {CALM: "#a8a8a8", BUSY: "#7fb2d6", GOOD: "#86b36b", CAREFUL: "#d9a441", BAD: "#e0705f"}
GROUNDS = {CALM: "#3b3b3b", BUSY: "#34424c", GOOD: "#38432f", CAREFUL: "#4a4029", BAD: "#4d3330"}

_SHEET = """
* {{ outline: none; }}
QWidget {{ background: {ground}; color: {text}; }}
QLabel {{ background: transparent; }}
QLabel[faint="true"] {{ color: {faint}; }}
QToolTip {{ background: {field}; color: {text}; border: 1px solid {line}; padding: {s}px; }}
QLabel#title {{ background: #5a5a5a; color: {text}; font-weight: bold; padding: {s}px {m}px; border-radius: {r}px; }}
QComboBox, QLineEdit, QPlainTextEdit, QListWidget, QTableWidget {{
  background: {field}; color: {text}; border: 1px solid {line}; border-radius: {r}px; selection-background-color: {accent};
}}
QComboBox {{ padding: {s}px {m}px; min-height: {l}px; }}
QLineEdit {{ padding: {s}px {s}px; min-height: {l}px; }}
QComboBox::drop-down {{ border: none; width: {xl}px; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView {{ background: {field}; color: {text}; selection-background-color: {accent}; border: 1px solid {line}; }}
QComboBox:disabled, QLineEdit:disabled {{ color: #7b7b7b; background: #383838; }}
QPushButton {{ background: {raised}; color: {text}; border: none; border-radius: {r}px; padding: {s5}px {m}px; }}
QPushButton:hover {{ background: #6d6d6d; }}
QPushButton:pressed {{ background: {field}; }}
QPushButton:checked {{ background: {accent}; color: white; }}
QPushButton:disabled {{ background: #4b4b4b; color: #7b7b7b; }}
QPushButton#go {{ background: {accent}; color: white; font-weight: bold; padding: {m}px; }}
QPushButton#go:hover {{ background: #6296b8; }}
QPushButton#go:disabled {{ background: #4b4b4b; color: #7b7b7b; }}
QPushButton#flat {{ background: transparent; color: {faint}; padding: {s}px; }}
QPushButton#flat:hover {{ color: {text}; }}
QCheckBox {{ background: transparent; spacing: {m}px; }}
QCheckBox:disabled {{ color: #7b7b7b; }}
QCheckBox::indicator {{ width: {i}px; height: {i}px; background: {field}; border: 1px solid #222222; border-radius: {r}px; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: #8fb9d3; }}
QSlider {{ background: transparent; min-height: {l}px; }}
QSlider::groove:horizontal {{ background: {field}; height: {s}px; border-radius: {s2}px; }}
QSlider::sub-page:horizontal {{ background: {accent}; height: {s}px; border-radius: {s2}px; }}
QSlider::handle:horizontal {{ background: #bdbdbd; width: {h}px; margin: -{s5}px 0; border-radius: {r}px; }}
QSlider::handle:horizontal:disabled {{ background: #7b7b7b; }}
QProgressBar {{ background: {field}; border: none; border-radius: {s2}px; max-height: {s}px; min-height: {s}px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: {s2}px; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{ background: #3a3a3a; color: {faint}; padding: {s5}px {b}px; border: none; border-bottom: {s2}px solid transparent; }}
QTabBar::tab:selected {{ background: {ground}; color: {text}; border-bottom-color: {accent}; }}
QScrollArea, QAbstractScrollArea {{ border: none; }}
QScrollBar:vertical {{ background: #3a3a3a; width: {h}px; }}
QScrollBar:horizontal {{ background: #3a3a3a; height: {h}px; }}
QScrollBar::handle {{ background: {raised}; border-radius: {s}px; min-width: {xl}px; min-height: {xl}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QListWidget::item {{ padding: {s}px {s}px; }}
QListWidget::item:selected {{ background: {accent}; color: white; }}
QHeaderView::section {{ background: #3a3a3a; color: {faint}; border: none; padding: {s}px; }}
"""


def em(widget: QtWidgets.QWidget) -> int:
    """The height of a line of text, in pixels: the measure of everything."""
    return QtGui.QFontMetrics(widget.font()).height()


def sheet(unit: int) -> str:
    """The style sheet for a font of this height."""
    parts = {"s2": 0.13, "r": 0.14, "s": 0.26, "s5": 0.32, "m": 0.5, "h": 0.6, "b": 1.0, "i": 0.8, "l": 1.15, "xl": 1.6}
    lengths = {name: max(1, round(share * unit)) for name, share in parts.items()}
    return _SHEET.format(ground=GROUND, field=FIELD, raised=RAISED, line=LINE, text=TEXT, faint=FAINT, accent=ACCENT, **lengths)


def dress(widget: QtWidgets.QWidget) -> None:
    """Give a window of ours its look."""
    widget.setStyleSheet(sheet(em(widget)))
