"""One PNG or JPEG, turned upright and into sRGB. Runs in the confined process alone."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps

from render_server.art_pictures.trouble import Trouble

MAX_FRAME_BYTES = 256 << 20
_ORIENTATION, _EXIF, _COLOUR_SPACE, _SRGB = 0x0112, 0x8769, 0xA001, 1  # of EXIF
_GAMMA = 1 / 2.2  # what PNG calls the gamma of sRGB
_STANDARD = (16, 11, 10, 16, 24, 40, 51, 61)  # first row of JPEG's own table for lightness, in the order of the pixels
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, ZeroDivisionError)


@dataclass(frozen=True)
class Still:
    """A picture (RGB, or RGBA where some of it is see-through) and what it was when it came."""

    image: Image.Image
    arrival: dict[str, Any]


def read_still(file: BinaryIO, side: int, pixels: int) -> Still:
    """Read a PNG or JPEG. Raises Trouble: "art-broken", "art-too-large"."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of strange metadata; none is kept
            with Image.open(file, formats=("PNG", "JPEG")) as image:
                _check_size(image.size, side, pixels)
                image.load()
                return _clean(image)
    except _BROKEN:
        raise Trouble("art-broken", "is damaged or cut off and cannot be read; export it anew.") from None
    except Image.DecompressionBombError:
        raise Trouble("art-too-large", _too_large(side, pixels)) from None


def _check_size(size: tuple[int, int], side: int, pixels: int) -> None:
    """Before a single pixel is read: a few bytes can claim to be the size of a city."""
    if max(size) > side or size[0] * size[1] > pixels:
        raise Trouble("art-too-large", _too_large(side, pixels))


def _too_large(side: int, pixels: int) -> str:
    return f"is larger than {pixels // 1_000_000} million pixels or {side} pixels a side; export it smaller."


def _clean(image: Image.Image) -> Still:
    colour, alpha = _split(image)
    rgb, kind, profile = _to_srgb(image, colour)
    orientation = image.getexif().get(_ORIENTATION, 1)
    see_through = _transparency(alpha)
    if alpha is not None and see_through:
        rgb.putalpha(alpha)
    turned = ImageOps.exif_transpose(_with_orientation(rgb, orientation))
    arrival = {
        "format": image.format, "width": image.width, "height": image.height, "mode": image.mode, "colour": kind, "profile": profile,
        "turned": orientation not in (0, 1), "transparent": see_through,
    }  # fmt: skip
    quality = jpeg_quality(getattr(image, "quantization", None) or {})
    return Still(turned, arrival if quality is None else {**arrival, "jpeg_quality": quality})


def _with_orientation(image: Image.Image, orientation: int) -> Image.Image:
    image.info.clear()
    image.getexif()[_ORIENTATION] = orientation
    return image


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours as L, RGB or CMYK, and how solid each pixel is, where the file says so."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point([min(value, 65535) >> 8 for value in range(65536)], "L"), None
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA"):
        return image.convert("RGB"), image.getchannel("A")
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _transparency(alpha: Image.Image | None) -> float:
    if alpha is None:
        return 0.0
    counts = alpha.histogram()
    weight = sum(count * (255 - value) for value, count in enumerate(counts))
    return round(weight / (255 * sum(counts)), 6)


def _to_srgb(image: Image.Image, colour: Image.Image) -> tuple[Image.Image, str, str]:
    """The picture in sRGB, what the file said of its colours, and the name of the profile or what is unclear."""
    data = image.info.get("icc_profile")
    if data:
        return _by_profile(colour, bytes(data))
    if colour.mode == "CMYK":
        return colour.convert("RGB"), "unknown", "CMYK without a profile"
    if image.info.get("srgb") is not None:
        return colour.convert("RGB"), "stated", "sRGB"
    gamma = image.info.get("gamma")
    if gamma is not None and abs(float(gamma) - _GAMMA) > 0.02:
        return colour.convert("RGB"), "unknown", f"gamma {float(gamma):.3f} without a profile"
    space = image.getexif().get_ifd(_EXIF).get(_COLOUR_SPACE)
    if space == _SRGB:
        return colour.convert("RGB"), "stated", "sRGB"
    if space is not None:
        return colour.convert("RGB"), "unknown", "its EXIF says that it is not sRGB, and no profile says what it is"
    return colour.convert("RGB"), "assumed", ""


def _by_profile(colour: Image.Image, data: bytes) -> tuple[Image.Image, str, str]:
    try:
        profile = ImageCms.getOpenProfile(io.BytesIO(data))
        name = " ".join(ImageCms.getProfileDescription(profile).split())[:200]
        if "srgb" in name.lower() and colour.mode == "RGB":
            return colour.convert("RGB"), "stated", name
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
        converted = ImageCms.profileToProfile(colour, profile, ImageCms.createProfile("sRGB"), intent, "RGB", flags=flags)
    except (ImageCms.PyCMSError, *_BROKEN):
        return colour.convert("RGB"), "unknown", "its profile cannot be used"
    return (converted if converted is not None else colour.convert("RGB")), "converted", name


def jpeg_quality(tables: dict[int, list[int]]) -> int | None:
    """The quality of a JPEG, 1 to 100, as the common encoders count it: how the lightness table is scaled. None where there is no table.

    The first row alone decides: encoders differ most in the high frequencies.
    """
    table = list(tables.get(0) or ())
    if len(table) != 64:
        return None
    scale = 100.0 * sum(table[:8]) / sum(_STANDARD)
    return round(max(1.0, min(100.0, (200 - scale) / 2 if scale <= 100 else 5000 / scale)))
