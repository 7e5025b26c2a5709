"""Which joint is a character's shoulder, elbow, knee: as it was recognised, and as the artist maps it."""

from __future__ import annotations

from typing import Optional

from maya_plugin.ui.parts import Combo, button, label, row
from maya_plugin.ui.qt import QtWidgets
from maya_plugin.ui.theme import dress, em
from maya_plugin.workflow.desk import Desk
from maya_plugin.workflow.workplace import Figure
from shot_format.joint_names import COCO_18

NECK = 1  # the middle of the shoulders, never a joint
EDITED = tuple(number for number in range(len(COCO_18)) if number != NECK)
HALF = (len(EDITED) + 1) // 2


class FiguresDialog(QtWidgets.QDialog):
    """Edits the mapping of one character at a time."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paintover characters")
        dress(self)
        self._desk = desk
        self._figures: dict[str, Figure] = {}
        self._name, self._how = Combo(), label(faint=True, wraps=True)
        self._joints = {number: Combo() for number in EDITED}
        self._build()
        self._name.picked.connect(self._show)
        for combo in self._joints.values():
            combo.picked.connect(lambda _: self._save())
        self.reload()

    def reload(self) -> None:
        """Look at the scene again."""
        self._figures = {figure.name: figure for figure in self._desk.figures()}
        self._show(next(iter(self._figures), ""))

    def _build(self) -> None:
        gap = em(self) // 2
        layout = QtWidgets.QVBoxLayout(self)
        layout.setSpacing(gap)
        layout.addLayout(row(label("Character", faint=True), self._name, button("Look again", self.reload)))
        layout.addWidget(self._how)
        grid = QtWidgets.QGridLayout()
        grid.setHorizontalSpacing(gap)
        for at, (number, combo) in enumerate(self._joints.items()):
            column = 2 * (at // HALF)
            grid.addWidget(label(COCO_18[number].replace("_", " ").capitalize(), faint=True), at % HALF, column)
            grid.addWidget(combo, at % HALF, column + 1)
            combo.setMinimumWidth(12 * em(self))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        layout.addLayout(grid)
        layout.addStretch(1)
        layout.addLayout(row(button("Recognise by itself", self._reset, "Forget the mapping"), None, button("Close", self.accept)))

    def _show(self, name: str) -> None:
        self._name.offer(tuple((each, each) for each in self._figures), name)
        figure = self._figures.get(name)
        self._how.setText(_how(figure))
        for number, combo in self._joints.items():
            joints = figure.joints if figure else ()
            combo.offer((("", "none"), *zip(joints, _without_namespace(joints))), figure.points[number] if figure else "")
            combo.setEnabled(figure is not None)

    def _save(self) -> None:
        points = tuple(str(self._joints[n].currentData() or "") if n in self._joints else "" for n in range(len(COCO_18)))
        self._set(points)

    def _reset(self) -> None:
        self._set(())

    def _set(self, points: tuple[str, ...]) -> None:
        name = str(self._name.currentData() or "")
        if name:
            self._desk.map_figure(name, points)
            self._figures = {figure.name: figure for figure in self._desk.figures()}
            self._show(name)


def _without_namespace(joints: tuple[str, ...]) -> tuple[str, ...]:
    """Joints without the namespace that all of them have."""
    spaces = {joint.rpartition(":")[0] for joint in joints}
    return tuple(joint.rpartition(":")[2] for joint in joints) if len(spaces) == 1 else joints


def _how(figure: Optional[Figure]) -> str:
    if figure is None:
        return "The scene has no skeleton. Characters are painted from their meshes all the same; the pose only helps."
    if figure.rig == "mapped":
        return "Mapped by you. The mapping is kept for every scene with a character of this name."
    if not figure.rig:
        return "Not recognised as a figure. Choose its joints, or leave it: its meshes are painted all the same."
    found = sum(bool(point) for point in figure.points)
    return f"Recognised as {figure.rig.replace('_', ' ')}: {found} of {len(EDITED)} joints found."
