"""Training clips: short windows of procedural shots, rendered once with guides, motion and targets, and kept on disk.

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

from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, Passes, View
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import Scene, make_scene
from render_server.training.oil import SUPERSAMPLING, paint_target
from render_server.video_models.painter.guides import make_channels
from render_server.video_models.painter.scaffold import Scaffold

CLIP_WIDTH, CLIP_HEIGHT, CLIP_FRAMES = 256, 160, 8
HEIGHTS = (216, 288, 288, 288, 360, 432, 540)  # of the whole picture
HELD_OUT = 1_000_000  # scene seeds from here on are never trained on

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
    """The standard light half of the time, else another."""
    if rng.uniform() < 0.5:
        return Light(np.ones(3), 1.0, np.zeros(3), np.zeros(3), False)
    base = rng.uniform(0.05, 1.0, 3)
    return Light(
        rng.uniform(0.8, 1.3) * rng.uniform(0.9, 1.1, 3),
        float(rng.uniform(0.7, 1.3)),
        base,
        np.clip(base + rng.normal(0, 0.3, 3), 0, 1),
        bool(rng.uniform() < 0.7),
    )


def render_clip(
    seed: int, frames: int = CLIP_FRAMES, window: Window | None = None, scene: Scene | None = None
) -> dict[str, NDArray[np.generic]]:
    """Render one clip: guides (N, H, W, C), target (N, H, W, 3), motion (N, H, W, 2) and occlusion (N, H, W), all backward."""
    rng = np.random.default_rng([seed, 7002])
    scene = scene or make_scene(seed)
    window = window or draw_window(rng)
    light, strokes = draw_light(rng), Scaffold(seed)
    first = int(rng.integers(0, 60))
    before = None
    rows: dict[str, list[NDArray[np.generic]]] = {"guides": [], "target": [], "motion": [], "occlusion": []}
    for number in range(first, first + frames):
        whole = scene.geometry(number, window.full_width, window.full_height)
        near, fine = framed(whole, window, 1), framed(whole, window, SUPERSAMPLING)
        seen = rasterise(near, threads=1)
        passes = passes_of(before, seen, None, threads=1)
        before = seen
        rows["guides"].append(make_channels(near, passes, light.on(passes, window), strokes, window.full_height))
        rows["target"].append(_target(fine, window, light, strokes))
        rows["motion"].append(passes.motion_backward.astype(np.float16))
        rows["occlusion"].append(passes.occlusion_backward)
    return {name: np.stack(values) for name, values in rows.items()}


def _target(fine: FrameGeometry, window: Window, light: Light, strokes: Scaffold) -> Array:
    passes = passes_of(None, rasterise(fine, threads=1), None, threads=1)
    beauty = light.on(passes, window)
    height = SUPERSAMPLING * window.full_height
    return paint_target(strokes.draw_exact(fine, passes, beauty, height), passes, beauty, height)


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
    save_file({name: np.ascontiguousarray(value) for name, value in render_clip(seed).items()}, part)
    os.replace(part, path)


def load_clip(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read a clip back."""
    found: dict[str, NDArray[np.generic]] = load_file(path)
    return found
