"""A shot out of Maya, frame by frame. One evaluation of the scene serves camera, meshes, joints and beauty."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import Optional

from maya_plugin.host.beauty import Shutter, beauty_camera
from maya_plugin.host.camera import doubts, read_camera
from maya_plugin.host.characters import find_characters
from maya_plugin.host.meshes import MeshCapture
from maya_plugin.host.nodes import METRES, camera_path
from maya_plugin.host.panel import artist_panel, isolated
from maya_plugin.host.scene import frame_rate, is_batch, scene_name, software, up_axis
from maya_plugin.host.scene_events import Ears
from maya_plugin.host.skipped import find_skipped
from maya_plugin.host.stand_in import stand_in
from maya_plugin.host.untouched import Playhead, untouched
from maya_plugin.workflow.basket import Basket
from maya_plugin.workflow.host import Blobs, CaptureRequest
from shot_format.errors import CancelledError, FormatError
from shot_format.folder import check_shot
from shot_format.shot import Frame, Shot, Skipped, Source


class SceneCapture:
    """A capture of the open scene. Ask for frames one by one on the main thread; between two of them Maya may draw and answer its user.

    Everything that a frame changes is put back before the frame is given, but for the time, which goes back when the capture is closed:
    by its end, by an error, by `close`. Raises FormatError, MissingError, LimitError.
    """

    def __init__(self, request: CaptureRequest) -> None:
        self._request, self._basket = request, Basket()
        self._number, self._open = request.first, contextlib.ExitStack()
        self._scene_is_gone, ears = False, Ears()
        with self._closing_on_error():
            self._open.callback(ears.close)
            ears.on_end_of_scene(self._note_end_of_scene)
            self._camera = camera_path(request.camera)
            self._playhead = Playhead()
            self._open.callback(self._go_home)
            with untouched():
                self._playhead.go(request.first)
                self._shutter, no_beauty = self._enter_shutter()
                self.shot = self._survey(no_beauty)

    def __iter__(self) -> Iterator[tuple[Frame, Blobs]]:
        return self

    def __next__(self) -> tuple[Frame, Blobs]:
        if self._scene_is_gone:
            raise CancelledError("scene-closed", "The scene was closed while it was captured; open it and paint the shot again.")
        if self._number > self._request.last:
            self.close()
            raise StopIteration
        with self._closing_on_error(), untouched():
            frame = self._frame(self._number)
        self._number += 1
        return frame, self._basket.take()

    def close(self) -> None:
        """Put everything back, and give no more frames."""
        self._number = self._request.last + 1
        self._open.close()

    def _survey(self, no_beauty: list[Skipped]) -> Shot:
        wanted, panel = self._request, artist_panel()
        self._meshes = MeshCapture(self._basket, isolated(panel) if panel else None)
        self._characters, strangers = find_characters(wanted.joints)
        size = (wanted.width, wanted.height, wanted.pixel_aspect)
        read_camera(self._camera, *size)
        shot = Shot(
            id=wanted.shot_id or f"shot-{secrets.token_hex(8)}",
            name=f"{scene_name()} {self._camera.partialPathName()}",
            fps=frame_rate(),
            first=wanted.first,
            last=wanted.last,
            width=wanted.width,
            height=wanted.height,
            metres_per_unit=METRES,
            up_axis=up_axis(),
            source=Source(software(), scene_name(), self._camera.partialPathName()),
            meshes=self._meshes.heads(),
            characters=tuple(character.name for character in self._characters),
            skipped=(*no_beauty, *find_skipped(), *strangers, *doubts(self._camera, *size)),
            pixel_aspect=wanted.pixel_aspect,
        )
        check_shot(shot)
        return shot

    def _enter_shutter(self) -> tuple[Optional[Shutter], list[Skipped]]:
        """What draws the beauty; None, and why, where Maya does not draw what is asked for: the passes do not need it."""
        wanted = self._request
        if not wanted.beauty or is_batch():
            return None, []
        try:
            with contextlib.ExitStack() as stack:
                camera = stack.enter_context(stand_in(self._camera.fullPathName()))
                shutter = stack.enter_context(beauty_camera(camera, wanted.width, wanted.height, wanted.first))
                self._open.push(stack.pop_all())
            return shutter, []
        except (FormatError, RuntimeError) as error:
            return None, [Skipped("the viewport's picture", error.message if isinstance(error, FormatError) else str(error))]

    def _frame(self, number: int) -> Frame:
        wanted = self._request
        self._playhead.go(number)
        return Frame(
            number=number,
            camera=read_camera(self._camera, wanted.width, wanted.height, wanted.pixel_aspect),
            meshes=self._meshes.states(),
            characters=tuple(character.pose() for character in self._characters),
            beauty=self._basket.add(self._shutter(number)) if self._shutter else None,
        )

    def _note_end_of_scene(self) -> None:
        self._scene_is_gone = True
        self.close()

    def _go_home(self) -> None:
        with untouched():
            self._playhead.go_home()

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise
