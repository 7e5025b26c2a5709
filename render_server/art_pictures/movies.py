"""The frames of a movie, a bounded number of them, in sRGB. Runs in the confined process alone; so does the ffmpeg that it starts.

ffmpeg reads the one file that is open and nothing else: the container is named, the protocol is an open file, playlists and links are none.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import imageio_ffmpeg
from PIL import Image

from render_server.art.intake import MAX_PIXELS, MAX_SIDE, MOVING_SIDE, chosen
from render_server.art_pictures.trouble import Trouble

_CODECS = "h264,hevc,prores,dnxhd,mpeg4,mjpeg,png,qtrle,vp8,vp9,libdav1d,av1,ffv1,rawvideo,v210,utvideo,cfhd"
_HD = 720  # lines from which a movie that says nothing is BT.709
_HDR = ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class Stream:
    """What ffmpeg says of a movie's pictures."""

    width: int
    height: int
    frames: int
    fps: float | None
    codec: str
    colours: str  # "tv, bt709, progressive"
    turned: bool


def movie_frames(container: str, arrival: dict[str, Any]) -> Iterator[tuple[int, Image.Image]]:
    """Frames with their places in the movie; says what the movie was as soon as it is known. Raises Trouble."""
    stream = _probe(container)
    if max(stream.width, stream.height) > MAX_SIDE or stream.width * stream.height > MAX_PIXELS:
        raise Trouble("art-too-large", f"is larger than {MAX_SIDE} pixels a side; export it smaller.")
    arrival |= _arrival(stream)
    wanted = chosen(stream.frames)
    yield from zip(wanted, _decoded(container, stream, wanted, _fitted(stream, MOVING_SIDE)), strict=False)


def _arrival(stream: Stream) -> dict[str, Any]:
    known = "bt709" in stream.colours
    hdr = next((name for name in _HDR if name in stream.colours), None)
    colour, profile = ("stated", "BT.709") if known else ("assumed", "")
    if hdr:
        colour, profile = "unknown", f"high dynamic range ({hdr}), which is not converted"
    return {
        "format": stream.codec, "width": stream.width, "height": stream.height, "colour": colour, "profile": profile,
        "turned": stream.turned, "frames": stream.frames, **({} if stream.fps is None else {"fps": stream.fps}),
    }  # fmt: skip


def _input(container: str) -> list[str]:
    limits = ["-protocol_whitelist", "fd", "-codec_whitelist", _CODECS, "-threads", "2"]
    return [str(imageio_ffmpeg.get_ffmpeg_exe()), "-hide_banner", "-nostdin", *limits, "-f", container, "-fd", "0", "-i", "fd:"]


def _probe(container: str) -> Stream:
    """Count the frames without decoding them, and read what the movie says of itself."""
    command = [*_input(container), "-map", "0:v:0", "-c", "copy", "-f", "null", "-"]
    done = subprocess.run(command, stdin=0, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own arguments
    return _described(done.stderr.decode(errors="replace"))


def _described(text: str) -> Stream:
    line = re.search(r"Stream #0:\d+.*?: Video: (\w+)(.*)", text)
    counts = re.findall(r"frame=\s*(\d+)", text)
    size = re.search(r", (\d{1,5})x(\d{1,5})(?: \[SAR (\d+):(\d+))?", line[2]) if line else None
    if not line or not size or not counts or not int(counts[-1]) or not int(size[1]) or not int(size[2]):
        raise Trouble("art-broken", "holds no pictures that can be read; export it anew as H.264 or ProRes.")
    width, height = int(size[1]), int(size[2])
    if size[3] and int(size[3]) and int(size[4]):
        width = max(round(width * int(size[3]) / int(size[4])), 1)  # pixels that are not square
    turned = bool(re.search(r"rotation of -?(?:90|270)", text))
    fps, colours = re.search(r"([\d.]+) fps", line[2]), re.search(r"\w+\(([^)]*)\), \d", line[2])
    sides = (height, width) if turned else (width, height)
    return Stream(*sides, int(counts[-1]), float(fps[1]) if fps else None, line[1], colours[1] if colours else "", turned)


def _fitted(stream: Stream, side: int) -> tuple[int, int]:
    factor = min(side / max(stream.width, stream.height), 1.0)
    return max(round(stream.width * factor), 1), max(round(stream.height * factor), 1)


def _decoded(container: str, stream: Stream, wanted: tuple[int, ...], size: tuple[int, int]) -> Iterator[Image.Image]:
    matrix = "auto" if stream.colours.count("bt") or stream.colours.count("gbr") else ("bt709" if stream.height >= _HD else "bt601")
    runs = "+".join(f"between(n,{first},{last})" for first, last in _runs(wanted))
    filters = f"select='{runs}',scale={size[0]}:{size[1]}:flags=lanczos+accurate_rnd+full_chroma_int:in_color_matrix={matrix}"
    output = ["-map", "0:v:0", "-vf", filters, "-fps_mode", "passthrough", "-frames:v", str(len(wanted))]
    command = [*_input(container), "-loglevel", "error", *output, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with open(0, "rb", closefd=False) as file:
        file.seek(0)
    process = subprocess.Popen(command, stdin=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - our own arguments
    count = 0
    if process.stdout is not None:
        for frame in _raw(process.stdout, size):
            count += 1
            yield frame
    process.wait()
    if not count:
        raise Trouble("art-broken", "holds no pictures that can be read; export it anew as H.264 or ProRes.")


def _raw(pipe: IO[bytes], size: tuple[int, int]) -> Iterator[Image.Image]:
    length = size[0] * size[1] * 3
    while len(data := pipe.read(length)) == length:
        yield Image.frombytes("RGB", size, data)


def _runs(wanted: tuple[int, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in wanted:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
