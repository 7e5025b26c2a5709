"""The errors that a user can meet, all of one tree.

PaintoverError
├── FormatError      a shot, frame, blob or message breaks the format
├── MissingError     something that was asked for is not there
├── LimitError       something is larger than this format allows
├── StorageError     the disk refused
├── ServerError      the server refused, or could not be reached
└── CancelledError   the user stopped it
"""

from __future__ import annotations

from typing import Any


class PaintoverError(Exception):
    """What went wrong and what to do about it, in one sentence, with a stable code.

    code: lower-case words joined by hyphens; other programs may rely on it.
    message: for the person in front of the screen.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} [{code}]")
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[PaintoverError], tuple[Any, ...]]:
        return (type(self), (self.code, self.message))


class FormatError(PaintoverError):
    """A shot, frame, blob or message breaks the format."""


class MissingError(PaintoverError):
    """Something that was asked for is not there."""


class LimitError(PaintoverError):
    """Something is larger than the format or the server allows."""


class StorageError(PaintoverError):
    """The disk refused: full, read-only, or not ours to write."""


class ServerError(PaintoverError):
    """The server refused, or could not be reached.

    status: the HTTP status, or 0 where there was no answer.
    """

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        super().__init__(code, message)
        self.status = status

    def __reduce__(self) -> tuple[type[PaintoverError], tuple[Any, ...]]:
        return (type(self), (self.code, self.message, self.status))


class CancelledError(PaintoverError):
    """The user stopped it."""
