"""Which strokes a frame needs and where they land, compiled. See scaffold.py for the idea."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.video_models.painter.hashing import mix, unit, value_noise

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

GOLDEN = 0.6180339887498949
DEEPEST = 24
THINNEST = 1.7 / 288  # of the image's height: no stroke is narrower


@compiled
def place_strokes(
    out: Float64, count: int, points: Float64, rest: Float64, triangles: Int32, axis: Float64, thickness: Float64, closed: bool, sky: bool,
    object_id: int, seed: int, world_to_camera: Float64, lens: Float64, height: float, layers: Float64, field: Float64,
) -> int:  # fmt: skip
    """Append the strokes of one mesh to out, from row count on; returns the new count. Rows that do not fit are left out."""
    camera = np.empty((points.shape[0], 3))
    for i in range(points.shape[0]):
        for k in range(3):
            camera[i, k] = world_to_camera[3, k]
            for j in range(3):
                camera[i, k] += points[i, j] * world_to_camera[j, k]
    outward = _outward(camera, triangles) if closed else 1.0
    closed = closed and not _surrounds(camera)
    stack = np.empty((4 * DEEPEST + 8, 8))
    hashes = np.empty(4 * DEEPEST + 8, np.int64)
    corners = np.empty((3, 3))
    rest_corners = np.empty((3, 3))
    frame = np.empty((3, 3))
    direction = np.empty(3)
    for t in range(triangles.shape[0]):
        for i in range(3):
            for k in range(3):
                corners[i, k] = camera[triangles[t, i], k]
                rest_corners[i, k] = rest[triangles[t, i], k]
        if _outside(corners[0], corners[1], corners[2], lens, 0.25 * height):
            continue
        area = _normal(corners, frame[0])
        if area <= 1e-14 or _normal(rest_corners, frame[1]) <= 1e-14:
            continue
        towards = -(frame[0, 0] * corners[0, 0] + frame[0, 1] * corners[0, 1] + frame[0, 2] * corners[0, 2])
        if towards * outward < 0.0 and closed:
            continue
        if towards < 0.0:
            for k in range(3):
                frame[0, k] = -frame[0, k]
        for layer in range(layers.shape[0]):
            root = mix(mix(seed, object_id), np.int64(t) * 8 + layer)
            count = _fill_triangle(
                out, count, corners, rest_corners, frame, direction, area, axis[t], thickness[t], closed, sky, object_id, root,
                (t * GOLDEN + unit(mix(seed, object_id), layer)) % 1.0, layer, lens, height, layers[layer], field, seed, stack, hashes,
            )  # fmt: skip
    return count


@compiled
def _outward(points: Float64, triangles: Int32) -> float:
    """1 where a closed mesh's triangles wind as they should, -1 where they are mirrored."""
    volume = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = points[triangles[t, 0]], points[triangles[t, 1]], points[triangles[t, 2]]
        volume += a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    return 1.0 if volume >= 0.0 else -1.0


@compiled
def _surrounds(points: Float64) -> bool:
    """True where the camera may be inside: a room modelled as one box shows its back faces."""
    for k in range(3):
        low = high = points[0, k]
        for i in range(points.shape[0]):
            low, high = min(low, points[i, k]), max(high, points[i, k])
        if low > 0.0 or high < 0.0:
            return False
    return True


@compiled
def _outside(a: Float64, b: Float64, c: Float64, lens: Float64, margin: float) -> bool:
    """True where a triangle lies beyond one side of the picture, or behind the camera."""
    near = lens[4]
    if -a[2] < near and -b[2] < near and -c[2] < near:
        return True
    left = right = top = low = True
    for p in (a, b, c):
        d = max(-p[2], near)
        x, y = lens[0] * p[0], lens[1] * p[1]
        left = left and x + (lens[2] + margin) * d < 0 and -p[2] > near
        right = right and x + (lens[2] - lens[5] - margin) * d > 0 and -p[2] > near
        top = top and -y + (lens[3] + margin) * d < 0 and -p[2] > near
        low = low and -y + (lens[3] - lens[6] - margin) * d > 0 and -p[2] > near
    return left or right or top or low


@compiled
def _normal(corners: Float64, out: Float64) -> float:
    """Write the unit normal of a triangle; returns its area."""
    ux, uy, uz = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1], corners[1, 2] - corners[0, 2]
    vx, vy, vz = corners[2, 0] - corners[0, 0], corners[2, 1] - corners[0, 1], corners[2, 2] - corners[0, 2]
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = np.sqrt(x * x + y * y + z * z)
    if length > 0:
        out[0], out[1], out[2] = x / length, y / length, z / length
    return 0.5 * length


