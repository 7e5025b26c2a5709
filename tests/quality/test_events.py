"""Cuts, returns and what comes into view are found, and shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from render_server.quality.assess import ShotFrame
from render_server.quality.comparison import NEW, Comparison
from render_server.quality.events import AFTER, MOST, EventWatch, event_picture
from render_server.quality.pictures import HEADER
from tests.quality.synthetic import disc_shot, empty_passes

H, W = 90, 160


def frame(number: int, shade: int = 100, uncovered: float = 0.0, thing: bool = False) -> ShotFrame:
    """A wall in one shade; a share of it came into view; a thing stands in a corner."""
    passes = empty_passes(number, H, W)
    passes.occlusion_backward[:, : round(W * uncovered)] = 1
    passes.object_id[:10, :10] = 5 if thing else 1
    picture = np.full((H, W, 3), shade, np.uint8)
    return ShotFrame(passes, picture, picture, memoryless=picture)


def watched(frames: Iterator[ShotFrame] | list[ShotFrame]) -> EventWatch:
    watch = EventWatch()
    for each in frames:
        watch.add(each)
    return watch


def test_a_cut_is_found_with_the_frames_about_it() -> None:
    [event] = watched([frame(n, shade=n, uncovered=float(n in (1, 20))) for n in range(1, 30)]).finished()
    assert (event.number, event.what) == (20, "Cut")
    assert [int(picture[0, 0, 0]) for picture in (event.before, event.painted, *event.after)] == [19, 20, 21, 22]


def test_the_shot_s_first_frame_is_no_event() -> None:
    assert watched([frame(1, uncovered=1.0), frame(2)]).finished() == []


def test_what_was_gone_comes_back() -> None:
    seen = [*range(1, 6), *range(20, 30)]
    [event] = watched([frame(n, thing=n in seen) for n in range(1, 40)]).finished()
    assert (event.number, event.what) == (20, "Something comes back")


def test_a_short_absence_is_no_return() -> None:
    assert watched([frame(n, thing=n not in (5, 6, 7)) for n in range(1, 30)]).finished() == []


def test_of_a_pan_the_fastest_frame_is_kept() -> None:
    [event] = watched([frame(n, uncovered={10: 0.1, 11: 0.3, 12: 0.2}.get(n, 0.0)) for n in range(1, 30)]).finished()
    assert (event.number, event.what) == (11, "Much comes into view")
    assert event.detail().startswith("30 % of the picture came into view")


def test_memory_is_bounded_and_cuts_stay() -> None:
    frames = [frame(n, uncovered=1.0 if n == 50 else 0.1 + n / 1000 if n % 10 == 0 else 0.0) for n in range(1, 300)]
    events = watched(frames).finished()
    assert len(events) == MOST
    assert [event.number for event in events if event.what == "Cut"] == [50]
    assert all(len(event.after) <= AFTER for event in events)
    assert sorted(event.number for event in events)[1:] == [250, 260, 270, 280, 290]


def test_a_ghost_is_told_in_words() -> None:
    before, fresh = frame(1, shade=200), frame(2, shade=100, uncovered=0.5)
    smeared = fresh._replace(painted=np.full((H, W, 3), 120, np.uint8))
    [event] = watched([before, smeared]).finished()
    assert "+20.0 % of the old frame shines through" in event.detail()


def test_the_picture_of_an_event_has_its_frames() -> None:
    [event] = watched([frame(n, shade=40 * n, uncovered=0.4 * (n == 3)) for n in range(1, 6)]).finished()
    picture = event_picture(event)
    assert picture.shape == (2 * (H + HEADER), 4 * W + 3 * 8, 3)
    shades = [int(picture[HEADER + H // 2, k * (W + 8) + W // 2, 0]) for k in range(4)]
    assert shades == [80, 120, 160, 200]
    came = picture[2 * HEADER + H + H // 2, W + 8 :]
    assert came[5, 0] == 120 and came[W - 5, 0] == 30


def test_an_event_at_the_last_frame_can_be_shown() -> None:
    [event] = watched([frame(1), frame(2, uncovered=0.5)]).finished()
    assert event_picture(event).shape[0] == 2 * (H + HEADER)


def test_the_comparison_shows_what_changed_on_the_surfaces() -> None:
    frames = [each._replace(memoryless=each.painted) for each in disc_shot(3)]
    frames[2] = frames[2]._replace(memoryless=np.clip(frames[2].painted.astype(int) + 17, 0, 255).astype(np.uint8))
    comparison = Comparison(frames[0], (320, 180))
    pictures = [comparison.frame(each) for each in frames]
    width, height = comparison.shape
    assert all(picture.shape == (height, width, 3) for picture in pictures)
    lower = 2 * HEADER + 180
    assert (pictures[0][lower:, :320] == NEW).all()
    painted, memoryless = (pictures[2][lower:, x : x + 320] for x in (0, 328))
    seen = frames[2].passes.occlusion_backward == 0
    assert painted[seen].max() == 0
    assert np.median(memoryless[seen][:, 0]) == 17 * 6
    assert (painted[~seen] == NEW).all()


def test_a_version_that_is_missing_at_a_frame_is_black() -> None:
    frames = [each._replace(target=each.painted if each.passes.number < 1003 else None) for each in disc_shot(3)]
    comparison = Comparison(frames[0], (320, 180))
    last = [comparison.frame(each) for each in frames][-1]
    assert last[HEADER : HEADER + 180, 328 : 328 + 320].max() == 0
