"""What the figures are called and what they say, in words for the person who reads the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from render_server.quality.figures import Summary, VideoSummary
from render_server.quality.structure import EDGE_ROOM, EDGE_SHARE, REACH


@dataclass(frozen=True)
class Row:
    """One figure of the table."""

    name: str
    meaning: str
    value: Callable[[VideoSummary], float | None]
    decimals: int
    art: float | None = None  # what the art itself reads


def rows(sums: Summary) -> list[Row]:
    """The figures in the order in which they are read."""
    return [
        Row(
            "Warp error",
            "How much a surface changes from one frame to the next once its movement is taken out; 0 is paint that sticks. "
            "Blur lowers it as well: read it beside sharpness.",
            lambda video: video.warp_error,
            4,
        ),
        Row(
            "Warp error over 8 frames",
            "The same over a longer time: slow swimming that a single step hides.",
            lambda v: v.long_warp_error,
            4,
        ),
        Row("Flicker", "Change from frame to frame where nothing moves at all.", lambda video: video.flicker, 4),
        Row(
            "Sharpness",
            f"How crisp the picture is against {AGAINST[sums.sharpness_of]}; 1 is as crisp.",
            lambda video: video.sharpness,
            2,
            1.0 if sums.sharpness_of == "art" else None,
        ),
        Row(
            "Structure",
            f"Share of the shot's true outlines that the picture shows within {REACH} pixels among its strongest edges "
            f"({EDGE_SHARE * 100:.0f} % of its pixels, or {EDGE_ROOM:.0f} times the outlines), less what chance would find; 1 is all.",
            lambda video: video.structure,
            2,
        ),
        Row(
            "Palette distance",
            "How far the colours are from the art's; 1 is as far as the blocking, 0 is the art's own mix.",
            lambda video: video.palette,
            2,
            sums.palette_floor,
        ),
        Row(
            "Texture distance",
            "How far the brushwork is from the art's, from fine to coarse; 1 is as far as the blocking.",
            lambda video: video.texture,
            2,
            sums.texture_floor,
        ),
        Row(
            "Palette distance to art of this shot",
            "The same, against what the art's painter made of this very shot: the things in the picture have no say in it.",
            lambda video: video.shot_palette,
            2,
        ),
        Row("Texture distance to art of this shot", "The same for the brushwork.", lambda video: video.shot_texture, 2),
    ]


AGAINST = {"target": "the procedural target", "art": "the art at the same scale", "blocking": "the blocking"}


def number(value: float | None, decimals: int) -> str:
    """A figure as it is quoted; a dash where there is none."""
    return "–" if value is None else f"{value:.{decimals}f}"


def seconds(value: float | None) -> str:
    """A time as it is quoted: milliseconds below a second."""
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
