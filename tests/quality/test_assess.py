import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from render_server.quality.assess import ShotFrame, assess
from render_server.quality.figures import as_json, drift, latency, mean, relative, summary
from shot_format.errors import FormatError, MissingError
from tests.quality.synthetic import disc_shot, texture


def noisy(frames: Iterator[ShotFrame], sigma: float) -> Iterator[ShotFrame]:
    """The same shot; its memoryless run has noise that is drawn anew each frame, and its target is the painting."""
    for frame in frames:
        noise = np.random.default_rng(frame.passes.number).normal(0, sigma, frame.painted.shape)
        yield frame._replace(memoryless=np.clip(frame.painted + noise, 0, 255).astype(np.uint8), target=frame.painted)


def test_a_shot_painted_on_the_surface() -> None:
    figures = assess(noisy(disc_shot(12), sigma=6))
    assert figures.frames == tuple(range(1001, 1013))
    assert figures.painted.warp_error[0] is None and set(figures.painted.warp_error[1:]) == {0.0}
    assert figures.painted.long_warp_error[:8] == (None,) * 8
    assert mean(figures.painted.long_warp_error[8:]) == pytest.approx(0, abs=1e-6)
    assert set(figures.painted.flicker[1:]) == {0.0}
    assert mean(figures.blocking.structure) == 1
    assert (figures.width, figures.height) == (320, 180)


def test_the_memoryless_run_is_as_unsteady_as_its_noise() -> None:
    figures = assess(noisy(disc_shot(10), sigma=6))
    assert figures.memoryless is not None
    expected = 2 * 6 / np.sqrt(np.pi) / 255
    assert mean(figures.memoryless.warp_error) == pytest.approx(expected, rel=0.02)
    assert mean(figures.memoryless.long_warp_error) == pytest.approx(expected, rel=0.02)
    assert mean(figures.memoryless.flicker) == pytest.approx(expected, rel=0.02)


def test_the_blocking_is_the_unit_and_the_target_as_sharp_as_itself() -> None:
    art = texture(np.random.default_rng(5), 180, 320, (70, 90, 120))
    sums = summary(assess(noisy(disc_shot(4), sigma=6), [art]))
    assert sums.blocking.palette == sums.blocking.texture == 1
    assert sums.target is not None and sums.target.sharpness == 1
    assert sums.sharpness_of == "target"
    assert sums.painted.texture is not None and sums.painted.texture < 0.6
    assert sums.texture_floor is not None and sums.texture_floor < sums.painted.texture


def test_art_of_the_shot_itself_is_held_against_too() -> None:
    frames = list(noisy(disc_shot(4), sigma=6))
    sums = summary(assess(frames, [texture(np.random.default_rng(5), 180, 320, (90, 120, 70))], art_of_shot=[f.painted for f in frames]))
    assert sums.painted.shot_palette is not None and sums.painted.shot_palette < 0.1 < (sums.painted.palette or 0)
    assert sums.painted.shot_texture is not None and sums.painted.shot_texture < 0.3
    assert sums.blocking.shot_palette == sums.blocking.shot_texture == 1
    assert summary(assess(frames)).painted.shot_palette is None


def test_blur_that_grows_is_drift() -> None:
    def fading() -> Iterator[ShotFrame]:
        for index, frame in enumerate(disc_shot(10)):
            soft = gaussian_filter(frame.painted, (index / 4, index / 4, 0)) if index else frame.painted
            yield frame._replace(painted=soft, target=frame.painted)

    sums = summary(assess(fading()))
    assert sums.drift_frames == 5
    assert sums.sharpness_drift is not None and sums.sharpness_drift.last < 0.7 * sums.sharpness_drift.first
    assert sums.palette_drift is None


def test_without_art_palette_and_texture_are_unknown() -> None:
    sums = summary(assess(disc_shot(3)))
    assert sums.painted.palette is None and sums.painted.texture is None
    assert sums.sharpness_of == "blocking" and sums.blocking.sharpness == 1
    assert sums.painted.sharpness is not None and sums.painted.sharpness > 1
    assert sums.memoryless is None and sums.palette_floor is None


def test_one_frame_has_figures_of_its_own_only() -> None:
    figures = assess(disc_shot(1))
    assert figures.painted.warp_error == (None,)
    assert figures.painted.structure[0] is not None
    assert summary(figures).drift_frames == 0


