"""What happened, for whoever helps when something went wrong. Never holds a token."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from shot_format.errors import PaintoverError

LINES = 500


@dataclass(frozen=True)
class Line:
    """One thing that happened. time: of day, local; grave: whether it is an error."""

    time: str
    text: str
    grave: bool = False

    def __str__(self) -> str:
        return f"{self.time} {'ERROR ' if self.grave else ''}{self.text}"


class Log:
    """The last lines, oldest first."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=LINES)

    def __iter__(self) -> Iterator[Line]:
        return iter(tuple(self._lines))

    def __len__(self) -> int:
        return len(self._lines)

    def note(self, text: str) -> None:
        """Write down what happened."""
        self._lines.append(Line(_now(), text))

    def note_error(self, error: BaseException) -> None:
        """Write down what went wrong, with its code."""
        text = f"{error.message} [{error.code}]" if isinstance(error, PaintoverError) else f"{type(error).__name__}: {error}"
        self._lines.append(Line(_now(), text, grave=True))

    def text(self) -> str:
        """All of it."""
        return "\n".join(map(str, self._lines))


def _now() -> str:
    return datetime.datetime.now().strftime("%H:%M:%S")
