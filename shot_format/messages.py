"""What passes between client, server and worker, beside shots and blobs. docs/api.md shows each in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Optional

from shot_format.codec import rules
from shot_format.limits import MAX_BLEND_KEYS, MAX_COLOUR_KEYS, MAX_FRAMES, MAX_NAME
from shot_format.shot import Frame, FrameNumber, Id, Name, Sha256, Shot, Side

LOOK = r"[a-z0-9][a-z0-9_-]{0,63}(/[a-z0-9][a-z0-9_-]{0,63})?(@[0-9]{1,6})?"
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")
LOOK_STATES = ("candidate", "approved", "retired")
PASS_FILES = ("beauty", "pose", "depth", "normal", "motion", "ids")
EXPORT_STATES = ("running", "done", "failed")
EVENT_TYPES = ("queued", "started", "frame", "resumed", "done", "failed", "cancelled")

LookName = Annotated[str, rules(pattern=LOOK)]
HexColour = Annotated[str, rules(pattern="#[0-9a-f]{6}")]  # sRGB
JobState = Annotated[str, rules(enum=JOB_STATES)]


@dataclass(frozen=True)
class BlendKey:
    """How much of the second look there is at a frame: 0 is none, 1 is nothing else."""

    frame: FrameNumber
    weight: Annotated[float, rules(minimum=0.0, maximum=1.0)]


@dataclass(frozen=True)
class Blend:
    """A second look that the recipe's look goes over into. Keys stand in the order of their frames, each frame once.

    Between two keys the weight goes evenly, before the first and after the last it stays. Hashes: as in the recipe, of the second look.
    """

    look: LookName
    keys: Annotated[tuple[BlendKey, ...], rules(minItems=1, maxItems=MAX_BLEND_KEYS)]
    model_sha256: Optional[Sha256] = None
    look_sha256: Optional[Sha256] = None

    def weight(self, frame: int) -> float:
        """The second look's weight at a frame, a key's own at its frame."""
        before, after = self.keys[0], self.keys[-1]
        for key in self.keys:
            if key.frame <= frame:
                before = key
            else:
                after = key
                break
        if frame <= before.frame or frame >= after.frame:
            return before.weight
        share = (frame - before.frame) / (after.frame - before.frame)
        return before.weight + share * (after.weight - before.weight)


@dataclass(frozen=True)
class ColourKey:
    """What colour the look gives an object, and what it shall be at a frame instead; from key to key the change goes evenly."""

    object: Name
    frame: FrameNumber
    given: HexColour
    wanted: HexColour


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the pixels. What is None is filled in by the server when it takes the job.

    look: "oil" (newest version) or "oil@1"; width and height: the shot's own size where None; first and last: the whole shot where None;
    stroke_scale: strokes larger or smaller than the look's own; accumulation: how far each painted frame is drawn to the one before it,
    against shimmer; memory: whether the model sees the frame before (off only to measure); look_sha256: of all of the look's files;
    blend: another look over the same base that is blended in; colours: the colour script, its keys in the order of objects' names
    and frames, each frame of an object once.
    """

    look: LookName
    seed: Annotated[int, rules(minimum=0, maximum=2**31 - 1)] = 0
    width: Optional[Side] = None
    height: Optional[Side] = None
    first: Optional[FrameNumber] = None
    last: Optional[FrameNumber] = None
    stroke_scale: Annotated[float, rules(minimum=0.25, maximum=4.0)] = 1.0
    accumulation: Annotated[float, rules(minimum=0.0, maximum=1.0)] = 0.0
    memory: bool = True
    model_sha256: Optional[Sha256] = None
    look_sha256: Optional[Sha256] = None
    blend: Optional[Blend] = None
    colours: Optional[Annotated[tuple[ColourKey, ...], rules(minItems=1, maxItems=MAX_COLOUR_KEYS)]] = None


@dataclass(frozen=True)
class JobRequest:
    """Ask for a take: paint this shot with this recipe.

    again: the recipe is that of a take which exists, with everything filled in; then its look may have been retired since.
    """

    shot: Id
    recipe: Recipe
    again: Optional[bool] = None


@dataclass(frozen=True)
class PaintedFrame:
    """A painted frame as it lies on the server. It never changes."""

    number: FrameNumber
    sha256: Sha256
    bytes: Annotated[int, rules(minimum=1)]
    seconds: Annotated[float, rules(minimum=0)]  # in the video model
    source_sha256: Optional[Sha256] = None  # the shot's frame it was painted from


@dataclass(frozen=True)
class Lack:
    """What a piece of art lacks before it may be trained on."""

    piece: Sha256
    missing: tuple[Name, ...]


