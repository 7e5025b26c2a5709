"""The network: any size, repeatable, and never the previous frame where that was hidden."""

from __future__ import annotations

import pytest
import torch

from render_server.video_models.painter.channels import GUIDES
from render_server.video_models.painter.network import PainterConfig, PainterNetwork, carry

from .conftest import SMALL


def inputs(height: int, width: int) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(1)
    guides = torch.rand(1, GUIDES, height, width, generator=generator)
    carried = torch.rand(1, 3, height, width, generator=generator)
    usable = (torch.rand(1, 1, height, width, generator=generator) > 0.5).float()
    return guides, carried, usable, torch.ones(1), torch.zeros(1, 6)


@pytest.fixture(scope="module")
def network() -> PainterNetwork:
    torch.manual_seed(0)
    network = PainterNetwork(PainterConfig(**SMALL)).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.add_(0.05 * torch.randn_like(parameter))
    return network


@pytest.mark.parametrize(("height", "width"), [(64, 64), (70, 101), (96, 64)])
def test_any_size(network: PainterNetwork, height: int, width: int) -> None:
    frame, kept = network(*inputs(height, width))
    assert frame.shape == (1, 3, height, width)
    assert kept.shape == (1, 1, height, width)


def test_the_same_again(network: PainterNetwork) -> None:
    assert torch.equal(network(*inputs(64, 96))[0], network(*inputs(64, 96))[0])


def test_hidden_surfaces_are_painted_afresh(network: PainterNetwork) -> None:
    guides, carried, usable, since, inks = inputs(64, 64)
    frame, kept = network(guides, carried, usable, since, inks)
    assert float(kept[usable == 0].max()) == 0.0
    nothing = torch.zeros_like(usable)
    other = network(guides, 1 - carried, nothing, since, inks)[0]
    assert torch.equal(network(guides, carried, nothing, since, inks)[0], other)


def test_a_frame_is_carried_by_its_motion() -> None:
    previous = torch.rand(1, 3, 32, 48)
    motion = torch.zeros(1, 2, 32, 48)
    motion[:, 0], motion[:, 1] = 3.0, -2.0
    carried, inside = carry(previous, motion)
    assert torch.allclose(carried[..., 2:, :-3], previous[..., :-2, 3:], atol=1e-5)
    assert float(inside[..., :2, :].max()) == 0.0
    assert float(inside[..., 2:, :-3].min()) == 1.0
