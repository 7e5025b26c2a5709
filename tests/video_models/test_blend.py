"""Two looks blended: each alone at the ends, both in between, and nothing remembered but the frame before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from render_server.looks.moods import MOODS, OWN, Fade
from render_server.looks.palette import Palette
from render_server.looks.registry import Look, read_look
from render_server.passes.compute import compute_passes
from render_server.passes.geometry import FrameGeometry, Passes
from render_server.video_models.base import PaintedFrame, ShotInfo
from render_server.video_models.painter.adapter import new_adapter
from render_server.video_models.painter.blending import BlendedPainter
from render_server.video_models.painter.model import Painter
from render_server.video_models.painter.network import PainterNetwork
from render_server.video_models.painter.pipeline import PainterConfig
from render_server.video_models.painter.settings import Layer, ScaffoldSettings, between
from render_server.worker.models import Models
from shot_format.blobs import sha256
from shot_format.errors import FormatError
from shot_format.messages import Blend, BlendKey, Recipe

from .conftest import SMALL, wall_and_board

FRAMES = 5
LAYER = {"length": 0.2, "width": 0.06, "coverage": 3.0, "dry": 0.2, "jitter": 0.3}
TUNING = {"mean": [0.5, 0.05, 0.05], "spread": [[0.02, 0, 0], [0, 0.003, 0], [0, 0, 0.003]], "strength": 0.8}
FIRST = {
    "palette": {"chroma": 1.2, "greys": [[0.02, 0.01], [0.0, -0.02]]}, "strokes": {"layers": [LAYER], "swirl": 0.3}, "tuning": TUNING,
    "ground": [0.6, 0.0, 0.05],
}  # fmt: skip
SECOND = {
    "palette": {"contrast": 0.4, "greys": [[0.0, 0.03], [0.01, 0.0], [-0.02, 0.0]]}, "ground": [0.9, 0.0, 0.0],
    "strokes": {"layers": [{**LAYER, "length": 0.1, "width": 0.03}], "swirl": 0.9, "grain": [0.1, 0.02, 0.01]},
    "light": {name: list(getattr(MOODS["dusk"], name)) for name in ("key", "light", "shade", "zenith", "horizon")},
}  # fmt: skip


def small_look(root: Path, name: str, seed: int, fields: dict[str, Any], base: str = "small@1") -> Look:
    """A look that changes a small base; the base is made where it is not there."""
    folder, home = root / f"{name}@1", root / base
    if not home.is_dir():
        home.mkdir()
        torch.manual_seed(sum(base.encode()))
        weights = PainterNetwork(PainterConfig(**SMALL)).state_dict()
        save_file({key: (value + 0.02 * torch.randn_like(value)).half() for key, value in weights.items()}, home / "weights.safetensors")
        (home / "config.json").write_text(json.dumps(SMALL))
    torch.manual_seed(seed)
    bare = {key: value for key, value in PainterNetwork(PainterConfig(**SMALL)).state_dict().items()}
    adapter = {key: (value + 0.03 * torch.randn_like(value)).half() for key, value in new_adapter(bare, seed).items()}
    named = {"base": base, "base_sha256": sha256((home / "weights.safetensors").read_bytes())}
    folder.mkdir()
    save_file(adapter, folder / "weights.safetensors", named)
    (folder / "look.json").write_text(
        json.dumps({
            "name": name, "version": 1, "title": name, "description": "", "recipe": {}, "lineage": [], "licence": "",
            "model_sha256": sha256((folder / "weights.safetensors").read_bytes()), **fields,
        })
    )  # fmt: skip
    return read_look(folder)


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Look]:
    root = tmp_path_factory.mktemp("looks")
    lines = {**SECOND, "strokes": {"layers": [LAYER, LAYER]}}
    return {
        "one": small_look(root, "one", 1, FIRST),
        "two": small_look(root, "two", 2, SECOND),
        "lines": small_look(root, "lines", 3, lines),
        "alien": small_look(root, "alien", 4, SECOND, "other@1"),
    }


@pytest.fixture(scope="module")
def shot() -> list[tuple[FrameGeometry, Passes]]:
    geometries = [wall_and_board(n, shift=0.03 * n) for n in range(1, FRAMES + 1)]
    return [(g, compute_passes(before, g, None)) for before, g in zip([None, *geometries], geometries, strict=False)]


@pytest.fixture(scope="module")
def blended(looks: dict[str, Look]) -> BlendedPainter:
    return BlendedPainter(looks["one"], looks["two"])


def recipe(keys: dict[int, float] | None, scale: float = 1.0) -> Recipe:
    named = Blend("two", tuple(BlendKey(frame, weight) for frame, weight in keys.items())) if keys else None
    return Recipe("one", seed=2, stroke_scale=scale, accumulation=0.3, blend=named)


def paint(
    painter: Any, shot: list[tuple[FrameGeometry, Passes]], asked: Recipe, cuts: tuple[int, ...] = (), after: PaintedFrame | None = None
) -> list[bytes]:
    """Paint a shot, or what comes after a frame."""
    start = after.number if after else 0
    opens_at = max(each for each in (1, *cuts) if each <= start + 1)
    state = painter.start(ShotInfo("shot", 1, FRAMES, 128, 96, cuts, shot[opens_at - 1]), asked, after)
    return [painter.paint(state, [painter.guides(state, *seen)])[0].pixels.tobytes() for seen in shot[start:]]


@pytest.mark.parametrize("cuts", [(), (3,)])
def test_at_the_ends_each_look_paints_as_if_alone(
    looks: dict[str, Look], blended: BlendedPainter, shot: list[tuple[FrameGeometry, Passes]], cuts: tuple[int, ...]
) -> None:
    alone = [paint(Painter(looks[name]), shot, recipe(None, 1.3), cuts) for name in ("one", "two")]
    half = paint(blended, shot, recipe({1: 0.5}, 1.3), cuts)
    ends = [paint(blended, shot, recipe({1: weight}, 1.3), cuts) for weight in (0.0, 1.0)]
    assert ends == alone
    for one, two, mixed in zip(*alone, half, strict=True):
        assert len({one, two, mixed}) == 3


def test_looks_with_other_layers_paint_as_if_alone_at_the_ends(looks: dict[str, Look], shot: list[tuple[FrameGeometry, Passes]]) -> None:
    painter = BlendedPainter(looks["one"], looks["lines"])
    for name, weight in (("one", 0.0), ("lines", 1.0)):
        assert paint(painter, shot, recipe({1: weight, 3: weight})) == paint(Painter(looks[name]), shot, recipe(None))


def test_a_keyed_blend_taken_up_again_gives_the_same_bytes(
    looks: dict[str, Look], blended: BlendedPainter, shot: list[tuple[FrameGeometry, Passes]]
) -> None:
    """By another worker, which never had the weights of the frames before, and with a cut before and after."""
    keys = recipe({2: 0.0, 4: 0.9})
    for cuts in ((), (4,)):
        whole = paint(blended, shot, keys, cuts)
        assert len(set(whole)) == FRAMES
        for done in range(1, FRAMES):
            before = PaintedFrame(done, np.frombuffer(whole[done - 1], np.uint8).reshape(96, 128, 3).copy())
            assert paint(BlendedPainter(looks["one"], looks["two"]), shot, keys, cuts, before) == whole[done:]


def test_the_network_is_rebuilt_only_where_the_weight_changes(
    blended: BlendedPainter, shot: list[tuple[FrameGeometry, Passes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    merge = blended._pipeline._merged
    monkeypatch.setattr(blended._pipeline, "_merged", lambda: (seen.append(blended._pipeline._weight), merge())[1])
    paint(blended, shot, recipe({1: 0.25}))
    paint(blended, shot, recipe({2: 0.25, 4: 0.75}))
    assert seen in ([0.25, 0.5, 0.75], [0.5, 0.75])  # the first may be what an earlier test left


def test_strokes_go_over_where_layers_are_as_many_and_stay_else() -> None:
    one, two = (
        ScaffoldSettings(),
        ScaffoldSettings(layers=tuple(Layer(0.1, 0.02, 1.0, 0.0, 0.1) for _ in range(3)), swirl=0.1, grain=(0.2, 0.1, 0.1)),
    )
    assert between(one, two, 0.0) == one and between(one, two, 1.0) == two
    half = between(one, two, 0.5)
    assert half.layers[0].length == pytest.approx(0.1575) and half.swirl == pytest.approx(0.4) and half.grain[0] == pytest.approx(0.16)
    fewer = replace(two, layers=two.layers[:2])
    kept = between(one, fewer, 0.5)
    assert (kept.layers, kept.swirl) == (one.layers, one.swirl) and kept.grain == half.grain


def test_tints_of_objects_go_over_however_many_there_are() -> None:
    one, two = Palette(FIRST["palette"]), Palette(SECOND["palette"])
    picture, ids = np.full((1, 60, 3), 128, np.uint8), np.arange(1, 61, dtype=np.uint16)[None]
    ends = [each.apply(picture, ids).astype(int) for each in (one, two)]
    half = one.toward(two, 0.5).apply(picture, ids).astype(int)
    assert np.abs(half - (ends[0] + ends[1]) / 2).max() <= 2
    assert one.toward(two, 0.0) is one and one.toward(two, 1.0) is two
    bare = Palette({})
    assert np.abs(one.toward(bare, 0.999).apply(picture, ids).astype(int) - bare.apply(picture, ids)).max() <= 1


def test_light_goes_over_without_a_leap(shot: list[tuple[FrameGeometry, Passes]]) -> None:
    geometry, passes = shot[0]
    opposite = replace(MOODS["dusk"], key=tuple(-value for value in MOODS["dusk"].key))
    for one, two in ((OWN, MOODS["moon"]), (MOODS["dusk"], opposite)):
        lit = [Fade(one, two, weight).on(geometry.view, passes, passes.beauty).astype(int) for weight in (0.0, 0.01, 0.5, 0.99, 1.0)]
        assert np.array_equal(lit[0], one.on(geometry.view, passes, passes.beauty))
        assert np.array_equal(lit[-1], two.on(geometry.view, passes, passes.beauty))
        assert max(np.abs(lit[0] - lit[1]).max(), np.abs(lit[-1] - lit[-2]).max()) <= 16
        assert np.isfinite(Fade(one, two, 0.5).facing(geometry.view, passes)).all()


def test_looks_over_different_bases_are_refused(looks: dict[str, Look], look: Look) -> None:
    for second in (looks["alien"], look):
        with pytest.raises(FormatError, match="blend-bases"):
            BlendedPainter(looks["one"], second)
    with pytest.raises(FormatError, match="blend-bases"):
        BlendedPainter(look, look)


def test_the_worker_takes_both_looks_at_the_hashes_that_are_asked_for(looks: dict[str, Look]) -> None:
    models = Models((looks["one"].folder.parent,))
    named = Blend("two@1", (BlendKey(1, 0.5),), looks["two"].model_sha256)
    asked = Recipe("one@1", model_sha256=looks["one"].model_sha256, blend=named)
    model = models.of(asked)
    assert isinstance(model, BlendedPainter) and models.of(asked) is model
    assert not isinstance(models.of(replace(asked, blend=None)), BlendedPainter)
    for changes in ({"model_sha256": "0" * 64}, {"look_sha256": "0" * 64}):
        with pytest.raises(FormatError, match="look-changed"):
            models.of(replace(asked, blend=replace(named, **changes)))
