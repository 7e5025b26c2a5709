"""Paints a shot's folder as a process of its own, which a test may kill: DATA SHOT OUT."""

from __future__ import annotations

import sys
from pathlib import Path

from maya_plugin.client import Connection, find_server, paint_shot
from shot_format.folder import ShotFolder
from shot_format.messages import Recipe

if __name__ == "__main__":
    data, shot, out = (Path(argument) for argument in sys.argv[1:])
    with Connection(find_server(data=data, environment={})) as connection:
        paint_shot(connection, ShotFolder(shot), Recipe("flat"), out)
