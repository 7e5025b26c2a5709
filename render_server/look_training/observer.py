"""How a training and whoever runs it speak with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from render_server.looks.plan import TrainingReport


class Observer(Protocol):
    """Told of a training; the command line has one, and the worker another. Whatever it raises ends the training as a kill would: the last
    checkpoint stays."""

    def report(self, report: TrainingReport) -> None:
        """Told at least every second or so, and with figures after each preview."""

    def checkpoint(self, path: Path, step: int) -> None:
        """A whole new checkpoint is at path: all that is needed to go on exactly, on any machine."""

    def preview(self, sheet: Path, step: int) -> None:
        """A sheet of pictures (PNG) of this step: blocking, the look before the training, the look now, and art."""

    def wish(self) -> str:
        """One of WISHES, asked after every step: "pause" keeps a checkpoint and returns, "finish" keeps the best so far as the look."""
