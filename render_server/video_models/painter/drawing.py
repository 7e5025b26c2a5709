"""Strokes into pixels, compiled: the topmost stroke of every pixel, then its channels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled, inlined
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
BAND = 24  # rows of the picture that are drawn at a time: what strokes are tested against stays in the processor's cache
SLACK = 1e-3  # pixels by which a row's part may be wider than need be; every pixel of it is tested
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


@inlined
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
def _per_step(step: float) -> float:
    """1 / step, or 0 where a row runs along what bounds it."""
    return 1.0 / step if abs(step) >= 1e-9 else 0.0


@compiled
def _span(along: float, per_step: float, half: float, start: int, end: int) -> tuple[int, int]:
    """The part of pixels start..end of a row where |along + step * x| <= half, per_step being 1 / step; see _per_step."""
    if per_step == 0.0:
        return (start, end) if abs(along) <= half else (0, 0)
    low, high = (-half - along) * per_step, (half - along) * per_step
    if low > high:
        low, high = high, low
    return int(np.ceil(max(low - SLACK, float(start)))), int(np.floor(min(high + SLACK, end - 1.0))) + 1


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
def _covers(h: int, dryness: float, bristles: float, along: float, across: float) -> bool:
    """True inside a stroke's outline: rounded at its ends, wavy at its sides, frayed by dry bristles at its tail."""
    far, side, rounded = abs(along), abs(across), 1.0
    if far > 0.7:
        past = (far - 0.7) / 0.3
        rounded = np.sqrt(1.0 - past * past)
    if side > 1.001 * rounded:
        return False
    if side > 0.859 * rounded and side > (0.93 + 0.07 * np.sin(along * 5.0 + h % 7)) * rounded:
        return False
    dry = (along - 0.15) * dryness
    if dry <= 0.0:
        return True
    fine = 0.62 * _fine_bristle(h, along, across, bristles)
    return bool(fine > dry or fine + 0.38 * _coarse_bristle(h, along, across, bristles) > dry)


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
    first, last = _rows_of(strokes, bend)
    for top in range(0, height, BAND):
        bottom = min(top + BAND, height)
        for i in range(strokes.shape[0]):
            if first[i] < bottom and last[i] >= top:
                stroke = _stroke(strokes[i], picture, bend)
                past = overshoot * (0.2 + 0.8 * unit(stroke.hash, 11))
                _draw_stroke(i, stroke, past, picture, border, owner, free, top, bottom)
    return owner


@compiled
def _rows_of(strokes: Float64, bend: float) -> tuple[Int32, Int32]:
    """The first and last row of the picture that each stroke may touch, or somewhat more."""
    first, last = np.empty(strokes.shape[0], np.int32), np.empty(strokes.shape[0], np.int32)
    for i in range(strokes.shape[0]):
        reach = strokes[i, 5] * abs(strokes[i, 4]) + strokes[i, 6] * (1.0 + abs(bend)) * abs(strokes[i, 3]) + 2.0
        first[i], last[i] = np.floor(strokes[i, 1] - reach), np.ceil(strokes[i, 1] + reach)
    return first, last


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
def _draw_stroke(i: int, s: Stroke, past: float, picture: Picture, border: Bool, owner: Int32, free: Int32, top: int, bottom: int) -> None:
    """Give a stroke the pixels of rows top to bottom that it covers and no stroke has.

    free: for each pixel one on the way to the next that no stroke has, itself where it is one; the way is shortened whenever it is gone.
    """
    width = owner.shape[1]
    ids, depth, normal, beauty = picture.ids, picture.depth, picture.normal, picture.beauty
    cx, cy, wide = s.dir_x, s.dir_y, s.half_width * (1.0 + abs(s.curve))
    reach_x, reach_y = s.half_length * abs(cx) + wide * abs(cy), s.half_length * abs(cy) + wide * abs(cx)
    left, right = max(0, int(s.x - reach_x)), min(width, int(s.x + reach_x) + 2)
    per_x, per_y = _per_step(cx), _per_step(-cy)
    for y in range(max(top, int(s.y - reach_y)), min(bottom, int(s.y + reach_y) + 2)):
        oy = y + 0.5 - s.y
        start, end = _span(oy * cy + (0.5 - s.x) * cx, per_x, s.half_length, left, right)
        start, end = _span(oy * cx - (0.5 - s.x) * cy, per_y, wide, start, end)
        after = start
        while after < end:
            x, ahead = after, free[y, after]
            if ahead != x:
                free[y, x] = after = free[y, ahead]
                continue
            after = x + 1
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
            if (own or _overshoots(s, x, y, ox, oy, past, picture)) and _covers(s.hash, s.dry, s.bristles, along, across):
                owner[y, x], free[y, x] = i, after


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
    out: Channels, strokes: Float64, owner: Int32, picture: Picture, bend: float, bristle: float, reference_height: float, gain: float,
    rest: float,
) -> None:  # fmt: skip
    """Write the guide channels of every pixel, in the order of channels.SCAFFOLD: 0..1 times gain plus rest, in out's own type.

    bristle: 0..1, how much is seen of the marks inside strokes and of their thickness.
    """
    height, width = owner.shape
    times, plus = np.float32(gain), np.float32(rest)
    fixed, whole = np.zeros((13,), np.float32), np.empty((13,), out.dtype)
    for y in range(height):
        last = -2
        for x in range(width):
            i = owner[y, x]
            if i != last:
                last = i
                if i < 0:
                    _bare(fixed)
                else:
                    s = _stroke(strokes[i], picture, bend)
                    _fix(fixed, s, strokes[i, 14], reference_height)
                    fine = bristle * min(1.0, max(0.15, 2.0 * s.half_width * 288.0 / reference_height / s.bristles))
                for k in range(13):
                    whole[k] = fixed[k] * times + plus
            for k in range(13):
                out[y, x, k] = whole[k]
            if i < 0:
                continue
            along, across = _within(s, x + 0.5 - s.x, y + 0.5 - s.y)
            mark = np.float32(0.5 + (_bristle(s.hash, along, across, s.bristles) - 0.5) * fine)
            out[y, x, 2] = np.float32(0.5 + 0.5 * along) * times + plus
            out[y, x, 3] = np.float32(min(1.0, max(0.0, 0.5 + 0.5 * across))) * times + plus
            out[y, x, 6] = mark * times + plus
            out[y, x, 10] = np.float32(_relief(along, across, float(mark)) * bristle + 0.5 * (1.0 - bristle)) * times + plus


@compiled
def _bare(c: Float32) -> None:
    """The channels where there is no stroke."""
    c[:] = 0.0
    c[4] = c[5] = 0.5


@compiled
def _fix(c: Float32, s: Stroke, layer: float, reference_height: float) -> None:
    """The channels that are the same in the whole stroke; the others are written pixel by pixel."""
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
    load = 0.85 - 0.35 * (along + 1.0) * 0.5
    if along < 0.5:  # beyond, the lip is less than the number's last place
        load += 0.2 * np.exp(-(((along + 0.8) / 0.2) ** 2))
    relief: float = min(1.0, max(0.0, (0.45 + 0.55 * bristle + ridge) * edge * load))
    return relief
