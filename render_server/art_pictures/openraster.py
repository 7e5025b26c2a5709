"""One OpenRaster file (.ora), its visible layers merged. Runs in the confined process alone.

Nothing is unpacked to a disk: members are read by the names that stack.xml gives, each up to a limit.
"""

from __future__ import annotations

import io
import math
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

from render_server.art_pictures.stills import Still, read_still
from render_server.art_pictures.trouble import Trouble

MIMETYPE = b"image/openraster"
MAX_MEMBERS, MAX_LAYERS, MAX_DEPTH = 512, 128, 16
MAX_STACK_BYTES, MAX_LAYER_BYTES = 1 << 20, 128 << 20  # of stack.xml and of one layer's PNG, unpacked
MAX_OFFSET = 1 << 17  # pixels that a layer may lie away from the picture's corner
NORMAL = "svg:src-over"
_BROKEN = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, OSError, EOFError, ValueError, KeyError, struct.error, RuntimeError)


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read."""

    side: int
    pixels: int


@dataclass
class Reader:
    """An open file and how many layers were read of it."""

    archive: zipfile.ZipFile
    limits: Limits
    size: tuple[int, int]
    layers: int = 0


def read_openraster(file: BinaryIO, side: int, pixels: int) -> Still:
    """Merge the visible layers, RGBA. Raises Trouble: "ora-broken", "ora-blend", "art-too-large", "art-broken"."""
    try:
        with zipfile.ZipFile(file) as archive:
            image = _merged(archive, Limits(side, pixels))
    except _BROKEN:
        raise Trouble("ora-broken", "is damaged or is no OpenRaster file; save it anew, or as a flat PNG.") from None
    alpha = image.getchannel("A").histogram()
    through = sum(count * (255 - value) for value, count in enumerate(alpha)) / (255 * image.width * image.height)
    return Still(
        image, {"format": "OpenRaster", "width": image.width, "height": image.height, "mode": "RGBA", "transparent": round(through, 6)}
    )


def _merged(archive: zipfile.ZipFile, limits: Limits) -> Image.Image:
    if len(archive.infolist()) > MAX_MEMBERS or _member(archive, "mimetype", 64).strip() != MIMETYPE:
        raise ValueError("no OpenRaster")
    text = _member(archive, "stack.xml", MAX_STACK_BYTES)
    if b"<!" in text.replace(b"<!--", b"") or b"\0" in text:  # no declarations: they are where XML does more than say what is there
        raise ValueError("stack.xml declares something")
    root = ElementTree.fromstring(text)  # noqa: S314 - in a process that can do nothing, and without declarations
    stack = root.find("stack")
    size = int(root.attrib["w"]), int(root.attrib["h"])
    if root.tag != "image" or stack is None or min(size) < 1:
        raise ValueError("no stack")
    _check_canvas(size, limits)
    return _stack(Reader(archive, limits, size), stack, 0, 0, 0)


def _check_canvas(size: tuple[int, int], limits: Limits) -> None:
    if max(size) > limits.side or size[0] * size[1] > limits.pixels:
        raise Trouble("art-too-large", f"is larger than {limits.pixels // 1_000_000} million pixels or {limits.side} pixels a side.")


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member, if it unpacks to no more than it may: what its head says of its size is not believed."""
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise Trouble("art-too-large", "unpacks to more than a painting may; save it anew, smaller.")
    return data


def _stack(reader: Reader, stack: ElementTree.Element, left: int, top: int, depth: int) -> Image.Image:
    """A group's picture, of the whole canvas: its first entry lies on top."""
    if depth > MAX_DEPTH:
        raise ValueError("groups within groups without end")
    canvas = Image.new("RGBA", reader.size)
    for entry in reversed(list(stack)):
        if entry.tag not in ("layer", "stack") or not _visible(entry):
            continue
        _check_blending(entry)
        x, y = left + _offset(entry, "x"), top + _offset(entry, "y")
        picture = _stack(reader, entry, x, y, depth + 1) if entry.tag == "stack" else _layer(reader, entry, x, y)
        canvas.alpha_composite(_faded(picture, _opacity(entry)))
    return canvas


def _visible(entry: ElementTree.Element) -> bool:
    return entry.get("visibility", "visible") != "hidden" and _opacity(entry) > 0


def _opacity(entry: ElementTree.Element) -> float:
    value = float(entry.get("opacity", "1"))
    if not math.isfinite(value):
        raise ValueError("opacity")
    return min(1.0, max(0.0, value))


def _offset(entry: ElementTree.Element, name: str) -> int:
    value = int(entry.get(name, "0"))
    if abs(value) > MAX_OFFSET:
        raise ValueError("a layer lies too far away")
    return value


def _check_blending(entry: ElementTree.Element) -> None:
    mode = entry.get("composite-op", NORMAL)
    if mode != NORMAL:
        name, words = entry.get("name", "without a name")[:80], mode.partition(":")[2][:40] or mode[:40]
        raise Trouble("ora-blend", f"has the visible layer “{name}” in the mode {words}; merge it down or hide it, or save a flat PNG.")


def _layer(reader: Reader, entry: ElementTree.Element, x: int, y: int) -> Image.Image:
    reader.layers += 1
    if reader.layers > MAX_LAYERS:
        raise Trouble("art-too-large", f"has more than {MAX_LAYERS} visible layers; merge some.")
    data = _member(reader.archive, entry.attrib["src"], MAX_LAYER_BYTES)
    layer = read_still(io.BytesIO(data), reader.limits.side, reader.limits.pixels).image.convert("RGBA")
    return layer.crop((-x, -y, reader.size[0] - x, reader.size[1] - y))


def _faded(picture: Image.Image, opacity: float) -> Image.Image:
    if opacity < 1.0:
        picture.putalpha(picture.getchannel("A").point([round(value * opacity) for value in range(256)]))
    return picture
