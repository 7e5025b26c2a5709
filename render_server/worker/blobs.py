"""The blobs of a shot's frames, fetched a frame at a time, in one call where it can be."""

from __future__ import annotations

from collections.abc import Iterator

from render_server.worker.link import LeasedJob
from shot_format.shot import Frame, frame_blobs

_FRAMES_HELD = 3  # the one that is being read, one that waits, and one that waits to wait (stages.ahead with a depth of 1)


class FrameBlobs:
    """Holds the blobs of the latest frames: what the next one shares with them is not fetched again."""

    def __init__(self, leased: LeasedJob) -> None:
        self._leased = leased
        self._held: list[dict[str, bytes]] = []

    def fetched(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Pass frames on once their blobs are here."""
        for frame in frames:
            names = frame_blobs(frame)
            known = {name: blobs[name] for blobs in self._held for name in names if name in blobs}
            missing = [name for name in names if name not in known]
            self._held = [*self._held, known | self._leased.blobs(missing)][-_FRAMES_HELD:]
            yield frame

    def read(self, name: str) -> bytes:
        """Give a blob of a frame that was passed on."""
        held = next((blobs[name] for blobs in self._held if name in blobs), None)
        return self._leased.blobs([name])[name] if held is None else held
