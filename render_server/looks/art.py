"""The pictures that a look's frames are measured against: a few of those that taught it, held back from its training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from render_server.looks.registry import Look


def read_art(look: Look) -> tuple[NDArray[np.uint8], ...]:
    """A look's held-out art, sRGB (H, W, 3), in the order of the file names; none where the look ships none."""
    return tuple(_read(path) for path in sorted((look.folder / "art").glob("*.png")))


def _read(path: Path) -> NDArray[np.uint8]:
    with Image.open(path, formats=("PNG",)) as picture:
        return np.asarray(picture.convert("RGB"))
