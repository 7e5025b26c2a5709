"""The settings of the stroke scaffold. Standard library only, so that looks can be listed without numpy."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Layer:
    """One layer of strokes. Lengths and widths are shares of the image's height."""

    length: float
    width: float
    coverage: float  # how many strokes cover a point, on average
    dry: float  # 0 to 1: how much of a stroke's tail is left bare by the bristles
    jitter: float  # radians, how far strokes stray from the direction field


@dataclass(frozen=True)
class Pen:
    """How lines are drawn. Widths are shares of the image's height."""

    width: float = 0.0075  # of a near silhouette
    touch: float = 0.5  # of that, where two things touch
    fold: float = 0.4  # of that, along a fold
    wobble: float = 0.003  # how far the hand strays
    swell: float = 0.5  # 0 to 1, how much the width varies along the line
    broken: float = 0.5  # 0 to 1, how often it breaks off in the light
    far: float = 0.45  # power with which it thins with distance
    forget: float = 0.0  # how far around what comes into view nothing is remembered, or lines would leave traces beside what moved away


@dataclass(frozen=True)
class ScaffoldSettings:
    """How strokes are laid on surfaces, which lines are drawn, and how coarse the grain is."""

    layers: tuple[Layer, ...] = (
        Layer(length=0.215, width=0.074, coverage=4.2, dry=0.20, jitter=0.34),
        Layer(length=0.125, width=0.034, coverage=1.05, dry=0.60, jitter=0.26),
        Layer(length=0.058, width=0.0150, coverage=0.30, dry=0.70, jitter=0.34),
    )
    swirl: float = 0.7  # radians, how far the direction field winds
    swirl_size: float = 1.6  # metres between windings
    bend: float = 0.35  # of the half width, how far strokes curve
    bristle: float = 1.0  # 0 to 1, how much is seen of the marks inside strokes; 0: flat shapes
    overshoot: float = 0.005  # of the image's height, how far strokes reach over their object's silhouette
    figure: float = 0.42  # stroke width at most, as a share of the part's own width
    far: float = 0.25  # power with which strokes shrink with distance
    pen: Pen = Pen()
    grain: tuple[float, float, float] = (0.12, 0.024, 0.005)  # lumps of broad, wavy and fine grain, as shares of the image's height

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> ScaffoldSettings:
        """What a look.json says; what it leaves out keeps its default."""
        known = dict(fields)
        if "layers" in fields:
            known["layers"] = tuple(Layer(**layer) for layer in fields["layers"])
        if "pen" in fields:
            known["pen"] = Pen(**fields["pen"])
        if "grain" in fields:
            known["grain"] = tuple(fields["grain"])
        return cls(**known)


def same_layers(first: ScaffoldSettings, second: ScaffoldSettings) -> bool:
    """Whether strokes can go over from one into the other: as many layers in both."""
    return len(first.layers) == len(second.layers)


def between(first: ScaffoldSettings, second: ScaffoldSettings, weight: float) -> ScaffoldSettings:
    """What lies between two settings, 0 the first and 1 the second; the first's strokes throughout where layers differ in number.

    A layer that came or went in the middle of a shot would jump, while lines and grain can always go over.
    """
    if same_layers(first, second):
        settings: ScaffoldSettings = _between(first, second, weight)
        return settings
    return replace(first, pen=_between(first.pen, second.pen, weight), grain=_between(first.grain, second.grain, weight))


def _between(first: Any, second: Any, weight: float) -> Any:
    """Number by number; at 0 and 1 exactly one of them."""
    if is_dataclass(first):
        values = {each.name: _between(getattr(first, each.name), getattr(second, each.name), weight) for each in fields(first)}
        return replace(first, **values)  # type: ignore[type-var]
    if isinstance(first, tuple):
        return tuple(_between(one, other, weight) for one, other in zip(first, second, strict=True))
    return (1.0 - weight) * first + weight * second
