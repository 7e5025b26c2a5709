"""Trainings on a server: what is asked for, what the server tells of them, and what a worker is lent. docs/api.md shows each in use.

Standard library only: both halves of the server and the command line speak of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Optional

from render_server.art.manifest import CollectionName, Piece, Rights, Text
from render_server.looks.plan import Given, LookPlan, TrainingReport
from shot_format.codec import rules
from shot_format.messages import Problem
from shot_format.shot import FrameNumber, Id, Name, Sha256

TRAINING_STATES = ("queued", "running", "paused", "done", "failed", "cancelled")
LAST_STATES = ("done", "failed", "cancelled")
SERVER_WISHES = ("go on", "give way", "pause", "finish", "cancel")  # "give way": keep a checkpoint and let painting go first
TRAINING_EVENTS = (
    "queued", "started", "resumed", "progress", "figures", "preview", "gave-way", "asked", "paused", *LAST_STATES,
)  # fmt: skip
MAX_ART_PIECES = 10_000

Step = Annotated[int, rules(minimum=0, maximum=1_000_000)]
Bytes = Annotated[int, rules(minimum=0)]


@dataclass(frozen=True)
class TrainingRequest:
    """Ask for a training.

    pieces: hashes, names or titles of the art, all of it where none is named; override: why missing rights do not count; by: who asks.
    """

    plan: LookPlan
    art: CollectionName
    pieces: Annotated[tuple[Text, ...], rules(maxItems=MAX_ART_PIECES)] = ()
    override: Optional[Text] = None
    by: Optional[Text] = None


@dataclass(frozen=True)
class StepFile:
    """A file that belongs to a step: a preview, or a checkpoint."""

    step: Step
    sha256: Sha256
    bytes: Bytes


@dataclass(frozen=True)
class Training:
    """A look in the making, or made.

    manifest_sha256, pieces: the art exactly as it was when the training was asked for. wish: what it is asked to do next. checkpoint: the
    newest; work goes on from there, whatever dies. look: the one that came of it. show: whose it is; None: no show's.
    """

    id: Id
    plan: LookPlan
    art: CollectionName
    manifest_sha256: Sha256
    pieces: tuple[Sha256, ...]
    state: Annotated[str, rules(enum=TRAINING_STATES)]
    created: str  # UTC, ISO 8601
    wish: Annotated[str, rules(enum=SERVER_WISHES)] = "go on"
    report: Optional[TrainingReport] = None
    checkpoint: Optional[StepFile] = None
    previews: tuple[Step, ...] = ()
    attempts: Annotated[int, rules(minimum=0)] = 0
    look: Optional[Name] = None
    problem: Optional[Problem] = None
    show: Optional[Id] = None


@dataclass(frozen=True)
class TrainingEvent:
    """One line of a training's log. Numbers begin at 1 and have no gaps. who: a person, or the worker; wish: what was asked for."""

    number: Annotated[int, rules(minimum=1)]
    training: Id
    type: Annotated[str, rules(enum=TRAINING_EVENTS)]
    time: str  # UTC, ISO 8601
    who: Name
    report: Optional[TrainingReport] = None
    preview: Optional[StepFile] = None
    wish: Optional[Annotated[str, rules(enum=SERVER_WISHES)]] = None
    look: Optional[Name] = None
    problem: Optional[Problem] = None


@dataclass(frozen=True)
class CurvePoint:
    """Loss and held-out figures at a step, where they were told."""

    step: Step
    loss: Optional[float] = None
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Curves:
    """All figures of a training, by step."""

    training: Id
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class TrainingLease:
    """A training lent to a worker until the lease runs out; every sign of life renews it."""

    training: Training
    token: str
    seconds: Annotated[float, rules(exclusiveMinimum=0)]


@dataclass(frozen=True)
class LentPicture:
    """A picture of the art on lease. piece: the hash of the piece that it belongs to; number: its frame, of moving art."""

    sha256: Sha256
    bytes: Bytes
    piece: Sha256
    title: Name
    number: Optional[FrameNumber] = None


@dataclass(frozen=True)
class LentArt:
    """What a worker trains on, and where it goes on. start: of the look that the plan goes on from, the hash of all of its files."""

    given: Given
    pictures: tuple[LentPicture, ...]
    checkpoint: Optional[StepFile] = None
    start_sha256: Optional[Sha256] = None


@dataclass(frozen=True)
class Wish:
    """What the server wishes of a training that runs."""

    wish: Annotated[str, rules(enum=SERVER_WISHES)] = "go on"


@dataclass(frozen=True)
class PieceRequest:
    """Add a piece to a collection of art. blob: the file, which was uploaded; name: what the file is called."""

    blob: Sha256
    name: Text
    rights: Rights = Rights()
    title: Text = ""
    by: Optional[Text] = None


@dataclass(frozen=True)
class ArtInfo:
    """A collection in a list: how many pieces are in use, and how many of them may not be trained on."""

    name: CollectionName
    pieces: Annotated[int, rules(minimum=0)]
    gaps: Annotated[int, rules(minimum=0)]


@dataclass(frozen=True)
class AddedPiece:
    """What came of adding a piece. fresh: it was not there before."""

    piece: Piece
    fresh: bool
