"""Line plots as SVG text: one value a frame, several lines, nothing to load."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from render_server.quality.figures import Readings

WIDTH, HEIGHT = 560, 196
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 26


@dataclass(frozen=True)
class Line:
    """One curve of a plot."""

    label: str
    colour: str  # CSS
    readings: Readings
    main: bool = False  # drawn a little stronger


@dataclass(frozen=True)
class Scale:
    """From values to places along an axis."""

    low: float
    high: float
    start: float  # place of low
    end: float  # place of high

    def place(self, value: float) -> float:
        """Where a value lies, in the plot's units."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def plot(title: str, frames: Sequence[int], lines: Sequence[Line], lowest: float = 0.0, highest: float = 0.0) -> str:
    """Draw lines over frame numbers as an SVG element; the value axis holds lowest, highest and every value."""
    known = [value for line in lines for value in line.readings if value is not None]
    ticks = nice_ticks(min([lowest, *known]), max([highest, *known]), 4)
    values = Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP)
    numbers = Scale(frames[0], max(frames[-1], frames[0] + 1), LEFT, WIDTH - RIGHT)
    parts = [_value_axis(ticks, values), _frame_axis(numbers), *(_curve(line, frames, numbers, values) for line in lines)]
    label = escape(f"{title}, frames {frames[0]} to {frames[-1]}")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def nice_ticks(low: float, high: float, about: int) -> list[float]:
    """Round values, evenly spaced by 1, 2 or 5 times a power of ten, from at or below low to at or above high."""
    span = high - low if high > low else max(abs(high), 1.0) * 0.1
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * about >= span)
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _value_axis(ticks: Sequence[float], values: Scale) -> str:
    step = ticks[1] - ticks[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return "".join(_value_tick(f"{tick:.{decimals}f}", values.place(tick)) for tick in ticks)


def _value_tick(text: str, y: float) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _frame_axis(numbers: Scale) -> str:
    ticks = [tick for tick in nice_ticks(numbers.low, numbers.high, 6) if numbers.low <= tick <= numbers.high and tick == int(tick)]
    return "".join(_frame_tick(int(tick), numbers.place(tick)) for tick in ticks)


def _frame_tick(number: int, x: float) -> str:
    bottom = HEIGHT - BOTTOM
    mark = f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
    return f'{mark}<text class="tick" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{number}</text>'


def _curve(line: Line, frames: Sequence[int], numbers: Scale, values: Scale) -> str:
    """A path, broken where a value is missing; a value that stands alone becomes a dot."""
    steps, dots, pen_down = [], [], False
    for index, (frame, value) in enumerate(zip(frames, line.readings, strict=True)):
        if value is None:
            pen_down = False
            continue
        x, y = numbers.place(frame), values.place(value)
        followed = index + 1 < len(frames) and line.readings[index + 1] is not None
        if not pen_down and not followed:
            dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{line.colour}"/>')
        steps.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        pen_down = True
    title = f"<title>{escape(line.label)}</title>"
    return f'<g>{title}<path class="curve{" main" if line.main else ""}" stroke="{line.colour}" d="{"".join(steps)}"/>{"".join(dots)}</g>'
