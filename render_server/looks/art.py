"""The pictures that a look's frames are measured against: a few of those that taught it, held back from its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def read_art(folder: Path) -> tuple[NDArray[np.uint8], ...]:
    """The held-out art of a look's folder, sRGB (H, W, 3), in the order of the file names; none where the look ships none."""
    return tuple(_read(path) for path in sorted((folder / "art").glob("*.jpg")))


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path, formats=("JPEG",)) as picture:
        return np.asarray(picture.convert("RGB"))
