"""The moments of a shot at which memory can go wrong: cuts, things that come back, much coming into view at once. Kept as pictures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from render_server.passes.geometry import Passes, UInt8
from render_server.quality.assess import ShotFrame
from render_server.quality.ghosts import Ghost, ghost
from render_server.quality.motion import Step, step_back
from render_server.quality.pictures import BACKGROUND, beside, fitted, header

APART = 6  # frames; what lies nearer together is one event
MOST = 6  # events that are kept
GONE = 8  # frames out of sight, after which a thing comes back
SEEN = 4000  # a thing is seen where it covers one pixel in so many
MUCH = 0.02  # share of the picture; less that comes into view is no event
AFTER = 2  # frames shown after the event
GAIN = 4.0  # differences are shown this much stronger
CUT, RETURN, UNCOVERED = 3.0, 2.0, 1.0  # what is kept first
PANEL = 420  # pixels


@dataclass
class Event:
    """One moment: its frame, why it was kept, and the pictures about it, sRGB (H, W, 3)."""

    number: int
    what: str
    weight: float
    before: UInt8  # painted, one frame earlier
    painted: UInt8
    blocking: UInt8
    memoryless: UInt8 | None
    step: Step  # back to the frame before
    after: list[UInt8] = field(default_factory=list)  # painted, the next frames

    def ghost(self) -> Ghost | None:
        """What memory changed at this frame."""
        return None if self.memoryless is None else ghost(self.painted, self.memoryless, self.before, self.step)

    def detail(self) -> str:
        """What the ghost figure says, in words."""
        found = self.ghost()
        came = f"{float(np.mean(self.step.occlusion)) * 100:.0f} % of the picture came into view"
        if found is None or found.bleed is None:
            return f"{came}."
        elsewhere = f" and {found.outside:.4f} elsewhere" if found.outside is not None else ""
        return (
            f"{came}; {found.bleed * 100:+.1f} % of the old frame shines through there. Memory changed {found.inside:.4f} there{elsewhere}."
        )


class EventWatch:
    """Finds events while the frames go by, in bounded memory."""

    def __init__(self) -> None:
        self._last: ShotFrame | None = None
        self._sights: dict[int, int] = {}  # object id -> the frame in which it was last seen
        self._open: deque[Event] = deque()  # still wait for frames after them
        self.events: list[Event] = []

    def add(self, frame: ShotFrame) -> None:
        """Look at the next frame."""
        for event in self._open:
            event.after.append(frame.painted)
        while self._open and len(self._open[0].after) >= AFTER:
            self._open.popleft()
        returned = self._returned(frame.passes)
        if self._last is not None and self._last.passes.number == frame.passes.number - 1:
            self._consider(self._last, frame, returned)
        self._last = frame

    def finished(self) -> list[Event]:
        """The events that were kept, in order."""
        return sorted(self.events, key=lambda event: event.number)

    def _consider(self, before: ShotFrame, frame: ShotFrame, returned: bool) -> None:
        share = float(np.mean(frame.passes.occlusion_backward))
        if share == 1:
            self._keep(_event("Cut", CUT, before, frame))
        elif returned:
            self._keep(_event("Something comes back", RETURN + share, before, frame))
        elif share >= MUCH:
            self._keep(_event("Much comes into view", UNCOVERED + share, before, frame))

    def _keep(self, event: Event) -> None:
        near = [other for other in self.events if abs(other.number - event.number) < APART]
        if any(other.weight >= event.weight for other in near):
            return
        others = [other for other in self.events if other not in near]
        if len(others) >= MOST:
            least = min(others, key=lambda other: other.weight)
            if least.weight >= event.weight:
                return
            others.remove(least)
        self.events = [*others, event]
        self._open.append(event)

    def _returned(self, passes: Passes) -> bool:
        """Whether a thing is seen again after a while; what is seen now is remembered."""
        ids, counts = np.unique(passes.object_id, return_counts=True)
        seen = [int(i) for i in ids[counts * SEEN >= passes.object_id.size] if i]
        back = any(self._sights.get(i, passes.number) < passes.number - GONE for i in seen)
        self._sights.update(dict.fromkeys(seen, passes.number))
        return back


def _event(what: str, weight: float, before: ShotFrame, frame: ShotFrame) -> Event:
    step = step_back(frame.passes)
    return Event(frame.passes.number, what, weight, before.painted, frame.painted, frame.blocking, frame.memoryless, step)


def event_picture(event: Event) -> UInt8:
    """The painting just before, at and after the event; below: the blocking, what came into view, the same without memory, what differs."""
    height, width = event.painted.shape[:2]
    size = (min(PANEL, width), round(min(PANEL, width) * height / width))
    above = [event.before, event.painted, *event.after]
    rows = [
        _row([(f"Painted, {number}", picture) for number, picture in enumerate(above, event.number - 1)], size),
        _row(_explained(event), size),
    ]
    wide = max(row.shape[1] for row in rows)
    return np.vstack([np.hstack([row, np.full((row.shape[0], wide - row.shape[1], 3), BACKGROUND, np.uint8)]) for row in rows])


def _explained(event: Event) -> list[tuple[str, UInt8]]:
    new = event.step.occlusion[..., None] == 1
    panels = [(f"Blocking, {event.number}", event.blocking), ("Came into view", np.where(new, event.painted, event.painted // 4))]
    if event.memoryless is not None:
        difference = np.abs(event.painted.astype(np.int16) - event.memoryless) * GAIN
        panels += [("Without memory", event.memoryless), (f"What memory changed, x {GAIN:.0f}", difference.clip(0, 255).astype(np.uint8))]
    return panels


def _row(panels: list[tuple[str, UInt8]], size: tuple[int, int]) -> UInt8:
    pictures = [fitted(picture, *size) for _, picture in panels]
    return np.vstack([header([label for label, _ in panels], [size[0]] * len(panels), ""), beside(pictures)])
