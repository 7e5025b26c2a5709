"""What a look's training is asked to do: the plan that a person gives, and what the training tells of itself.

Standard library only, since both halves of the server and the command line speak of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Optional

from render_server.looks.lineage import ArtPiece
from shot_format.codec import from_json, rules, to_json
from shot_format.errors import FormatError
from shot_format.files import storage_errors, write_whole
from shot_format.limits import MAX_JSON_BYTES
from shot_format.messages import LOOK
from shot_format.shot import Name, Sha256

WISHES = ("go on", "pause", "finish", "cancel")
GIVEN = "given.json"


@dataclass(frozen=True)
class LookPlan:
    """One training, wholly: the same plan, art and base give the same weights.

    name: SHOW/LOOK, or a name alone for a look of every show. steps: 0 takes as many as fit into the minutes, measured on the machine when
    the training begins, and kept from then on. start: a look at its version that the training goes on from, like "hero/oils@2", or None for
    the base alone. whole: train every weight, not an adapter. base: the network that the look changes.
    """

    name: Annotated[str, rules(pattern=LOOK)]
    title: Name = "A look of one's own"
    description: Name = "Trained on the production's own art."
    seed: Annotated[int, rules(minimum=0, maximum=2**31 - 1)] = 0
    steps: Annotated[int, rules(minimum=0, maximum=1_000_000)] = 0
    minutes: Annotated[float, rules(minimum=0.1, maximum=100_000)] = 30.0
    preview_every: Annotated[int, rules(minimum=1, maximum=1_000_000)] = 100
    keep_every: Annotated[int, rules(minimum=1, maximum=1_000_000)] = 50  # steps between checkpoints
    whole: bool = False
    device: Annotated[str, rules(pattern="cpu|cuda")] = "cpu"
    start: Optional[str] = None
    base: str = "painter@1"


@dataclass(frozen=True)
class TrainingReport:
    """How far a training has come. left: seconds to go, at the speed so far. figures: of what was held out; empty between previews."""

    stage: str  # "studying the art", "rendering blocking", "training", "finishing"
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    left: float = 0.0
    loss: Optional[float] = None
    figures: dict[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()  # in words, such as that it now learns its art by heart


@dataclass(frozen=True)
class Given:
    """What a training is told beside its plan, for its look's look.json.

    manifest_sha256: of the sealed manifest of the art; art: the pieces; overrides: of their rights; start: the folder, on this machine, of
    the look that the plan goes on from.
    """

    manifest_sha256: Sha256
    art: Annotated[tuple[ArtPiece, ...], rules(minItems=1, maxItems=10_000)]
    overrides: tuple[Name, ...] = ()
    start: Optional[str] = None


def check_plan(plan: LookPlan) -> LookPlan:
    """Give a plan back that obeys every rule. Raises FormatError ("plan-version", "field-value")."""
    if "@" in plan.name:
        raise FormatError("plan-version", f"Name the look without a version; it becomes the next one of {plan.name.partition('@')[0]}.")
    return from_json(LookPlan, to_json(plan), MAX_JSON_BYTES, "plan")


def write_given(folder: Path, given: Given) -> None:
    """Lay it into a training's folder, before the training begins. Raises StorageError."""
    write_whole(folder / GIVEN, (to_json(given, indent=1) + "\n").encode())


def read_given(folder: Path) -> Given:
    """Read what was laid into a training's folder. Raises StorageError, FormatError."""
    place = folder / GIVEN
    with storage_errors(place):
        return from_json(Given, place.read_bytes(), MAX_JSON_BYTES, GIVEN)
