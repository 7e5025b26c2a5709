"""The process that reads hostile pictures and movies: an open file on standard input, clean PNGs on standard output.

Started by render_server.art.intake, which says in one argument what there is to read, and believes nothing that comes back.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin

from render_server.art.intake import MAX_PIXELS, MAX_SIDE, MOVING_SIDE
from render_server.art_pictures.confine import confine
from render_server.art_pictures.movies import movie_frames
from render_server.art_pictures.openraster import read_openraster
from render_server.art_pictures.stills import Still, read_still
from render_server.art_pictures.trouble import Trouble

MEMORY = 3 << 30  # bytes of address space, most of which is never touched: 80 million pixels with alpha, before and after conversion
STILL_SECONDS, MOVING_SECONDS = 60, 500  # of the processor
_LOADED = (ImageCms, JpegImagePlugin, PngImagePlugin)  # loaded before the door is shut
_COMPRESSION = 4  # of zlib; 6 takes twice as long for 3 % less


@dataclass(frozen=True)
class Job:
    """What the parent wants."""

    kind: str
    format: str
    sizes: tuple[int, ...]


def main(argument: str) -> None:
    """Read what is on standard input; say everything on standard output."""
    fields = json.loads(argument)
    job = Job(**{**fields, "sizes": tuple(fields["sizes"])})
    pipe = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    try:
        confine(MEMORY, STILL_SECONDS if job.kind == "still" else MOVING_SECONDS)
    except (OSError, ValueError) as error:
        _say(pipe, {"error": "art-unconfined", "words": f"cannot be read here, for its reader cannot be shut in ({error})."})
        return
    Image.init()
    try:
        _KINDS[job.kind](job, pipe)
    except Trouble as trouble:
        _say(pipe, {"error": trouble.code, "words": trouble.words})
    except MemoryError:
        _say(pipe, {"error": "art-too-heavy", "words": "takes more memory than a piece of art may; export it anew, smaller."})


def _still(job: Job, pipe: BinaryIO) -> None:
    still = read_still(sys.stdin.buffer, MAX_SIDE, MAX_PIXELS)
    _send(pipe, still.image, 0)
    _say(pipe, {"arrival": still.arrival})


def _openraster(job: Job, pipe: BinaryIO) -> None:
    still = read_openraster(sys.stdin.buffer, MAX_SIDE, MAX_PIXELS // 2)  # half: layers and groups are held beside the whole
    _send(pipe, still.image, 0)
    _say(pipe, {"arrival": still.arrival})


def _sequence(job: Job, pipe: BinaryIO) -> None:
    first: Still | None = None
    for index, size in enumerate(job.sizes):
        still = read_still(io.BytesIO(sys.stdin.buffer.read(size)), MAX_SIDE, MAX_PIXELS)
        if first is not None and still.image.size != first.image.size:
            raise Trouble("sequence-sizes", "has frames of several sizes; a sequence has one.")
        first = first or still
        _send(pipe, smaller(still.image, MOVING_SIDE), index)
    if first is not None:
        _say(pipe, {"arrival": {**first.arrival, "frames": len(job.sizes)}})


def _movie(job: Job, pipe: BinaryIO) -> None:
    arrival: dict[str, Any] = {}
    for index, frame in movie_frames(job.format, arrival):
        _send(pipe, frame, index)
    _say(pipe, {"arrival": arrival})


def smaller(image: Image.Image, side: int) -> Image.Image:
    """Scale a picture down until it fits a square, its proportions kept."""
    factor = side / max(image.size)
    if factor >= 1:
        return image
    return image.resize((max(round(image.width * factor), 1), max(round(image.height * factor), 1)), Image.Resampling.LANCZOS)


def _send(pipe: BinaryIO, image: Image.Image, index: int) -> None:
    clean = Image.new(image.mode, image.size)  # pixels alone: nothing that the file said about itself goes on
    clean.paste(image)
    file = io.BytesIO()
    clean.save(file, "PNG", compress_level=_COMPRESSION)
    _say(pipe, {"bytes": file.tell(), "width": image.width, "height": image.height, "index": index})
    pipe.write(file.getbuffer())
    pipe.flush()


def _say(pipe: BinaryIO, words: dict[str, Any]) -> None:
    pipe.write(json.dumps(words).encode() + b"\n")
    pipe.flush()


_KINDS: dict[str, Callable[[Job, BinaryIO], None]] = {
    "still": _still,
    "openraster": _openraster,
    "sequence": _sequence,
    "movie": _movie,
}

if __name__ == "__main__":
    main(sys.argv[1])
