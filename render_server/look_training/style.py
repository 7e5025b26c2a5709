"""The part of a look that is not learnt but read off its art, and that guides are made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Style:
    """The part of a look that guides are made with; the fields are those of look.json."""

    palette: dict[str, Any]
    tuning: dict[str, Any]
    light: dict[str, Any]
    ground: tuple[float, float, float]
    line: tuple[float, float, float]
    strokes: dict[str, Any]

    @property
    def drawn(self) -> bool:
        """True for flat shapes with outlines, as against directed strokes."""
        return bool(self.strokes.get("bristle", 1.0) == 0.0)
