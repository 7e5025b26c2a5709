import numpy as np
import pytest

from render_server.quality.colour import to_oklab
from render_server.quality.filters import blur
from render_server.quality.structure import EDGE_SHARE, edge_share, grown, painted_edges, structure, true_edges

H, W = 180, 320


def boxes() -> np.ndarray:
    """Object ids of a few boxes before nothing."""
    ids = np.zeros((H, W), np.uint16)
    ids[30:90, 40:120] = 1
    ids[70:150, 100:180] = 2
    ids[100:140, 220:290] = 3
    return ids


def painting(ids: np.ndarray) -> np.ndarray:
    colours = np.uint8([(60, 80, 110), (210, 120, 70), (90, 160, 80), (230, 220, 170)])
    return colours[ids]


def score(ids: np.ndarray, picture: np.ndarray) -> float:
    value = structure(true_edges(ids, np.ones(ids.shape, np.float32)), painted_edges(blur(to_oklab(picture))))
    assert value is not None
    return value


def test_a_picture_with_every_outline_scores_one() -> None:
    assert score(boxes(), painting(boxes())) == 1


@pytest.mark.parametrize("shift", [1, 2])
def test_an_outline_within_reach_still_counts(shift: int) -> None:
    assert score(boxes(), painting(np.roll(boxes(), shift - 1, axis=1))) > 0.97


def test_a_shifted_picture_scores_lower() -> None:
    shifted = painting(np.roll(boxes(), (6, 6), axis=(0, 1)))
    assert score(boxes(), shifted) < 0.25


@pytest.mark.parametrize("seed", range(4))
def test_a_random_picture_scores_about_nothing(seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (H, W, 3), dtype=np.uint8)
    assert abs(score(boxes(), picture)) < 0.1


def test_texture_in_one_half_only_is_no_structure() -> None:
    picture = np.full((H, W, 3), 128, np.uint8)
    picture[60:] = np.random.default_rng(1).integers(0, 256, (H - 60, W, 3), dtype=np.uint8)
    lower = boxes()
    lower[:70] = 0
    assert abs(score(lower, picture)) < 0.12


def test_an_empty_picture_scores_nothing() -> None:
    assert score(boxes(), np.full((H, W, 3), 90, np.uint8)) == 0


def test_without_outlines_there_is_no_score() -> None:
    assert structure(np.zeros((H, W), np.bool_), np.ones((H, W), np.bool_)) is None


def test_the_number_of_edges_does_not_depend_on_contrast() -> None:
    noise = np.random.default_rng(3).normal(size=(H, W, 3))
    for contrast in (10, 40):
        edges = painted_edges(blur(to_oklab(np.clip(128 + contrast * noise, 0, 255).astype(np.uint8))))
        assert edges.mean() == pytest.approx(EDGE_SHARE, rel=0.01)


def test_a_busy_shot_has_room_for_all_its_outlines() -> None:
    """A patchwork whose outlines are a tenth of the picture."""
    rows, columns = np.indices((H, W))
    patches = (rows // 20 * 100 + columns // 20 + 1).astype(np.uint16)
    colours = np.random.default_rng(2).integers(0, 256, (patches.max() + 1, 3), dtype=np.uint8)
    true, blurred = true_edges(patches, np.ones(patches.shape, np.float32)), blur(to_oklab(colours[patches]))
    assert true.mean() > 2 * EDGE_SHARE and edge_share(true) == 2 * true.mean()
    assert structure(true, painted_edges(blurred, edge_share(true))) == pytest.approx(1, abs=0.04)
    assert (structure(true, painted_edges(blurred)) or 0) < 0.7
    noise = blur(to_oklab(np.random.default_rng(0).integers(0, 256, (H, W, 3), dtype=np.uint8)))
    assert abs(structure(true, painted_edges(noise, edge_share(true))) or 0) < 0.1


def test_edges_reach_two_pixels() -> None:
    edges = np.zeros((9, 9), np.bool_)
    edges[4, 4] = True
    assert grown(edges).sum() == 13
    assert grown(edges)[2, 4] and not grown(edges)[2, 3]


def test_a_floor_seen_at_a_glancing_angle_has_no_edges() -> None:
    rows = np.arange(1, H + 1, dtype=np.float32)[:, None]
    floor = np.broadcast_to(1000 / rows, (H, W)).astype(np.float32)
    assert not true_edges(np.ones((H, W), np.uint16), floor).any()


def test_a_depth_jump_within_one_object_is_an_edge_of_the_nearer_side() -> None:
    depth = np.full((H, W), 4, np.float32)
    depth[:, 100:] = 5
    edges = true_edges(np.ones((H, W), np.uint16), depth)
    assert edges[:, 99].all()
    assert edges.sum() == H


def test_a_silhouette_before_nothing_belongs_to_the_object() -> None:
    ids, depth = np.zeros((H, W), np.uint16), np.full((H, W), np.inf, np.float32)
    ids[50:60, 50:60], depth[50:60, 50:60] = 4, 2
    edges = true_edges(ids, depth)
    assert edges.sum() == 36
    assert not edges[ids == 0].any()
