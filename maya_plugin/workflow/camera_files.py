"""A shot's camera for other tools: as JSON, and as USD text, which needs no USD library to write."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from shot_format.codec import encode
from shot_format.shot import Camera, Frame, Matrix, Shot

PLAIN_FOCAL = 35.0  # millimetres, for a camera that names none: only the ratio to the aperture counts


def camera_json(shot: Shot, frames: Sequence[Frame]) -> bytes:
    """The camera as JSON: what it is, and at every frame its matrix and its pinhole in pixels, as docs/shot-format.md has them."""
    told = {
        "camera": shot.source.camera,
        "fps": [shot.fps.numerator, shot.fps.denominator],
        "width": shot.width,
        "height": shot.height,
        "pixel_aspect": shot.pixel_aspect,
        "metres_per_unit": shot.metres_per_unit,
        "up_axis": shot.up_axis,
        "frames": [{"number": frame.number, **_encoded(frame.camera)} for frame in frames],
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def camera_usda(shot: Shot, frames: Sequence[Frame]) -> bytes:
    """The camera as a USD layer. Its aperture is what the picture shows, so that no conforming of film to picture is needed."""
    rate = shot.fps.numerator / shot.fps.denominator
    samples: dict[str, dict[int, Any]] = {
        "matrix4d xformOp:transform": {f.number: _rows(rigid(f.camera.matrix)) for f in frames},
        "float focalLength": {f.number: _focal(f.camera) for f in frames},
        "float horizontalAperture": {f.number: _focal(f.camera) * shot.width / f.camera.fx for f in frames},
        "float verticalAperture": {f.number: _focal(f.camera) * shot.height / f.camera.fy for f in frames},
        "float horizontalApertureOffset": {f.number: _focal(f.camera) * (shot.width / 2 - f.camera.cx) / f.camera.fx for f in frames},
        "float verticalApertureOffset": {f.number: _focal(f.camera) * (f.camera.cy - shot.height / 2) / f.camera.fy for f in frames},
        "float2 clippingRange": {f.number: f"({f.camera.near!r}, {f.camera.far!r})" for f in frames},
    }
    lines = [
        "#usda 1.0",
        "(",
        '    defaultPrim = "camera"',
        f"    metersPerUnit = {shot.metres_per_unit!r}",
        f'    upAxis = "{shot.up_axis.upper()}"',
        f"    startTimeCode = {shot.first}",
        f"    endTimeCode = {shot.last}",
        f"    timeCodesPerSecond = {rate!r}",
        f"    framesPerSecond = {rate!r}",
        ")",
        "",
        'def Camera "camera"',
        "{",
        *(line for name, values in samples.items() for line in _sampled(name, values)),
        '    uniform token[] xformOpOrder = ["xformOp:transform"]',
        "}",
        "",
    ]
    return "\n".join(lines).encode()


def rigid(matrix: Matrix) -> Matrix:
    """A camera's matrix without scale: a scaled camera sees what an unscaled one sees."""
    rows = [matrix[start : start + 3] for start in (0, 4, 8)]
    lengths = [math.sqrt(sum(value * value for value in row)) or 1.0 for row in rows]
    turned = [[value / length for value in row] for row, length in zip(rows, lengths)]
    (a, b, c), (d, e, f), (g, h, i) = turned
    return (a, b, c, 0.0, d, e, f, 0.0, g, h, i, 0.0, *matrix[12:15], 1.0)


def _encoded(camera: Camera) -> dict[str, Any]:
    told: dict[str, Any] = encode(camera)
    return told


def _focal(camera: Camera) -> float:
    return camera.film_back.focal_mm if camera.film_back else PLAIN_FOCAL


def _rows(matrix: Matrix) -> str:
    rows = (matrix[start : start + 4] for start in range(0, 16, 4))
    return "( " + ", ".join("(" + ", ".join(map(repr, row)) + ")" for row in rows) + " )"


def _sampled(name: str, values: dict[int, Any]) -> Iterable[str]:
    yield f"    {name}.timeSamples = {{"
    for number, value in values.items():
        yield f"        {number}: {value if isinstance(value, str) else repr(value)},"
    yield "    }"
