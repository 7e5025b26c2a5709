"""What a shipped look is held to: each figure beside what is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass

from render_server.quality.figures import Drift, Figures, Readings, paired, summary

PALETTE, TEXTURE = 0.35, 0.5  # of the blocking's own distance
SHARPNESS = 0.65  # of the procedural target's
STRUCTURE = 0.6
OF_MEMORYLESS, OF_TARGET = 0.8, 1.0  # warp error
DRIFT = 0.10


@dataclass(frozen=True)
class Check:
    """One figure held against its threshold. value and passed are None where it was not measured."""

    name: str
    value: float | None
    wanted: str  # "≤ 0.35"
    passed: bool | None
    shown: str  # the value as it is quoted


def checks(figures: Figures) -> tuple[Check, ...]:
    """Hold a shot's figures against all thresholds. Ratios are taken over the frames that have both figures."""
    sums = summary(figures)
    painted, memoryless, target = figures.painted, figures.memoryless, figures.target
    return (
        _at_most("palette distance", sums.painted.palette, PALETTE),
        _at_most("texture distance", sums.painted.texture, TEXTURE),
        _at_least("sharpness, of the target's", sums.painted.sharpness if target else None, SHARPNESS),
        _at_least("structure", sums.painted.structure, STRUCTURE),
        _share("warp error, of the memoryless run's", painted.warp_error, memoryless.warp_error if memoryless else None, OF_MEMORYLESS),
        _share("warp error, of the target's", painted.warp_error, target.warp_error if target else None, OF_TARGET),
        _steady("sharpness, end beside beginning", sums.sharpness_drift),
        _steady("palette distance, end beside beginning", sums.palette_drift),
        _steady("texture distance, end beside beginning", sums.texture_drift),
    )


def _at_most(name: str, value: float | None, most: float) -> Check:
    return Check(name, value, f"≤ {most:.2f}", None if value is None else value <= most, _number(value))


def _at_least(name: str, value: float | None, least: float) -> Check:
    return Check(name, value, f"≥ {least:.2f}", None if value is None else value >= least, _number(value))


def _share(name: str, readings: Readings, of: Readings | None, most: float) -> Check:
    """Shows both figures beside their ratio."""
    means = paired(readings, of) if of else None
    if means is None or not means[1]:
        return Check(name, None, f"≤ {most:.2f}", None, "–")
    value = means[0] / means[1]
    return Check(name, value, f"≤ {most:.2f}", value <= most, f"{value:.2f} ({means[0]:.4f} to {means[1]:.4f})")


def _steady(name: str, drift: Drift | None) -> Check:
    wanted = f"± {DRIFT * 100:.0f} %"
    if drift is None or not drift.first:
        return Check(name, None, wanted, None, "–")
    change = drift.last / drift.first - 1
    return Check(name, change, wanted, abs(change) <= DRIFT, f"{change * 100:+.1f} %")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
