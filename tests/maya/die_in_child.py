"""A Maya as a process of its own whose panel paints the demo shot, and which kills itself in the middle: WHEN DEMO FOLDER URL TOKEN.

WHEN is "capturing" (some frames are captured, one is painted and here) or "uploaded" (the server has the whole shot).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from maya_plugin.client import Address, Connection, shot_status
from shot_format.folder import ShotFolder
from tests.maya.conftest import _read_demo
from tests.maya.ui.studio import Studio, studio

CAPTURED = 3  # frames


def _until_one_is_painted(room: Studio) -> None:
    room.until(lambda: room.desk.job.progress.capture.done == CAPTURED)
    room.until(lambda: room.desk.job.files, lambda: room.desk.job._painting._drain())  # nothing more is captured


def _until_uploaded(room: Studio, line: Connection) -> None:
    room.until(lambda: room.desk.job.folder is not None and room.desk.job.progress.capture.done > 0)
    room.until(lambda: shot_status(line, room.desk.job.record.shot).closed)


if __name__ == "__main__":
    when, demo, folder, url, token = sys.argv[1:]
    with studio(_read_demo(ShotFolder(Path(demo))), Path(folder), token, url) as room, Connection(Address(url, token)) as line:
        room.until(lambda: room.desk.server.ready and not room.desk.busy)
        room.desk.change(size="own", width=96, height=64)
        room.desk.paint()
        _until_one_is_painted(room) if when == "capturing" else _until_uploaded(room, line)
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
