"""The demo shot: a furnished room, two figures, a crane move, a long occlusion; all built by code, the same bytes every time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from render_server.scenes.acting import Moment, moment
from render_server.scenes.emit import Progress
from render_server.scenes.figure import Part
from render_server.scenes.room import pieces
from render_server.scenes.staging import Action, Size, Stage, export_stage, iter_stage_frames, lens, stage_shot
from render_server.scenes.vectors import keyed, smooth, vec
from shot_format.shot import Camera, Frame, Shot

FRAMES = 96
FOCAL = 33.0  # millimetres


def export_demo(folder: Path, frames: int = FRAMES, size: Size = (640, 360), progress: Progress | None = None) -> Shot:
    """Write the demo shot to a folder and give its head. Raises StorageError."""
    return export_stage(demo_stage(frames), folder, size, progress)


def demo_shot(frames: int = FRAMES, size: Size = (640, 360)) -> Shot:
    """The demo's head: what is in it, before any frame is made."""
    return stage_shot(demo_stage(frames), size)


def iter_demo_frames(frames: int = FRAMES, size: Size = (640, 360)) -> Iterator[tuple[Frame, dict[str, bytes]]]:
    """Make the demo frame by frame: each frame with those of its blobs that no frame before it had."""
    return iter_stage_frames(demo_stage(frames), size)


def demo_stage(frames: int = FRAMES) -> Stage:
    """The room, its cast and the crane."""
    return Stage("demo", "Tea for two", pieces(), act, camera, "crane", frames)


def act(time: float) -> Action:
    """The cast at a time."""
    now = moment(time)
    return Action(now.figures, _moving(now))


def _moving(now: Moment) -> list[Part]:
    named = [Part(f"{figure.name}_{part.name}", part.shape, part.matrix) for figure in now.figures for part in figure.parts]
    return [*named, now.tray]


def camera(time: float, size: Size) -> Camera:
    """The crane: low on the left at first, then it rises and swings to the right."""
    share = smooth(smooth((time - 2) / 90) * 0.5 + (time - 2) / 180 if 2 < time < 92 else float(time >= 92))
    angle, radius = math.radians(-17 + 41 * share), 470 - 34 * share
    target = vec(keyed(share, [(0, -8.0), (1, -28.0)]), 102 - 22 * share, -66 + 6 * share)
    eye = vec(radius * math.sin(angle), 104 + 132 * share, -40 + radius * math.cos(angle))
    return lens(eye, target, size, FOCAL)
