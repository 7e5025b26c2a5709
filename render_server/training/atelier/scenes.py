"""Whole scenes: rooms, streets, parks and stages, each a pure function of its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from render_server.passes.geometry import FrameGeometry, Mesh
from render_server.training.atelier import shapes
from render_server.training.atelier.cameras import Camera, draw_camera
from render_server.training.atelier.colours import Colour, Swatches, from_hsv, swatches
from render_server.training.atelier.shapes import Shape
from render_server.training.atelier.things import Mannequin, Outfit, Prop, Thing

PARTS_A_FIGURE = 20


@dataclass(frozen=True)
class Act:
    """What a figure does; see things.Mannequin."""

    speed: float
    pace: float
    turn: float
    vigour: float = 0.0
    arms: float = 0.0


STANDING = Act(0.0, 0.22, 0.008)
WALKING = Act(0.045, 0.22, 0.008)
RUNNING = Act(0.12, 0.38, 0.01, vigour=1.6, arms=0.25)
DANCING = Act(0.0, 0.30, 0.08, vigour=0.8, arms=1.0)
BOXING = Act(0.015, 0.42, 0.04, vigour=0.5, arms=0.8)
ACTS = (WALKING, WALKING, RUNNING, DANCING, BOXING)


@dataclass
class Scene:
    """Things, a camera, and the next free object id."""

    rng: np.random.Generator
    paint: Swatches
    kind: str
    things: list[Thing] = field(default_factory=list)
    camera: Camera | None = None
    next_id: int = 1

    def add(self, shape: Shape, colour: Colour, x: float = 0.0, y: float = 0.0, z: float = 0.0, yaw: float = 0.0, **more: object) -> None:
        self.things.append(Prop(self.next_id, shape, colour, (x, y, z), yaw, **more))  # type: ignore[arg-type]
        self.next_id += 1

    def add_figure(self, x: float, z: float, heading: float, walks: bool = True) -> None:
        rng = self.rng
        outfit = Outfit(
            self.paint.skin(), self.paint.draw(0.08, 0.5), self.paint.draw(), self.paint.draw(0.15, 0.7), self.paint.draw(0.08, 0.4)
        )
        height, build, phase = float(rng.uniform(1.4, 1.95)), float(rng.uniform(0.85, 1.3)), float(rng.uniform(0, 6.3))
        act = ACTS[int(rng.integers(len(ACTS)))] if walks else STANDING
        figure = Mannequin(
            self.next_id, outfit, (x, 0.0, z), heading, act.speed * float(rng.uniform(0.7, 1.3)), height, build, phase,
            act.pace * float(rng.uniform(0.8, 1.25)), bool(rng.uniform() < 0.6), float(rng.normal(0, act.turn)), act.vigour,
            act.arms * float(rng.uniform(0.5, 1.0)),
        )  # fmt: skip
        self.things.append(figure)
        self.next_id += PARTS_A_FIGURE

    def geometry(self, number: int, width: int, height: int) -> FrameGeometry:
        """The frame as geometry."""
        if self.camera is None:
            raise ValueError("a scene needs a camera before it can be seen")
        meshes: list[Mesh] = [mesh for thing in self.things for mesh in thing.meshes(float(number))]
        return FrameGeometry(number, self.camera.view(float(number), width, height), tuple(meshes))


def make_scene(seed: int, kind: str | None = None) -> Scene:
    """The scene of a seed; kind is one of KINDS or drawn."""
    rng = np.random.default_rng([seed, 7001])
    names = list(KINDS)
    name = kind or names[int(rng.choice(len(names), p=CHANCES))]
    scene = Scene(rng, swatches(rng), name)
    KINDS[name](scene)
    return scene


def _u(scene: Scene, low: float, high: float) -> float:
    return float(scene.rng.uniform(low, high))


def _room(scene: Scene) -> None:
    """A furnished room seen from inside, or from where a wall was taken away."""
    width, depth, height = _u(scene, 4, 9), _u(scene, 4, 9), _u(scene, 2.5, 3.6)
    wall, paint = scene.paint.draw(0.5, 0.95), scene.paint
    scene.add(shapes.box(width, 0.1, depth), paint.draw(0.3, 0.8), y=-0.1)
    scene.add(shapes.box(width, height, 0.1), wall, z=-depth / 2)
    for side in (-1, 1):
        if scene.rng.uniform() < 0.75:
            scene.add(shapes.box(0.1, height, depth), paint.draw(0.5, 0.95) if scene.rng.uniform() < 0.3 else wall, x=side * width / 2)
    if scene.rng.uniform() < 0.35:
        scene.add(shapes.box(width, 0.1, depth), paint.draw(0.7, 0.98), y=height)
    _furnish(scene, width, depth, height)
    for _ in range(int(scene.rng.integers(1, 4))):
        scene.add_figure(_u(scene, -0.35, 0.35) * width, _u(scene, -0.3, 0.3) * depth, _u(scene, 0, 6.28), bool(scene.rng.uniform() < 0.8))
    eye = np.array([_u(scene, -0.35, 0.35) * width, _u(scene, 0.5, 2.4), depth * _u(scene, 0.42, 0.95)])
    target = np.array([_u(scene, -0.2, 0.2) * width, _u(scene, 0.5, 1.3), -depth * _u(scene, 0.0, 0.3)])
    scene.camera = draw_camera(scene.rng, eye, target, _u(scene, 0.8, 1.8))


def _furnish(scene: Scene, width: float, depth: float, height: float) -> None:
    """Put a few of every piece of furniture somewhere in the room."""
    pieces: list[Callable[[Scene, float, float], None]] = [
        _table,
        _chair,
        _shelf,
        _sofa,
        _lamp,
        _plant,
        _ball,
        _rug,
        _crate,
        _vase,
        _railing,
    ]
    for _ in range(int(scene.rng.integers(4, 12))):
        piece = pieces[int(scene.rng.integers(len(pieces)))]
        piece(scene, _u(scene, -0.42, 0.42) * width, _u(scene, -0.42, 0.3) * depth)
    for _ in range(int(scene.rng.integers(0, 4))):
        picture = shapes.box(_u(scene, 0.3, 1.4), _u(scene, 0.3, 1.1), 0.05)
        scene.add(picture, scene.paint.draw(0.2, 1.0), _u(scene, -0.4, 0.4) * width, _u(scene, 0.9, height - 1.1), -depth / 2 + 0.07)


def _table(scene: Scene, x: float, z: float) -> None:
    w, d, h, yaw = _u(scene, 0.6, 1.8), _u(scene, 0.5, 1.0), _u(scene, 0.4, 0.8), _u(scene, 0, 3.1)
    legs = [shapes.box(0.06, h, 0.06).moved(sx * (w / 2 - 0.05), 0, sz * (d / 2 - 0.05)) for sx in (-1, 1) for sz in (-1, 1)]
    scene.add(shapes.joined([*legs, shapes.box(w, 0.05, d).moved(y=h)]), scene.paint.draw(0.2, 0.7), x, 0, z, yaw)
    for _ in range(int(scene.rng.integers(0, 4))):
        small = [shapes.box(0.16, 0.1, 0.2), shapes.cylinder(0.05, 0.16), shapes.sphere(0.09).moved(y=0.09)][int(scene.rng.integers(3))]
        scene.add(small, scene.paint.draw(), x + _u(scene, -0.2, 0.2), h + 0.05, z + _u(scene, -0.15, 0.15), yaw)


def _chair(scene: Scene, x: float, z: float) -> None:
    legs = [shapes.box(0.045, 0.45, 0.045).moved(sx * 0.2, 0, sz * 0.2) for sx in (-1, 1) for sz in (-1, 1)]
    rest = [shapes.box(0.45, 0.05, 0.45).moved(y=0.45), shapes.box(0.45, 0.5, 0.05).moved(y=0.5, z=-0.2)]
    scene.add(shapes.joined([*legs, *rest]), scene.paint.draw(0.2, 0.8), x, 0, z, _u(scene, 0, 6.28))


def _shelf(scene: Scene, x: float, z: float) -> None:
    yaw = float(scene.rng.choice([0.0, np.pi / 2, 0.3]))
    boards = [shapes.box(1.0, 0.03, 0.3).moved(y=0.45 * i) for i in range(5)]
    sides = [shapes.box(0.03, 1.83, 0.3).moved(x=s * 0.5) for s in (-1, 1)]
    scene.add(shapes.joined([*boards, *sides, shapes.box(1.0, 1.83, 0.02).moved(z=-0.15)]), scene.paint.draw(0.25, 0.7), x, 0, z, yaw)
    turn = shapes.rotation(y=yaw)
    for row in range(4):
        for i in range(int(scene.rng.integers(2, 6))):
            at = np.array([-0.42 + 0.17 * i, 0.0, 0.03]) @ turn
            scene.add(
                shapes.box(_u(scene, 0.03, 0.14), _u(scene, 0.18, 0.38), 0.2),
                scene.paint.draw(),
                x + at[0],
                0.03 + 0.45 * row,
                z + at[2],
                yaw,
            )


def _sofa(scene: Scene, x: float, z: float) -> None:
    w = _u(scene, 1.2, 2.2)
    parts = [shapes.box(w, 0.42, 0.8), shapes.box(w, 0.5, 0.2).moved(y=0.4, z=-0.3)]
    parts += [shapes.box(0.2, 0.6, 0.8).moved(x=s * w / 2) for s in (-1, 1)]
    scene.add(shapes.joined(parts), scene.paint.draw(), x, 0, z, _u(scene, -0.6, 0.6))


def _lamp(scene: Scene, x: float, z: float) -> None:
    h = _u(scene, 0.5, 1.7)
    scene.add(shapes.joined([shapes.cylinder(0.15, 0.03), shapes.cylinder(0.018, h)]), scene.paint.draw(0.1, 0.4), x, 0, z)
    scene.add(shapes.cone(0.22, 0.28, top=0.12), scene.paint.draw(0.8, 1.0), x, h, z)


def _plant(scene: Scene, x: float, z: float) -> None:
    scene.add(shapes.cone(0.12, 0.3, top=0.18), scene.paint.draw(0.3, 0.8), x, 0, z)
    angles = [i * 2.4 for i in range(9)]
    leaves = [
        shapes.cone(0.05, _u(scene, 0.4, 0.8), sides=5).turned(shapes.rotation(x=_u(scene, 0.1, 0.8), y=a)).moved(y=0.28) for a in angles
    ]
    scene.add(shapes.joined(leaves), scene.paint.draw(0.25, 0.7), x, 0, z)


def _ball(scene: Scene, x: float, z: float) -> None:
    r = _u(scene, 0.08, 0.35)
    scene.add(shapes.sphere(r, 18), scene.paint.draw(), x, r, z, velocity=(_u(scene, -0.02, 0.02), 0.0, 0.0), spin=_u(scene, -0.05, 0.05))


def _rug(scene: Scene, x: float, z: float) -> None:
    scene.add(shapes.box(_u(scene, 1, 2.5), 0.02, _u(scene, 0.8, 1.8)), scene.paint.draw(), x * 0.5, 0, z * 0.5, _u(scene, 0, 3))


def _crate(scene: Scene, x: float, z: float) -> None:
    s = _u(scene, 0.25, 0.9)
    scene.add(shapes.box(s, s * _u(scene, 0.5, 2.5), s), scene.paint.draw(), x, 0, z, _u(scene, 0, 3))


def _vase(scene: Scene, x: float, z: float) -> None:
    r = _u(scene, 0.06, 0.2)
    profile = [(0.0, 0.0), (r * 0.6, 0.0), (r, r * 1.2), (r * 0.4, r * 2.6), (r * 0.6, r * 3), (0.0, r * 3)]
    scene.add(shapes.revolved(profile, 14), scene.paint.draw(), x, 0, z)


def _street(scene: Scene) -> None:
    """A street between houses."""
    half = _u(scene, 4, 8)
    scene.add(shapes.box(2 * half + 40, 0.1, 160), scene.paint.draw(0.3, 0.7), y=-0.1)
    scene.add(shapes.box(half, 0.02, 160), scene.paint.draw(0.2, 0.5))
    for side in (-1, 1):
        z = -60.0
        while z < 15:
            w = _u(scene, 5, 11)
            _house(scene, side * (half + _u(scene, 2.5, 4.5)), z, w)
            z += w + _u(scene, 0.2, 4)
        gap, posts = _u(scene, 7, 11), int(scene.rng.integers(2, 6))
        for i in range(posts):
            _lamp_post(scene, side * half * 0.75, -i * gap + 2)
        if scene.rng.uniform() < 0.5:
            _wires(scene, side * half * 0.75, gap * posts)
    for _ in range(int(scene.rng.integers(1, 5))):
        _car(scene, float(scene.rng.choice([-1, 1])) * half * 0.35, _u(scene, -30, 2))
    for _ in range(int(scene.rng.integers(1, 6))):
        scene.add_figure(_u(scene, -0.8, 0.8) * half, _u(scene, -14, 3), float(scene.rng.choice([0.0, 3.1, 1.57])) + _u(scene, -0.3, 0.3))
    eye = np.array([_u(scene, -0.7, 0.7) * half, _u(scene, 0.8, 5), _u(scene, 5, 9)])
    scene.camera = draw_camera(scene.rng, eye, np.array([_u(scene, -2, 2), _u(scene, 0.8, 3), -8.0]), _u(scene, 0.8, 1.7))


def _house(scene: Scene, x: float, z: float, width: float) -> None:
    """A block with windows, flat or gabled."""
    h, deep = _u(scene, 3, 12), 6.0
    scene.add(shapes.box(deep, h, width), scene.paint.draw(0.4, 0.95), x, 0, z)
    if scene.rng.uniform() < 0.6:
        scene.add(shapes.prism_roof(deep * 1.1, _u(scene, 1.2, 3), width * 1.03), scene.paint.draw(0.2, 0.6), x, h, z)
    panes = [
        shapes.box(0.08, 1.1, 0.7).moved(-np.sign(x) * (deep / 2), 0.8 + 2.6 * row, -width / 2 + 1.2 + 1.9 * column)
        for row in range(int(h / 2.7)) for column in range(int((width - 1) / 1.9))
    ]  # fmt: skip
    if panes:
        scene.add(shapes.joined(panes), scene.paint.draw(0.15, 0.9), x, 0, z)


def _lamp_post(scene: Scene, x: float, z: float) -> None:
    post = [shapes.cylinder(0.06, 4.2, 8), shapes.box(0.9, 0.06, 0.06).moved(y=4.2), shapes.sphere(0.2, 10).moved(x=0.4, y=4.0)]
    scene.add(shapes.joined(post), scene.paint.draw(0.1, 0.4), x, 0, z)


def _wires(scene: Scene, x: float, length: float) -> None:
    """A few wires along the posts: thin things that must not flicker."""
    wire = shapes.cylinder(0.02, length, 5).turned(shapes.rotation(x=-np.pi / 2))
    scene.add(shapes.joined([wire.moved(dx, 4.1 - 0.25 * i, 2) for i, dx in enumerate((0.0, 0.15, -0.1))]), scene.paint.draw(0.05, 0.3), x)


def _railing(scene: Scene, x: float, z: float) -> None:
    bars = [shapes.cylinder(0.012, 0.9, 6).moved(i * 0.12 - 0.9) for i in range(16)]
    rails = [shapes.box(2.0, 0.04, 0.04).moved(y=y) for y in (0.06, 0.9)]
    scene.add(shapes.joined([*bars, *rails]), scene.paint.draw(0.05, 0.5), x, 0, z, _u(scene, -0.4, 0.4))


def _car(scene: Scene, x: float, z: float) -> None:
    body = [shapes.box(1.7, 0.55, 4.0).moved(y=0.35), shapes.box(1.5, 0.5, 2.0).moved(y=0.9)]
    v = (0.0, 0.0, _u(scene, -0.15, 0.15))
    scene.add(shapes.joined(body), scene.paint.draw(0.4, 1.0), x, 0, z, velocity=v)
    wheel = shapes.cylinder(0.34, 0.2).turned(shapes.rotation(z=np.pi / 2))
    wheels = [wheel.moved(sx * 0.8 + 0.1, 0.34, sz * 1.25) for sx in (-1, 1) for sz in (-1, 1)]
    scene.add(shapes.joined(wheels), scene.paint.draw(0.05, 0.2), x, 0, z, velocity=v)


def _park(scene: Scene) -> None:
    """Rolling ground with trees, houses, hills, fences and strollers."""
    scene.add(shapes.terrain(120, 40, _u(scene, 0, 2.5), scene.rng), scene.paint.draw(0.35, 0.75), y=-0.05)
    for _ in range(int(scene.rng.integers(0, 4))):
        r = _u(scene, 15, 40)
        scene.add(
            shapes.sphere(r, 24).scaled(1, _u(scene, 0.2, 0.5), 1), scene.paint.draw(0.3, 0.7), _u(scene, -60, 60), 0, -_u(scene, 50, 80)
        )
    for _ in range(int(scene.rng.integers(4, 18))):
        _tree(scene, _u(scene, -16, 16), _u(scene, -30, 2))
    for _ in range(int(scene.rng.integers(0, 3))):
        x, z, w = _u(scene, -15, 15), _u(scene, -30, -12), _u(scene, 4, 7)
        scene.add(shapes.box(w, w * 0.6, w), scene.paint.draw(0.5, 0.95), x, 0, z)
        scene.add(shapes.prism_roof(w * 1.15, w * 0.5, w * 1.1), scene.paint.draw(0.3, 0.7), x, w * 0.6, z)
    if scene.rng.uniform() < 0.5:
        z = _u(scene, -8, 0)
        posts = [shapes.box(0.09, 1.0, 0.09).moved(x=i * 1.2 - 12) for i in range(20)]
        rails = [shapes.box(24, 0.08, 0.05).moved(y=y) for y in (0.4, 0.8)]
        scene.add(shapes.joined([*posts, *rails]), scene.paint.draw(0.3, 0.9), 0, 0, z)
    for _ in range(int(scene.rng.integers(1, 5))):
        scene.add_figure(_u(scene, -5, 5), _u(scene, -9, 3), _u(scene, 0, 6.28))
    eye = np.array([_u(scene, -4, 4), _u(scene, 1.0, 4.5), _u(scene, 5, 10)])
    scene.camera = draw_camera(scene.rng, eye, np.array([_u(scene, -3, 3), _u(scene, 0.8, 2), -4.0]), _u(scene, 0.8, 1.8))


def _tree(scene: Scene, x: float, z: float) -> None:
    h = _u(scene, 2, 6)
    scene.add(shapes.cone(0.16, h * 0.6, top=0.08, sides=8), scene.paint.draw(0.15, 0.5), x, 0, z)
    if scene.rng.uniform() < 0.4:
        crown = shapes.joined([shapes.cone(h * 0.28 * (1 - 0.22 * i), h * 0.4, sides=12).moved(y=h * (0.3 + 0.22 * i)) for i in range(3)])
    else:
        puffs = int(scene.rng.integers(1, 5))
        crown = shapes.joined(
            [
                shapes.sphere(h * _u(scene, 0.15, 0.28)).moved(_u(scene, -0.5, 0.5), h * _u(scene, 0.55, 0.95), _u(scene, -0.5, 0.5))
                for _ in range(puffs)
            ]
        )
    scene.add(crown, scene.paint.draw(0.25, 0.8), x, 0, z)


def _stage(scene: Scene) -> None:
    """Abstract shapes, near and far, large and small, over a floor or over nothing."""
    if scene.rng.uniform() < 0.7:
        scene.add(shapes.box(40, 0.1, 40), scene.paint.draw(0.3, 0.9), y=-0.1)
    makers: list[Callable[[], Shape]] = [
        lambda: shapes.sphere(_u(scene, 0.1, 0.9), 20),
        lambda: shapes.torus(_u(scene, 0.3, 0.8), _u(scene, 0.05, 0.25)),
        lambda: shapes.box(_u(scene, 0.1, 1.5), _u(scene, 0.1, 2.5), _u(scene, 0.1, 1.5)),
        lambda: shapes.cylinder(_u(scene, 0.03, 0.5), _u(scene, 0.3, 3)),
        lambda: shapes.cone(_u(scene, 0.2, 0.8), _u(scene, 0.3, 2.0)),
        lambda: shapes.capsule(_u(scene, 0.1, 0.3), _u(scene, 0.2, 1.2)),
    ]
    for _ in range(int(scene.rng.integers(5, 22))):
        shape = makers[int(scene.rng.integers(len(makers)))]()
        moving = scene.rng.uniform() < 0.4
        scene.add(
            shape, scene.paint.draw(0.15, 1.0), _u(scene, -4, 4), _u(scene, 0, 1.8) if moving else 0.3, _u(scene, -7, 2.5),
            _u(scene, 0, 6.28),
            velocity=tuple(scene.rng.normal(0, 0.015, 3)) if moving else (0.0, 0.0, 0.0), spin=_u(scene, -0.06, 0.06) if moving else 0.0,
            bob=_u(scene, 0, 0.2) if moving else 0.0,
        )  # fmt: skip
    for _ in range(int(scene.rng.integers(0, 4))):
        scene.add_figure(_u(scene, -2, 2), _u(scene, -6, 2), _u(scene, 0, 6.28))
    eye = np.array([_u(scene, -2, 2), _u(scene, 0.6, 3), _u(scene, 4, 7)])
    scene.camera = draw_camera(scene.rng, eye, np.array([0.0, _u(scene, 0.6, 1.3), -1.5]), _u(scene, 0.9, 2.0))


SCHEMES = (  # hues that go together in a house: walls, woods, cloth and an accent
    [0.52, 0.08, 0.11, 0.0], [0.10, 0.07, 0.56, 0.02], [0.38, 0.09, 0.13, 0.97], [0.60, 0.09, 0.12, 0.04], [0.03, 0.09, 0.14, 0.50],
)  # fmt: skip


def _parlour(scene: Scene) -> None:
    """A crowded parlour: boards, panelling, beams, many pictures and pieces of furniture. Training draws none; looks' art does."""
    scene.paint = paint = Swatches(scene.rng, SCHEMES[int(scene.rng.integers(len(SCHEMES)))], _u(scene, 0.45, 0.7))
    width, depth, height = _u(scene, 5, 8), _u(scene, 4, 6), _u(scene, 2.6, 3.2)
    wood, light = _u(scene, 0.05, 0.1), _u(scene, 0.5, 0.7)
    floor = [from_hsv(wood, _u(scene, 0.4, 0.6), light * (1 + 0.12 * k)) for k in range(3)]
    boards = [[shapes.box(0.17, 0.02, depth).moved(x) for x in np.arange(-width / 2, width / 2, 0.18)[k::3]] for k in range(3)]
    scene.add(shapes.box(width, 0.05, depth), paint.draw(0.1, 0.3), y=-0.06)
    for group, colour in zip(boards, floor, strict=True):
        scene.add(shapes.joined(group), colour, y=-0.02)
    wall, panel = paint.draw(0.45, 0.9), paint.draw(0.25, 0.6)
    scene.add(shapes.box(width, height, 0.1), wall, z=-depth / 2)
    rails = [shapes.box(width, 0.06, 0.06).moved(y=y) for y in (0.08, 0.95)]
    stiles = [shapes.box(0.05, 0.85, 0.04).moved(x, 0.1) for x in np.arange(-width / 2, width / 2, 0.45)]
    scene.add(shapes.box(width, 0.95, 0.03), panel, z=-depth / 2 + 0.06)
    scene.add(shapes.joined([*rails, *stiles]), paint.draw(0.6, 0.95), z=-depth / 2 + 0.09)
    for side in (-1, 1):
        scene.add(shapes.box(0.1, height, depth), wall, x=side * width / 2)
        scene.add(shapes.box(0.03, 0.95, depth), panel, x=side * (width / 2 - 0.07))
    scene.add(shapes.joined([shapes.box(width, 0.14, 0.16).moved(y=height - 0.2, z=z) for z in (-1.2, 0.3, 1.6)]), paint.draw(0.1, 0.35))
    for x in np.arange(-0.42, 0.43, 0.14) * width:
        _picture(scene, float(x) + _u(scene, -0.08, 0.08), _u(scene, 1.15, height - 1.0), -depth / 2 + 0.08)
    for x in (-0.38, 0.36):
        _shelf(scene, x * width, -depth / 2 + 0.3)
    _furnish(scene, width, depth, height)
    _furnish(scene, width, depth, height)
    for _ in range(2):
        scene.add_figure(_u(scene, -0.3, 0.3) * width, _u(scene, -0.2, 0.2) * depth, _u(scene, 0, 6.28))
    eye = np.array([_u(scene, -0.2, 0.2) * width, _u(scene, 1.2, 1.8), depth * _u(scene, 0.45, 0.7)])
    scene.camera = draw_camera(scene.rng, eye, np.array([_u(scene, -0.1, 0.1) * width, 1.0, -depth * 0.3]), _u(scene, 0.9, 1.3))


def _picture(scene: Scene, x: float, y: float, z: float) -> None:
    """A picture in a frame: a hill and a sun."""
    w, h = _u(scene, 0.25, 0.6), _u(scene, 0.25, 0.5)
    scene.add(shapes.box(w + 0.08, h + 0.08, 0.04).moved(y=-0.04), scene.paint.draw(0.5, 1.0), x, y, z)
    scene.add(shapes.box(w, h, 0.05), scene.paint.draw(0.3, 1.0), x, y, z)
    scene.add(shapes.sphere(w * 0.45).scaled(1, 0.6, 0.08), scene.paint.draw(0.2, 0.7), x, y + h * 0.15, z + 0.02)
    scene.add(shapes.sphere(w * 0.12).scaled(1, 1, 0.3), scene.paint.draw(0.7, 1.0), x + w * 0.25, y + h * 0.72, z + 0.02)


KINDS: dict[str, Callable[[Scene], None]] = {"room": _room, "street": _street, "park": _park, "stage": _stage, "parlour": _parlour}
CHANCES = (0.4, 0.2, 0.25, 0.15, 0.0)
