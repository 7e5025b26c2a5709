"""Paints one job: ahead of the model the frames are fetched and their guides drawn, behind it they are packed and handed in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from render_server.passes.loader import ShotLoader
from render_server.video_models.base import Guides, PaintedFrame, ShotInfo, State, VideoModel
from render_server.worker.blobs import FrameBlobs
from render_server.worker.follow import ShotOnLease, follow
from render_server.worker.heartbeat import Heartbeat
from render_server.worker.link import LeasedJob
from render_server.worker.origin import Origin
from render_server.worker.png import decode_png, encode_png
from render_server.worker.stages import Behind, ahead
from shot_format.blobs import sha256
from shot_format.codec import to_json
from shot_format.messages import Recipe
from shot_format.shot import Frame

AHEAD, BEHIND = 4, 4  # frames


@dataclass(frozen=True)
class _Painted:
    """A painted frame on its way to the server."""

    frame: PaintedFrame
    seconds: float
    source_sha256: str


def paint_job(leased: LeasedJob, model: VideoModel, beat: Heartbeat) -> None:
    """Paint what is left of a job and end it, or give it back where its shot does not come on.

    Raises LeaseLostError, ServerError, and FormatError and the like where the shot cannot be painted.
    """
    info, start = _info(leased), _next_number(leased)
    previous = _previous(leased, info, start)
    on_lease = follow(leased, start if previous is None else start - 1)
    blobs = FrameBlobs(leased)
    loader = ShotLoader(on_lease.shot, blobs.read, (info.width, info.height))
    opens_at = max(number for number in (on_lease.shot.first, *on_lease.shot.cuts) if number <= start)
    opening = next(blobs.fetched(follow(leased, opens_at).frames), None)
    info = replace(info, cuts=on_lease.shot.cuts, opening=None if opening is None else loader.opening(opening))
    state = model.start(info, leased.job.recipe, previous)
    number = start
    origin = Origin.of(leased.job.recipe, on_lease.shot, model)
    with Behind[_Painted](lambda painted: _hand_in(leased, origin, painted), BEHIND) as out:
        for frame, guides in ahead(_guides(blobs, loader, model, state, on_lease, start), AHEAD):
            beat.check()
            began = time.perf_counter()
            for painted in model.paint(state, [guides]):
                out.add(_Painted(painted, time.perf_counter() - began, sha256(to_json(frame).encode())))
                number = painted.number + 1
    if number > info.last:
        leased.done()
    else:
        leased.pause()


def _info(leased: LeasedJob) -> ShotInfo:
    first, last, width, height = _settled(leased.job.recipe)
    return ShotInfo(leased.job.shot, first, last, width, height)


def _settled(recipe: Recipe) -> tuple[int, int, int, int]:
    values = (recipe.first, recipe.last, recipe.width, recipe.height)
    if None in values:
        raise ValueError("the server hands out recipes with everything filled in")
    return values  # type: ignore[return-value]


def _next_number(leased: LeasedJob) -> int:
    return _settled(leased.job.recipe)[0] + leased.job.frames_done


def _previous(leased: LeasedJob, info: ShotInfo, start: int) -> PaintedFrame | None:
    """The model's memory: the frame before, as it was written."""
    if start == info.first:
        return None
    return PaintedFrame(start - 1, decode_png(leased.painted(start - 1), info.width, info.height))


def _guides(
    blobs: FrameBlobs, loader: ShotLoader, model: VideoModel, state: State, on_lease: ShotOnLease, start: int
) -> Iterator[tuple[Frame, Guides]]:
    """Draw guides as frames come. The frame before `start` is only there to measure motion from."""
    current: list[Frame] = []

    def prepared() -> Iterator[Frame]:
        for frame in ahead(blobs.fetched(on_lease.frames), 1):
            current[:] = [frame]
            yield frame

    for seen, passes in loader.passes(prepared(), causal=True):
        if seen.geometry.number >= start:
            yield current[0], model.guides(state, seen.geometry, passes)


def _hand_in(leased: LeasedJob, origin: Origin, painted: _Painted) -> None:
    number, pixels = painted.frame.number, painted.frame.pixels
    png = encode_png(pixels, origin.chunks(number, pixels, painted.source_sha256))
    leased.hand_in(number, png, painted.seconds, painted.source_sha256)
