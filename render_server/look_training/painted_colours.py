"""Which colour of the blocking became which colour of the painting, and the smooth map that says so best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from render_server.look_training.shot_frames import OpenShot
from render_server.look_training.taking_back import Painting
from render_server.looks.moods import Mood
from render_server.looks.palette import PaletteSettings, _mapped
from render_server.passes.geometry import Float32, Float64
from render_server.passes.loader import ShotLoader
from render_server.quality.colour import to_oklab

Triple = tuple[float, float, float]

BANDS = 3  # of one object's lightness: its shaded, middle and lit parts
LEAST_PIXELS = 48  # of an object; fewer are mostly its edge
# contrast, chroma, black, white, shadow, light: where the search begins, how far it may go, and how firmly each is held to its beginning
START = np.array([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], np.float64)
LOW = np.array([-0.6, 0.2, -0.05, -0.15, -0.15, 0.5, -0.15, -0.15, -0.08, -0.08, -0.08, -0.08])
HIGH = np.array([1.0, 2.2, 0.5, 0.15, 0.15, 1.05, 0.15, 0.15, 0.08, 0.08, 0.08, 0.08])
HELD = np.array([1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]) * 0.004
OUTLIER = 0.06  # OKLab: an object that was given another colour on purpose must not bend the map of all others


@dataclass(frozen=True)
class ObjectColour:
    """One object's mean colours in one frame, OKLab: of the blocking in the look's light, and of the painting. band: None for the whole
    object, else from its shaded part (0) to its lit part."""

    frame: int
    object_id: int
    name: str
    band: int | None
    pixels: int
    blocking: Triple
    painted: Triple


def colour_facts(shot: OpenShot, paintings: Sequence[Painting], light: dict[str, Any], size: tuple[int, int]) -> tuple[ObjectColour, ...]:
    """What became of every object's colour. light: of look.json; it is laid on the blocking before the palette."""
    loader, mood = ShotLoader(shot.file.shot, shot.read_blob, size), Mood.from_json(light)
    names = {mesh.object_id: mesh.name for mesh in shot.file.shot.meshes} | {0: "sky"}
    found: list[ObjectColour] = []
    for painting in paintings:
        geometry, passes = loader.opening(shot.frame(painting.number))
        lit, painted = to_oklab(mood.on(geometry.view, passes, passes.beauty)), to_oklab(painting.at(size))
        for object_id in np.unique(passes.object_id).tolist():
            mask = passes.object_id == object_id
            for band, blocking, over in _bands(lit[mask], painted[mask]):
                found.append(
                    ObjectColour(painting.number, object_id, names.get(object_id, ""), band, len(over), _mean(blocking), _mean(over))
                )
    return tuple(found)


def _bands(blocking: Float32, painted: Float32) -> Iterator[tuple[int | None, Float32, Float32]]:
    """The whole, then its parts by lightness, where it has enough pixels for that."""
    if len(blocking) < LEAST_PIXELS:
        return
    yield None, blocking, painted
    order = np.argsort(blocking[:, 0], kind="stable")
    if len(blocking) >= BANDS * LEAST_PIXELS:
        for band, part in enumerate(np.array_split(order, BANDS)):
            yield band, blocking[part], painted[part]


def _mean(colours: Float32) -> Triple:
    light, a, b = (round(float(value), 6) for value in colours.astype(np.float64).mean(axis=0))
    return light, a, b


def palette_of(facts: Sequence[ObjectColour]) -> PaletteSettings:
    """The palette that best turns the blocking's colours into those that were painted, as far as they tell.

    It is one smooth map for everything. What the facts do not show, such as lights in a frame that has none, stays as it was.
    """
    parts = [fact for fact in facts if fact.band is not None] or list(facts)
    if not parts:
        return PaletteSettings()
    blocking, painted = (np.array([getattr(part, name) for part in parts]) for name in ("blocking", "painted"))
    weight = np.sqrt(np.array([part.pixels for part in parts], np.float64))
    fitted = least_squares(
        _misses(blocking, painted, weight / weight.mean()), START, bounds=(LOW, HIGH), x_scale=HIGH - LOW, loss="soft_l1", f_scale=OUTLIER
    )
    return _settings(fitted.x.round(5))


def _misses(blocking: Float64, painted: Float64, weight: Float64) -> Callable[[Float64], Float64]:
    """By how much a palette misses what was painted, and how far it is from one that changes nothing."""

    def misses(numbers: Float64) -> Float64:
        away = (_mapped(blocking, _settings(numbers)) - painted) * weight[:, None]
        held: Float64 = HELD * (numbers - START) * np.sqrt(len(blocking))
        found: Float64 = np.concatenate([away.ravel(), held])
        return found

    return misses


def _settings(numbers: Float64) -> PaletteSettings:
    n = [float(value) for value in numbers]
    return PaletteSettings(
        contrast=n[0], chroma=n[1], black=(n[2], n[3], n[4]), white=(n[5], n[6], n[7]), shadow=(n[8], n[9]), light=(n[10], n[11])
    )


def palette_fields(settings: PaletteSettings) -> dict[str, Any]:
    """As look.json says it: only what differs from the default."""
    default = asdict(PaletteSettings())
    return {name: value for name, value in asdict(settings).items() if value != default[name]}


def misfit(facts: Sequence[ObjectColour], settings: PaletteSettings) -> float:
    """How far the map misses the whole objects' painted colours, OKLab, on average over the painted area."""
    whole = [fact for fact in facts if fact.band is None]
    if not whole:
        return 0.0
    blocking, painted = (np.array([getattr(fact, name) for fact in whole]) for name in ("blocking", "painted"))
    away = np.linalg.norm(_mapped(blocking, settings) - painted, axis=-1)
    return float(np.average(away, weights=[fact.pixels for fact in whole]))
