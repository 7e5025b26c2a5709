"""Plots of a training's curves."""

from __future__ import annotations

from html import escape

COLOURS = ("#c0392b", "#2471a3", "#1e8449", "#17202a", "#8e44ad", "#d68910")


def plot(title: str, curves: dict[str, list[tuple[float, float]]]) -> str:
    """Curves as SVG."""
    points = [point for curve in curves.values() for point in curve]
    right, top = max(x for x, _ in points) or 1.0, max(y for _, y in points) or 1.0
    lines = [f'<text x="4" y="14" font-size="13">{escape(title)}, up to {top:.3g}</text>']
    for index, (name, curve) in enumerate(curves.items()):
        colour, path = COLOURS[index % len(COLOURS)], " ".join(f"{20 + 280 * x / right:.1f},{190 - 165 * y / top:.1f}" for x, y in curve)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        lines.append(f'<text x="305" y="{34 + 16 * index}" font-size="11" fill="{colour}">{escape(name)}</text>')
    return f'<svg width="390" height="200" style="background: #fafafa; margin: 4px">{"".join(lines)}</svg>'
