"""The shot: what an exporter writes and a server reads. docs/shot-format.md explains every field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Optional

from shot_format.codec import rules
from shot_format.limits import (
    FRAME_NUMBER,
    MAX_CHARACTERS,
    MAX_FRAMES,
    MAX_MESHES,
    MAX_NAME,
    MAX_SIDE,
    MAX_SKIPPED,
    MIN_SIDE,
)

FORMAT_VERSION = 1
IDENTITY = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)

Id = Annotated[str, rules(pattern="[a-z0-9][a-z0-9_-]{0,63}")]
Sha256 = Annotated[str, rules(pattern="[0-9a-f]{64}")]
Name = Annotated[str, rules(maxLength=MAX_NAME)]
FrameNumber = Annotated[int, rules(minimum=-FRAME_NUMBER, maximum=FRAME_NUMBER)]
ObjectId = Annotated[int, rules(minimum=1, maximum=65535)]
Side = Annotated[int, rules(minimum=MIN_SIDE, maximum=MAX_SIDE)]  # pixels
Positive = Annotated[float, rules(exclusiveMinimum=0)]
Byte = Annotated[int, rules(minimum=0, maximum=255)]
Colour = tuple[Byte, Byte, Byte]  # sRGB
Matrix = tuple[  # row by row, for row vectors: the translation is the last row
    float, float, float, float, float, float, float, float, float, float, float, float, float, float, float, float
]
Score = Annotated[float, rules(minimum=0, maximum=1)]
Joint = tuple[float, float, float, Score]  # x, y, z in metres, world space


@dataclass(frozen=True)
class Rational:
    """Frames a second, exactly: 24/1, 24000/1001."""

    numerator: Annotated[int, rules(minimum=1, maximum=1_000_000)]
    denominator: Annotated[int, rules(minimum=1, maximum=1_000_000)] = 1


@dataclass(frozen=True)
class Source:
    """Where the shot came from; for people, never opened."""

    software: Name
    scene: Name
    camera: Name


@dataclass(frozen=True)
class Mesh:
    """A thing that may be seen in the shot. Its shape and place come with each frame."""

    object_id: ObjectId
    name: Name
    colour: Colour = (128, 128, 128)
    rest_matrix: Matrix = IDENTITY


@dataclass(frozen=True)
class Skipped:
    """Something in the scene that the capture could not take, and why."""

    name: Name
    reason: Name


@dataclass(frozen=True)
class Shot:
    """The head of a shot: all that does not change from frame to frame.

    cuts: numbers of the frames before which the view or the set changes at once, so that nothing of the frame before is carried over.
    """

    id: Id
    name: Name
    fps: Rational
    first: FrameNumber
    last: FrameNumber
    width: Side
    height: Side
    metres_per_unit: Annotated[float, rules(exclusiveMinimum=0, maximum=1e6)]
    up_axis: Annotated[str, rules(enum=("y", "z"))]
    source: Source
    meshes: Annotated[tuple[Mesh, ...], rules(maxItems=MAX_MESHES)] = ()
    characters: Annotated[tuple[Name, ...], rules(maxItems=MAX_CHARACTERS)] = ()
    skipped: Annotated[tuple[Skipped, ...], rules(maxItems=MAX_SKIPPED)] = ()
    pixel_aspect: Annotated[float, rules(exclusiveMinimum=0, maximum=16)] = 1.0
    colour_space: Annotated[str, rules(enum=("sRGB",))] = "sRGB"
    cuts: Annotated[tuple[FrameNumber, ...], rules(maxItems=MAX_FRAMES)] = ()
    version: Annotated[int, rules(minimum=FORMAT_VERSION, maximum=FORMAT_VERSION)] = FORMAT_VERSION


@dataclass(frozen=True)
class FilmBack:
    """The camera's own film back, for people and for export to other tools; fx, fy, cx, cy already hold it."""

    focal_mm: Positive
    width_mm: Positive
    height_mm: Positive
    offset_x_mm: float = 0.0
    offset_y_mm: float = 0.0


@dataclass(frozen=True)
class Camera:
    """The camera at one frame, in pixels of the shot's own size."""

    matrix: Matrix
    fx: Positive
    fy: Positive
    cx: float
    cy: float
    near: Positive
    far: Positive
    film_back: Optional[FilmBack] = None


@dataclass(frozen=True)
class MeshState:
    """One mesh at one frame."""

    object_id: ObjectId
    topology: Sha256
    matrix: Matrix = IDENTITY
    points: Optional[Sha256] = None
    visible: bool = True


@dataclass(frozen=True)
class CharacterPose:
    """One character's COCO-18 key points at one frame, in metres; score 0 where the rig has none."""

    name: Name
    joints: Annotated[tuple[Joint, ...], rules(minItems=18, maxItems=18)]


@dataclass(frozen=True)
class PassBlobs:
    """Ready-made passes from a renderer: array blobs of the shot's size, taken instead of computed ones."""

    depth: Optional[Sha256] = None
    normal: Optional[Sha256] = None
    object_id: Optional[Sha256] = None
    motion_forward: Optional[Sha256] = None
    motion_backward: Optional[Sha256] = None
    occlusion_forward: Optional[Sha256] = None
    occlusion_backward: Optional[Sha256] = None
    rest_position: Optional[Sha256] = None


@dataclass(frozen=True)
class Frame:
    """One frame of a shot."""

    number: FrameNumber
    camera: Camera
    meshes: Annotated[tuple[MeshState, ...], rules(maxItems=MAX_MESHES)] = ()
    characters: Annotated[tuple[CharacterPose, ...], rules(maxItems=MAX_CHARACTERS)] = ()
    beauty: Optional[Sha256] = None
    passes: Optional[PassBlobs] = None


@dataclass(frozen=True)
class ShotFile:
    """The whole of shot.json."""

    shot: Shot
    frames: Annotated[tuple[Frame, ...], rules(maxItems=MAX_FRAMES)] = ()


def frame_blobs(frame: Frame) -> tuple[str, ...]:
    """Name every blob that a frame needs, each once, in a fixed order."""
    names = [state.topology for state in frame.meshes]
    names += [state.points for state in frame.meshes if state.points]
    names += [frame.beauty] if frame.beauty else []
    if frame.passes:
        names += [name for name in vars(frame.passes).values() if name]
    return tuple(dict.fromkeys(names))