def test_a_gap_in_the_numbers_starts_afresh() -> None:
    frames = [frame for frame in disc_shot(14) if frame.passes.number != 1005]
    figures = assess(frames)
    assert figures.painted.warp_error[4] is None
    assert figures.painted.long_warp_error.count(None) == 4 + 8


def test_every_frame_is_watched_with_its_own_figures() -> None:
    seen: list[tuple[int, float | None]] = []
    figures = assess(disc_shot(4), watch=lambda frame, readings: seen.append((frame.passes.number, readings["sharpness"])))
    assert seen == list(zip(figures.frames, figures.painted.sharpness, strict=True))


def test_no_frames() -> None:
    with pytest.raises(MissingError, match="no-frames"):
        assess([])


def test_pictures_of_another_size_are_refused() -> None:
    frame = next(disc_shot(1))
    with pytest.raises(FormatError, match="Frame 1001 of the painted video is 160×90 uint8") as caught:
        assess([frame._replace(painted=frame.painted[::2, ::2])])
    assert caught.value.code == "frame-size-differs"


def test_a_video_for_some_frames_only_is_refused() -> None:
    first, second = disc_shot(2)
    with pytest.raises(FormatError, match="video-incomplete"):
        assess([first, second._replace(target=second.painted)])


def sparse(frames: Iterator[ShotFrame], every: int) -> Iterator[ShotFrame]:
    """The memoryless run and the target at pairs of frames only."""
    for index, frame in enumerate(frames):
        yield frame if index % every < 2 else frame._replace(memoryless=None, target=None)


def test_a_video_at_some_frames_is_measured_there_only() -> None:
    whole, some = (assess(frames) for frames in (noisy(disc_shot(12), 6), sparse(noisy(disc_shot(12), 6), 4)))
    assert whole.memoryless is not None and some.memoryless is not None and some.target is not None
    measured = [index for index, value in enumerate(some.memoryless.warp_error) if value is not None]
    assert measured == [1, 5, 9]
    assert all(some.memoryless.warp_error[i] == whole.memoryless.warp_error[i] for i in measured)
    assert set(some.memoryless.long_warp_error) == {None}
    assert some.painted == whole.painted


def test_what_is_relative_is_relative_at_the_same_frames() -> None:
    def softer(frames: Iterator[ShotFrame]) -> Iterator[ShotFrame]:
        for index, frame in enumerate(frames):
            soft = gaussian_filter(frame.painted, (2, 2, 0)) if index % 4 >= 2 else frame.painted
            yield frame._replace(painted=soft)

    sums = summary(assess(sparse(softer(noisy(disc_shot(12), 6)), 4)))
    assert sums.sharpness_of == "target" and sums.painted.sharpness == pytest.approx(1)
    assert relative((1.0, None, 3.0), (2.0, 5.0, None)) == 0.5
    assert relative((None, 1.0), (2.0, None)) is None


def test_tiny_frames_are_refused() -> None:
    with pytest.raises(FormatError, match="frame-too-small"):
        assess(disc_shot(1, height=24, width=40))


def test_the_same_shot_gives_the_same_text() -> None:
    art = [texture(np.random.default_rng(5), 180, 320, (70, 90, 120))]
    waiting = latency([1.0, 1.25])
    one, other = (as_json(assess(disc_shot(10), art), waiting) for _ in range(2))
    assert one == other
    content = json.loads(one)
    assert content["figures"]["frames"][0] == 1001
    assert content["latency"]["first_frame"] == 1.0


def test_latency_percentiles() -> None:
    waiting = latency([2.0, *(2.0 + 0.1 * n for n in range(1, 101))])
    assert waiting is not None
    assert waiting.first_frame == 2.0
    assert (waiting.p50, waiting.p95, waiting.p99) == pytest.approx((0.1, 0.1, 0.1))
    uneven = latency([0.5, 0.6, 0.7, 1.7])
    assert uneven is not None and uneven.p50 == pytest.approx(0.1) and uneven.p99 == pytest.approx(0.982)
    assert latency([]) is None
    assert latency([3.0]) == replace(uneven, first_frame=3.0, p50=None, p95=None, p99=None)


def test_drift_is_relative_to_its_unit_at_the_same_end() -> None:
    value = drift((1.0, 1.0, None, 6.0, 6.0), (2.0, 2.0, 2.0, 3.0, 3.0), 2)
    assert value is not None and (value.first, value.last) == (0.5, 2.0)
    assert drift((None, None), (1.0, 1.0), 1) is None
