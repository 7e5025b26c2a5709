"""The beauty: what the viewport shows at a frame, as a PNG of exactly the size that was asked for."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from maya import cmds

from maya_plugin.host.panel import capture_panel
from maya_plugin.host.untouched import without_messages
from shot_format.blobs import PNG
from shot_format.errors import FormatError
from shot_format.files import storage_errors

Shutter = Callable[[float], bytes]


@contextlib.contextmanager
def beauty_camera(camera: str, width: int, height: int, time: float) -> Iterator[Shutter]:
    """What takes the picture of the present frame; it is told the frame's time, on which the scene stands already.

    camera: the shape that is looked through. A first picture is taken and thrown away: it may be drawn before the panel's settings are in
    force, and it shows whether Maya draws at all. Raises FormatError ("beauty-size", "beauty-missing").
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paintover-")))
        panel = stack.enter_context(capture_panel(camera, width, height))
        _blast(panel, time, folder / "beauty.png", width, height)
        yield lambda now: _blast(panel, now, folder / "beauty.png", width, height)


def _blast(panel: str, time: float, path: Path, width: int, height: int) -> bytes:
    with without_messages():
        cmds.playblast(
            completeFilename=path.as_posix(), frame=[time], format="image", compression="png", quality=100, percent=100,
            widthHeight=(width, height), offScreen=True, viewer=False, showOrnaments=False, forceOverwrite=True, editorPanelName=panel,
        )  # fmt: skip
    if not path.is_file():
        raise FormatError("beauty-missing", f"Maya drew no picture of frame {time:g}; capture without the beauty, or update the driver.")
    with storage_errors(path):
        picture = path.read_bytes()
    _check_size(picture, width, height)
    return picture


def _check_size(picture: bytes, width: int, height: int) -> None:
    if not picture.startswith(PNG) or len(picture) < 24:
        raise FormatError("beauty-missing", "Maya's playblast gave no PNG; capture without the beauty.")
    drawn = struct.unpack(">II", picture[16:24])
    if drawn != (width, height):
        raise FormatError("beauty-size", f"Maya drew {drawn[0]}x{drawn[1]} pixels where {width}x{height} were asked for; try another size.")
