"""The painter's network as a diffusers pipeline: one call, one frame."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from render_server.video_models import operators  # noqa: F401  (before diffusers)

# isort: split
from diffusers import DiffusionPipeline
from safetensors.torch import load_file
from torch import Tensor, nn

from render_server.video_models.painter.network import PainterNetwork, carry
from shot_format.errors import FormatError, MissingError


class PainterPipeline(DiffusionPipeline):  # type: ignore[misc]
    """Carries the previous frame here, paints this one, rounds it to bytes."""

    def __init__(self, network: PainterNetwork) -> None:
        super().__init__()
        self.register_modules(network=network)

    @classmethod
    def from_folder(cls, folder: Path, device: str = "cpu") -> PainterPipeline:
        """Load config.json and weights.safetensors; nothing else in the folder is read and nothing is downloaded."""
        return cls(load_network(folder, device))

    @torch.inference_mode()
    def __call__(self, guides: Tensor, motion: Tensor, visible: Tensor, previous: Tensor | None, since_cut: int, style: int = 0) -> Tensor:
        """Paint one frame.

        guides: (1, C, H, W) bytes; motion: (1, 2, H, W) pixels back to the previous frame; visible: (1, 1, H, W) 1 where the surface was
        seen there; previous: (1, 3, H, W) bytes or None. Returns (1, 3, H, W) bytes.
        """
        network: PainterNetwork = self.network
        device = next(network.parameters()).device
        height, width = guides.shape[-2:]
        if previous is None:
            carried, usable = torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width)
        else:
            carried, inside = carry(previous.float() / 255.0, motion)
            usable = inside * visible
        since = torch.full((1,), float(since_cut), device=device)
        frame, _ = network(guides.to(device) / 255.0, carried.to(device), usable.to(device), since, torch.full((1,), style, device=device))
        pixels: Tensor = (frame.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu()
        return pixels


def load_network(folder: Path, device: str = "cpu") -> PainterNetwork:
    """Build the network that config.json describes and fill it; names and shapes must agree."""
    config, weights = folder / "config.json", folder / "weights.safetensors"
    for path in (config, weights):
        if not path.is_file():
            raise MissingError("look-incomplete", f"The look lacks {path.name}; install it again or choose another look.")
    network = PainterNetwork(**json.loads(config.read_text()))
    found, wanted = load_file(weights), network.state_dict()
    wrong = sorted(
        name for name in found.keys() | wanted.keys() if name not in found or name not in wanted or found[name].shape != wanted[name].shape
    )
    if wrong:
        raise FormatError("look-weights-differ", f"The look's weights do not fit its config.json ({wrong[0]}); install the look again.")
    network.load_state_dict({name: value.float() for name, value in found.items()})
    network = network.eval().requires_grad_(False)
    return nn.Module.to(network, device=device, dtype=fastest_type(device), memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def fastest_type(device: str) -> torch.dtype:
    """bfloat16 where the processor multiplies it natively, else float32; always the same on one machine."""
    if device != "cpu":
        return torch.bfloat16
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32
