"""Follows a shot that may still be coming in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from render_server.worker.link import LeasedJob, LeaseLostError
from shot_format.messages import LeasedFrames
from shot_format.shot import Frame, Shot

PATIENCE = 60.0  # seconds without a new frame, after which the job is given back until one has come


@dataclass(frozen=True)
class ShotOnLease:
    """A shot's head and its frames as they come, from a number on.

    The frames end at the job's last, or earlier where nothing new came for longer than patience lasts.
    """

    shot: Shot
    frames: Iterator[Frame]


def follow(leased: LeasedJob, start: int, patience: float = PATIENCE) -> ShotOnLease:
    """Begin to follow; the first frames are there already. Raises LeaseLostError, ServerError."""
    seen = leased.frames(start - 1)
    return ShotOnLease(seen.shot, _frames(leased, seen, start, patience))


def _frames(leased: LeasedJob, seen: LeasedFrames, start: int, patience: float) -> Iterator[Frame]:
    following, last = start, leased.job.recipe.last
    waits_until = time.monotonic() + patience
    while True:
        if seen.cancelled:
            raise LeaseLostError("job-cancelled", "The job was cancelled.")
        yield from seen.frames
        following += len(seen.frames)
        if seen.frames:
            waits_until = time.monotonic() + patience
        if (last is not None and following > last) or time.monotonic() > waits_until:
            return
        seen = leased.frames(following - 1)
