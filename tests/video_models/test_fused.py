"""The fused network paints what the plain one does, within rounding, and the same on every call."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from render_server.video_models.painter.channels import GUIDES, INPUTS
from render_server.video_models.painter.fused import FusedNetwork, can_fuse
from render_server.video_models.painter.network import PainterConfig, PainterNetwork, carry
from render_server.video_models.painter.pixels import carry_bytes, nothing_carried

CONFIG = PainterConfig(channels=(32, 48, 64), blocks=(1, 2, 1), full=16, half=16, coarse=8, fine=16, last=8, condition=16)


@pytest.fixture(scope="module", params=[torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def network(request: pytest.FixtureRequest) -> PainterNetwork:
    torch.manual_seed(0)
    network = PainterNetwork(CONFIG).eval().requires_grad_(False)
    for name, parameter in network.named_parameters():
        if name.endswith(("steer.weight", "second.weight", "out.weight")):
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network.to(request.param)


@pytest.fixture(scope="module")
def fused(network: PainterNetwork) -> FusedNetwork:
    if not can_fuse(network):
        pytest.skip("this processor does not multiply bfloat16, or torch was built without the operations")
    return FusedNetwork(network)


def test_other_types_stay_plain() -> None:
    assert not can_fuse(PainterNetwork(CONFIG).to(torch.float64))


@pytest.mark.parametrize(("height", "width"), [(64, 96), (96, 160), (32, 32)])
@torch.inference_mode()
def test_as_exact_as_the_plain_network(network: PainterNetwork, fused: FusedNetwork, height: int, width: int) -> None:
    generator = torch.Generator().manual_seed(1)
    inputs = (torch.rand(1, INPUTS, height, width, generator=generator) - 0.5).to(network.style.dtype)
    inputs = inputs.to(memory_format=torch.channels_last)
    condition = torch.randn(1, 16, generator=generator).to(network.style.dtype)
    exact = PainterNetwork(CONFIG).eval().double()
    exact.load_state_dict(network.state_dict())
    wanted = exact._change(inputs.double(), condition.double())
    plain, got = network._change(inputs, condition).double(), fused(inputs, condition).double()
    assert float((got - wanted).square().mean().sqrt()) <= 1.5 * float((plain - wanted).square().mean().sqrt())
    assert float((got - wanted).abs().max()) <= 2.0 * float((plain - wanted).abs().max())


@pytest.mark.parametrize(("height", "width"), [(64, 96), (70, 101)])
@pytest.mark.parametrize("cut", [False, True])
@torch.inference_mode()
def test_the_same_pixels(network: PainterNetwork, fused: FusedNetwork, height: int, width: int, cut: bool) -> None:
    random = np.random.default_rng(2)
    guides, previous = (random.integers(0, 256, (height, width, count), dtype=np.uint8) for count in (GUIDES, 3))
    motion = random.normal(0, 9, (height, width, 2)).astype(np.float32)
    visible = (random.random((height, width)) > 0.2).astype(np.float32)
    since, inks = torch.tensor([0.0 if cut else 3.0]), torch.rand(1, 6)
    brought, inside = carry(tensor(previous).float() / 255.0, tensor(motion))
    usable = inside * torch.from_numpy(visible)
    if cut:
        brought, usable = torch.zeros_like(brought), torch.zeros_like(usable)
    frame, _ = network(tensor(guides) / 255.0, brought, usable, since, inks)
    wanted = (frame.clamp(0, 1) * 255).round()[0].permute(1, 2, 0).numpy()
    carried = nothing_carried(height, width) if cut else carry_bytes(previous, motion, visible)
    condition = network._condition(since, inks, network.style.dtype)
    got = fused.paint(guides, carried, condition)
    assert np.abs(got - wanted).max() <= 2
    assert np.mean(got != wanted) < 0.03
    assert np.array_equal(got, fused.paint(guides, carried, condition))


def tensor(picture: np.ndarray) -> torch.Tensor:
    """(H, W, C) as (1, C, H, W)."""
    return torch.from_numpy(picture).permute(2, 0, 1)[None]
