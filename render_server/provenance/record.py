"""What a painted frame says of itself: everything that is needed to paint it again, and the hash of its pixels."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Optional

from shot_format.codec import rules, to_json
from shot_format.messages import Recipe
from shot_format.shot import FrameNumber, Sha256, Shot, Side, Source

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOFTWARE = ("paintover", "torch", "numpy", "numba", "diffusers")
_NOWHERE = Source("", "", "")


@dataclass(frozen=True)
class FrameRecord:
    """A frame's own record. The same recipe, shot and software give the same one: no time, no machine, no name of anybody stands in it.

    pixels_sha256: see pixels_sha256 below; recipe: with everything filled in, the look's name, version and hashes too; shot_sha256: of the
    shot's head as far as it determines pixels; source_sha256: of the shot's frame; base_sha256: of the network that the look changes, None
    where it has its own; art_manifest_sha256: of the art that taught the look, None for looks that ship; blend_art_manifest_sha256: of the
    look that is blended in, which changes the same base.
    """

    frame: FrameNumber
    width: Side
    height: Side
    pixels_sha256: Sha256
    recipe: Recipe
    shot_sha256: Sha256
    source_sha256: Sha256
    software: dict[str, str]
    base_sha256: Optional[Sha256] = None
    art_manifest_sha256: Optional[Sha256] = None
    blend_art_manifest_sha256: Optional[Sha256] = None
    format: Annotated[int, rules(minimum=1, maximum=1)] = 1


def shot_sha256(shot: Shot) -> str:
    """The hash of what a shot's head adds to every frame; its names, range and notes do not change a pixel."""
    bare = replace(shot, id="any", name="", first=0, last=0, source=_NOWHERE, skipped=())
    return hashlib.sha256(to_json(bare).encode()).hexdigest()


def pixels_sha256(width: int, height: int, rgb: bytes) -> str:
    """The hash of a picture: of the text "WIDTHxHEIGHT rgb8" and a line feed, then its rows from the top, three bytes a pixel."""
    digest = hashlib.sha256(f"{width}x{height} rgb8\n".encode())
    digest.update(rgb)
    return digest.hexdigest()


@functools.cache
def software_versions() -> tuple[tuple[str, str], ...]:
    """The versions of what paints, as they are installed here."""
    return tuple((name, found) for name in SOFTWARE if (found := _version(name)))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
