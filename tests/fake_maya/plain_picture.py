"""What the stand-in's playblast draws where there is no rasteriser (the Pythons of other Mayas): one colour that tells frame and camera."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from tests.fake_maya.scene import Panel, Scene


def save_picture(scene: Scene, panel: Panel, size: tuple[int, int], path: Path) -> None:
    """Write a PNG. Its first picture is black, as Maya's may be before its settings have taken effect."""
    colour = hashlib.sha256(f"{scene.time} {panel.camera}".encode()).digest()[:3] if panel.drawn else b"\0\0\0"
    panel.drawn += 1
    width, height = size
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * width) * height, 1)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