@dataclass(frozen=True)
class Problem:
    """An error as RFC 9457 problem details, with our stable code. lacks: of "rights-missing", piece by piece."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    lacks: Optional[tuple[Lack, ...]] = None


@dataclass(frozen=True)
class Job:
    """A take in the making, or made. show: whose it is; None: no show's."""

    id: Id
    shot: Id
    recipe: Recipe
    state: JobState
    created: str  # UTC, ISO 8601
    frames_total: Annotated[int, rules(minimum=0, maximum=MAX_FRAMES)]
    frames_done: Annotated[int, rules(minimum=0, maximum=MAX_FRAMES)]
    attempts: Annotated[int, rules(minimum=0)] = 0
    problem: Optional[Problem] = None
    show: Optional[Id] = None


@dataclass(frozen=True)
class Event:
    """One line of a job's log. Numbers begin at 1 and have no gaps."""

    number: Annotated[int, rules(minimum=1)]
    job: Id
    type: Annotated[str, rules(enum=EVENT_TYPES)]
    time: str  # UTC, ISO 8601
    frame: Optional[PaintedFrame] = None
    problem: Optional[Problem] = None


@dataclass(frozen=True)
class ShotStatus:
    """What the server holds of a shot: frame numbers it has, and blobs that those frames still lack."""

    shot: Shot
    closed: bool
    frames: Annotated[tuple[int, ...], rules(maxItems=MAX_FRAMES)] = ()
    missing: tuple[Sha256, ...] = ()


@dataclass(frozen=True)
class FrameStatus:
    """The answer to a frame that was put: its hash, and the blobs that it still lacks."""

    number: FrameNumber
    sha256: Sha256
    missing: tuple[Sha256, ...] = ()


@dataclass(frozen=True)
class LookInfo:
    """A look as the picker shows it. sha256: of all of its files; note: who brought it into its state, when and why."""

    name: Name
    version: Annotated[int, rules(minimum=1)]
    title: Name
    summary: Annotated[str, rules(maxLength=4 * MAX_NAME)]
    model_sha256: Sha256
    sha256: Optional[Sha256] = None
    state: Annotated[str, rules(enum=LOOK_STATES)] = "approved"
    note: Annotated[str, rules(maxLength=4 * MAX_NAME)] = ""


@dataclass(frozen=True)
class ProvenFrame:
    """A painted frame by its hashes: of the file, of its pixels (None where the file says nothing of them), of what it was painted from."""

    number: FrameNumber
    sha256: Sha256
    pixels_sha256: Optional[Sha256] = None
    source_sha256: Optional[Sha256] = None


@dataclass(frozen=True)
class Proof:
    """The frames of a job as the server has them."""

    job: Id
    shot: Id
    recipe: Recipe
    frames: Annotated[tuple[ProvenFrame, ...], rules(maxItems=MAX_FRAMES)]


@dataclass(frozen=True)
class SignedProof:
    """A Proof as the text that was signed, the signature (Ed25519, hexadecimal), and the public key of the server that signed it."""

    proof: str
    signature: Annotated[str, rules(pattern="[0-9a-f]{128}")]
    public_key: Sha256


@dataclass(frozen=True)
class ClaimRequest:
    """A worker asks for a job. Its name is new each time it starts. trains: the devices that it trains looks on; none: it only paints."""

    worker: Id
    trains: tuple[Annotated[str, rules(pattern="cpu|cuda")], ...] = ()


@dataclass(frozen=True)
class BlobsRequest:
    """A worker asks for blobs of its shot, by name."""

    names: Annotated[tuple[Sha256, ...], rules(minItems=1, maxItems=256)]


@dataclass(frozen=True)
class Lease:
    """A job lent to a worker until the lease runs out; every heartbeat and every frame renews it."""

    job: Job
    token: str
    seconds: Annotated[float, rules(exclusiveMinimum=0)]


@dataclass(frozen=True)
class LeasedFrames:
    """The shot as the worker may see it now: head, whether more may come, the frames that have all their blobs, and what is painted."""

    shot: Shot
    closed: bool
    frames: Annotated[tuple[Frame, ...], rules(maxItems=MAX_FRAMES)]
    painted: Annotated[tuple[PaintedFrame, ...], rules(maxItems=MAX_FRAMES)]
    cancelled: bool = False


@dataclass(frozen=True)
class PassFile:
    """One pass of one frame as a file for other tools: a PNG (beauty, pose) or an OpenEXR."""

    name: Annotated[str, rules(enum=PASS_FILES)]
    number: FrameNumber
    sha256: Sha256
    bytes: Annotated[int, rules(minimum=1)]


@dataclass(frozen=True)
class ExportStatus:
    """How many of a shot's frames are there as pass files, and which files those are. problem: why it failed."""

    shot: Id
    state: Annotated[str, rules(enum=EXPORT_STATES)]
    frames_done: Annotated[int, rules(minimum=0, maximum=MAX_FRAMES)]
    frames_total: Annotated[int, rules(minimum=0, maximum=MAX_FRAMES)]
    files: Annotated[tuple[PassFile, ...], rules(maxItems=len(PASS_FILES) * MAX_FRAMES)] = ()
    problem: Optional[Problem] = None
