"""Training clips: short windows of procedural shots, rendered once with guides, motion and targets, and kept on disk.

Clips take turns among the painters: the clip of seed s is by HANDS[s % len(HANDS)].

A clip is a window of CLIP_WIDTH x CLIP_HEIGHT cut out of a larger picture, so that strokes have the sizes of that larger picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from render_server.looks.moods import MOODS
from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, Passes, View
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import Scene, make_scene
from render_server.training.painters import PAINTERS, SUPERSAMPLING, Painter
from render_server.video_models.painter.guides import make_channels
from render_server.video_models.painter.scaffold import Scaffold

CLIP_WIDTH, CLIP_HEIGHT, CLIP_FRAMES = 256, 160, 8
HEIGHTS = (216, 288, 288, 288, 360, 432, 540)  # of the whole picture
HANDS = tuple(PAINTERS)
HELD_OUT = 1_000_002  # scene seeds from here on are never trained on

Array = NDArray[np.uint8]


@dataclass(frozen=True)
class Window:
    """Which part of the whole picture a clip shows."""

    left: float
    top: float
    width: int
    height: int
    full_width: int
    full_height: int


def draw_window(rng: np.random.Generator) -> Window:
    """A random window of a random picture size."""
    height = int(rng.choice(HEIGHTS))
    width = round(height * 16 / 9)
    left, top = rng.uniform(0, width - CLIP_WIDTH), rng.uniform(0.15, 1.0) * (height - CLIP_HEIGHT)
    return Window(float(int(left)), float(int(top)), CLIP_WIDTH, CLIP_HEIGHT, width, height)


def framed(geometry: FrameGeometry, window: Window, zoom: int) -> FrameGeometry:
    """The window's part of a frame that was made at the full size, zoom times enlarged."""
    view = geometry.view
    part = View(
        view.world_to_camera, view.fx * zoom, view.fy * zoom, (view.cx - window.left) * zoom, (view.cy - window.top) * zoom,
        view.near, view.far, window.width * zoom, window.height * zoom,
    )  # fmt: skip
    return replace(geometry, view=part)


@dataclass(frozen=True)
class Light:
    """How a clip's beauty departs from the standard blocking light: gain, tint, contrast and backdrop."""

    gain: NDArray[np.float64]
    contrast: float
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    backdrop: bool

    def on(self, passes: Passes, window: Window) -> Array:
        """The beauty in this light."""
        lit = (passes.beauty / 255.0) ** self.contrast * self.gain
        if self.backdrop:
            rows = passes.depth.shape[0]
            t = np.linspace(window.top / window.full_height, (window.top + window.height) / window.full_height, rows)[:, None, None]
            lit = np.where((passes.object_id == 0)[..., None], self.top * (1 - t) + self.bottom * t, lit)
        rounded: Array = np.clip(lit * 255 + 0.5, 0, 255).astype(np.uint8)
        return rounded


def draw_light(rng: np.random.Generator) -> Light:
    """The standard light seven times in ten, else another."""
    if rng.uniform() < 0.7:
        return Light(np.ones(3), 1.0, np.zeros(3), np.zeros(3), False)
    base = rng.uniform(0.05, 1.0, 3)
    return Light(
        rng.uniform(0.8, 1.3) * rng.uniform(0.9, 1.1, 3),
        float(rng.uniform(0.7, 1.3)),
        base,
        np.clip(base + rng.normal(0, 0.3, 3), 0, 1),
        bool(rng.uniform() < 0.7),
    )


@dataclass(frozen=True)
class Sitting:
    """Who paints a clip, with which paints and in which light."""

    painter: Painter
    box: str
    mood: str
    light: Light
    strokes: Scaffold
    window: Window

    def colours(self, geometry: FrameGeometry, passes: Passes) -> Array:
        """The blocking in the clip's light and palette."""
        return self.painter.colours(geometry, passes, self.light.on(passes, self.window), self.box, self.mood)

    def guides(self, geometry: FrameGeometry, passes: Passes) -> Array:
        """What the network is fed."""
        facing = MOODS[self.mood].facing(geometry.view, passes)
        return make_channels(geometry, passes, self.colours(geometry, passes), facing, self.strokes, self.window.full_height)

    def target(self, fine: FrameGeometry) -> Array:
        """What the network should paint; fine: the frame at SUPERSAMPLING times the size."""
        passes = passes_of(None, rasterise(fine, threads=1), None, threads=1)
        height = float(SUPERSAMPLING * self.window.full_height)
        return self.painter.target(fine, passes, self.colours(fine, passes), self.strokes, height, self.box, self.mood)


def draw_sitting(seed: int, rng: np.random.Generator, window: Window) -> Sitting:
    """The seed's painter, with its favourite paints and light half of the time."""
    painter = PAINTERS[HANDS[seed % len(HANDS)]]
    boxes = list(painter.boxes)
    box = boxes[0] if rng.uniform() < 0.5 else boxes[int(rng.integers(len(boxes)))]
    mood = painter.moods[0] if rng.uniform() < 0.5 else painter.moods[int(rng.integers(len(painter.moods)))]
    return Sitting(painter, box, mood, draw_light(rng), Scaffold(seed, painter.strokes), window)


def render_clip(
    seed: int, frames: int = CLIP_FRAMES, window: Window | None = None, scene: Scene | None = None
) -> dict[str, NDArray[np.generic]]:
    """Render one clip.

    Returns guides (N, H, W, C), target (N, H, W, 3), motion (N, H, W, 2) and occlusion (N, H, W), both backward, and inks (6,).
    """
    rng = np.random.default_rng([seed, 7002])
    scene = scene or make_scene(seed)
    window = window or draw_window(rng)
    sitting = draw_sitting(seed, rng, window)
    first = int(rng.integers(0, 60))
    before = None
    rows: dict[str, list[NDArray[np.generic]]] = {"guides": [], "target": [], "motion": [], "occlusion": []}
    for number in range(first, first + frames):
        whole = scene.geometry(number, window.full_width, window.full_height)
        near = framed(whole, window, 1)
        seen = rasterise(near, threads=1)
        passes = passes_of(before, seen, None, threads=1)
        before = seen
        rows["guides"].append(sitting.guides(near, passes))
        rows["target"].append(sitting.target(framed(whole, window, SUPERSAMPLING)))
        rows["motion"].append(passes.motion_backward.astype(np.float16))
        rows["occlusion"].append(passes.occlusion_backward)
    return {name: np.stack(values) for name, values in rows.items()} | {"inks": sitting.painter.boxes[sitting.box].inks()}


def render_clips(folder: Path, seeds: list[int], report: Callable[[int, int], None], processes: int = 2) -> list[Path]:
    """Render the clips that the folder lacks; report(done, all) after each. Returns all of them in order of the seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"clip_{seed:07d}.safetensors" for seed in seeds]
    missing = [(seed, path) for seed, path in zip(seeds, paths, strict=True) if not path.exists()]
    with ProcessPoolExecutor(processes) as pool:
        for done, _ in enumerate(pool.map(_render_to, missing), start=len(paths) - len(missing) + 1):
            report(done, len(paths))
    return paths


def _render_to(task: tuple[int, Path]) -> None:
    seed, path = task
    part = path.with_suffix(f".{os.getpid()}.part")
    save_file({name: np.ascontiguousarray(value) for name, value in render_clip(seed).items()}, part, {"hand": HANDS[seed % len(HANDS)]})
    os.replace(part, path)


def load_clip(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read a clip back."""
    found: dict[str, NDArray[np.generic]] = load_file(path)
    return found
