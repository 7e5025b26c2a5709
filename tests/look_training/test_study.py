"""What is read off art whose strokes are known; what is learnt from, and what is held back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render_server.look_training.art import TILES, read_art
from render_server.look_training.material import Still
from render_server.look_training.study import FRAME, colours_of, directions, inks_of, strokes_of, study, style_of
from render_server.looks.palette import to_oklab
from shot_format.errors import FormatError, MissingError

BLUE, YELLOW, DARK = (30, 70, 160), (235, 205, 90), (20, 18, 30)


def strokes(width: float, angle: float) -> np.ndarray:
    """Strokes of random lightness, so many pixels wide, along an angle."""
    y, x = np.mgrid[: FRAME[1], : FRAME[0]]
    across = np.floor((x * np.sin(angle) - y * np.cos(angle)) / width).astype(int)
    light = np.random.default_rng(2).uniform(0.3, 1.0, 2000)[across % 2000]
    return (light[..., None] * np.array(YELLOW)).astype(np.uint8)


def planes() -> np.ndarray:
    """Flat areas with dark outlines."""
    picture = np.zeros((FRAME[1], FRAME[0], 3), np.uint8)
    picture[:], picture[60:200, 80:300], picture[120:270, 320:480] = YELLOW, BLUE, (120, 180, 170)
    for top, left, bottom, right in ((60, 80, 200, 300), (120, 320, 270, 480)):
        for edge in (picture[top : top + 3, left:right], picture[bottom : bottom + 3, left:right], picture[top:bottom, left : left + 3]):
            edge[:] = DARK
    return picture


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.3, 2.4])
def test_the_direction_of_strokes(angle: float) -> None:
    found, clear = directions(to_oklab(strokes(6, angle) / 255.0)[..., 0], 1.0, 3.0)
    inner = (slice(30, -30), slice(30, -30))
    apart = np.angle(np.exp(2j * (found[inner] - angle))) / 2
    assert np.median(np.abs(apart)) < 0.1
    assert np.median(clear[inner]) > 0.7


def test_wider_strokes_are_found_wider() -> None:
    narrow, wide = study([strokes(4, 0.5)]), study([strokes(12, 0.5)])
    assert 2.0 < narrow.width < 4.5 < wide.width < 16.0
    assert narrow.length > 4 * narrow.width
    assert not narrow.planes


def test_flat_planes_with_outlines_are_drawn_and_not_stroked() -> None:
    found = study([planes()])
    assert found.planes and 1.5 < found.line_width < 5.0
    assert strokes_of(found).bristle == 0.0
    assert style_of([planes()]).drawn and not style_of([strokes(4, 0.5)]).drawn


def test_the_inks_are_the_lightest_plane_and_the_lines() -> None:
    ground, line = inks_of([planes()])
    assert np.abs(np.array(ground) - to_oklab(np.array(YELLOW) / 255.0)).max() < 0.05
    assert np.abs(np.array(line) - to_oklab(np.array(DARK) / 255.0)).max() < 0.08


def test_colours_come_with_their_shares() -> None:
    colours, shares = colours_of([planes()], 3)
    yellow = int(np.argmin(np.abs(colours - to_oklab(np.array(YELLOW) / 255.0)).sum(axis=1)))
    assert 0.7 < shares[yellow] < 0.85
    assert shares.sum() == pytest.approx(1.0)


def stills(folder: Path, count: int) -> tuple[Still, ...]:
    found = []
    for number in range(count):
        path = folder / f"{number}.png"
        Image.fromarray(strokes(4 + number, 0.3)).save(path)
        found.append(Still(path, f"{number:064x}", f"piece {number}"))
    return tuple(found)


def test_of_one_picture_parts_are_held_back(tmp_path: Path) -> None:
    art = read_art(stills(tmp_path, 1))
    assert len(art.pictures) == 1 and len(art.held) == 3
    pieces, masks = art.at(288)
    assert pieces[0].shape[-2:] == masks[0].shape
    assert float(masks[0].float().mean()) == pytest.approx(1 - 3 / TILES**2, abs=0.01)


def test_of_many_pictures_every_fifth_is_held_back(tmp_path: Path) -> None:
    art = read_art(stills(tmp_path, 7))
    assert len(art.pictures) == 5 and len(art.held) == 2
    assert all(mask.all() for mask in art.masks)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(FormatError) as caught:
        read_art((Still(tmp_path / "broken.png", "0" * 64, "Broken"),))
    assert caught.value.code == "art-broken" and "Broken" in caught.value.message
    with pytest.raises(MissingError):
        read_art(())
