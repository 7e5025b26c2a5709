"""The names of the files that a shot's passes are written to, for other tools."""

from __future__ import annotations

from shot_format.messages import PASS_FILES

EXPORT_FILE = "export.json"
PICTURES = ("beauty", "pose")  # PNG; the others are OpenEXR


def pass_file_name(name: str, number: int) -> str:
    """The file of one pass of one frame: "depth.1001.exr". name: one of PASS_FILES."""
    if name not in PASS_FILES:
        raise ValueError(f"no such pass: {name}")
    return f"{name}.{number:04d}.{'png' if name in PICTURES else 'exr'}"
