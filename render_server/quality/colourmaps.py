"""Passes as pictures for people: depth, normals, object ids and motion in colours of even lightness and clear hue."""

from __future__ import annotations

from functools import cache

import numpy as np

from render_server.passes.geometry import Float32, Float64, UInt8, UInt16
from render_server.quality.colour import from_oklab

NOTHING = np.array((24, 25, 28), np.uint8)  # where the shot is empty
DEPTHS = 256
HUES, SPEEDS = 256, 64
IDS = 1 << 16
LIGHTNESSES = np.array([0.74, 0.60, 0.84, 0.67, 0.53])  # five, for hues come close again after 8, 13, 21 or 34 ids
GOLDEN_TURN = (5**0.5 - 1) / 2  # successive multiples of it never come close to each other on the circle


def depth_span(depth: Float32) -> tuple[float, float]:
    """Nearest and farthest depth (metres) that a shot's depth colours should tell apart, from one frame of it, with room for what moves."""
    seen = depth[np.isfinite(depth)]
    if seen.size == 0:
        return 1.0, 10.0
    nearest, farthest = np.percentile(seen, [1, 99])
    return float(nearest) / 1.3, float(farthest) * 1.3


def depth_colours(depth: Float32, span: tuple[float, float]) -> UInt8:
    """Depth (H, W) in metres as (H, W, 3): warm is near, cool is far, evenly over the logarithm of the span."""
    seen = np.isfinite(depth)
    near, far = np.log(span)
    place = (np.log(np.where(seen, depth, span[1])) - near) / max(far - near, 1e-6)
    picture: UInt8 = _depth_table()[np.clip(place * (DEPTHS - 1), 0, DEPTHS - 1).astype(np.intp)]
    picture[~seen] = NOTHING
    return picture


def normal_colours(normal: Float32) -> UInt8:
    """Unit normals (H, W, 3) in camera space as (H, W, 3): red to the right, green up, blue towards the camera."""
    picture: UInt8 = np.rint(normal * 127.5 + 127.5).astype(np.uint8)
    picture[~normal.any(axis=-1)] = NOTHING
    return picture


def id_colours(object_id: UInt16) -> UInt8:
    """Object ids (H, W) as (H, W, 3), the same colour for the same id in every frame and shot."""
    picture: UInt8 = _id_table()[object_id]
    return picture


def motion_colours(motion: Float32, reach: float) -> UInt8:
    """Motion (H, W, 2) in pixels as (H, W, 3): the direction as hue, the speed as brightness, full at reach."""
    across, down = motion[..., 0], motion[..., 1]
    hue = (np.arctan2(down, across) / (2 * np.pi) * HUES).astype(np.intp) % HUES
    speed = np.sqrt(np.clip(np.hypot(across, down) / reach, 0, 1))
    picture: UInt8 = _motion_table()[hue, np.rint(speed * (SPEEDS - 1)).astype(np.intp)]
    return picture


def _from_lightness_chroma_hue(lightness: Float64, chroma: Float64, hue: Float64) -> UInt8:
    """OKLab in polar form, hue in turns."""
    angle = hue * 2 * np.pi
    lightness, chroma, angle = np.broadcast_arrays(lightness, chroma, angle)
    return from_oklab(np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1))


@cache
def _depth_table() -> UInt8:
    """Red, orange, yellow, green, blue, violet; darker towards the far end, so that it also reads in grey."""
    place = np.linspace(0, 1, DEPTHS)
    hue = np.interp(place, [0, 0.25, 0.5, 0.75, 1], [0.08, 0.23, 0.42, 0.68, 0.80])
    lightness = np.interp(place, [0, 0.3, 0.5, 1], [0.66, 0.86, 0.74, 0.28])
    return _from_lightness_chroma_hue(lightness, np.interp(place, [0, 0.5, 1], [0.17, 0.14, 0.11]), hue)


@cache
def _id_table() -> UInt8:
    index = np.arange(IDS, dtype=np.float64)
    table = _from_lightness_chroma_hue(LIGHTNESSES[np.arange(IDS) % len(LIGHTNESSES)], np.full(IDS, 0.105), index * GOLDEN_TURN)
    table[0] = NOTHING
    return table


@cache
def _motion_table() -> UInt8:
    hue = np.arange(HUES)[:, None] / HUES
    speed = np.linspace(0, 1, SPEEDS)[None, :]
    return _from_lightness_chroma_hue(0.21 + 0.56 * speed, 0.155 * speed, hue)
