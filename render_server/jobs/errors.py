"""Errors of the ledger that are not already in shot_format.errors.

PaintoverError
├── ConflictError        what is asked for contradicts what the ledger holds
│   └── OffsetError      an upload goes on at another place
└── SlowError            a request's body stopped coming
"""

from __future__ import annotations

from shot_format.errors import PaintoverError


class ConflictError(PaintoverError):
    """What is asked for contradicts what the ledger holds."""


class OffsetError(ConflictError):
    """An upload goes on at another place than the client thinks.

    offset: bytes that the server has.
    """

    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(code, message)
        self.offset = offset


class SlowError(PaintoverError):
    """A request's body stopped coming."""
