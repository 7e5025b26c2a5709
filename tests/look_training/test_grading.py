"""The parts of the loss: nothing where painting and art are alike, less when a picture comes nearer, the same wherever a stroke runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from render_server.look_training import grading
from render_server.look_training.art import TILES, Art
from render_server.look_training.grading import Critic, Weights, grade, labels_of, make_critic, steadiness, wanted_colour
from render_server.look_training.patches import Spots, bands, oklab, patches, sliced
from render_server.look_training.style import Style
from render_server.looks.palette import to_oklab
from render_server.quality import colour, filters
from render_server.video_models.painter.channels import GUIDES, LAYER

STYLE = Style({}, {}, {}, (0.9, 0.0, 0.0), (0.2, 0.0, -0.05), {})
DRAWN = Style({}, {}, {}, (0.9, 0.0, 0.0), (0.2, 0.0, -0.05), {"bristle": 0.0})


def stripes(angle: float, shape: tuple[int, int] = (160, 224)) -> np.ndarray:
    """Blue and yellow strokes along an angle."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = x * np.sin(angle) - y * np.cos(angle)
    return np.where(np.sin(across * 0.8)[..., None] > 0, (230, 200, 90), (30, 70, 160)).astype(np.uint8)


def critic_of(picture: np.ndarray, monkeypatch: pytest.MonkeyPatch, style: Style = STYLE, blocking: torch.Tensor | None = None) -> Critic:
    """The critic of one picture, for blocking in the picture's own colours or in others, (N, 3) OKLab."""
    monkeypatch.setattr(grading, "HEIGHTS", (288,))
    art = Art((picture,), (np.ones((TILES, TILES), np.bool_),), ())
    own = torch.from_numpy(to_oklab(picture[::8, ::8] / 255.0).reshape(-1, 3)).float()
    return make_critic(art, style, own if blocking is None else blocking, Weights(), 0)


def as_tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def guides_of(picture: torch.Tensor, angle: float) -> torch.Tensor:
    """Guides of a picture's own colours, with strokes along an angle."""
    guides = torch.zeros(1, GUIDES, *picture.shape[-2:])
    guides[:, :3] = picture
    guides[:, LAYER] = 1.0
    guides[:, grading.COSINE], guides[:, grading.SINE] = 0.5 + 0.5 * np.cos(2 * angle), 0.5 + 0.5 * np.sin(2 * angle)
    return guides


def test_colours_and_bands_are_those_that_are_measured() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    lab = oklab(as_tensor(picture))
    measured = colour.to_oklab(picture)
    assert np.abs(lab[0].permute(1, 2, 0).numpy() - measured).max() < 2e-3
    for ours, theirs in zip(bands(lab), filters.bands(measured, filters.blur(measured), 3), strict=True):
        assert np.abs(ours[0].permute(1, 2, 0).numpy() - theirs).max() < 2e-3


def test_a_cloud_is_no_distance_from_itself_and_a_moved_one_its_move() -> None:
    generator = torch.Generator().manual_seed(1)
    cloud, labels = torch.randn(500, 3, generator=generator), torch.zeros(500)
    along = torch.eye(3)[:, :1]
    assert float(sliced(cloud, cloud[torch.randperm(500, generator=generator)], labels, along, 1.0)) < 1e-6
    assert float(sliced(cloud + 0.25, cloud, labels, along, 1.0)) == pytest.approx(0.25, abs=1e-4)
    assert float(sliced(cloud + 0.25, cloud, labels, along, 0.5)) == pytest.approx(0.5, abs=1e-4)


def test_clouds_are_matched_within_labels() -> None:
    ours, theirs, labels = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [0.0]]), torch.tensor([0, 1])
    assert float(sliced(ours, theirs, torch.zeros(2), torch.ones(1, 1), 1.0)) == 0.0
    assert float(sliced(ours, theirs, labels, torch.ones(1, 1), 1.0)) == pytest.approx(1.0, abs=1e-3)


def test_a_patch_is_the_same_whichever_way_its_stroke_runs() -> None:
    found = []
    for angle in (0.0, 0.7, 1.5):
        band = bands(oklab(as_tensor(stripes(angle))))[1]
        middle = torch.tensor([80.0])
        x = torch.tensor([112.0 - (112 * np.sin(angle) - 80 * np.cos(angle)) % (2 * np.pi / 0.8) * np.sin(angle)])
        y = middle + (112 * np.sin(angle) - 80 * np.cos(angle)) % (2 * np.pi / 0.8) * np.cos(angle)
        cosine, sine = torch.tensor([[np.cos(angle)]]).float(), torch.tensor([[np.sin(angle)]]).float()
        spots = Spots(x.float()[None], y.float()[None], cosine, sine)
        found.append(patches(band, spots, 1)[0])
    spread = float(found[0].std())
    assert spread > 0.01
    for other in found[1:]:
        assert float((other - found[0]).abs().mean()) < 0.5 * spread