@compiled
def _fill_triangle(
    out: Float64, count: int, corners: Float64, rest: Float64, frame: Float64, direction: Float64, area: float, axis: Float64,
    thickness: float, closed: bool, sky: bool, object_id: int, root: int, first_rank: float, layer: int, lens: Float64, height: float,
    of_layer: Float64, field: Float64, seed: int, stack: Float64, hashes: NDArray[np.int64],
) -> int:  # fmt: skip
    """All strokes of one triangle and layer."""
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3], stack[0, 4], stack[0, 5], stack[0, 6] = 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0
    hashes[0] = root
    top = 1
    while top > 0:
        top -= 1
        h, depth = hashes[top], int(stack[top, 6])
        a0, a1, b0, b1, c0, c1 = stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3], stack[top, 4], stack[top, 5]
        need = _need_at_most(corners, a0, a1, b0, b1, c0, c1, frame[0], area, thickness, sky, lens, height, of_layer, field)
        if need < 0.0:
            continue
        rank = 2.0**depth
        if depth == 0 and need > first_rank:
            count = _try_stroke(out, count, corners, rest, frame, direction, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, mix(h, 77), first_rank + 1e-4, area, axis, thickness, closed, sky, object_id, layer, lens, height, of_layer, field, seed)  # fmt: skip  # noqa: E501
        if need > rank:
            count = _try_stroke(out, count, corners, rest, frame, direction, a0, a1, b0, b1, c0, c1, mix(h, 78), rank * (1.0 + unit(h, 79)), area, axis, thickness, closed, sky, object_id, layer, lens, height, of_layer, field, seed)  # fmt: skip  # noqa: E501
        if need <= 2.0 * rank or depth >= DEEPEST:
            continue
        top = _halve(rest, a0, a1, b0, b1, c0, c1, h, depth, stack, hashes, top)
    return count


@compiled
def _halve(
    rest: Float64, a0: float, a1: float, b0: float, b1: float, c0: float, c1: float, h: int, depth: int,
    stack: Float64, hashes: NDArray[np.int64], top: int,
) -> int:  # fmt: skip
    """Push the two halves of a piece of a triangle, cut across its longest side at rest."""
    ab, bc, ca = _apart(rest, a0 - b0, a1 - b1), _apart(rest, b0 - c0, b1 - c1), _apart(rest, c0 - a0, c1 - a1)
    if bc >= ab and bc >= ca:
        a0, a1, b0, b1, c0, c1 = b0, b1, c0, c1, a0, a1
    elif ca >= ab:
        a0, a1, b0, b1, c0, c1 = c0, c1, a0, a1, b0, b1
    m0, m1 = 0.5 * (a0 + b0), 0.5 * (a1 + b1)
    for half in range(2):
        s = stack[top]
        if half == 0:
            s[0], s[1] = a0, a1
        else:
            s[0], s[1] = b0, b1
        s[2], s[3], s[4], s[5], s[6] = m0, m1, c0, c1, depth + 1
        hashes[top] = mix(h, half + 1)
        top += 1
    return top


@compiled
def _apart(rest: Float64, d0: float, d1: float) -> float:
    """The squared length of a barycentric difference."""
    d2 = -d0 - d1
    total = 0.0
    for k in range(3):
        v = d0 * rest[0, k] + d1 * rest[1, k] + d2 * rest[2, k]
        total += v * v
    return total


@compiled
def _point(corners: Float64, w0: float, w1: float) -> tuple[float, float, float]:
    w2 = 1.0 - w0 - w1
    return (
        w0 * corners[0, 0] + w1 * corners[1, 0] + w2 * corners[2, 0],
        w0 * corners[0, 1] + w1 * corners[1, 1] + w2 * corners[2, 1],
        w0 * corners[0, 2] + w1 * corners[1, 2] + w2 * corners[2, 2],
    )


