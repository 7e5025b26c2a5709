import numpy as np
import pytest

from render_server.quality.colourmaps import NOTHING, depth_colours, depth_span, id_colours, motion_colours, normal_colours
from render_server.quality.pictures import BACKGROUND, HEADER, Pair, beside, contact_sheet, header, passes_mosaic
from tests.quality.synthetic import disc_shot


def lightness(colour: np.ndarray) -> float:
    return float(colour.astype(float) @ (0.2126, 0.7152, 0.0722))


def pairs(count: int, height: int = 90, width: int = 160) -> list[Pair]:
    return [Pair(1001 + n, np.full((height, width, 3), 200, np.uint8), np.full((height, width, 3), 90, np.uint8)) for n in range(count)]


def test_depth_runs_from_warm_to_cool_and_nothing_is_dark() -> None:
    picture = depth_colours(np.float32([[2, 4, 8, np.inf]]), span=(2.0, 8.0))
    near, far = picture[0, 0].astype(int), picture[0, 2].astype(int)
    assert near[0] > near[2] and far[2] > far[0]
    assert lightness(picture[0, 0]) > lightness(picture[0, 2])
    assert np.array_equal(picture[0, 3], NOTHING)


def test_depth_beyond_the_span_takes_the_end_colours() -> None:
    picture = depth_colours(np.float32([[0.1, 2, 8, 900]]), span=(2.0, 8.0))
    assert np.array_equal(picture[0, 0], picture[0, 1]) and np.array_equal(picture[0, 2], picture[0, 3])


def test_the_span_of_a_shot_leaves_room_and_needs_something_seen() -> None:
    assert depth_span(np.full((9, 9), 5, np.float32)) == pytest.approx((5 / 1.3, 5 * 1.3))
    near, far = depth_span(np.full((9, 9), np.inf, np.float32))
    assert near < far


def test_normals_facing_the_camera_are_blue() -> None:
    normal = np.float32([[[0, 0, 1], [0, 0, 0]]])
    assert normal_colours(normal).tolist() == [[[128, 128, 255], NOTHING.tolist()]]


def test_neighbouring_ids_have_colours_apart() -> None:
    colours = id_colours(np.arange(40, dtype=np.uint16)).astype(int)
    apart = np.abs(colours[:, None] - colours[None]).sum(axis=-1)
    assert apart[~np.eye(40, dtype=bool)].min() > 12
    assert np.abs(np.diff(colours[1:], axis=0)).sum(axis=-1).min() > 80
    assert np.array_equal(colours[0], NOTHING)


def test_motion_is_dark_where_still_and_hued_by_direction() -> None:
    still, right, left = motion_colours(np.float32([[[0, 0], [5, 0], [-5, 0]]]), reach=5)[0].astype(int)
    assert still.max() - still.min() < 4 and lightness(still) < lightness(right)
    assert np.abs(right - left).sum() > 150


@pytest.mark.parametrize("size", [(180, 320), (91, 161)])
def test_the_mosaic_has_the_size_of_the_passes(size: tuple[int, int]) -> None:
    frame = next(disc_shot(1, *size))
    mosaic = passes_mosaic(frame.passes, (2.0, 8.0))
    assert mosaic.shape == (*size, 3)
    assert np.array_equal(mosaic[0, 0], depth_colours(np.float32([[5]]), (2.0, 8.0))[0, 0])
    assert np.array_equal(mosaic[-1, 0], id_colours(np.uint16([[1]]))[0, 0])


@pytest.mark.parametrize("count", [1, 3, 4, 12])
def test_the_sheet_holds_every_pair(count: int) -> None:
    sheet = contact_sheet("a shot", pairs(count))
    blocking, painted = (sheet == 200).all(axis=-1).sum(), (sheet == 90).all(axis=-1).sum()
    assert blocking == painted > 0
    cell = blocking // count
    assert blocking == cell * count
    assert sheet.shape[1] < 2000
    assert sheet[0, 0].tolist() == list(BACKGROUND)


def test_panels_keep_their_size_beside_each_other() -> None:
    row = beside([pairs(1)[0].blocking, pairs(1)[0].painted], gap=8)
    assert row.shape == (90, 328, 3)
    assert row[0, 160].tolist() == list(BACKGROUND)
    assert header(["one", "two"], [160, 160], "1001").shape == (HEADER, 328, 3)
