"""How long it will still take, judged by the last few steps."""

from __future__ import annotations

from collections import deque
from typing import Optional

WINDOW = 16
FEWEST = 3  # two intervals; the first alone says little


class Pace:
    """The pace of the last steps. Times are in seconds, from any clock that only goes forward."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=WINDOW)

    def step(self, now: float) -> None:
        """Note that one more is done."""
        self._times.append(now)

    def seconds_left(self, now: float, steps_left: int) -> Optional[float]:
        """Estimate the time that the steps left will take; None while too few were seen."""
        if steps_left <= 0:
            return 0.0
        if len(self._times) < FEWEST:
            return None
        interval = (self._times[-1] - self._times[0]) / (len(self._times) - 1)
        return max(0.0, steps_left * interval - (now - self._times[-1]))
