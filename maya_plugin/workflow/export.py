"""A shot as a folder for other tools: captured on the main thread, written, and its passes computed by a server on the other thread.

FOLDER/shot/                          the shot itself (docs/shot-format.md)
FOLDER/camera.json, camera.usda       the camera
FOLDER/objects.json                   what the numbers of the ids pass mean
FOLDER/beauty/beauty.1001.png         and pose; depth, normal, motion and ids as .exr
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Callable, Optional

from maya_plugin.client import Connection, Progress, fetch_passes, upload_folder
from maya_plugin.workflow.camera_files import camera_json, camera_usda
from maya_plugin.workflow.capture_run import CaptureRun, Listener
from maya_plugin.workflow.handover import Item
from maya_plugin.workflow.host import CaptureRequest, Host
from shot_format.errors import CancelledError, StorageError
from shot_format.files import PARTIAL, storage_errors, write_whole
from shot_format.folder import ShotFolder
from shot_format.pass_names import pass_file_name
from shot_format.shot import Frame, Shot


class ShotExport(CaptureRun):
    """Writes the open scene's shot into a folder that is not there yet; it appears when all of it is there.

    connection: the server that computes the passes; None leaves them out. Raises what begins a capture raises, and StorageError
    ("folder-taken").
    """

    def __init__(
        self, host: Host, request: CaptureRequest, folder: Path, connection: Optional[Connection], listener: Optional[Listener] = None
    ) -> None:
        self.folder, self.done = Path(folder), False
        self._connection = connection
        _check_free(self.folder)
        super().__init__(host, request, listener)

    def run(self) -> Path:
        """Step to the end, for batch, and give the folder. Raises what went wrong."""
        self._step_to_end()
        if not self.done:
            raise self.error or CancelledError("stopped", "The export was stopped.")
        return self.folder

    def _work(self, frames: Iterable[Item]) -> Callable[[], None]:
        with _appearing(self.folder) as folder:
            shot = ShotFolder(folder / "shot")
            _write_shot(shot, self.shot, frames)
            _write_files(folder, shot)
            if self._connection is not None:
                with self._connection.session(self._stop.is_set) as session:
                    upload_folder(session, shot, self._report_upload)
                    fetch_passes(session, self.shot, folder, functools.partial(self._tell, self._listener.progressed))
            if self._stop.is_set():
                raise CancelledError("stopped", "The export was stopped.")
        return self._finished

    def _report_upload(self, done: int, total: int) -> None:
        self._tell(self._listener.progressed, Progress("uploading", done, total))

    def _finished(self) -> None:
        self.done = True


def _check_free(folder: Path) -> None:
    with storage_errors(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StorageError("folder-taken", f"There is something in {folder} already; choose another folder for the export.")


@contextlib.contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder beside this one that becomes it when the block ends well, and is gone when it does not."""
    partial = folder.parent / f"{PARTIAL}{secrets.token_hex(8)}"
    try:
        with storage_errors(folder):
            partial.mkdir(parents=True)
        yield partial
        with storage_errors(folder):
            if folder.is_dir():
                folder.rmdir()
            os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_shot(folder: ShotFolder, shot: Shot, frames: Iterable[Item]) -> None:
    made: list[Frame] = []
    for frame, blobs in frames:
        for blob in blobs.values():
            folder.add_blob(blob)
        made.append(frame)
    if len(made) <= shot.last - shot.first:
        raise CancelledError("stopped", "The export was stopped.")
    folder.write(shot, tuple(made))


def _write_files(folder: Path, shot: ShotFolder) -> None:
    file = shot.read()
    for frame in file.frames:
        if frame.beauty:
            write_whole(folder / "beauty" / pass_file_name("beauty", frame.number), shot.read_blob(frame.beauty))
    write_whole(folder / "camera.json", camera_json(file.shot, file.frames))
    write_whole(folder / "camera.usda", camera_usda(file.shot, file.frames))
    objects = {str(mesh.object_id): mesh.name for mesh in file.shot.meshes}
    write_whole(folder / "objects.json", (json.dumps(objects, indent=1) + "\n").encode())
