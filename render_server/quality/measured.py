"""What was measured of one look on one shot, kept as a file beside its report, so that a table can be made without measuring again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from render_server.quality.checks import Check
from shot_format.files import write_whole

FILE = "measured.json"


@dataclass(frozen=True)
class Measured:
    """One look on one shot."""

    key: str  # a hash of all that the figures depend on, but for the software
    look: str  # "oil@1"
    title: str  # "Oil"
    shot: str
    frames: int
    size: tuple[int, int]
    every: int  # one pair of frames in so many has the ablations and the target
    model_sha256: str
    machine: str
    date: str  # ISO, day only
    seconds: float
    checks: tuple[Check, ...]
    remarks: tuple[tuple[str, str], ...] = ()  # further figures: name, value as it is quoted
    memory_mb: dict[str, float] = field(
        default_factory=dict
    )  # resident, by the number of frames done; empty where the system does not tell
    summary: dict[str, Any] = field(default_factory=dict)  # of figures.json


def keep(out: Path, measured: Measured) -> None:
    """Write what was measured into a report's folder. Raises StorageError."""
    write_whole(out / FILE, (json.dumps(asdict(measured), indent=1) + "\n").encode())


def kept(out: Path, key: str) -> Measured | None:
    """What was measured before, if it was of the same; None where nothing is there, or nothing that can be read."""
    try:
        content = json.loads((out / FILE).read_text(encoding="utf-8"))
        if content["key"] != key:
            return None
        content["checks"] = tuple(Check(**check) for check in content["checks"])
        content["remarks"] = tuple((name, value) for name, value in content["remarks"])
        return Measured(**{**content, "size": tuple(content["size"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
