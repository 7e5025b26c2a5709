"""What the panel needs of the program that it sits in, beside what a take needs. Plain values; all of it is called on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Protocol

from maya_plugin.workflow.host import CaptureRequest, Host

Range = tuple[int, int]
Joints = tuple[str, ...]  # 18 joints in COCO-18's order, "" where there is none
JointMap = tuple[tuple[str, Joints], ...]


@dataclass(frozen=True)
class CutShot:
    """A shot of the program's own sequencer, in scene time. camera: "" where it names none."""

    name: str
    camera: str
    first: int
    last: int


@dataclass(frozen=True)
class Sight:
    """What the scene offers to be painted.

    scene: its name; view: the camera that the artist looks through; slider: the range that the time slider shows; whole: the animation's;
    selected: what is marked in the time slider; now: the present frame; size: of a render, in pixels, with the pixel's aspect.
    """

    scene: str
    cameras: tuple[str, ...]
    view: str
    slider: Range
    whole: Range
    selected: Optional[Range]
    now: int
    size: tuple[int, int, float]
    cut: tuple[CutShot, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A skeleton of the scene. rig: how it was recognised, "" where it was not; joints: all it has; points: those that are taken."""

    name: str
    rig: str
    score: float
    joints: tuple[str, ...]
    points: Joints


class LivePlane(Protocol):
    """Shows one frame that was painted of the scene as it is."""

    def gone(self) -> bool:
        """Whether it was deleted, or its scene closed."""

    def show(self, path: Path) -> None:
        """Show this picture until it is hidden."""

    def hide(self) -> None:
        """Show the blocking."""

    def remove(self) -> None:
        """Leave nothing behind."""


class Workplace(Host, Protocol):
    """The open scene and its user's settings. Every call is quick: nothing here evaluates more than the present frame."""

    def sight(self) -> Sight:
        """Look what there is to paint."""

    def now(self) -> int:
        """The present frame."""

    def moment(self, camera: str) -> Any:
        """What the picture depends on now; two moments that are equal look the same. Raises MissingError where there is no such camera."""

    def figures(self, mapping: JointMap) -> tuple[Figure, ...]:
        """The scene's skeletons, those of the mapping as it has them."""

    def go_to(self, frame: int) -> None:
        """Set the present time."""

    def places(self) -> tuple[Path, ...]:
        """Folders where takes may be kept, the best first."""

    def live_plane(self, request: CaptureRequest) -> LivePlane:
        """Make a place for live frames on the shot's camera."""

    def shown_takes(self) -> tuple[str, ...]:
        """The folders of the takes that planes of ours in the scene show, from this session or an earlier one."""

    def show_take(self, request: CaptureRequest, take: str, files: Mapping[int, Path]) -> None:
        """Show a take that is on this disk. Its files are a sequence where no number between first and last is missing."""

    def set_opacity(self, take: str, opacity: float) -> None:
        """Set how much of a take is seen: 0 shows the blocking, 1 the painted frame."""

    def remove_take(self, take: str) -> None:
        """Take the planes of this take out of the scene."""

    def recall(self) -> str:
        """The panel's settings as they were kept; "" where there are none."""

    def keep(self, settings: str) -> None:
        """Keep the panel's settings for the next start."""

    def about(self) -> str:
        """The program and its version, for the log."""
