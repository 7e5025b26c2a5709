"""An artist's desk for tests: the demo as an open shot, and a guest painter who paints its frames."""

from __future__ import annotations

from render_server.look_training.shot_frames import OpenShot
from render_server.passes.compute import passes_of
from render_server.passes.geometry import UInt8
from render_server.passes.loader import ShotLoader
from render_server.passes.raster import rasterise
from render_server.scenes.demo import demo_shot, iter_demo_frames
from render_server.training.painters import SUPERSAMPLING
from render_server.training.painters.guest import PAINTER
from render_server.video_models.painter.scaffold import Scaffold
from shot_format.shot import ShotFile

HAND = 77  # the seed of the guest's own strokes: they lie elsewhere than those of any look


def demo(count: int, size: tuple[int, int]) -> OpenShot:
    """The first frames of the demo, in memory."""
    blobs: dict[str, bytes] = {}
    frames = []
    for frame, new in iter_demo_frames(count, size):
        blobs.update(new)
        frames.append(frame)
    return OpenShot(ShotFile(demo_shot(count, size), tuple(frames)), blobs.__getitem__)


def guest_paints(shot: OpenShot, number: int, size: tuple[int, int], seed: int = HAND) -> UInt8:
    """One frame as the guest paints it, (H, W, 3)."""
    loader = ShotLoader(shot.file.shot, shot.read_blob, (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING))
    geometry = loader.geometry(shot.frame(number))
    passes = passes_of(None, rasterise(geometry), None)
    box, mood = next(iter(PAINTER.boxes)), PAINTER.moods[0]
    colours = PAINTER.colours(geometry, passes, passes.beauty, box, mood)
    return PAINTER.target(geometry, passes, colours, Scaffold(seed, PAINTER.strokes), float(geometry.view.height), box, mood)
