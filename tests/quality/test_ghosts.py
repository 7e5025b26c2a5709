from collections.abc import Iterator

import numpy as np
import pytest

from render_server.quality.assess import ShotFrame, assess
from render_server.quality.figures import summary
from render_server.quality.ghosts import ghost
from render_server.quality.motion import Step, step_back
from tests.quality.synthetic import disc_shot, empty_passes

H, W = 90, 160


def uncovered() -> Step:
    """A frame whose right half came into view; what was there before lay three pixels to the left."""
    passes = empty_passes(2, H, W, motion=(-3.0, 0.0))
    passes.occlusion_backward[:, W // 2 :] = 1
    return step_back(passes)


def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    fresh, old = (rng.integers(40, 216, (H, W, 3), dtype=np.uint8) for _ in range(2))
    return fresh, old


def mixed(fresh: np.ndarray, old: np.ndarray, share: float) -> np.ndarray:
    """A frame in which a share of the old one, carried along, shines through everywhere."""
    carried = np.roll(old, 3, axis=1)
    return np.rint(fresh + share * (carried.astype(float) - fresh)).astype(np.uint8)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_bleed_is_the_share_of_the_old_frame(share: float) -> None:
    fresh, old = pictures()
    found = ghost(mixed(fresh, old, share), fresh, old, uncovered())
    assert found is not None and found.bleed == pytest.approx(share, abs=2e-3)


def test_what_memory_changes_elsewhere_is_no_ghost() -> None:
    fresh, old = pictures()
    painted = fresh.copy()
    painted[:, : W // 2] = mixed(fresh, old, 0.5)[:, : W // 2]
    found = ghost(painted, fresh, old, uncovered())
    assert found is not None and (found.inside, found.bleed) == (0, 0)
    assert found.outside is not None and found.outside > 0.05


def test_a_change_that_has_nothing_to_do_with_the_old_frame_does_not_bleed() -> None:
    fresh, old = pictures()
    shifted = np.clip(fresh.astype(int) + np.random.default_rng(9).choice((-20, 20), fresh.shape), 0, 255).astype(np.uint8)
    found = ghost(shifted, fresh, old, uncovered())
    assert found is not None and found.inside == pytest.approx(20 / 255, rel=0.01)
    assert found.bleed == pytest.approx(0, abs=0.01)


def test_at_a_cut_all_of_the_picture_came_into_view() -> None:
    fresh, old = pictures()
    found = ghost(fresh, fresh, old, step_back(empty_passes(2, H, W, first=True)))
    assert found == (0, None, 0)


def test_where_nothing_came_into_view_there_is_no_answer() -> None:
    fresh, old = pictures()
    assert ghost(fresh, fresh, old, step_back(empty_passes(2, H, W))) is None


def test_a_shot_that_smears_what_comes_into_view_is_found_out() -> None:
    def smeared(share: float) -> Iterator[ShotFrame]:
        previous = None
        for frame in disc_shot(6):
            fresh = frame.painted
            hidden = frame.passes.occlusion_backward[..., None] == 1
            painted = fresh if previous is None else np.where(hidden, np.rint(fresh + share * (previous.astype(float) - fresh)), fresh)
            previous = painted.astype(np.uint8)
            yield frame._replace(painted=previous, memoryless=fresh)

    clean, dirty = (summary(assess(smeared(share))).ghosts for share in (0.0, 0.3))
    assert clean is not None and dirty is not None
    assert clean.frames == dirty.frames == 5
    assert clean.bleed == 0 and dirty.bleed == pytest.approx(0.3, abs=0.01)
    assert dirty.outside == 0 < dirty.inside
