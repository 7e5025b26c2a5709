"""The panel that the beauty is drawn in: ours, not shown, and set as the artist's is, without what is no part of the picture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Optional

from maya import cmds

from maya_plugin.host.untouched import untouched

AS_THE_ARTIST_HAS_IT = (
    "rendererName", "displayAppearance", "displayTextures", "displayLights", "shadows", "useDefaultMaterial", "wireframeOnShaded",
    "twoSidedLighting", "backfaceCulling", "xray", "polymeshes", "nurbsSurfaces", "subdivSurfaces", "planes", "strokes", "fluids",
    "hairSystems", "nParticles", "dynamics", "particleInstancers", "cmEnabled", "viewTransformName", "exposure", "gamma",
)  # fmt: skip
NOT_IN_THE_PICTURE = (
    "grid", "manipulators", "headsUpDisplay", "selectionHiliteDisplay", "hulls", "controlVertices", "imagePlane", "cameras", "lights",
    "joints", "jointXray", "ikHandles", "deformers", "locators", "dimensions", "handles", "pivots", "motionTrails", "clipGhosts",
    "greasePencils",
    "nurbsCurves", "follicles", "nRigids", "nCloths", "dynamicConstraints",
)  # fmt: skip


@contextlib.contextmanager
def capture_panel(camera: str, width: int, height: int) -> Iterator[str]:
    """A panel that looks through a camera, in a window of its own that is never shown."""
    with untouched():
        window = cmds.window(title="Paintover", widthHeight=(width + 10, height + 10), visible=False)
        panel = cmds.modelPanel(menuBarVisible=False, parent=cmds.paneLayout(parent=window))
    try:
        with untouched():
            _set_up(panel, camera, artist_panel())
        yield panel
    finally:
        with untouched():
            if cmds.modelPanel(panel, exists=True):
                cmds.deleteUI(panel, panel=True)  # else it stays in memory, and in the scene's list of panels
            if cmds.window(window, exists=True):
                cmds.deleteUI(window, window=True)


def _set_up(panel: str, camera: str, artist: Optional[str]) -> None:
    cmds.modelPanel(panel, edit=True, camera=camera)
    for option, value in _options(artist).items():
        _set_option(panel, option, value)
    if artist:
        _isolate(panel, artist)


def artist_panel() -> Optional[str]:
    """The model panel that the artist works in: the one with the focus, else the first that is seen."""
    focus = cmds.getPanel(withFocus=True)
    if focus and cmds.getPanel(typeOf=focus) == "modelPanel":
        return str(focus)
    seen = [panel for panel in cmds.getPanel(visiblePanels=True) or [] if cmds.getPanel(typeOf=panel) == "modelPanel"]
    return str(seen[0]) if seen else None


def isolated(panel: str) -> Optional[list[str]]:
    """The nodes that an isolated panel shows, with all below them; None where it shows everything."""
    if not cmds.isolateSelect(panel, query=True, state=True):
        return None
    members = cmds.sets(cmds.isolateSelect(panel, query=True, viewObjects=True), query=True) or []
    return cmds.ls(*members, long=True, objectsOnly=True) or [] if members else []  # asked for nothing, ls gives everything


def _isolate(panel: str, artist: str) -> None:
    members = isolated(artist)
    if members is None:
        return
    cmds.isolateSelect(panel, state=True)
    for member in members:
        cmds.isolateSelect(panel, addDagObject=member)


def _options(artist: Optional[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for option in AS_THE_ARTIST_HAS_IT if artist else ():
        asked: dict[str, Any] = {option: True}
        with contextlib.suppress(TypeError, RuntimeError):  # an option that this version does not have
            options[option] = cmds.modelEditor(artist, query=True, **asked)
    options.update(dict.fromkeys(NOT_IN_THE_PICTURE, False))
    return options


def _set_option(panel: str, option: str, value: Any) -> None:
    with contextlib.suppress(TypeError, RuntimeError):
        cmds.modelEditor(panel, edit=True, **{option: value})
