"""The procedural painters: what they paint stays on the surfaces, and each is another hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render_server.looks.moods import MOODS
from render_server.passes.compute import passes_of
from render_server.passes.geometry import Float64, FrameGeometry, Mesh, Passes, UInt8, View
from render_server.passes.loader import ShotLoader
from render_server.passes.raster import rasterise
from render_server.quality.colour import to_oklab
from render_server.quality.filters import mean_gradient
from render_server.quality.motion import carried_error, step_back, trail
from render_server.scenes.demo import demo_shot, iter_demo_frames
from render_server.training.painters import PAINTERS, Painter
from render_server.training.painters.easel import Easel, Paintbox
from render_server.video_models.painter.grain import anchor, noise_picture
from render_server.video_models.painter.lines import draw_lines
from render_server.video_models.painter.scaffold import Scaffold
from render_server.video_models.painter.settings import Pen

WIDTH, HEIGHT = 256, 144
FIRST, LAST = 40, 42  # frames of the demo, while its camera and its figures move

Clip = list[tuple[FrameGeometry, Passes]]


def passes_at(geometry: FrameGeometry) -> Passes:
    return passes_of(None, rasterise(geometry, threads=1), None, threads=1)


def demo_clip(width: int, height: int) -> Clip:
    blobs: dict[str, bytes] = {}
    frames = []
    for frame, new in iter_demo_frames(LAST + 1, (width, height)):
        blobs.update(new)
        frames.append(frame)
    loader = ShotLoader(demo_shot(LAST + 1, (width, height)), blobs.__getitem__)
    shown = [loader.geometry(frame) for frame in frames[FIRST:]]
    clip, before = [], None
    for geometry in shown:
        seen = rasterise(geometry, threads=1)
        clip.append((geometry, passes_of(before, seen, None, threads=1)))
        before = seen
    return clip


@pytest.fixture(scope="module")
def large() -> Clip:
    return demo_clip(2 * WIDTH, 2 * HEIGHT)


@pytest.fixture(scope="module")
def small() -> Clip:
    return demo_clip(WIDTH, HEIGHT)


def paint(painter: Painter, geometry: FrameGeometry, passes: Passes, seed: int = 0, box: int = 0, mood: str = "") -> UInt8:
    name, mood, height = list(painter.boxes)[box], mood or painter.moods[0], float(passes.depth.shape[0])
    colours = painter.colours(geometry, passes, passes.beauty, name, mood)
    return painter.target(geometry, passes, colours, Scaffold(seed, painter.strokes), height, name, mood)


def mean_warp_error(pictures: list[UInt8], clip: Clip) -> float:
    steps = zip(pictures[1:], pictures, clip[1:], strict=False)
    errors = [carried_error(now, before, trail([step_back(passes)])) for now, before, (_, passes) in steps]
    return float(np.mean([error for error in errors if error is not None]))


@pytest.fixture(scope="module")
def oil_error(large: Clip, small: Clip) -> float:
    return mean_warp_error([paint(PAINTERS["oil"], geometry, passes) for geometry, passes in large], small)


@pytest.mark.parametrize("name", PAINTERS)
def test_moves_with_the_surfaces(name: str, large: Clip, small: Clip, oil_error: float) -> None:
    pictures = [paint(PAINTERS[name], geometry, passes) for geometry, passes in large]
    error, sharpness = mean_warp_error(pictures, small), mean_gradient(to_oklab(pictures[0]))
    assert error < 1.4 * oil_error
    assert error < 0.5 * sharpness  # a picture that slid by one pixel would come near its sharpness
    still = mean_warp_error([pictures[0]] * len(pictures), small)
    assert still > 1.5 * error  # so does one that stayed where it was on the screen


def wall(shift: float) -> FrameGeometry:
    """A wall seen face on, moved sideways in the picture by a number of pixels."""
    x, y = 6.0, 4.0
    points = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], dtype=np.float64)
    colours = np.array([[186, 140, 96]] * 2, np.uint8)
    mesh = Mesh("wall", 1, points, np.array([[0, 1, 2], [0, 2, 3]], np.int32), colours, points.astype(np.float32), "wall")
    to_camera = np.eye(4)
    to_camera[3] = [shift * 4.0 / 320.0, 0.0, -4.0, 1.0]
    return FrameGeometry(1, View(to_camera, 320.0, 320.0, 160.0, 96.0, 0.1, 100.0, 320, 192), (mesh,))


@pytest.mark.parametrize("name", PAINTERS)
def test_a_point_keeps_its_colour(name: str) -> None:
    still, moved = (paint(PAINTERS[name], wall(shift), passes_at(wall(shift))).astype(np.int64) for shift in (0.0, 24.0))
    apart = np.abs(still[24:-24, 24:-36] - moved[24:-24, 36:-24])
    assert np.mean(apart) < 1.0
    assert np.mean(apart.max(axis=2) > 8) < 0.03
    screen = np.abs(still - moved)[24:-24, 24:-24]
    assert np.mean(screen) > 4 * np.mean(apart)


@pytest.mark.parametrize("name", PAINTERS)
def test_same_seed_same_picture(name: str, large: Clip) -> None:
    geometry, passes = large[0]
    first = paint(PAINTERS[name], geometry, passes)
    assert first.shape == (HEIGHT, WIDTH, 3) and first.dtype == np.uint8
    assert np.array_equal(first, paint(PAINTERS[name], geometry, passes))
    assert np.abs(first.astype(int) - paint(PAINTERS[name], geometry, passes, seed=1)).mean() > 1.0


def test_each_is_another_hand(large: Clip) -> None:
    pictures = [paint(painter, *large[0]).astype(float) / 255 for painter in PAINTERS.values()]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert np.abs(one - other).mean() > 0.04


@pytest.mark.parametrize("name", PAINTERS)
def test_every_palette_and_mood(name: str, small: Clip) -> None:
    painter, (geometry, passes) = PAINTERS[name], small[0]
    pictures = [paint(painter, geometry, passes, box=i % len(painter.boxes), mood=mood) for i, mood in enumerate(painter.moods)]
    assert len(pictures) >= 3
    for i, one in enumerate(pictures):
        assert one.std() > 20
        assert all(np.abs(one.astype(int) - other).mean() > 3 for other in pictures[:i])


def test_noise_is_the_surfaces_own() -> None:
    pictures = []
    for shift in (0.0, 30.0):
        passes = passes_at(wall(shift))
        anchors, metres = anchor(wall(shift).view, passes)
        pictures.append(noise_picture(anchors, passes.object_id, metres, 9.0, 5))
    # the grain's size follows a pixel's span, which the slant of the ray moves a little
    assert np.abs(pictures[0][:, :-30] - pictures[1][:, 30:]).mean() < 0.02
    assert np.abs(pictures[0] - pictures[1]).mean() > 0.1
    assert pictures[0].std() > 0.1


def test_noise_hands_over_between_octaves_without_a_jump() -> None:
    passes = passes_at(wall(0.0))
    anchors, metres = anchor(wall(0.0).view, passes)
    sizes = 2.0 ** np.linspace(2.5, 5.5, 61)
    pictures = [noise_picture(anchors[:8], passes.object_id[:8], metres[:8], size, 5) for size in sizes]
    jumps = [float(np.abs(a - b).mean()) for a, b in zip(pictures[1:], pictures, strict=False)]
    assert max(jumps) < 0.04
    assert min(picture.std() for picture in pictures) > 0.08


def easel_of(geometry: FrameGeometry) -> Easel:
    """What the painters have before them at a frame."""
    kept: list[Easel] = []

    def keep(easel: Easel, box: Paintbox) -> UInt8:
        kept.append(easel)
        return easel.colours

    paint(replace(PAINTERS["ink"], paint=keep), geometry, passes_at(geometry))
    return kept[0]


def slab(z: float, x: float, object_id: int) -> Mesh:
    """An upright board 1 m wide and 1.6 m high whose middle is at x."""
    points = np.array([[x - 0.5, -0.8, z], [x + 0.5, -0.8, z], [x + 0.5, 0.8, z], [x - 0.5, 0.8, z]])
    colours = np.array([[90, 120, 160]] * 2, np.uint8)
    return Mesh(
        f"slab{object_id}", object_id, points, np.array([[0, 1, 2], [0, 2, 3]], np.int32), colours, points.astype(np.float32), "slab"
    )


def test_lines_run_where_a_pen_would() -> None:
    even = Pen(width=0.02, touch=0.4, wobble=0.0, swell=0.0, broken=0.0, far=0.0)
    bare = draw_lines(easel_of(wall(0.0)).canvas, even)
    assert bare.max() == 0.0
    before, touching = (draw_lines(easel_of(with_slab(z)).canvas, even) for z in (1.0, 0.01))
    ink = [float(line[96, 40:280].sum()) for line in (before, touching)]
    assert ink[0] > 1.7 * ink[1] > 0.0
    assert before[96, 150:170].max() == 0.0  # none within the board


def with_slab(z: float) -> FrameGeometry:
    """The wall, and a board z metres before it."""
    return replace(wall(0.0), meshes=(*wall(0.0).meshes, slab(z, 0.0, 2)))


def test_moods_are_fixed_in_the_world() -> None:
    geometry = wall(0.0)
    turned = replace(geometry, view=replace(geometry.view, world_to_camera=geometry.view.world_to_camera @ turn_about_y(0.3)))
    for mood in MOODS.values():
        colours = []
        for shown in (geometry, turned):
            passes = passes_at(shown)
            lit = mood.on(shown.view, passes, passes.beauty)
            colours.append(np.median(lit[passes.object_id == 1], axis=0))
        assert np.abs(colours[0] - colours[1]).max() <= 2


def turn_about_y(angle: float) -> Float64:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, -s, 0], [0, 1, 0, 0], [s, 0, c, 0], [0, 0, 0, 1.0]])
