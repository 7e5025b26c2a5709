"""`maya.OpenMayaUI` as far as the plug-in uses it: putting a widget into the layout that Maya is filling."""

from __future__ import annotations

from tests.fake_maya.session import current


class MQtUtil:
    @staticmethod
    def getCurrentParent() -> int:
        current()
        if not current().filling:
            raise RuntimeError("no layout is being filled")
        return current().filling[-1].pointer

    @staticmethod
    def addWidgetToMayaLayout(widget: int, layout: int) -> None:
        if not (isinstance(widget, int) and isinstance(layout, int)):
            raise TypeError("two pointers are needed")
        control = next(each for each in current().controls.values() if each.pointer == layout)
        control.widgets.append(widget)
