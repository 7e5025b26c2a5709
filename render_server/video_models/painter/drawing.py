"""Strokes into pixels, compiled: the topmost stroke of every pixel, then its channels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.video_models.painter.hashing import unit, value_noise

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]
UInt16 = NDArray[np.uint16]
Channels = NDArray[np.uint8] | NDArray[np.float32]

COLUMNS = (
    "x", "y", "depth", "dir_x", "dir_y", "half_length", "half_width", "normal_x", "normal_y", "normal_z", "plane", "tolerance",
    "object_id", "hash", "layer", "dry", "red", "green", "blue", "bristles",
)  # fmt: skip
SPINE = 7  # places along a stroke where it looks for its colour
ONE_COLOUR = 26.0  # bytes by which the colours along a stroke's spine may differ
TWO_COLOURS = np.array([56.0, 42.0, 30.0])  # bytes by which a pixel may differ from a stroke that covers it, a layer
SAME_SURFACE = 0.45  # cosine between a stroke's normal and that of a pixel it may cover


class Picture(NamedTuple):
    """What strokes are drawn on."""

    ids: UInt16  # (H, W)
    depth: Float32  # (H, W) metres, large where nothing is
    normal: Float32  # (H, W, 3)
    beauty: UInt8  # (H, W, 3)
    fx: float
    fy: float
    cx: float
    cy: float


class Stroke(NamedTuple):
    """One stroke, ready to be tested against pixels: its row with all that can be worked out beforehand."""

    x: float
    y: float
    depth: float
    dir_x: float
    dir_y: float
    half_length: float
    half_width: float
    per_length: float  # 1 / half_length
    per_width: float
    curve: float  # how far it bows, in half widths
    nx: float
    ny: float
    nz: float
    right: float  # its plane: right * x + down * y + constant, times a pixel's depth, is the pixel's place along the normal
    down: float
    constant: float
    plane: float
    tolerance: float
    object_id: int
    hash: int
    dry: float
    red: float  # 0..255
    green: float
    blue: float
    unlike: float  # how far a pixel's colour may be from its own
    bristles: float


@compiled
def _stroke(s: Float64, picture: Picture, bend: float) -> Stroke:
    h = int(s[13])
    curve = bend * (2.0 * unit(h, 10) - 1.0) * min(1.0, s[5] / (6.0 * s[6]) + 0.3)
    right, down = s[7] / picture.fx, -s[8] / picture.fy
    constant = right * (0.5 - picture.cx) + down * (0.5 - picture.cy) - s[9]
    return Stroke(
        s[0], s[1], s[2], s[3], s[4], s[5], s[6], 1.0 / s[5], 1.0 / s[6], curve, s[7], s[8], s[9], right, down, constant, s[10], s[11],
        int(s[12]), h, s[15], 255.0 * s[16], 255.0 * s[17], 255.0 * s[18], TWO_COLOURS[int(s[14])], s[19],
    )  # fmt: skip


@compiled
def _on_plane(s: Stroke, x: int, y: int, depth: float, nx: float, ny: float, nz: float) -> bool:
    """True where a pixel of the stroke's own object, given its depth and normal, shows the surface that the stroke lies on."""
    if s.object_id == 0:
        return True
    if nx * s.nx + ny * s.ny + nz * s.nz < SAME_SURFACE:
        return False
    return bool(abs(depth * (s.right * x + s.down * y + s.constant) - s.plane) < s.tolerance)


@compiled
def _on_surface(s: Stroke, x: int, y: int, picture: Picture) -> bool:
    """The same for any pixel."""
    if picture.ids[y, x] != s.object_id:
        return False
    return _on_plane(s, x, y, picture.depth[y, x], picture.normal[y, x, 0], picture.normal[y, x, 1], picture.normal[y, x, 2])


