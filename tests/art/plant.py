"""Art to test with: the pieces that ship with the looks, and each fault planted into one of them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageDraw, ImageFilter, ImageFont, ImageOps

from render_server.art.manifest import Rights
from render_server.art.originals import Original
from render_server.art.store import Added, Collection
from render_server.looks.registry import OWN_LOOKS
from render_server.passes.geometry import UInt8

RIGHTS = Rights(artist="R. Duarte", owner="the production", licence="work for hire", consent="contract of 2026-03-02, paragraph 4")


def shipped(look: str) -> list[Path]:
    return sorted((OWN_LOOKS / f"{look}@1" / "art").glob("*.jpg"))


def pixels(path: Path) -> UInt8:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def painting(look: str = "oil", number: int = 1) -> Image.Image:
    return Image.fromarray(pixels(shipped(look)[number]))


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def again(image: Image.Image, quality: int) -> UInt8:
    """What a JPEG of a quality leaves of it."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return np.asarray(read.convert("RGB"))


def blown_up(image: Image.Image, times: float) -> Image.Image:
    small = image.resize((round(image.width / times), round(image.height / times)), Image.Resampling.LANCZOS)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def bordered(image: Image.Image, sides: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Image.Image:
    return ImageOps.expand(image, sides, colour)


def signed(image: Image.Image, text: str = "Aya Kobayashi", share: float = 0.055) -> Image.Image:
    """With a name in the lower right, dark on light or light on dark."""
    copy = image.copy()
    draw, font = ImageDraw.Draw(copy), ImageFont.load_default(round(share * image.height))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    place = (round(image.width * 0.97) - right, round(image.height * 0.96) - bottom)
    under = np.asarray(image)[place[1] : place[1] + round(bottom), place[0] : place[0] + round(right)].mean()
    draw.text(place, text, font=font, fill=(22, 20, 18) if under > 110 else (238, 233, 222))
    return copy


def see_through(image: Image.Image) -> Image.Image:
    """Painted on nothing: solid in an oval only."""
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((20, 20, image.width - 20, image.height - 20), fill=255)
    copy = image.copy()
    copy.putalpha(mask.filter(ImageFilter.GaussianBlur(3)))
    return copy


def almost_empty(image: Image.Image) -> Image.Image:
    page = Image.new("RGB", image.size, (246, 243, 236))
    page.paste(image.crop((100, 80, 220, 150)), (60, 190))
    return page


def wide_gamut(image: Image.Image) -> dict[str, object]:
    """Options of save() that claim another colour space, by a profile."""
    return {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes() if image.mode == "LAB" else swapped_profile()}


def swapped_profile() -> bytes:
    """An RGB profile that is not sRGB: its own with red and green exchanged, and called something else."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    entries = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = data[green + 4 : green + 12], data[red + 4 : red + 12]
    return bytes(data).replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that unpacks to all its pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(1 + width)) for _ in range(height)] if width * height < 400_000_000 else []
    body = b"".join(rows) + packer.flush()
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def put(collection: Collection, path: Path, rights: Rights = RIGHTS, title: str = "") -> Added:
    return collection.add(Original(path.name, (path,)), rights, "a tester", title)
