"""Errors of the art that are not already in shot_format.errors.

PaintoverError
└── RightsError          art may not be trained on: rights are missing
"""

from __future__ import annotations

from typing import Any

from render_server.art.manifest import Gap
from shot_format.errors import PaintoverError


class RightsError(PaintoverError):
    """Art may not be trained on.

    gaps: what is missing, piece by piece.
    """

    def __init__(self, code: str, message: str, gaps: tuple[Gap, ...]) -> None:
        super().__init__(code, message)
        self.gaps = gaps

    def __reduce__(self) -> tuple[type[PaintoverError], tuple[Any, ...]]:
        return (type(self), (self.code, self.message, self.gaps))