@compiled
def _apart(red: float, green: float, blue: float, r: float, g: float, b: float) -> float:
    """The largest difference between two colours' channels, 0..255."""
    return max(abs(red - r), abs(green - g), abs(blue - b))


@compiled
def gather_colours(strokes: Float64, picture: Picture) -> Bool:
    """Give each stroke the mean colour of its surface along its spine; False where none of it is seen."""
    seen = np.zeros(strokes.shape[0], np.bool_)
    for i in range(strokes.shape[0]):
        seen[i] = _gather_colour(strokes[i], _stroke(strokes[i], picture, 0.0), picture)
    return seen


@compiled
def _gather_colour(row: Float64, s: Stroke, picture: Picture) -> bool:
    height, width = picture.ids.shape
    weight = red = green = blue = 0.0
    for k in range(SPINE):
        step = (k + 1) // 2 if k % 2 else -(k // 2)  # from the root outwards: the first colour found is the stroke's
        along = step / (SPINE // 2 + 0.6)
        x, y = int(np.floor(s.x + along * s.half_length * s.dir_x)), int(np.floor(s.y + along * s.half_length * s.dir_y))
        if x < 0 or y < 0 or x >= width or y >= height or not _on_surface(s, x, y, picture):
            continue
        pixel = picture.beauty[y, x]
        if weight > 0.0 and _apart(pixel[0], pixel[1], pixel[2], red / weight, green / weight, blue / weight) > ONE_COLOUR:
            continue
        w = 1.2 - abs(along)
        weight, red, green, blue = weight + w, red + w * pixel[0], green + w * pixel[1], blue + w * pixel[2]
    if weight > 0.0:
        row[16], row[17], row[18] = red / weight / 255.0, green / weight / 255.0, blue / weight / 255.0
    return bool(weight > 0.0)


@compiled
def stacked(strokes: Float64, seen: Bool) -> Int64:
    """The rows that are seen, from the topmost stroke down: by layer, then by hash, so that it never changes through a shot."""
    rows = np.flatnonzero(seen)
    order = np.empty(len(rows))
    for k, i in enumerate(rows):
        order[k] = -strokes[i, 14] - 0.999 * unit(int(strokes[i, 13]), 9)
    return rows[np.argsort(order)]


@compiled
def _span(along: float, step: float, half: float, start: int, end: int) -> tuple[int, int]:
    """The part of pixels start..end of a row where |along + step * x| <= half."""
    if abs(step) < 1e-9:
        return (start, end) if abs(along) <= half else (0, 0)
    low, high = (-half - along) / step, (half - along) / step
    if low > high:
        low, high = high, low
    return max(start, int(np.floor(max(low, -1e6)))), min(end, int(np.ceil(min(high, 1e6))) + 1)


@compiled
def _bristle(h: int, along: float, across: float, count: float) -> float:
    """The bristle marks inside a stroke, 0..1."""
    return 0.62 * _fine_bristle(h, along, across, count) + 0.38 * _coarse_bristle(h, along, across, count)


@compiled
def _fine_bristle(h: int, along: float, across: float, count: float) -> float:
    return value_noise(h, across * count * 0.5 + 40.0, along * 1.1 + 40.0)


@compiled
def _coarse_bristle(h: int, along: float, across: float, count: float) -> float:
    return value_noise(h ^ 5, across * count * 0.22 + 40.0, along * 0.8 + 40.0)


@compiled
def _covers(s: Stroke, along: float, across: float) -> bool:
    """True inside the stroke's outline: rounded at its ends, wavy at its sides, frayed by dry bristles at its tail."""
    far, side = abs(along), abs(across)
    if far >= 1.0 or side > 1.0:
        return False
    past = max(0.0, (far - 0.7) / 0.3)
    rounded = np.sqrt(1.0 - past * past)
    if side > 1.001 * rounded:
        return False
    if side > 0.859 * rounded and side > (0.93 + 0.07 * np.sin(along * 5.0 + s.hash % 7)) * rounded:
        return False
    dry = (along - 0.15) * s.dry
    if dry <= 0.0:
        return True
    fine = 0.62 * _fine_bristle(s.hash, along, across, s.bristles)
    return bool(fine > dry or fine + 0.38 * _coarse_bristle(s.hash, along, across, s.bristles) > dry)


@compiled
def draw_strokes(strokes: Float64, picture: Picture, overshoot: float, bend: float) -> Int32:
    """The topmost stroke of every pixel, as (H, W): its row, or -1 where there is none.

    strokes: topmost first; see stacked. overshoot: pixels by which strokes reach over what lies behind their object at most.
    bend: of the half width, how far strokes curve.
    """
    height, width = picture.ids.shape
    owner, free = np.full((height, width), -1, np.int32), np.empty((height, width + 1), np.int32)
    for y in range(height):
        for x in range(width + 1):
            free[y, x] = x
    border = _near_border(picture.ids, int(overshoot) + 2)
    for i in range(strokes.shape[0]):
        stroke = _stroke(strokes[i], picture, bend)
        _draw_stroke(i, stroke, overshoot * (0.2 + 0.8 * unit(stroke.hash, 11)), picture, border, owner, free)
    return owner


@compiled
def _near_border(ids: UInt16, reach: int) -> Bool:
    """True where another object is seen within reach pixels to the side and up or down."""
    height, width = ids.shape
    out = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            right, below = x + 1 < width and ids[y, x + 1] != ids[y, x], y + 1 < height and ids[y + 1, x] != ids[y, x]
            if right or below:
                for v in range(max(0, y - reach), min(height, y + reach + 2)):
                    for u in range(max(0, x - reach), min(width, x + reach + 2)):
                        out[v, u] = True
    return out


@compiled
def _within(s: Stroke, ox: float, oy: float) -> tuple[float, float]:
    """The place along and across a stroke, -1..1, of a pixel that lies (ox, oy) from its middle."""
    along = (ox * s.dir_x + oy * s.dir_y) * s.per_length
    return along, (oy * s.dir_x - ox * s.dir_y) * s.per_width + s.curve * (along * along - 0.3)


@compiled
def _draw_stroke(i: int, s: Stroke, past: float, picture: Picture, border: Bool, owner: Int32, free: Int32) -> None:
    """Give a stroke the pixels that it covers of those that no stroke has; free: each row's next such pixel, see _next_free."""
    height, width = owner.shape
    ids, depth, normal, beauty = picture.ids, picture.depth, picture.normal, picture.beauty
    cx, cy, wide = s.dir_x, s.dir_y, s.half_width * (1.0 + abs(s.curve))
    reach_x, reach_y = s.half_length * abs(cx) + wide * abs(cy), s.half_length * abs(cy) + wide * abs(cx)
    left, right = max(0, int(s.x - reach_x)), min(width, int(s.x + reach_x) + 2)
    for y in range(max(0, int(s.y - reach_y)), min(height, int(s.y + reach_y) + 2)):
        oy = y + 0.5 - s.y
        start, end = _span(oy * cy + (0.5 - s.x) * cx, cx, s.half_length, left, right)
        start, end = _span(oy * cx - (0.5 - s.x) * cy, -cy, wide, start, end)
        row, x = free[y], start - 1
        while True:
            x = _next_free(row, x + 1) if x + 1 < end else end
            if x >= end:
                break
            own = ids[y, x] == s.object_id
            if not own and (not border[y, x] or s.object_id == 0 or depth[y, x] < s.depth):
                continue
            ox = x + 0.5 - s.x
            along, across = _within(s, ox, oy)
            if abs(across) > 1.0 or abs(along) >= 1.0:
                continue
            if own and not _on_plane(s, x, y, depth[y, x], normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]):
                continue
            if own and _apart(beauty[y, x, 0], beauty[y, x, 1], beauty[y, x, 2], s.red, s.green, s.blue) > s.unlike:
                continue
            if (own or _overshoots(s, x, y, ox, oy, past, picture)) and _covers(s, along, across):
                owner[y, x], row[x] = i, x + 1


