"""Which strokes a frame needs and where they land, compiled. See scaffold.py for the idea."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from render_server.passes.compiled import compiled
from render_server.video_models.painter.hashing import mix, unit, value_noise

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt16 = NDArray[np.uint16]

GOLDEN = 0.6180339887498949
DEEPEST = 24  # how often a triangle is halved at most
TILE = 16  # pixels
THINNEST = 1.7 / 288  # of the image's height: no stroke is narrower
STEEPEST = 0.06  # cosine: surfaces seen more edge-on than this count as seen like this


class Screen(NamedTuple):
    """The view: a camera-space point at depth d lands at (cx + fx x / d, cy - fy y / d)."""

    fx: float
    fy: float
    cx: float
    cy: float
    near: float
    width: float
    height: float
    reference: float  # the whole picture's height, which stroke sizes are shares of


class Thing(NamedTuple):
    """One mesh. axis and thickness are those of surfaces.Parts."""

    points: Float64  # (V, 3) world space
    rest: Float64  # (V, 3)
    triangles: Int32  # (T, 3)
    axis: Float64  # (T, 3)
    thickness: Float64  # (T,)
    closed: bool
    sky: bool
    object_id: int
    present: Bool  # (tiles down, tiles across) where the picture shows it; see tiles_of


class Brush(NamedTuple):
    """One layer's strokes, in pixels, and the direction field."""

    layer: int
    length: float
    width: float
    coverage: float
    dry: float
    jitter: float
    swirl: float
    swirl_size: float
    figure: float
    far: float


class Vector(NamedTuple):
    """Numbers rather than an array, here and below: handing arrays to a compiled function costs more than most of them do."""

    x: float
    y: float
    z: float


class Corners(NamedTuple):
    """A triangle's."""

    a: Vector
    b: Vector
    c: Vector


class Patch(NamedTuple):
    """One triangle, now and at rest; normals are unit, the one now faces the camera."""

    corners: Corners  # camera space
    rest: Corners
    normal: Vector
    rest_normal: Vector
    axis: Vector
    area: float
    thickness: float
    closed: bool
    sky: bool
    object_id: int


class Piece(NamedTuple):
    """A part of a triangle: the first two barycentric weights of its three corners."""

    a0: float
    a1: float
    b0: float
    b1: float
    c0: float
    c1: float


