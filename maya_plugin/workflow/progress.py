"""How far a take is, stage by stage, with the time left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from maya_plugin.client import Progress
from maya_plugin.client.pace import Pace


@dataclass(frozen=True)
class Stage:
    """One stage of a take. seconds_left: None while nobody can tell."""

    done: int = 0
    total: int = 0
    seconds_left: Optional[float] = None

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.total > 0 and self.done >= self.total


class TakeProgress:
    """Capturing and painting go on at the same time."""

    def __init__(self, total: int, began: float) -> None:
        self._began, self._pace = began, Pace()
        self.capture, self.paint = Stage(0, total), Stage(0, total)
        self.waiting = False

    def captured(self, done: int, total: int, now: float) -> None:
        """So many frames are captured."""
        self._pace.step(now - self._began)
        self.capture = Stage(done, total, self._pace.seconds_left(now - self._began, total - done))

    def painted(self, progress: Progress) -> None:
        """So far is what comes behind the capture."""
        self.waiting = progress.stage == "waiting"
        if progress.stage in ("painting", "passes", "done"):
            self.paint = Stage(progress.done, progress.total, progress.seconds_left)

    def planned(self, painted: int) -> None:
        """So many frames are painted at all."""
        self.paint = Stage(0, painted)


def shown_time(seconds: Optional[float]) -> str:
    """Time left, for people: "4 s", "2 min 10 s", "1 h 05 min"; "" where nobody can tell."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
