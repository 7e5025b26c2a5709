"""What a look is trained on, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from render_server.look_training.style import Style


@dataclass(frozen=True)
class Still:
    """One picture of the art: PNG, sRGB, as it lies in its collection."""

    path: Path
    sha256: str  # of the piece that it belongs to
    title: str
    number: int | None = None  # of the frame, where the piece is a finished shot


@dataclass(frozen=True)
class Material:
    """Everything that a training learns from.

    pairs: exact pairs made of paintovers, each a window of consecutive frames as a safetensors file with guides (N, H, W, GUIDES) bytes,
    target (N, H, W, 3) bytes, motion (N, H, W, 2) half, occlusion (N, H, W) bytes, inks (6,), graded (N,) bytes: 1 where the target counts,
    and height (1,) int32 of the whole picture. Frames are painted in order, the first without memory, and graded where they are to be.
    """

    stills: tuple[Still, ...]
    pairs: tuple[Path, ...] = ()
    style: Style | None = None  # what the pairs' guides were made with; None: it is read off the stills
