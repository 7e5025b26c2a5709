"""A shot made longer by playing it forwards and backwards: it ends where it began, so that what changed between is drift."""

from __future__ import annotations

from dataclasses import replace

from shot_format.shot import Frame, Shot, ShotFile


def there_and_back(file: ShotFile, count: int) -> ShotFile:
    """Play a shot there and back until it has count frames. The last turn is such that it ends on the first frame, where count is even.

    Ready-made passes are left out, for their motion is that of playing forwards.
    """
    order = turns(len(file.frames), count)
    first = file.shot.first
    frames = tuple(replace(file.frames[source], number=first + place, passes=None) for place, source in enumerate(order))
    return ShotFile(_head(file.shot, order, file.frames), frames)


def turns(length: int, count: int) -> list[int]:
    """Which of length frames is played at each of count places: 0 … length - 1, length - 1 … 0, and so on; the last turn is shorter."""
    order: list[int] = []
    while len(order) < count:
        reach = min(length, max((count - len(order)) // 2, 1))
        order += [*range(reach), *reversed(range(reach))]
    return order[:count]


def _head(shot: Shot, order: list[int], frames: tuple[Frame, ...]) -> Shot:
    beyond = {index for index, frame in enumerate(frames) if frame.number in shot.cuts}  # each is the first frame after a cut
    cuts = [place for place, (a, b) in enumerate(zip(order, order[1:], strict=False), 1) if a != b and max(a, b) in beyond]
    return replace(shot, last=shot.first + len(order) - 1, cuts=tuple(shot.first + place for place in cuts))
