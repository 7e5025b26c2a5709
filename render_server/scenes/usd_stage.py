"""Opening a USD file and finding what the shot is: camera, frames, rate, units."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Tf, Usd, UsdGeom

from render_server.scenes.vectors import Float64
from shot_format.errors import FormatError, LimitError, MissingError
from shot_format.limits import FRAME_NUMBER, MAX_FRAMES, MAX_SIDE, MIN_SIDE
from shot_format.shot import Rational

DEFAULT_WIDTH = 1280


class Clock:
    """One frame's time, and what is worked out once for it. Drop it with its frame."""

    def __init__(self, frame: int) -> None:
        self.frame = frame
        self.time = Usd.TimeCode(frame)
        self._transforms = UsdGeom.XformCache(self.time)

    def matrix(self, prim: Any) -> Float64:
        """A prim's world matrix (4, 4). Raises FormatError ("matrix-not-finite")."""
        matrix: Float64 = np.array(self._transforms.GetLocalToWorldTransform(prim), dtype=np.float64)
        if not np.isfinite(matrix).all():
            raise FormatError("matrix-not-finite", f"{prim.GetPath()} has a matrix that is not finite at frame {self.frame}.")
        return matrix


def open_stage(path: Path) -> Any:
    """Open a USD file with all it refers to. Raises MissingError ("usd-missing") or FormatError ("usd-broken")."""
    if not path.is_file():
        raise MissingError("usd-missing", f"There is no file {path}.")
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise FormatError(
            "usd-broken", f"{path.name} cannot be read as USD; export it again. USD says: {_first_words(str(error))}."
        ) from None
    if not stage:
        raise FormatError("usd-broken", f"{path.name} cannot be read as USD; export it again.")
    return stage


def find_camera(stage: Any, wanted: str | None) -> Any:
    """The camera prim. Raises FormatError: "camera-missing", "camera-unknown", "camera-ambiguous"."""
    everywhere = Usd.PrimRange.Stage(stage, Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate))
    cameras = {str(prim.GetPath()): prim for prim in everywhere if prim.IsA(UsdGeom.Camera)}
    names = ", ".join(sorted(cameras)[:20])
    if not cameras:
        raise FormatError("camera-missing", "The file has no camera; export it with the shot's camera.")
    if wanted is None:
        if len(cameras) > 1:
            raise FormatError("camera-ambiguous", f"The file has several cameras; name one with --camera: {names}.")
        return next(iter(cameras.values()))
    matching = [path for path in cameras if path == wanted or path.endswith("/" + wanted.lstrip("/"))]
    if len(matching) > 1 and wanted not in matching:
        raise FormatError("camera-ambiguous", f"Several cameras are called {wanted}; give one's whole path: {', '.join(sorted(matching))}.")
    if not matching:
        raise FormatError("camera-unknown", f"The file has no camera {wanted}; it has {names}.")
    return cameras[wanted if wanted in matching else matching[0]]


def frame_range(stage: Any, wanted: tuple[int, int] | None) -> tuple[int, int]:
    """First and last frame. Raises FormatError: "range-empty", "range-outside", "range-missing"; LimitError "range-too-long"."""
    stated = stage.HasAuthoredTimeCodeRange()
    first, last = math.ceil(stage.GetStartTimeCode()), math.floor(stage.GetEndTimeCode())
    if wanted is None and not stated:
        raise FormatError("range-missing", "The file does not say which frames it has; name them with --frames A-B.")
    a, b = wanted or (first, last)
    if b < a:
        raise FormatError("range-empty", f"The range of frames {a} to {b} is empty.")
    if stated and (a < first or b > last):
        raise FormatError("range-outside", f"Frames {a} to {b} were asked for; the file has {first} to {last}.")
    if b - a >= MAX_FRAMES or max(abs(a), abs(b)) > FRAME_NUMBER:
        raise LimitError("range-too-long", f"Frames {a} to {b} are too many or too far out; a shot has at most {MAX_FRAMES} frames.")
    return a, b


def picture_size(wanted: tuple[int, int] | None, aspect: float) -> tuple[int, int]:
    """The picture's size: as wanted, else 1280 wide with the film back's aspect. Raises FormatError ("size-wrong")."""
    width, height = wanted or (DEFAULT_WIDTH, 2 * round(DEFAULT_WIDTH / aspect / 2))
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (width, height)):
        raise FormatError("size-wrong", f"A picture of {width}x{height} pixels is not possible; sides go from {MIN_SIDE} to {MAX_SIDE}.")
    return width, height


def metres_per_unit(stage: Any) -> float:
    """How long a scene unit is. Raises FormatError ("units-wrong")."""
    metres = float(UsdGeom.GetStageMetersPerUnit(stage))
    if not 0 < metres <= 1e6:
        raise FormatError("units-wrong", f"The file states {metres:g} metres a unit; set metersPerUnit to what it was modelled in.")
    return metres


def frame_rate(stage: Any) -> Rational:
    """Frames a second: time codes are frame numbers. 23.976 and its kin are taken as what they stand for."""
    rate = float(stage.GetTimeCodesPerSecond())
    if not 0 < rate <= 1e6 or not math.isfinite(rate):
        raise FormatError("rate-wrong", f"The file states {rate} frames a second.")
    television = Fraction(round(rate * 1.001) * 1000, 1001)
    whole = abs(rate - round(rate)) < 1e-6
    best = Fraction(rate).limit_denominator(1000) if whole or abs(float(television) - rate) > 2e-3 else television
    return Rational(best.numerator, best.denominator)


def unresolved(stage: Any) -> list[tuple[str, str]]:
    """Files that the scene refers to and that were not found: (prim, sentence)."""
    return [(str(error.rootSite.path), _one_line(str(error))) for error in stage.GetCompositionErrors()]


def _first_words(text: str) -> str:
    """What USD itself says in an error that also names its own source files."""
    said = re.search(r": '(.*?)'\s*(?:$|Error in)", _one_line(text))
    return (said.group(1) if said else _one_line(text))[:200].rstrip(".")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:400]
