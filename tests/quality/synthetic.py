"""Small synthetic shots whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.ndimage import gaussian_filter

from render_server.passes.geometry import Passes
from render_server.quality.assess import ShotFrame


def empty_passes(number: int, height: int, width: int, motion: tuple[float, float] = (0.0, 0.0), first: bool = False) -> Passes:
    """One flat wall at 5 metres that moves as a whole; motion is backward, in pixels."""
    backward = np.broadcast_to(np.float32(motion), (height, width, 2)).copy() * (0 if first else 1)
    flat = np.zeros((height, width, 3), np.float32)
    grey = np.full((height, width, 3), 128, np.uint8)
    return Passes(
        number=number,
        depth=np.full((height, width), 5, np.float32),
        normal=np.broadcast_to(np.float32((0, 0, 1)), (height, width, 3)).copy(),
        object_id=np.ones((height, width), np.uint16),
        motion_forward=-backward,
        motion_backward=backward,
        occlusion_forward=np.zeros((height, width), np.uint8),
        occlusion_backward=np.full((height, width), 1 if first else 0, np.uint8),
        rest_position=flat,
        albedo=grey,
        beauty=grey,
    )


def disc_shot(count: int, height: int = 180, width: int = 320, speed: int = 2) -> Iterator[ShotFrame]:
    """A disc with its own texture moves right by whole pixels before a wall that stands still; the blocking has the same, flat."""
    rng = np.random.default_rng(5)
    wall, disc = (texture(rng, height, width, colour) for colour in ((70, 90, 120), (200, 140, 80)))
    for index in range(count):
        yield _disc_frame(index, wall, disc, speed)


def texture(rng: np.random.Generator, height: int, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    """Soft, stroke-like noise about a colour, (H, W, 3) of 8 bits."""
    noise = gaussian_filter(rng.normal(size=(height, width)), (1, 4)) * 120
    return np.clip(noise[..., None] + np.array(colour), 0, 255).astype(np.uint8)


def _disc_frame(index: int, wall: np.ndarray, disc: np.ndarray, speed: int) -> ShotFrame:
    height, width = wall.shape[:2]
    here, before = _inside(index, height, width, speed), _inside(index - 1, height, width, speed)
    after = _inside(index + 1, height, width, speed)
    passes = empty_passes(1001 + index, height, width, first=index == 0)
    passes.object_id[here] = 2
    passes.depth[here] = 3
    passes.motion_backward[here] = (0, 0) if index == 0 else (-speed, 0)
    passes.motion_forward[here] = (speed, 0)
    if index:
        passes.occlusion_backward[~here & before] = 1
    passes.occlusion_forward[~here & after] = 1
    painted = np.where(here[..., None], np.roll(disc, speed * index, axis=1), wall)
    blocking = np.where(here[..., None], np.uint8((200, 140, 80)), np.uint8((70, 90, 120)))
    return ShotFrame(passes, blocking, painted)


def _inside(index: int, height: int, width: int, speed: int) -> np.ndarray:
    rows, columns = np.indices((height, width))
    return (rows - height // 2) ** 2 + (columns - width // 4 - speed * index) ** 2 < (height // 5) ** 2
