"""Checks painted frames: are they as they were painted, and where not, what is different?"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from render_server.provenance.evidence import Evidence
from render_server.provenance.metadata import read_record, without_credentials
from render_server.provenance.record import FrameRecord, pixels_sha256
from shot_format.blobs import sha256
from shot_format.errors import MissingError
from shot_format.files import storage_errors
from shot_format.messages import ProvenFrame

UNTOUCHED, UNPROVEN, CHANGED = "untouched", "unproven", "changed"


@dataclass(frozen=True)
class Finding:
    """What came of checking one frame. differences: what is not as it was; held_against: the lists that it was found in or missed from."""

    file: str
    verdict: str
    differences: tuple[str, ...] = ()
    held_against: tuple[str, ...] = ()
    record: FrameRecord | None = None


@dataclass(frozen=True)
class _Picture:
    """What a file shows. sha256: of its pixels; None where it is no picture of 8-bit RGB."""

    width: int
    height: int
    kind: str
    sha256: str | None


def verify_frame(path: Path, evidence: Sequence[Evidence]) -> Finding:
    """Check one frame against itself and against lists. Raises MissingError ("frame-missing"), StorageError."""
    if not path.is_file():
        raise MissingError("frame-missing", f"There is no frame {path}.")
    with storage_errors(path):
        data = without_credentials(path.read_bytes())
    record, picture = read_record(data), _picture(data)
    sound = [each for each in evidence if not each.problem]
    broken = tuple(each.problem for each in evidence if each.problem)
    names = tuple(each.name for each in sound if each.frames)
    differences = (*_in_itself(record, picture), *_against(path, sha256(data), record, picture, sound), *broken)
    if differences:
        return Finding(path.name, CHANGED, differences, names, record)
    return Finding(path.name, UNTOUCHED if names else UNPROVEN, (), names, record)


def verify_take(folder: Path, evidence: Sequence[Evidence]) -> list[Finding]:
    """Check every frame of a take's folder, and tell which are missing. Raises MissingError ("frame-missing"), StorageError."""
    place = folder / "frames" if (folder / "frames").is_dir() else folder
    paths = sorted(place.glob("painted.*.png"))
    listed = {frame.number for each in evidence for frame in each.frames}
    if not paths and not listed:
        raise MissingError("frame-missing", f"There are no painted frames in {folder}.")
    findings = [verify_frame(path, evidence) for path in paths]
    there = {_number(path, finding.record) for path, finding in zip(paths, findings)}
    return findings + [Finding(f"painted.{number:04d}.png", CHANGED, ("The frame is missing.",)) for number in sorted(listed - there)]


def _in_itself(record: FrameRecord | None, picture: _Picture | None) -> list[str]:
    """What contradicts itself in the file."""
    if picture is None:
        return ["The file is no picture that can be read."]
    if record is None:
        return ["Its metadata are gone: another program saved it anew, or it never was a painted frame."]
    if (picture.width, picture.height) != (record.width, record.height):
        was, now = f"{record.width} × {record.height}", f"{picture.width} × {picture.height}"
        return [f"It was painted with {was} pixels and has {now}: it was cropped or scaled."]
    if picture.sha256 is None:
        return [f"It was painted in 8-bit RGB and is {picture.kind}: another program saved it anew."]
    if picture.sha256 != record.pixels_sha256:
        return ["Its pixels are not those that its metadata were written for: it was painted over, or the metadata are another picture's."]
    return []


def _against(path: Path, file_sha256: str, record: FrameRecord | None, picture: _Picture | None, lists: Sequence[Evidence]) -> list[str]:
    """What the lists say otherwise."""
    told = []
    for each in lists:
        known, number = each.by_file(file_sha256), _number(path, record)
        if not each.frames or (known and known.number == number):
            continue
        if known:
            told.append(f"It is the frame {known.number} of the list, under the name of another ({each.name})")
            continue
        promised = each.by_number(number) if number is not None else None
        told.append(f"{_missed(number, promised, picture)} ({each.name})")
    return told


def _missed(number: int | None, promised: ProvenFrame | None, picture: _Picture | None) -> str:
    if promised is None:
        return "The list of hashes has no such frame."
    if picture is None or promised.pixels_sha256 is None or picture.sha256 is None:
        return f"The file is not the frame {number} of the list."
    if picture.sha256 == promised.pixels_sha256:
        return f"The pixels are those of the frame {number}, the file is not: it was saved anew."
    return f"The pixels are not those of the frame {number} of the list."


def _number(path: Path, record: FrameRecord | None) -> int | None:
    """The frame's number by its name, which the list goes by, else by its record."""
    named = re.search(r"\.(-?\d+)\.png$", path.name)
    return int(named[1]) if named else record.frame if record else None


def _picture(data: bytes) -> _Picture | None:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            kind = f"{image.format} {image.mode}"
            plain = image.format == "PNG" and image.mode == "RGB"
            pixels = np.ascontiguousarray(np.asarray(image)).tobytes() if plain else b""
            return _Picture(image.width, image.height, kind, pixels_sha256(image.width, image.height, pixels) if plain else None)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