WHOLE = Piece(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Sight(NamedTuple):
    """What at most is seen of a piece."""

    depth: float
    facing: float
    margin: float  # by which the need there may be exceeded in the piece; below 0 where it is off screen


@compiled
def place_strokes(
    out: Float64, count: int, thing: Thing, seed: int, world_to_camera: Float64, screen: Screen, brushes: tuple[Brush, ...]
) -> int:
    """Append the strokes on one mesh to out, from row count on; returns the new count. Rows that do not fit are left out."""
    camera = _to_camera(thing.points, world_to_camera)
    outward = _outward(camera, thing.triangles) if thing.closed else 0.0
    closed = thing.closed and not _surrounds(camera)
    stack, hashes = np.empty((4 * DEEPEST + 8, 7)), np.empty(4 * DEEPEST + 8, np.int64)
    own, triangles = mix(seed, thing.object_id), thing.triangles
    for t in range(triangles.shape[0]):
        corners = _corners(camera, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        normal, area = _normal(corners)
        towards = -(normal.x * corners.a.x + normal.y * corners.a.y + normal.z * corners.a.z)
        if area <= 1e-14 or (closed and towards * outward < 0.0) or _outside(corners, screen, 0.25 * screen.reference):
            continue
        rest = _corners(thing.rest, triangles[t, 0], triangles[t, 1], triangles[t, 2])
        rest_normal, rest_area = _normal(rest)
        if rest_area <= 1e-14:
            continue
        if towards < 0.0:
            normal = Vector(-normal.x, -normal.y, -normal.z)
        axis = Vector(thing.axis[t, 0], thing.axis[t, 1], thing.axis[t, 2])
        patch = Patch(corners, rest, normal, rest_normal, axis, area, thing.thickness[t], closed, thing.sky, thing.object_id)
        sight = _sight(patch, WHOLE, screen)
        if sight.margin < 0.0:
            continue
        for brush in brushes:
            first_rank = (t * GOLDEN + unit(own, brush.layer)) % 1.0
            if _need_at_most(patch, sight, screen, brush) > first_rank:
                root = mix(own, t * 8 + brush.layer)
                count = _fill_triangle(out, count, patch, thing.present, root, first_rank, seed, screen, brush, stack, hashes)
    return count


@compiled
def _corners(points: Float64, a: int, b: int, c: int) -> Corners:
    return Corners(
        Vector(points[a, 0], points[a, 1], points[a, 2]),
        Vector(points[b, 0], points[b, 1], points[b, 2]),
        Vector(points[c, 0], points[c, 1], points[c, 2]),
    )


@compiled
def _to_camera(points: Float64, matrix: Float64) -> Float64:
    out = np.empty((points.shape[0], 3))
    for i in range(points.shape[0]):
        for k in range(3):
            out[i, k] = matrix[3, k] + points[i, 0] * matrix[0, k] + points[i, 1] * matrix[1, k] + points[i, 2] * matrix[2, k]
    return out


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
def _outside(corners: Corners, screen: Screen, margin: float) -> bool:
    """True where a triangle lies beyond one side of the picture, or behind the camera."""
    behind, left, right, above, below = 0, 0, 0, 0, 0
    for corner in corners:
        d = -corner.z
        if d < screen.near:
            behind += 1
            continue
        x, y = screen.cx + screen.fx * corner.x / d, screen.cy - screen.fy * corner.y / d
        left += x < -margin
        right += x > screen.width + margin
        above += y < -margin
        below += y > screen.height + margin
    return behind == 3 or left == 3 or right == 3 or above == 3 or below == 3


@compiled
def _normal(corners: Corners) -> tuple[Vector, float]:
    """The unit normal of a triangle, and its area."""
    a, b, c = corners
    ux, uy, uz = b.x - a.x, b.y - a.y, b.z - a.z
    vx, vy, vz = c.x - a.x, c.y - a.y, c.z - a.z
    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = max(np.sqrt(x * x + y * y + z * z), 1e-300)
    return Vector(x / length, y / length, z / length), 0.5 * length


@compiled
def _fill_triangle(
    out: Float64, count: int, patch: Patch, present: Bool, root: int, first_rank: float, seed: int, screen: Screen, brush: Brush,
    stack: Float64, hashes: Int64,
) -> int:  # fmt: skip
    """All strokes of one triangle and layer: one at the start, then one for every half that the screen needs."""
    _push(stack, hashes, 0, WHOLE, 0.0, root)
    top = 1
    while top > 0:
        top -= 1
        row, h = stack[top], hashes[top]
        depth = row[6]
        piece = Piece(row[0], row[1], row[2], row[3], row[4], row[5])
        need = _need_at_most(patch, _sight(patch, piece, screen), screen, brush)
        rank = 2.0**depth
        if depth == 0 and need > first_rank:
            count = _try_stroke(out, count, patch, present, WHOLE, mix(h, 77), first_rank + 1e-4, seed, screen, brush)
        if need > rank:
            count = _try_stroke(out, count, patch, present, piece, mix(h, 78), rank * (1.0 + unit(h, 79)), seed, screen, brush)
        if need > 2.0 * rank and depth < DEEPEST:
            top = _halve(patch.rest, piece, h, depth, stack, hashes, top)
    return count


@compiled
def _push(stack: Float64, hashes: Int64, at: int, piece: Piece, depth: float, h: int) -> None:
    row = stack[at]
    row[0], row[1], row[2], row[3], row[4], row[5], row[6] = piece.a0, piece.a1, piece.b0, piece.b1, piece.c0, piece.c1, depth
    hashes[at] = h


@compiled
def _halve(rest: Corners, p: Piece, h: int, depth: float, stack: Float64, hashes: Int64, top: int) -> int:
    """Push the two halves of a piece, cut across its longest side at rest."""
    ab = _apart(rest, p.a0 - p.b0, p.a1 - p.b1)
    bc = _apart(rest, p.b0 - p.c0, p.b1 - p.c1)
    ca = _apart(rest, p.c0 - p.a0, p.c1 - p.a1)
    if bc >= ab and bc >= ca:
        p = Piece(p.b0, p.b1, p.c0, p.c1, p.a0, p.a1)
    elif ca >= ab:
        p = Piece(p.c0, p.c1, p.a0, p.a1, p.b0, p.b1)
    m0, m1 = 0.5 * (p.a0 + p.b0), 0.5 * (p.a1 + p.b1)
    _push(stack, hashes, top, Piece(p.a0, p.a1, m0, m1, p.c0, p.c1), depth + 1.0, mix(h, 1))
    _push(stack, hashes, top + 1, Piece(p.b0, p.b1, m0, m1, p.c0, p.c1), depth + 1.0, mix(h, 2))
    return top + 2


@compiled
def _apart(rest: Corners, d0: float, d1: float) -> float:
    """The squared length of a barycentric difference."""
    d2 = -d0 - d1
    x = d0 * rest.a.x + d1 * rest.b.x + d2 * rest.c.x
    y = d0 * rest.a.y + d1 * rest.b.y + d2 * rest.c.y
    z = d0 * rest.a.z + d1 * rest.b.z + d2 * rest.c.z
    return x * x + y * y + z * z


@compiled
def _point(corners: Corners, w0: float, w1: float) -> Vector:
    w2 = 1.0 - w0 - w1
    a, b, c = corners
    return Vector(w0 * a.x + w1 * b.x + w2 * c.x, w0 * a.y + w1 * b.y + w2 * c.y, w0 * a.z + w1 * b.z + w2 * c.z)


@compiled
def _sight(patch: Patch, p: Piece, screen: Screen) -> Sight:
    """Bound what is seen of a piece by the ball around it."""
    x, y, z = _point(patch.corners, (p.a0 + p.b0 + p.c0) / 3, (p.a1 + p.b1 + p.c1) / 3)
    square = 0.0
    for w0, w1 in ((p.a0, p.a1), (p.b0, p.b1), (p.c0, p.c1)):
        px, py, pz = _point(patch.corners, w0, w1)
        square = max(square, (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2)
    radius, d = np.sqrt(square), -z
    reach = radius + 0.12 * screen.reference / screen.fx * max(d, screen.near)
    if d + radius < screen.near or _beyond(x, screen.fx, screen.cx, screen.width, d, reach):
        return Sight(1.0, 1.0, -1.0)
    if _beyond(-y, screen.fy, screen.cy, screen.height, d, reach):
        return Sight(1.0, 1.0, -1.0)
    if radius > 0.25 * d:
        return Sight(max(d - radius, screen.near), 1.0, 1.01)
    n = patch.normal
    facing = -(n.x * x + n.y * y + n.z * z) / np.sqrt(x * x + y * y + z * z)
    return Sight(d, min(1.0, facing + 0.35 * radius / d), 1.0 + 3.0 * radius / d)


@compiled
def _need_at_most(patch: Patch, sight: Sight, screen: Screen, brush: Brush) -> float:
    """How many strokes the whole triangle would need at the density of a piece, or somewhat more; below 0 where that is off screen."""
    if sight.margin < 0.0:
        return -1.0
    return _need(patch, sight.depth, sight.facing, screen, brush) * sight.margin


@compiled
def _beyond(x: float, focal: float, centre: float, side: float, d: float, reach: float) -> bool:
    """True where a ball at x and depth d cannot touch 0..side."""
    low = (focal * x + centre * d) / np.sqrt(focal * focal + centre * centre)
    rest = side - centre
    high = (rest * d - focal * x) / np.sqrt(focal * focal + rest * rest)
    return bool(low < -reach or high < -reach)


@compiled
def _scale(patch: Patch, d: float, screen: Screen, brush: Brush) -> float:
    """How much smaller than the layer's own size a stroke is: on thin parts and far away."""
    if patch.sky:
        return 1.15
    room = brush.figure * patch.thickness * screen.fy / d
    scale = 1.0 / np.sqrt(1.0 + (brush.width / max(room, 1e-6)) ** 2)
    scale *= min(1.15, max(0.55, (5.0 / d) ** brush.far))
    return float(max(scale, min(1.0, THINNEST * screen.reference / brush.width)))


@compiled
def _need(patch: Patch, d: float, facing: float, screen: Screen, brush: Brush) -> float:
    """How many strokes a triangle needs at this depth and slant."""
    return _need_at(_scale(patch, d, screen, brush), patch, d, facing, screen, brush)


@compiled
def _need_at(scale: float, patch: Patch, d: float, facing: float, screen: Screen, brush: Brush) -> float:
    """The same, where the strokes' scale is known already."""
    slant = max(STEEPEST, facing)
    footprint = brush.length * brush.width * scale * scale * _flattened(slant)
    return brush.coverage / footprint * (screen.fx / d) ** 2 * patch.area * slant


@compiled
def _flattened(slant: float) -> float:
    """How much of its size a stroke keeps on a slanted surface: more than perspective would leave it, or floors turn to hatching."""
    return 0.35 + 0.65 * slant


@compiled
def _try_stroke(
    out: Float64, count: int, patch: Patch, present: Bool, p: Piece, h: int, rank: float, seed: int, screen: Screen, brush: Brush
) -> int:
    """Append one stroke somewhere in a piece if the screen needs it there; it grows from nothing as the need passes its rank."""
    u, v = unit(h, 1), unit(h, 2)
    if u + v > 1.0:
        u, v = 1.0 - u, 1.0 - v
    w0, w1 = p.a0 * (1 - u - v) + p.b0 * u + p.c0 * v, p.a1 * (1 - u - v) + p.b1 * u + p.c1 * v
    x, y, z = _point(patch.corners, w0, w1)
    d = -z
    if d < screen.near or count >= out.shape[0]:
        return count
    n = patch.normal
    facing = -(n.x * x + n.y * y + n.z * z) / np.sqrt(x * x + y * y + z * z)
    scale = _scale(patch, d, screen, brush)
    grown = min(1.0, (_need_at(scale, patch, d, facing, screen, brush) / rank - 1.0) / 0.5)
    if patch.closed:
        grown = min(grown, facing / 0.08)
    if grown <= 0.02:
        return count
    reach = brush.length * scale
    if not _is_near(present, screen.cx + screen.fx * x / d, screen.cy - screen.fy * y / d, reach):
        return count
    rx, ry, rz = _point(patch.rest, w0, w1)
    direction = _direction(patch, rx, ry, rz, h, seed, brush)
    return _append(out, count, patch, direction, x, y, d, facing, scale, np.sqrt(grown * (2.0 - grown)), h, screen, brush)


@compiled
def tiles_of(ids: UInt16, rows: Int32, count: int) -> Bool:
    """For each of count objects the tiles of the picture that show it, (count, down, across); rows: an object's place by its id."""
    height, width = ids.shape
    out = np.zeros((count, (height + TILE - 1) // TILE, (width + TILE - 1) // TILE), np.bool_)
    for y in range(height):
        for x in range(width):
            out[rows[ids[y, x]], y // TILE, x // TILE] = True
    return out


@compiled
def _is_near(present: Bool, x: float, y: float, reach: float) -> bool:
    """False where a stroke at pixel (x, y) cannot touch any tile that shows its object."""
    left, right = max(0.0, (x - reach) / TILE), min(float(present.shape[1]), (x + reach) / TILE + 1.0)
    above, below = max(0.0, (y - reach) / TILE), min(float(present.shape[0]), (y + reach) / TILE + 1.0)
    if right <= left or below <= above:
        return False
    for row in range(int(above), int(below)):
        for column in range(int(left), int(right)):
            if present[row, column]:
                return True
    return False


@compiled
def _direction(patch: Patch, x: float, y: float, z: float, h: int, seed: int, brush: Brush) -> Vector:
    """The stroke's direction on the resting surface: along long parts, around round ones, winding on large ones."""
    n = patch.rest_normal
    gx, gy, gz, long = _grain(patch)
    size = 3.0 * brush.swirl_size if patch.sky else brush.swirl_size
    winding = value_noise(seed & 0xFFFF, (x + 0.7 * y) / size, (z - 0.6 * y) / size) + value_noise(11, (y + 3.1) / size, (x - z) / size)
    turn = (0.45 if patch.sky else 1.0 - 0.7 * long) * brush.swirl * 2.0 * (winding - 1.0)
    turn += brush.jitter * (unit(h, 3) + unit(h, 4) - 1.0) * 2.0
    c, s = np.cos(turn), np.sin(turn)
    return Vector(c * gx + s * (n.y * gz - n.z * gy), c * gy + s * (n.z * gx - n.x * gz), c * gz + s * (n.x * gy - n.y * gx))


@compiled
def _grain(patch: Patch) -> tuple[float, float, float, float]:
    """A unit direction in the resting surface that the part asks for, and how long the part is, 0..1."""
    n, axis, rest = patch.rest_normal, patch.axis, patch.rest
    flat = min(1.0, max(0.0, (abs(n.y) - 0.7) / 0.25))
    gx, gy, gz = n.z * (1 - flat) + flat, 0.15 * (1 - flat), -n.x * (1 - flat)
    long = np.sqrt(axis.x**2 + axis.y**2 + axis.z**2)
    if long > 0.0:
        sign = 1.5 if axis.x * gx + axis.y * gy + axis.z * gz >= 0 else -1.5
        gx, gy, gz = gx * (1 - long) + sign * axis.x, gy * (1 - long) + sign * axis.y, gz * (1 - long) + sign * axis.z
    along = gx * n.x + gy * n.y + gz * n.z
    gx, gy, gz = gx - along * n.x, gy - along * n.y, gz - along * n.z
    length = np.sqrt(gx * gx + gy * gy + gz * gz)
    if length < 1e-6:
        gx, gy, gz = rest.b.x - rest.a.x, rest.b.y - rest.a.y, rest.b.z - rest.a.z
        length = np.sqrt(gx * gx + gy * gy + gz * gz)
    return gx / length, gy / length, gz / length, long


@compiled
def _carry(rest: Corners, corners: Corners, way: Vector) -> Vector:
    """A direction in the resting surface as it stands now: the same barycentric difference."""
    ex, ey, ez = rest.b.x - rest.a.x, rest.b.y - rest.a.y, rest.b.z - rest.a.z
    fx, fy, fz = rest.c.x - rest.a.x, rest.c.y - rest.a.y, rest.c.z - rest.a.z
    ee, ef, ff = ex * ex + ey * ey + ez * ez, ex * fx + ey * fy + ez * fz, fx * fx + fy * fy + fz * fz
    ed, fd = ex * way.x + ey * way.y + ez * way.z, fx * way.x + fy * way.y + fz * way.z
    det = ee * ff - ef * ef
    s, t = (ff * ed - ef * fd) / det, (ee * fd - ef * ed) / det
    a, b, c = corners
    return Vector(s * (b.x - a.x) + t * (c.x - a.x), s * (b.y - a.y) + t * (c.y - a.y), s * (b.z - a.z) + t * (c.z - a.z))


@compiled
def _append(
    out: Float64, count: int, patch: Patch, direction: Vector, x: float, y: float, d: float, facing: float,
    scale: float, grown: float, h: int, screen: Screen, brush: Brush,
) -> int:  # fmt: skip
    """Project one stroke and write its row; the columns are drawing.COLUMNS."""
    gx, gy, gz = _carry(patch.rest, patch.corners, direction)
    dx, dy = screen.fx * (gx + x * gz / d), -screen.fy * (gy + y * gz / d)
    seen = np.sqrt(dx * dx + dy * dy)
    if seen < 1e-9:
        return count
    along = min(1.0, seen / max(np.sqrt(gx * gx + gy * gy + gz * gz) * screen.fx, 1e-9))
    slant = max(STEEPEST, facing)
    across = min(1.0, slant / max(along, STEEPEST))
    balance = (_flattened(along) / _flattened(across)) ** 0.5
    size = scale * grown * (0.78 + 0.44 * unit(h, 5)) * np.sqrt(_flattened(slant))
    half = 0.5 * brush.length * size * balance * (0.8 + 0.4 * unit(h, 6))
    n, row = patch.normal, out[count]
    row[0], row[1], row[2] = screen.cx + screen.fx * x / d, screen.cy - screen.fy * y / d, d
    row[3], row[4], row[5] = dx / seen, dy / seen, half
    row[6] = max(0.5 * brush.width * size / balance, 0.5 * THINNEST * screen.reference * grown)
    row[7], row[8], row[9] = n.x, n.y, n.z
    row[10] = n.x * x + n.y * y - n.z * d
    row[11] = 0.45 * half * d / screen.fx + 0.004 * d
    row[12], row[13], row[14], row[15] = patch.object_id, h, brush.layer, brush.dry
    row[16] = row[17] = row[18] = 0.0
    row[19] = brush.width / screen.reference * 288.0 / 1.55
    return count + 1
