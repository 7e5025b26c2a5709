"""Painted frames in the viewport, as an image plane that lies exactly on the picture.

While frames arrive the plane shows existing files only (live); when all are there it becomes a plain file sequence, so that the scene
shows them on a machine without this plug-in. The artist's camera carries the plane; one that is referenced is left alone, and a camera of
ours that follows it carries the plane instead. None of this is in the undo queue, and none of it modifies a saved scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Optional

from maya import cmds
from maya.api import OpenMaya as om

from maya_plugin.host.camera import film_back, read_camera
from maya_plugin.host.nodes import camera_path
from maya_plugin.host.scene_events import Ears
from maya_plugin.host.stand_in import VIEW, do_not_write, following_camera
from maya_plugin.host.untouched import untouched
from maya_plugin.workflow.camera_maths import Pinhole, seen_film
from maya_plugin.workflow.host import CaptureRequest

TAG = "paintoverTake"  # the attribute that says that a plane is ours, and of which take
TO_SIZE, HIDDEN, COLOUR_AND_ALPHA = 4, 0, 3  # Maya's numbers for fit and displayMode
IN_FRONT = 1.01  # of the near plane
COLOUR_SPACES = ("sRGB Encoded Rec.709 (sRGB)", "sRGB", "Utility - sRGB - Texture", "srgb_tx")  # the same space in different configurations


class PaintedPlane:
    """A take's frames on a camera."""

    def __init__(self, request: CaptureRequest, take: str, follows_time: bool = True) -> None:
        """Hang a plane on the shot's camera; it shows nothing yet. follows_time: whether it looks for a frame when the time changes."""
        self._files: dict[int, Path] = {}
        self._shown: Optional[Path] = None
        self._ears, self._gone = Ears(), False
        with untouched():
            self.camera, self._own_camera = _carrier(request.camera)
            self._transform, self._plane = cmds.imagePlane(camera=self.camera, showInAllViews=False)
            self._set_up(request, take)
        if follows_time:
            self._ears.on_time(self._refresh)
        self._ears.on_end_of_scene(self._forget)

    def show(self, number: int, path: Path) -> None:
        """Show a painted frame whenever the time is on it. The file is there, and whole."""
        self._files[number] = path
        self._refresh()

    def show_all(self, files: Mapping[int, Path]) -> None:
        """Show the frames of a take that is on this disk, as a sequence of files if none is missing."""
        self._files.update(files)
        if len(self._files) == max(self._files) - min(self._files) + 1:
            self.finish()
        else:
            self._refresh()

    def show_now(self, path: Optional[Path], mode: int) -> None:
        """Show one picture whatever the time, or none. mode: Maya's displayMode."""
        if self.is_gone():
            return
        with untouched():
            if path is not None:
                self._set_text("imageName", path.as_posix())
            if path is not None or cmds.getAttr(f"{self._plane}.displayMode") != mode:
                self._set("displayMode", mode)

    def finish(self) -> None:
        """Every frame is there: show them as a sequence of files."""
        self._ears.close()
        if not self._files or self.is_gone():
            return
        first, last = min(self._files), max(self._files)
        with untouched():
            self._set("frameIn", first)
            self._set("frameOut", last)
            self._drive_extension()
            self._set_text("imageName", self._files[first].as_posix())
            self._set("useFrameExtension", True)
            self._set("displayMode", COLOUR_AND_ALPHA)

    def set_opacity(self, opacity: float) -> None:
        """0 shows the blocking, 1 the painted frame."""
        if not self.is_gone():
            set_opacity([self._plane], opacity)

    def keep_out_of_file(self) -> None:
        """Let the scene be saved without it."""
        with untouched():
            do_not_write(*filter(None, (self._transform, self._plane, self._own_camera)))

    def remove(self) -> None:
        """Leave nothing behind."""
        self._ears.close()
        if self._gone:
            return
        with untouched():
            for name in filter(None, (self._transform, self._own_camera)):
                if cmds.objExists(name):
                    cmds.delete(name)

    def _set_up(self, request: CaptureRequest, take: str) -> None:
        cmds.addAttr(self._plane, longName=TAG, dataType="string")
        self._set_text(TAG, take)
        path = camera_path(request.camera)
        camera = read_camera(path, request.width, request.height, request.pixel_aspect)
        hole = Pinhole(camera.fx, camera.fy, camera.cx, camera.cy)
        wide, high, across, up = seen_film(hole, film_back(om.MFnCamera(path)), request.width, request.height)
        values = {"fit": TO_SIZE, "sizeX": wide, "sizeY": high, "offsetX": across, "offsetY": up, "displayMode": HIDDEN}
        for attribute, value in values.items():
            self._set(attribute, value)
        self._set("depth", cmds.getAttr(f"{self.camera}.nearClipPlane") * IN_FRONT)
        self._set_colour_space()

    def _set_colour_space(self) -> None:
        known = cmds.colorManagementPrefs(query=True, inputSpaceNames=True) or []
        self._set("ignoreColorSpaceFileRules", True)
        for name in COLOUR_SPACES:
            if name in known:
                self._set_text("colorSpace", name)
                return

    def _refresh(self) -> None:
        """Show the frame of the present time, else the last one before it, else the first there is."""
        if self.is_gone():
            self._forget()  # somebody deleted it: nothing of ours listens any more
            return
        if not self._files:
            return
        now = cmds.currentTime(query=True)
        number = max((n for n in self._files if n <= now), default=min(self._files))
        if self._files[number] == self._shown:
            return
        with untouched():
            self._set_text("imageName", self._files[number].as_posix())
            if self._shown is None:
                self._set("displayMode", COLOUR_AND_ALPHA)
        self._shown = self._files[number]

    def _forget(self) -> None:
        """The scene is closed: what has our names in another scene is not ours."""
        self._gone = True
        self._ears.close()

    def is_gone(self) -> bool:
        """Whether it was deleted, or its scene closed."""
        return self._gone or not cmds.objExists(self._plane)

    def _drive_extension(self) -> None:
        """Let the time give the number in the file's name. Some versions of Maya do so by themselves, some do not."""
        plug = f"{self._plane}.frameExtension"
        if not cmds.listConnections(plug, source=True, destination=False):
            cmds.connectAttr("time1.outTime", plug)

    def _set(self, attribute: str, value: float) -> None:
        cmds.setAttr(f"{self._plane}.{attribute}", value)

    def _set_text(self, attribute: str, text: str) -> None:
        cmds.setAttr(f"{self._plane}.{attribute}", text, type="string")


