"""What goes into `paint_shot` and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from shot_format.blobs import Buffer
from shot_format.messages import Job
from shot_format.shot import Frame, Shot


@dataclass(frozen=True)
class ShotStream:
    """A shot whose frames are still being made.

    frames: every frame of the range, in order, each with the blobs that no earlier frame brought, by name. It is read on a thread of its
    own; it has to end soon after painting was stopped, and is closed (if it has `close`, as generators do) when nobody reads on.
    key: under which the take is asked for, so that whoever gives the same again goes on with the same job; a fresh one where empty.
    """

    shot: Shot
    frames: Iterable[tuple[Frame, Mapping[str, Buffer]]]
    key: str = ""


@dataclass(frozen=True)
class ShotThere:
    """A shot that is wholly on the server: its take is only followed, and fetched. key: as ShotStream has it."""

    shot: Shot
    key: str


@dataclass(frozen=True)
class Progress:
    """How far a take is.

    stage: "uploading" (frames that are on the server), "waiting" (all are, and none is painted yet), "painting" (frames that have arrived),
    "done". seconds_left: until the last frame is here; None while nobody can tell.
    """

    stage: str
    done: int
    total: int
    seconds_left: Optional[float] = None


@dataclass(frozen=True)
class TakeFrame:
    """A painted frame on this disk. arrived: seconds after the click; model_seconds: of them spent in the video model."""

    number: int
    path: Path
    sha256: str
    arrived: float
    model_seconds: float


@dataclass(frozen=True)
class Take:
    """One rendering of a shot with one recipe. job: as it ended, its recipe filled in; seconds: from the click to the last frame."""

    job: Job
    folder: Path
    frames: tuple[TakeFrame, ...]
    seconds: float

    @property
    def first_frame_seconds(self) -> float:
        """Seconds from the click to the first frame on this disk."""
        return self.frames[0].arrived
