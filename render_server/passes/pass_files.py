"""`python -m render_server.passes.pass_files SHOT_FOLDER BLOBS_FOLDER`: a shot's passes as PNG and OpenEXR, for other tools.

The server starts this as a process of its own beside a shot's export folder and reads `export.json`, which says what is there so far.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from render_server.lifeline import die_with_parent
from render_server.passes.export import Reel
from render_server.passes.exr import depth_channels, encode_exr, id_channels, motion_channels, normal_channels
from render_server.passes.geometry import UInt8
from shot_format.blobs import sha256
from shot_format.codec import from_json, to_json
from shot_format.errors import PaintoverError
from shot_format.files import write_whole
from shot_format.folder import ShotFolder
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import ExportStatus, PassFile
from shot_format.pass_names import EXPORT_FILE, pass_file_name

REPORT_TIME = 0.5  # seconds between two states of export.json
RUNNING, DONE = "running", "done"


def write_pass_files(shot: ShotFolder, blobs: ShotFolder) -> ExportStatus:
    """Write the passes of every frame of a shot beside its shot.json; those that are there already are kept.

    blobs: the folder that holds the shot's blobs. The beauty is written only where none was captured. Raises what the loader raises,
    StorageError.
    """
    reel = Reel(shot.read(), blobs.read_blob, None)
    status = read_status(shot.path) or ExportStatus(reel.shot.id, RUNNING, 0, len(reel.frames))
    reported = time.monotonic()
    for place in range(status.frames_done, len(reel.frames)):
        files = tuple(_written(shot.path, reel, place))
        status = replace(status, frames_done=place + 1, files=(*status.files, *files))
        if time.monotonic() - reported > REPORT_TIME:
            _write_status(shot.path, status)
            reported = time.monotonic()
    status = replace(status, state=DONE)
    _write_status(shot.path, status)
    return status


def read_status(folder: Path) -> ExportStatus | None:
    """What an export folder says of itself, None where it says nothing yet."""
    place = folder / EXPORT_FILE
    return from_json(ExportStatus, place.read_bytes(), MAX_JSON_BYTES, EXPORT_FILE) if place.is_file() else None


def _write_status(folder: Path, status: ExportStatus) -> None:
    write_whole(folder / EXPORT_FILE, to_json(status).encode())


def _written(folder: Path, reel: Reel, place: int) -> Iterator[PassFile]:
    number = reel.frames[place].number
    for name, data in _encoded(reel, place):
        write_whole(folder / pass_file_name(name, number), data)
        yield PassFile(name, number, sha256(data), len(data))


def _encoded(reel: Reel, place: int) -> Iterator[tuple[str, bytes]]:
    passes = reel.passes(place)
    if reel.frames[place].beauty is None:
        yield "beauty", _png(passes.beauty)
    yield "pose", _png(reel.pose(place))
    yield "depth", encode_exr(depth_channels(passes.depth))
    yield "normal", encode_exr(normal_channels(passes.normal))
    yield "motion", encode_exr(motion_channels(passes))
    yield "ids", encode_exr(id_channels(passes.object_id))


def _png(picture: UInt8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main() -> int:
    """Run as the server's child; what went wrong is the last line of standard error."""
    parser = argparse.ArgumentParser(prog="python -m render_server.passes.pass_files")
    parser.add_argument("shot", type=Path)
    parser.add_argument("blobs", type=Path)
    parser.add_argument("--child", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    if options.child:
        die_with_parent()
        if hasattr(os, "nice"):
            os.nice(10)  # painting goes first
    try:
        write_pass_files(ShotFolder(options.shot), ShotFolder(options.blobs))
    except PaintoverError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
