"""Painted frames as PNG: quick to write, always the same bytes for the same picture."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from render_server.provenance.metadata import chunk
from shot_format.blobs import PNG
from shot_format.errors import FormatError

_UP = 2  # the filter that takes the row above; on painted pictures as good as choosing one a row
_PERCEPTUAL = b"\0"  # rendering intent in the sRGB chunk


def encode_png(picture: NDArray[np.uint8], metadata: bytes = b"") -> bytes:
    """Write an sRGB picture (H, W, 3). Run lengths alone pack painted pictures nearly as well as level 1, in half the time.

    metadata: whole chunks that go before the pixels.
    """
    height, width = picture.shape[:2]
    flat = np.ascontiguousarray(picture).reshape(height, 3 * width)
    rows = np.empty((height, 1 + 3 * width), np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = packer.compress(rows.tobytes()) + packer.flush()
    return b"".join((PNG, chunk(b"IHDR", head), chunk(b"sRGB", _PERCEPTUAL), metadata, chunk(b"IDAT", data), chunk(b"IEND", b"")))


def decode_png(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """Read a picture (H, W, 3) of a known size. Raises FormatError ("frame-broken")."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.size == (width, height) and image.mode == "RGB":
                return np.array(image)
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        pass
    raise FormatError("frame-broken", f"A painted frame on the server is no PNG of {width} x {height} pixels; paint the shot again.")