def _carrier(camera: str) -> tuple[str, str]:
    """The camera shape that a plane can hang on, and our own camera's transform where that is ours, else an empty string."""
    path = camera_path(camera)
    if not om.MFnDependencyNode(path.node()).isFromReferencedFile:
        return path.fullPathName(), ""
    transform, shape = following_camera(path.fullPathName(), f"{VIEW}#")
    return shape, transform


def planes_in_scene() -> dict[str, str]:
    """Every plane of ours in the scene, from this session or an earlier one, and the take it shows."""
    planes = [plane for plane in cmds.ls(type="imagePlane") or [] if cmds.attributeQuery(TAG, node=plane, exists=True)]
    return {plane: cmds.getAttr(f"{plane}.{TAG}") for plane in planes}


def set_opacity(planes: Iterable[str], opacity: float) -> None:
    """How much of these planes is seen: 0 shows the blocking, 1 the painted frame."""
    with untouched():
        for plane in planes:
            if cmds.getAttr(f"{plane}.alphaGain") != opacity:
                cmds.setAttr(f"{plane}.alphaGain", opacity)


def remove_planes(planes: Iterable[str]) -> None:
    """Delete planes of ours, and the cameras that were made for them."""
    with untouched():
        for plane in planes:
            cmds.delete(_owner(plane))


def _owner(plane: str) -> str:
    """What is deleted with a plane: the camera of ours that carries it, else the plane's transform alone."""
    place = plane
    while True:
        above = cmds.listRelatives(place, parent=True, fullPath=True)
        if not above:
            return place
        if cmds.nodeType(above[0]) == "camera":
            carrier = above[0].rpartition("|")[0]
            return carrier if carrier.rpartition("|")[2].startswith(VIEW) else place
        place = above[0]
