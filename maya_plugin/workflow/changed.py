"""What changed since a take: frames are told by the hash of what they are painted from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Optional

from maya_plugin.workflow.takes import FrameContent, StoredTake, TakeRecord, painted_path
from shot_format.blobs import sha256
from shot_format.codec import to_json
from shot_format.messages import LookInfo, Recipe
from shot_format.shot import Frame, Shot, Source

LEAD_IN = 4  # frames painted before a changed one and thrown away: the painter sees the frame before, and needs something to remember
NOWHERE = Source("", "", "")


@dataclass(frozen=True)
class Run:
    """Frames that are painted in one go. from_frame: the first that is painted; those before `first` are thrown away."""

    from_frame: int
    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """Which frames are painted and which are kept from an earlier take."""

    runs: tuple[Run, ...]
    painted: tuple[int, ...]
    kept: tuple[int, ...]


def frame_content(frame: Frame) -> FrameContent:
    """The hash of all that a frame is painted from; blobs are in it by their own hashes."""
    return FrameContent(frame.number, sha256(to_json(frame).encode()))


def head_content(shot: Shot) -> str:
    """The hash of what the shot's head adds to every frame; its name, range and notes do not change a pixel."""
    bare = replace(shot, id="any", name="", first=0, last=0, source=NOWHERE, skipped=())
    return sha256(to_json(bare).encode())


def can_keep(record: TakeRecord, recipe: Recipe, look: Optional[LookInfo]) -> bool:
    """Whether frames of a take may be kept: it was painted with the same recipe, and is known by its frames' contents."""
    return bool(record.contents) and same_recipe(record, recipe, look)


def same_recipe(record: TakeRecord, recipe: Recipe, look: Optional[LookInfo]) -> bool:
    """Whether a take was painted with the same recipe, its range apart, and with what the look is now."""
    if look is None or record.recipe.model_sha256 != look.model_sha256:
        return False
    if record.recipe.look_sha256 not in (None, look.sha256):
        return False
    return _bare(record.recipe) == _bare(replace(recipe, look=f"{look.name}@{look.version}"))


def earlier_take(takes: Iterable[StoredTake], recipe: Recipe, look: Optional[LookInfo]) -> Optional[StoredTake]:
    """The newest take whose frames may be kept."""
    return next((take for take in sorted(takes, key=lambda t: t.name, reverse=True) if can_keep(take.record, recipe, look)), None)


def plan_changes(shot: Shot, contents: Iterable[FrameContent], earlier: StoredTake) -> Plan:
    """Find what is to be painted: frames that differ from the earlier take's, or that it lacks."""
    same_head = earlier.record.head == head_content(shot)
    before = {each.number: each.sha256 for each in earlier.record.contents} if same_head else {}
    kept: list[int] = []
    painted: list[int] = []
    for each in contents:
        keeps = before.get(each.number) == each.sha256 and painted_path(earlier.folder, each.number).is_file()
        (kept if keeps else painted).append(each.number)
    return Plan(_runs(painted, shot.first), tuple(painted), tuple(kept))


def _runs(painted: list[int], first: int) -> tuple[Run, ...]:
    """Neighbours go together, and so do those so near that the lead-in would paint all between them."""
    runs: list[Run] = []
    for number in painted:
        if runs and number - runs[-1].last <= LEAD_IN + 1:
            runs[-1] = replace(runs[-1], last=number)
        else:
            runs.append(Run(max(first, number - LEAD_IN), number, number))
    return tuple(runs)


def _bare(recipe: Recipe) -> Recipe:
    return replace(recipe, first=None, last=None, model_sha256=None, look_sha256=None)