@compiled
def _need_at_most(
    corners: Float64, a0: float, a1: float, b0: float, b1: float, c0: float, c1: float, normal: Float64, area: float, thickness: float,
    sky: bool, lens: Float64, height: float, of_layer: Float64, field: Float64,
) -> float:  # fmt: skip
    """How many strokes the whole triangle would need at the density of this piece, or somewhat more; -1 where the piece is off screen."""
    x, y, z = _point(corners, (a0 + b0 + c0) / 3, (a1 + b1 + c1) / 3)
    radius = 0.0
    for w0, w1 in ((a0, a1), (b0, b1), (c0, c1)):
        px, py, pz = _point(corners, w0, w1)
        radius = max(radius, (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2)
    radius = np.sqrt(radius)
    d, near = -z, lens[4]
    if d + radius < near:
        return -1.0
    margin = 0.12 * height / lens[0] * max(d, near)
    if _beyond(x, lens[0], lens[2], lens[5], d, radius + margin) or _beyond(-y, lens[1], lens[3], lens[6], d, radius + margin):
        return -1.0
    if radius > 0.25 * d:
        return _need(max(d - radius, near), 1.0, area, thickness, sky, lens, height, of_layer, field) * 1.01
    facing = -(normal[0] * x + normal[1] * y + normal[2] * z) / np.sqrt(x * x + y * y + z * z)
    return _need(d, min(1.0, facing + 0.35 * radius / d), area, thickness, sky, lens, height, of_layer, field) * (1.0 + 3.0 * radius / d)


@compiled
def _beyond(x: float, focal: float, centre: float, side: float, d: float, reach: float) -> bool:
    """True where a ball at x and depth d cannot touch 0..side."""
    low = (focal * x + centre * d) / np.sqrt(focal * focal + centre * centre)
    rest = side - centre
    high = (rest * d - focal * x) / np.sqrt(focal * focal + rest * rest)
    return low < -reach or high < -reach


@compiled
def _scale(d: float, thickness: float, sky: bool, lens: Float64, height: float, of_layer: Float64, field: Float64) -> float:
    """How much smaller than the layer's own size a stroke is: on thin parts and far away."""
    if sky:
        return 1.15
    width = of_layer[1] * height
    room = field[2] * thickness * lens[1] / d
    scale = 1.0 / np.sqrt(1.0 + (width / max(room, 1e-6)) ** 2)
    scale *= min(1.15, max(0.55, (5.0 / d) ** field[3]))
    return max(scale, min(1.0, THINNEST * height / width))


@compiled
def _need(d: float, facing: float, area: float, thickness: float, sky: bool, lens: Float64, height: float, of_layer: Float64, field: Float64) -> float:
    """How many strokes a triangle of this area needs at this depth and slant."""
    scale = _scale(d, thickness, sky, lens, height, of_layer, field)
    slant = max(0.06, facing)
    footprint = of_layer[0] * of_layer[1] * (scale * height) ** 2 * _flattened(slant)
    return of_layer[2] / footprint * (lens[0] / d) ** 2 * area * slant


@compiled
def _flattened(slant: float) -> float:
    """How much of its size a stroke keeps on a slanted surface: more than perspective would leave it, or floors turn to hatching."""
    return 0.35 + 0.65 * slant


@compiled
def _try_stroke(
    out: Float64, count: int, corners: Float64, rest: Float64, frame: Float64, direction: Float64, a0: float, a1: float, b0: float,
    b1: float, c0: float, c1: float, h: int, rank: float, area: float, axis: Float64, thickness: float, closed: bool, sky: bool,
    object_id: int, layer: int, lens: Float64, height: float, of_layer: Float64, field: Float64, seed: int,
) -> int:  # fmt: skip
    """Append one stroke if the screen needs it here."""
    u, v = unit(h, 1), unit(h, 2)
    if u + v > 1.0:
        u, v = 1.0 - u, 1.0 - v
    w0, w1 = a0 * (1 - u - v) + b0 * u + c0 * v, a1 * (1 - u - v) + b1 * u + c1 * v
    x, y, z = _point(corners, w0, w1)
    d = -z
    if d < lens[4] or count >= out.shape[0]:
        return count
    away = np.sqrt(x * x + y * y + z * z)
    facing = -(frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z) / away
    grown = _need(d, facing, area, thickness, sky, lens, height, of_layer, field) / rank - 1.0
    grown = min(1.0, grown / 0.5)
    if closed:
        grown = min(grown, facing / 0.08)
    if grown <= 0.02:
        return count
    grown = np.sqrt(grown * (2.0 - grown))
    px, py, pz = _point(rest, w0, w1)
    _direct(rest, frame[1], px, py, pz, axis, sky, h, of_layer[4], field, seed, direction)
    return _append(out, count, corners, rest, frame, direction, x, y, d, facing, grown, thickness, sky, object_id, layer, h, lens, height, of_layer, field)


@compiled
def _direct(
    rest: Float64, n: Float64, x: float, y: float, z: float, axis: Float64, sky: bool, h: int, jitter: float, field: Float64, seed: int,
    out: Float64,
) -> None:  # fmt: skip
    """Write the stroke's direction on the resting surface: along long parts, around round ones, winding on large ones."""
    flat = min(1.0, max(0.0, (abs(n[1]) - 0.7) / 0.25))
    gx, gy, gz = n[2] * (1 - flat) + flat, 0.15 * (1 - flat), -n[0] * (1 - flat)
    long = np.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    if long > 0.0:
        sign = 1.0 if axis[0] * gx + axis[1] * gy + axis[2] * gz >= 0 else -1.0
        gx, gy, gz = gx * (1 - long) + sign * axis[0] * 1.5, gy * (1 - long) + sign * axis[1] * 1.5, gz * (1 - long) + sign * axis[2] * 1.5
    along = gx * n[0] + gy * n[1] + gz * n[2]
    gx, gy, gz = gx - along * n[0], gy - along * n[1], gz - along * n[2]
    length = np.sqrt(gx * gx + gy * gy + gz * gz)
    if length < 1e-6:
        gx, gy, gz = rest[1, 0] - rest[0, 0], rest[1, 1] - rest[0, 1], rest[1, 2] - rest[0, 2]
        length = np.sqrt(gx * gx + gy * gy + gz * gz)
    gx, gy, gz = gx / length, gy / length, gz / length
    size = 3.0 * field[1] if sky else field[1]
    winding = value_noise(seed & 0xFFFF, (x + 0.7 * y) / size, (z - 0.6 * y) / size) + value_noise(11, (y + 3.1) / size, (x - z) / size) - 1.0
    turn = (0.45 if sky else 1.0 - 0.7 * long) * field[0] * 2.0 * winding + jitter * (unit(h, 3) + unit(h, 4) - 1.0) * 2.0
    c, s = np.cos(turn), np.sin(turn)
    out[0] = c * gx + s * (n[1] * gz - n[2] * gy)
    out[1] = c * gy + s * (n[2] * gx - n[0] * gz)
    out[2] = c * gz + s * (n[0] * gy - n[1] * gx)


@compiled
def _carry(rest: Float64, corners: Float64, direction: Float64) -> tuple[float, float, float]:
    """The direction as it stands on the surface now: the same barycentric difference."""
    e = rest[1] - rest[0]
    f = rest[2] - rest[0]
    ee, ef, ff = np.dot(e, e), np.dot(e, f), np.dot(f, f)
    ed, fd = np.dot(e, direction), np.dot(f, direction)
    det = ee * ff - ef * ef
    s, t = (ff * ed - ef * fd) / det, (ee * fd - ef * ed) / det
    return (
        s * (corners[1, 0] - corners[0, 0]) + t * (corners[2, 0] - corners[0, 0]),
        s * (corners[1, 1] - corners[0, 1]) + t * (corners[2, 1] - corners[0, 1]),
        s * (corners[1, 2] - corners[0, 2]) + t * (corners[2, 2] - corners[0, 2]),
    )


@compiled
def _append(
    out: Float64, count: int, corners: Float64, rest: Float64, frame: Float64, direction: Float64, x: float, y: float, d: float,
    facing: float, grown: float, thickness: float, sky: bool, object_id: int, layer: int, h: int, lens: Float64, height: float,
    of_layer: Float64, field: Float64,
) -> int:  # fmt: skip
    """Project one stroke and write its row; the columns are drawing.COLUMNS."""
    gx, gy, gz = _carry(rest, corners, direction)
    sx, sy = lens[2] + lens[0] * x / d, lens[3] - lens[1] * y / d
    dx, dy = lens[0] * (gx + x * gz / d), -lens[1] * (gy + y * gz / d)
    seen = np.sqrt(dx * dx + dy * dy)
    if seen < 1e-9:
        return count
    stretch = np.sqrt(gx * gx + gy * gy + gz * gz) * lens[0]
    along = min(1.0, seen / max(stretch, 1e-9))
    slant = max(0.06, facing)
    across = min(1.0, slant / max(along, 0.06))
    flat = _flattened(slant)
    balance = ((0.35 + 0.65 * along) / (0.35 + 0.65 * across)) ** 0.5
    scale = _scale(d, thickness, sky, lens, height, of_layer, field) * grown
    size = 0.78 + 0.44 * unit(h, 5)
    row = out[count]
    row[0], row[1], row[2], row[3], row[4] = sx, sy, d, dx / seen, dy / seen
    row[5] = 0.5 * of_layer[0] * height * scale * size * np.sqrt(flat) * balance * (0.8 + 0.4 * unit(h, 6))
    row[6] = max(0.5 * of_layer[1] * height * scale * size * np.sqrt(flat) / balance, 0.5 * THINNEST * height * grown)
    row[7], row[8], row[9] = frame[0, 0], frame[0, 1], frame[0, 2]
    row[10] = frame[0, 0] * x + frame[0, 1] * y - frame[0, 2] * d
    row[11] = 0.45 * row[5] * d / lens[0] + 0.004 * d
    row[12], row[13], row[14], row[15] = object_id, h, layer, of_layer[3]
    row[16] = row[17] = row[18] = 0.0
    row[19] = of_layer[1] * 288.0 / 1.55
    return count + 1
