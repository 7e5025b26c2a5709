"""What the open scene offers to be painted: cameras, ranges, sizes, the sequencer's shots."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Optional

from maya import cmds, mel

from maya_plugin.host.panel import artist_panel
from maya_plugin.host.scene import is_batch, scene_name
from maya_plugin.host.stand_in import CAPTURE, VIEW
from maya_plugin.workflow.workplace import CutShot, Range, Sight

RESOLUTION = "defaultResolution"


def look_around() -> Sight:
    """What there is to paint now; nothing is evaluated."""
    return Sight(
        scene=scene_name(),
        cameras=_cameras(),
        view=_view(),
        slider=_frames("minTime", "maxTime"),
        whole=_frames("animationStartTime", "animationEndTime"),
        selected=_selected(),
        now=round(cmds.currentTime(query=True)),
        size=_size(),
        cut=_cut(),
    )


def places() -> tuple[Path, ...]:
    """Folders where takes may be kept: the project's images, then the user's own."""
    project, own = cmds.workspace(query=True, rootDirectory=True), cmds.internalVar(userAppDir=True)
    return tuple(Path(place) for place in (project and f"{project}/images", own) if place)


def _cameras() -> tuple[str, ...]:
    """Perspective cameras, those of the scene before Maya's own; ours are left out."""
    found = []
    for shape in cmds.ls(type="camera") or []:
        parents = cmds.listRelatives(shape, parent=True) or []
        if parents and not cmds.getAttr(f"{shape}.orthographic") and not parents[0].startswith((CAPTURE, VIEW)):
            found.append(str(parents[0]))
    return tuple(sorted(found, key=lambda name: (name == "persp", name.lower())))


def _view() -> str:
    """The camera that the artist looks through, if it can be painted."""
    panel = None if is_batch() else artist_panel()
    camera = str(cmds.modelPanel(panel, query=True, camera=True)) if panel else ""
    if camera and cmds.nodeType(camera) == "camera":
        camera = str((cmds.listRelatives(camera, parent=True) or [""])[0])
    cameras = _cameras()
    return camera if camera in cameras else (cameras[0] if cameras else "")


def _frames(first: str, last: str) -> Range:
    return round(_playback(first)), round(_playback(last))


def _playback(flag: str) -> float:
    asked = {flag: True}
    return float(cmds.playbackOptions(query=True, **asked))


def _selected() -> Optional[Range]:
    """The range that is marked in the time slider; Maya gives the frame behind it."""
    if is_batch():
        return None
    slider = mel.eval("$paintoverSlider = $gPlayBackSlider")  # type: ignore[no-untyped-call]
    if not slider or not cmds.timeControl(slider, query=True, rangeVisible=True):
        return None
    first, behind = cmds.timeControl(slider, query=True, rangeArray=True)
    return round(first), max(round(first), round(behind) - 1)


def _size() -> tuple[int, int, float]:
    width, height = (int(cmds.getAttr(f"{RESOLUTION}.{side}")) for side in ("width", "height"))
    return width, height, float(cmds.getAttr(f"{RESOLUTION}.pixelAspect")) or 1.0


def _cut() -> tuple[CutShot, ...]:
    found = []
    for shot in cmds.ls(type="shot") or []:
        with contextlib.suppress(RuntimeError):  # a shot whose camera is gone
            first, last = (round(cmds.shot(shot, query=True, **{flag: True})) for flag in ("startTime", "endTime"))
            found.append(CutShot(str(shot), _transform(cmds.shot(shot, query=True, currentCamera=True)), first, max(first, last)))
    return tuple(sorted(found, key=lambda each: each.first))


def _transform(camera: Optional[str]) -> str:
    if not camera:
        return ""
    return str((cmds.listRelatives(camera, parent=True) or [camera])[0]) if cmds.nodeType(camera) == "camera" else str(camera)