@compiled
def _next_free(row: Int32, x: int) -> int:
    """The first pixel from x on that no stroke has; shortens the way there for the next time."""
    while row[x] != x:
        row[x] = row[row[x]]
        x = row[x]
    return x


@compiled
def _overshoots(s: Stroke, x: int, y: int, ox: float, oy: float, past: float, picture: Picture) -> bool:
    """True where the stroke's own surface is seen at most past pixels from a pixel of another object, towards the stroke's middle."""
    length = max(np.sqrt(ox * ox + oy * oy), 1e-6)
    step = min(past, length) / length
    bx, by = int(x + 0.5 - ox * step), int(y + 0.5 - oy * step)
    height, width = picture.ids.shape
    return 0 <= bx < width and 0 <= by < height and _on_surface(s, bx, by, picture)


@compiled
def fill_channels(
    out: Channels, strokes: Float64, owner: Int32, picture: Picture, bend: float, reference_height: float, gain: float, rest: float
) -> None:
    """Write the guide channels of every pixel, in the order of channels.SCAFFOLD: 0..1 times gain plus rest, in out's own type."""
    height, width = owner.shape
    fixed, bare = np.zeros((13,), np.float32), np.zeros((13,), np.float32)
    bare[4] = bare[5] = 0.5
    for y in range(height):
        last = -1
        for x in range(width):
            i, c = owner[y, x], out[y, x]
            if i < 0:
                _write(c, bare, gain, rest)
                continue
            if i != last:
                last, s = i, _stroke(strokes[i], picture, bend)
                _fix(fixed, s, strokes[i, 14], reference_height)
                fine = min(1.0, max(0.15, 2.0 * s.half_width * 288.0 / reference_height / s.bristles))
            along, across = _within(s, x + 0.5 - s.x, y + 0.5 - s.y)
            fixed[2], fixed[3] = 0.5 + 0.5 * along, min(1.0, max(0.0, 0.5 + 0.5 * across))
            fixed[6] = 0.5 + (_bristle(s.hash, along, across, s.bristles) - 0.5) * fine
            fixed[10] = _relief(along, across, fixed[6])
            _write(c, fixed, gain, rest)


