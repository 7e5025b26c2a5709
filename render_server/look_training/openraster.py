"""Writes OpenRaster files (.ora): layers that Krita, GIMP and MyPaint open. The same layers give the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

UInt8 = NDArray[np.uint8]

THUMBNAIL = 256  # pixels, at most; as the format wants it
VERSION = "0.0.3"  # of the format


@dataclass(frozen=True)
class Layer:
    """One layer, (H, W, 3) or (H, W, 4) sRGB. locked: programs that know of it keep brushes off."""

    name: str
    pixels: UInt8
    hidden: bool = False
    locked: bool = False
    selected: bool = False
    opacity: float = 1.0


def openraster(layers: Sequence[Layer]) -> bytes:
    """Layers of one size, from the lowest to the topmost, as one file."""
    height, width = layers[0].pixels.shape[:2]
    merged = flattened(layers)
    small = merged.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, "mimetype", b"image/openraster", zipfile.ZIP_STORED)  # first and as it is: that is how the file is known
        _add(archive, "stack.xml", _stack(layers, width, height).encode(), zipfile.ZIP_DEFLATED)
        for number, layer in enumerate(layers):
            _add(archive, _place(number), png(Image.fromarray(layer.pixels)), zipfile.ZIP_STORED)
        _add(archive, "mergedimage.png", png(merged), zipfile.ZIP_STORED)
        _add(archive, "Thumbnails/thumbnail.png", png(small), zipfile.ZIP_STORED)
    return file.getvalue()


def flattened(layers: Sequence[Layer]) -> Image.Image:
    """What is seen of the layers, RGBA."""
    height, width = layers[0].pixels.shape[:2]
    canvas = Image.new("RGBA", (width, height))
    for layer in layers:
        if not layer.hidden:
            picture = Image.fromarray(layer.pixels).convert("RGBA")
            picture.putalpha(picture.getchannel("A").point([round(value * layer.opacity) for value in range(256)]))
            canvas.alpha_composite(picture)
    return canvas


def png(image: Image.Image) -> bytes:
    """An image as the bytes of a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _place(number: int) -> str:
    return f"data/layer{number:02d}.png"


def _stack(layers: Sequence[Layer], width: int, height: int) -> str:
    rows = [_entry(number, layer) for number, layer in reversed(list(enumerate(layers)))]
    head = f'<image version="{VERSION}" w="{width}" h="{height}" xres="72" yres="72">'
    return "\n".join(["<?xml version='1.0' encoding='UTF-8'?>", head, " <stack>", *rows, " </stack>", "</image>", ""])


def _entry(number: int, layer: Layer) -> str:
    more = "".join(f' {name}="true"' for name, said in (("edit-locked", layer.locked), ("selected", layer.selected)) if said)
    seen = "hidden" if layer.hidden else "visible"
    return (
        f'  <layer name={quoteattr(layer.name)} src="{_place(number)}" x="0" y="0" opacity="{layer.opacity:g}" '
        f'visibility="{seen}" composite-op="svg:src-over"{more}/>'
    )


def _add(archive: zipfile.ZipFile, name: str, data: bytes, kind: int) -> None:
    info = zipfile.ZipInfo(name)  # with the format's own first date: the same layers, the same bytes
    info.compress_type, info.external_attr = kind, 0o644 << 16
    archive.writestr(info, data)
