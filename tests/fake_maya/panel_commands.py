"""Commands around a panel: the time slider's selection, the sequencer's shots, the project, workspace controls."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fake_maya.scene import Scene
    from tests.fake_maya.session import Maya

_POINTERS = itertools.count(4096, 16)


@dataclass
class Control:
    """A workspace control: what fills it, what is told when it closes, the widgets that were put in."""

    name: str
    ui_script: str
    close_command: str
    retain: bool
    pointer: int = field(default_factory=lambda: next(_POINTERS))
    widgets: list[int] = field(default_factory=list)

    def fill(self, maya: Maya) -> None:
        """Call for the content, as Maya does when the control is made and at each start after that."""
        maya.filling.append(self)
        try:
            _run(self.ui_script)
        finally:
            maya.filling.pop()


class PanelCommands:
    """See commands.py."""

    maya: Maya
    scene: Scene
    mode: str
    query: bool

    def timeControl(self, name: str, rangeVisible: bool = False, rangeArray: bool = False, **_: Any) -> Any:
        if not self.query or name != "timeControl1":
            raise RuntimeError(f"Object '{name}' not found.")
        marked = self.scene.marked
        if rangeVisible:
            return marked is not None
        return list(marked or (self.scene.time, self.scene.time + 1.0))

    def shot(self, name: str, **flags: Any) -> Any:
        if not self.query:
            raise NotImplementedError("only asking for shots")
        return self.scene.get(self.scene.node(name), next(flag for flag in flags if flag != "query"))

    def workspace(self, rootDirectory: bool = False, **_: Any) -> str:
        if not (self.query and rootDirectory):
            raise NotImplementedError("only asking for the project's folder")
        return self.maya.project

    def internalVar(self, userAppDir: bool = False, **_: Any) -> str:
        if not userAppDir:
            raise NotImplementedError("only asking for the user's folder")
        return self.maya.user_folder

    def workspaceControl(
        self, name: str, exists: bool = False, restore: bool = False, close: bool = False, uiScript: str = "", closeCommand: str = "",
        retain: bool = True, floating: bool = True, **_: Any,
    ) -> Any:  # fmt: skip
        controls = self.maya.controls
        if exists:
            return name in controls
        if self.mode == "create":
            if name in controls:
                raise RuntimeError(f"Object's name '{name}' is not unique.")
            controls[name] = Control(name, uiScript, closeCommand, retain)
            controls[name].fill(self.maya)
            return name
        if name not in controls:
            raise RuntimeError(f"Object '{name}' not found.")
        if close:
            control = controls[name]
            if not control.retain:
                del controls[name]
            _run(control.close_command)
        return None


def _run(script: str) -> None:
    exec(script, {"__name__": "__main__"})  # noqa: S102 - as Maya does