@pytest.mark.parametrize("angle", [0.3, 1.2])
def test_the_art_is_graded_better_than_its_blur_and_than_other_strokes(angle: float, monkeypatch: pytest.MonkeyPatch) -> None:
    critic = critic_of(stripes(0.3, (288, 512)), monkeypatch)
    graded = {}
    for name, picture in (
        ("same", stripes(angle)),
        ("plain", np.full_like(stripes(0.3), 120)),
        ("wide", stripes(angle).repeat(3, 0).repeat(3, 1)[:160, :224]),
    ):
        ours = as_tensor(picture)
        flat = ours.mean(dim=(2, 3), keepdim=True).expand_as(ours)
        graded[name] = grade(critic, [288], ours, guides_of(flat, angle), torch.Generator().manual_seed(3))["texture"]
    assert float(graded["same"]) < 0.5 * float(graded["wide"])
    assert float(graded["same"]) < 0.5 * float(graded["plain"])


def test_following_the_gradient_makes_strokes_out_of_a_plain_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    critic = critic_of(stripes(0.5, (288, 512)), monkeypatch)
    noise = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(4))
    picture = (0.4 + 0.2 * noise).requires_grad_()
    guides = guides_of(torch.full((1, 3, 64, 96), 0.5), 0.5)
    moving, told = torch.optim.Adam([picture], lr=0.05), []
    for step in range(16):
        moving.zero_grad()
        parts = grade(critic, [288], picture, guides, torch.Generator().manual_seed(step))
        loss = parts["texture"] + parts["palette"]
        loss.backward()
        moving.step()
        told.append(float(loss.detach()))
    assert np.mean(told[-3:]) < 0.85 * told[0]


def test_the_gradient_is_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    critic = critic_of(stripes(0.5, (288, 512)), monkeypatch)
    start = torch.rand(2, 3, 96, 128, generator=torch.Generator().manual_seed(5))
    found = []
    for _ in range(3):
        picture = start.clone().requires_grad_()
        guides = guides_of(torch.full((1, 3, 96, 128), 0.5), 0.5).expand(2, -1, -1, -1)
        sum(grade(critic, [288, 288], picture, guides, torch.Generator().manual_seed(6)).values()).backward()  # type: ignore[union-attr]
        assert picture.grad is not None
        found.append(picture.grad)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def test_the_colours_that_are_wanted_have_the_arts_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = np.full((288, 512, 3), (30, 70, 160), np.uint8)
    halves[:144] = (230, 200, 90)
    ramp = torch.linspace(0.2, 0.9, 64)[:, None] * torch.tensor([1.0, 0.0, 0.0])
    critic, grey = critic_of(halves, monkeypatch, blocking=ramp), ramp.T.view(1, 3, 8, 8)
    wanted = wanted_colour(critic, grey)
    dark, light = wanted[0, :, 0, 0], wanted[0, :, -1, -1]
    assert float(dark[2]) < -0.05 and float(light[2]) > 0.05  # the art's dark paint is blue and its light paint yellow
    assert labels_of(critic, grey).unique().numel() > 1


def test_outlines_are_graded_where_art_draws_them(monkeypatch: pytest.MonkeyPatch) -> None:
    critic = critic_of(stripes(0.5, (288, 512)), monkeypatch, DRAWN)
    guides = guides_of(torch.full((1, 3, 64, 96), 0.5), 0.5)
    guides[:, -1, 30:34] = 1.0
    light = torch.full((1, 3, 64, 96), 0.8)
    inked = light.clone()
    inked[:, :, 30:34] = 0.08
    graded = [float(grade(critic, [288], each, guides, torch.Generator().manual_seed(7))["line"]) for each in (light, inked)]
    assert graded[1] < 0.5 * graded[0]


def test_steadiness_only_counts_what_is_seen_in_both() -> None:
    painted, carried = torch.full((1, 3, 8, 8), 0.5), torch.full((1, 3, 8, 8), 0.5)
    carried[..., :4] = 0.9
    usable = torch.zeros(1, 1, 8, 8)
    usable[..., 4:] = 1.0
    assert float(steadiness(painted, carried, usable, 0.0)) == 0.0
    usable[..., :4] = 1.0
    change = float(steadiness(painted, carried, usable, 0.0))
    assert change > 0.1
    assert float(steadiness(painted, carried, usable, 0.04)) == pytest.approx(change - 0.04)
    assert float(steadiness(painted, carried, usable, 1.0)) == 0.0
