"""What a look is trained to paint: windows of scenes made by code, in the look's colours and with its strokes, without any target."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from render_server.look_training.style import Style
from render_server.looks.moods import Mood
from render_server.looks.palette import Palette, Tuning
from render_server.passes.compute import passes_of
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.passes.raster import rasterise
from render_server.training.atelier.scenes import make_scene
from render_server.training.clips import CLIP_FRAMES, CLIP_HEIGHT, CLIP_WIDTH, Window, draw_light, framed
from render_server.video_models.painter.guides import make_channels, unseen
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import ScaffoldSettings

HEIGHTS = (216, 288, 360, 432)  # of the whole picture that a window is cut from
CHANCES = (0.15, 0.5, 0.2, 0.15)
FEW = 4  # windows that are rendered sooner than other processes begin
SCENES_FROM = 3_000_000  # seeds of the scenes that looks are trained on ...
SHOWN_FROM = 4_000_000  # ... and of those that previews show

UInt8 = NDArray[np.uint8]


def draw_window(rng: np.random.Generator) -> Window:
    """A random window of a picture of a random size, more often of the middle ones."""
    height = int(rng.choice(HEIGHTS, p=CHANCES))
    width = round(height * 16 / 9)
    left, top = rng.uniform(0, width - CLIP_WIDTH), rng.uniform(0.1, 1.0) * (height - CLIP_HEIGHT)
    return Window(float(int(left)), float(int(top)), CLIP_WIDTH, CLIP_HEIGHT, width, height)


def whole(width: int, height: int) -> Window:
    """All of a picture."""
    return Window(0.0, 0.0, width, height, width, height)


def render_blocking(seed: int, style: Style, window: Window | None = None, frames: int = CLIP_FRAMES) -> dict[str, NDArray[np.generic]]:
    """Render one window of the scene of a seed.

    Returns beauty (N, H, W, 3) and guides (N, H, W, C) bytes, motion (N, H, W, 2) half and occlusion (N, H, W), both backward, inks (6,),
    and height (1,), that of the whole picture.
    """
    rng = np.random.default_rng([seed, 7103])
    scene, window = make_scene(seed), window or draw_window(rng)
    light, mood = draw_light(rng), Mood.from_json(style.light)
    strokes = Scaffold(seed, ScaffoldSettings.from_json(style.strokes))
    first = int(rng.integers(0, 60))

    def lit(geometry: FrameGeometry, passes: Passes, part: Window) -> UInt8:
        return mood.on(geometry.view, passes, light.on(passes, part))

    full = whole(window.full_width, window.full_height)
    opening = scene.geometry(first, window.full_width, window.full_height)
    opened = passes_of(None, rasterise(opening, threads=1), None, threads=1)
    palette = Palette(style.palette)
    if style.tuning:
        palette = palette.tuned(palette.apply(lit(opening, opened, full), opened.object_id), Tuning(**style.tuning))
    before = None
    rows: dict[str, list[NDArray[np.generic]]] = {"beauty": [], "guides": [], "motion": [], "occlusion": []}
    for number in range(first, first + frames):
        near = framed(scene.geometry(number, window.full_width, window.full_height), window, 1)
        seen = rasterise(near, threads=1)
        passes = passes_of(before, seen, None, threads=1)
        before = seen
        colours = palette.apply(lit(near, passes, window), passes.object_id)
        rows["beauty"].append(light.on(passes, window))
        facing = mood.facing(near.view, passes)
        rows["guides"].append(make_channels(near, passes, colours, facing, strokes, window.full_height))
        rows["motion"].append(passes.motion_backward.astype(np.float16))
        rows["occlusion"].append(unseen(passes.occlusion_backward, strokes, window.full_height))
    inks = np.array([*style.ground, *style.line], np.float32)
    return {name: np.stack(values) for name, values in rows.items()} | {"inks": inks, "height": np.array([window.full_height], np.int32)}


@dataclass(frozen=True)
class Order:
    """One window to be rendered into a file."""

    path: Path
    seed: int
    style: Style
    window: Window | None = None
    frames: int = CLIP_FRAMES


def render_all(orders: list[Order], report: Callable[[int, int], None], processes: int = 2) -> list[Path]:
    """Render what is not there yet; report(done, all) after each. Returns all paths, in order."""
    missing = [order for order in orders if not order.path.exists()]
    for path in {order.path.parent for order in missing}:
        path.mkdir(parents=True, exist_ok=True)
    done = len(orders) - len(missing)
    if len(missing) <= FEW or processes < 2:
        for number, order in enumerate(missing, done + 1):
            render_to(order)
            report(number, len(orders))
        return [order.path for order in orders]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for number, _ in enumerate(pool.map(render_to, missing), done + 1):
            report(number, len(orders))
    return [order.path for order in orders]


def render_to(order: Order) -> None:
    """Render one window; its file is there whole or not at all."""
    part = order.path.with_suffix(f".{os.getpid()}.part")
    made = render_blocking(order.seed, order.style, order.window, order.frames)
    save_file({name: np.ascontiguousarray(value) for name, value in made.items()}, part)
    os.replace(part, order.path)
