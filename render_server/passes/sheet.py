"""Passes coloured for the eye, laid out on one labelled sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render_server.passes.geometry import Float32, Passes, UInt8
from render_server.quality.colourmaps import NOTHING, depth_colours, id_colours, motion_colours, normal_colours

TILE = 480  # pixels wide
COLUMNS = 4
GAP = 12
LABEL = 26
PAPER, INK = (24, 25, 28), (214, 216, 220)


@dataclass(frozen=True)
class Scale:
    """What is shared by all frames of a sheet, so that they can be compared."""

    near: float  # metres
    far: float
    speed: float  # pixels a frame, drawn at full strength
    low: Float32  # (3,) metres, corners of the rest positions
    high: Float32


def draw_sheet(title: str, frames: Sequence[tuple[Passes, UInt8]]) -> Image.Image:
    """Lay out frames, each with its pose map, as blocks of labelled tiles."""
    scale = scale_of([passes for passes, _ in frames])
    blocks = [_block(passes, pose, scale) for passes, pose in frames]
    width = max(block.width for block in blocks)
    sheet = Image.new("RGB", (width, LABEL * 2 + sum(block.height for block in blocks)), PAPER)
    ImageDraw.Draw(sheet).text((GAP, GAP), title, fill=INK, font=ImageFont.load_default(24))
    top = LABEL * 2
    for block in blocks:
        sheet.paste(block, (0, top))
        top += block.height
    return sheet


def scale_of(frames: Sequence[Passes]) -> Scale:
    """Find a range that shows all of these frames well."""
    seen = [frame.object_id > 0 for frame in frames]
    if not any(mask.any() for mask in seen):
        return Scale(1.0, 2.0, 1.0, np.zeros(3, np.float32), np.ones(3, np.float32))
    depth = np.concatenate([frame.depth[mask] for frame, mask in zip(frames, seen, strict=True)])
    rest = np.concatenate([frame.rest_position[mask] for frame, mask in zip(frames, seen, strict=True)])
    speed = np.concatenate([np.linalg.norm(frame.motion_forward[mask], axis=-1) for frame, mask in zip(frames, seen, strict=True)])
    near, far = np.percentile(depth, (0.5, 99.5))
    low, high = np.percentile(rest, (1, 99), axis=0).astype(np.float32)
    return Scale(float(near), float(max(far, near * 1.01)), float(max(np.percentile(speed, 99.0), 0.25)), low, high)


def _block(passes: Passes, pose: UInt8, scale: Scale) -> Image.Image:
    tiles = [(label, draw(passes, scale)) for label, draw in _TILES.items()] + [("pose", pose)]
    height = round(TILE * pose.shape[0] / pose.shape[1])
    rows = -(-len(tiles) // COLUMNS)
    block = Image.new("RGB", (GAP + COLUMNS * (TILE + GAP), rows * (height + LABEL + GAP) + GAP), PAPER)
    pen, font = ImageDraw.Draw(block), ImageFont.load_default(15)
    for index, (label, picture) in enumerate(tiles):
        left, top = GAP + index % COLUMNS * (TILE + GAP), index // COLUMNS * (height + LABEL + GAP)
        label = f"frame {passes.number}   {label}" if index == 0 else label.format(scale=scale)
        pen.text((left, top + 4), label, fill=INK, font=font)
        block.paste(Image.fromarray(picture).resize((TILE, height), Image.Resampling.LANCZOS), (left, top + LABEL))
    return block


def draw_beauty(passes: Passes, scale: Scale) -> UInt8:
    """The picture as it is."""
    return passes.beauty


def draw_depth(passes: Passes, scale: Scale) -> UInt8:
    """Warm is near, cool is far."""
    return depth_colours(passes.depth, (scale.near, scale.far))


def draw_normal(passes: Passes, scale: Scale) -> UInt8:
    """The usual colours: red right, green up, blue towards the camera."""
    return normal_colours(passes.normal)


def draw_ids(passes: Passes, scale: Scale) -> UInt8:
    """One colour an object."""
    return id_colours(passes.object_id)


def draw_motion(passes: Passes, scale: Scale) -> UInt8:
    """Direction as hue, speed as strength, with the wheel that explains it in a corner."""
    picture = motion_colours(passes.motion_forward, scale.speed)
    side = max(passes.depth.shape[0] // 6, 8)
    y, x = np.mgrid[-1.15 : 1.15 : side * 1j, -1.15 : 1.15 : side * 1j].astype(np.float32)
    inside = np.hypot(x, y) <= 1.0
    picture[-side:, -side:][inside] = motion_colours(np.stack([x, y], axis=-1), 1.0)[inside]
    return picture


def draw_occlusion(passes: Passes, scale: Scale) -> UInt8:
    """Orange was hidden in the previous frame, blue will be hidden in the next."""
    grey = passes.beauty.mean(axis=-1, keepdims=True) * 0.35
    picture = np.repeat(grey, 3, axis=-1)
    for occlusion, colour in ((passes.occlusion_forward, (70, 150, 255)), (passes.occlusion_backward, (255, 150, 50))):
        if not occlusion.all():  # there is such a frame
            picture[occlusion > 0] = colour
    return picture.astype(np.uint8)


def draw_rest(passes: Passes, scale: Scale) -> UInt8:
    """Rest position as a colour; it sticks to a surface however that moves."""
    spread = np.maximum(scale.high - scale.low, 1e-6)
    colours = 30 + 225 * np.clip((passes.rest_position - scale.low) / spread, 0, 1)
    return np.where(passes.object_id[..., None] > 0, colours, NOTHING).astype(np.uint8)


_TILES: dict[str, Callable[[Passes, Scale], UInt8]] = {
    "beauty": draw_beauty,
    "depth {scale.near:.1f} to {scale.far:.1f} m": draw_depth,
    "normal": draw_normal,
    "object id": draw_ids,
    "motion to the next frame, up to {scale.speed:.1f} px": draw_motion,
    "occlusion: orange in the previous, blue in the next": draw_occlusion,
    "rest position": draw_rest,
}
