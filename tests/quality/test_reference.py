import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from render_server.quality.colour import from_oklab, to_oklab
from render_server.quality.filters import bands, blur, mean_gradient
from render_server.quality.reference import LEVELS, PALETTE, Reference, reference, scaled
from render_server.quality.sliced import distance, shadows
from shot_format.errors import MissingError
from tests.quality.synthetic import texture

H, W = 180, 320


def strokes(seed: int, height: int = H, width: int = W) -> np.ndarray:
    return texture(np.random.default_rng(seed), height, width, (150, 110, 80))


def texture_of(art: Reference, picture: np.ndarray) -> float:
    lab = to_oklab(picture)
    return art.texture_distance(bands(lab, blur(lab), LEVELS), seed=1)


def test_oklab_of_known_colours() -> None:
    lab = to_oklab(np.uint8([[255, 255, 255], [255, 0, 0], [0, 0, 0]]))
    assert lab == pytest.approx(np.array([[1, 0, 0], [0.62796, 0.22486, 0.12585], [0, 0, 0]]), abs=1e-3)


def test_oklab_and_back() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert np.array_equal(from_oklab(to_oklab(picture).astype(np.float64)), picture)


def test_two_single_colours_are_half_their_distance_apart() -> None:
    """The mean of |cos| over all directions in space is one half."""
    one, other = np.float32([[0.5, 0.0, 0.0]] * 9), np.float32([[0.7, 0.1, -0.1]] * 9)
    apart = float(np.linalg.norm(one[0] - other[0]))
    assert distance(PALETTE, shadows(PALETTE, one), shadows(PALETTE, other)) == pytest.approx(apart / 2, rel=0.03)


def test_the_art_has_no_palette_distance_to_itself() -> None:
    art = reference([strokes(0)], W, H)
    assert art.palette_distance(to_oklab(strokes(0))) == 0
    assert art.palette_floor < 0.002
    assert art.palette_distance(to_oklab(strokes(0)[:, :, ::-1].copy())) > 0.02


def test_the_art_s_texture_against_itself_is_at_the_floor() -> None:
    art = reference([strokes(0)], W, H)
    assert texture_of(art, strokes(0)) == pytest.approx(art.texture_floor, rel=0.5)
    assert texture_of(art, strokes(9)) < 3 * art.texture_floor


def test_a_flat_picture_lacks_the_whole_texture() -> None:
    """A point against a normal cloud: its mean absolute value, sqrt(2 / pi) of the spread."""
    art = reference([np.random.default_rng(0).normal(128, 25, (H, W, 3)).clip(0, 255).astype(np.uint8)], W, H)
    flat = texture_of(art, np.full((H, W, 3), 128, np.uint8))
    assert flat == pytest.approx((2 / np.pi) ** 0.5, rel=0.1)


def test_blurred_and_turned_strokes_have_another_texture() -> None:
    art = reference([strokes(0)], W, H)
    blurred = gaussian_filter(strokes(0), (3, 3, 0))
    turned = np.ascontiguousarray(strokes(0, W, H).swapaxes(0, 1))
    assert texture_of(art, blurred) > 10 * art.texture_floor
    assert texture_of(art, turned) > 4 * art.texture_floor


def test_large_art_is_scaled_to_the_area_of_a_frame_and_small_art_kept() -> None:
    assert scaled(np.zeros((1000, 4000, 3), np.uint8), 400, 100).shape == (100, 400, 3)
    assert scaled(np.zeros((50, 60, 3), np.uint8), 400, 100).shape == (50, 60, 3)


def test_without_art_there_is_no_reference() -> None:
    with pytest.raises(MissingError, match="no-art"):
        reference([], W, H)


def test_blur_lowers_sharpness_as_computed() -> None:
    """A blur of sigma s scales a wave of k radians a pixel by exp(-s²k²/2), and with it every gradient."""
    wave = 128 + 60 * np.sin(2 * np.pi * np.arange(W) / 16)
    picture = np.broadcast_to(wave[None, :, None], (H, W, 3))
    soft = gaussian_filter(picture, (0, 2.0, 0), mode="wrap")
    before, after = (mean_gradient(to_oklab(np.rint(one).astype(np.uint8))) for one in (picture, soft))
    assert after / before == pytest.approx(np.exp(-((2.0 * 2 * np.pi / 16) ** 2) / 2), rel=0.03)


def test_the_small_blur_is_of_sigma_one() -> None:
    wave = np.broadcast_to(np.sin(2 * np.pi * np.arange(W) / 16)[None, :, None], (H, W, 1)).astype(np.float32)
    middle = blur(wave)[:, 8:-8]
    assert np.abs(middle).max() == pytest.approx(np.cos(np.pi / 16) ** 4, rel=1e-4)


def test_a_flat_picture_has_no_bands() -> None:
    lab = np.full((64, 64, 3), 0.4, np.float32)
    levels = bands(lab, blur(lab), LEVELS)
    assert [level.shape[0] for level in levels] == [64, 32, 16]
    assert max(np.abs(level).max() for level in levels) < 1e-6
