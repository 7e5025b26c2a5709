"""The shot's takes: look at them, compare them, paint with their recipe again, delete them."""

from __future__ import annotations

import functools
from typing import Callable, Optional

from maya_plugin.ui.compare import MODES, OTHER, PAINTED, WIPE, Compare
from maya_plugin.ui.parts import Combo, Section, button, label, row
from maya_plugin.ui.pictures import PictureShelf
from maya_plugin.ui.qt import QtCore, QtWidgets
from maya_plugin.ui.theme import em
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.shelf_of_takes import TakeRow, time_of_day
from maya_plugin.workflow.words import take_words

MODE_NAMES = {PAINTED: "Painted", WIPE: "Wipe", OTHER: "Before"}
ROWS_SEEN = 5


class CompareBox(Section):
    """The present frame, painted and before."""

    def __init__(self, desk: Desk, shelf: PictureShelf) -> None:
        super().__init__("Compare")
        self._desk = desk
        self.picture = Compare(shelf)
        self._modes = {mode: button(MODE_NAMES[mode], functools.partial(self._pick, mode), checkable=True) for mode in MODES}
        self._with = Combo()
        self.body.addWidget(self.picture)
        self.body.addLayout(row(*self._modes.values(), None, label("with", faint=True), self._with))
        self._with.picked.connect(self._compare_with)
        self._pick(WIPE)

    def refresh(self) -> None:
        """Show what the desk says."""
        desk = self._desk
        painted, other = desk.pictures(desk.sight.now)
        against, shown = desk.against, desk.shown
        front = shown.name if shown else (desk.job.folder.name if desk.job and desk.job.folder else "painted")
        size = desk.size if desk.job is None else (desk.job.request.width, desk.job.request.height)
        self.picture.put(painted, other, (against.name if against else "blocking", front), size[0] / size[1])
        self._with.offer((("", "the blocking"), *((each.name, each.name) for each in desk.takes)), against.name if against else "")

    def _pick(self, mode: str) -> None:
        for each, made in self._modes.items():
            made.setChecked(each == mode)
        self.picture.set_mode(mode)

    def _compare_with(self, name: str) -> None:
        self._desk.compare_with(next((each for each in self._desk.takes if each.name == name), None))


class TakesBox(Section):
    """The list, and what can be done with the chosen one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Takes of this shot")
        self._desk = desk
        self._rows: tuple[TakeRow, ...] = ()
        self._list = QtWidgets.QListWidget()
        self._list.setFixedHeight(round(ROWS_SEEN * 1.7 * em(self)))
        self._list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(QtCore.Qt.TextElideMode.ElideRight)
        self._empty = label("No take of this shot is on this disk yet.", faint=True, wraps=True)
        self._show = button("Show", lambda: self._on(desk.show), "Show this take in the viewport")
        self._hide = button("Hide", desk.hide_takes, "Take the painted frames out of the viewport")
        self._recipe = button("Use recipe", lambda: self._on(desk.use_recipe), "Set look, seed, strengths and size as this take had them")
        self._delete = button("Delete …", self._ask_delete, "Delete this take from the disk")
        self.body.addWidget(self._empty)
        self.body.addWidget(self._list)
        self.body.addLayout(row(self._show, self._hide, self._recipe, None, self._delete))
        self._list.itemSelectionChanged.connect(self._enable)
        self._list.itemDoubleClicked.connect(lambda *_: self._on(desk.show))

    def refresh(self) -> None:
        """Show what the desk says."""
        shown = self._desk.shown
        if self._desk.takes != self._rows or self._list.count() != len(self._rows):
            self._fill(self._desk.takes)
        for at, each in enumerate(self._rows):
            item = self._list.item(at)
            text = ("▸ " if each is shown else "   ") + _line(each)
            if item.text() != text:
                item.setText(text)
        self._empty.setVisible(not self._rows)
        self._list.setVisible(bool(self._rows))
        self._hide.setEnabled(shown is not None)
        self._enable()

    def _fill(self, rows: tuple[TakeRow, ...]) -> None:
        chosen = self._chosen()
        self._rows = rows
        self._list.clear()
        for at, each in enumerate(rows):
            item = QtWidgets.QListWidgetItem(_line(each))
            item.setToolTip(str(each.take.folder))
            self._list.addItem(item)
            if chosen is not None and each.take.folder == chosen.take.folder:
                self._list.setCurrentRow(at)

    def _chosen(self) -> Optional[TakeRow]:
        at = self._list.currentRow()
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def _on(self, act: Callable[[TakeRow], None]) -> None:
        chosen = self._chosen()
        if chosen is not None:
            act(chosen)

    def _enable(self) -> None:
        for each in (self._show, self._recipe, self._delete):
            each.setEnabled(self._chosen() is not None)

    def _ask_delete(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        ask, buttons = QtWidgets.QMessageBox, QtWidgets.QMessageBox.StandardButton
        text = f"Delete {chosen.name} with its {len(chosen.frames)} frames from the disk? This cannot be undone."
        if ask.question(self, "Paintover", text, buttons.Yes | buttons.Cancel, buttons.Cancel) == buttons.Yes:
            self._desk.delete(chosen)


def _line(each: TakeRow) -> str:
    record = each.take.record
    total = record.last - record.first + 1
    rest = take_words(record.recipe.look, record.recipe.seed, len(each.frames), total, len(record.kept), time_of_day(record.made))
    return f"{each.name}  ·  {rest}"
