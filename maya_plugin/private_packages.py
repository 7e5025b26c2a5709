"""Where the bundle keeps the packages that the plug-in needs, and putting them at the END of the path: a studio's own copy comes first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Optional

FOLDER = "private"


def private_folder() -> Optional[Path]:
    """The bundle's folder of packages; None where this is no bundle."""
    folder = Path(__file__).resolve().parents[2] / FOLDER
    return folder if folder.is_dir() else None


def add_private_packages() -> None:
    """Let imports find the bundle's packages, behind everything else."""
    folder = private_folder()
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