@compiled
def _write(c: Channels, values: Float32, gain: float, rest: float) -> None:
    for k in range(13):
        c[k] = values[k] * np.float32(gain) + np.float32(rest)


@compiled
def _fix(c: Float32, s: Stroke, layer: float, reference_height: float) -> None:
    """The channels that are the same in the whole stroke."""
    thin = s.half_width * 288.0 / reference_height
    c[0], c[1] = unit(s.hash, 12), unit(s.hash, 13)
    c[4], c[5] = 0.5 + 0.5 * (s.dir_x * s.dir_x - s.dir_y * s.dir_y), 0.5 + s.dir_x * s.dir_y
    c[7], c[8], c[9] = s.red / 255.0, s.green / 255.0, s.blue / 255.0
    c[11], c[12] = (layer + 1.0) / 3.0, min(1.0, thin / 10.0)


@compiled
def _relief(along: float, across: float, bristle: float) -> float:
    """How thick the paint lies: ridges at the sides, a lip at the start, thin at the tail."""
    side = min(1.0, abs(across))
    edge = 1.0 - 0.6 * side**6
    ridge = 0.25 * np.exp(-(((side - 0.8) / 0.15) ** 2))
    load = 0.85 - 0.35 * (along + 1.0) * 0.5 + 0.2 * np.exp(-(((along + 0.8) / 0.2) ** 2))
    relief: float = min(1.0, max(0.0, (0.45 + 0.55 * bristle + ridge) * edge * load))
    return relief
