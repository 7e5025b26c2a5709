"""The painter's network as a diffusers pipeline: one call, one frame."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from render_server.video_models import operators  # noqa: F401  (before diffusers)

# isort: split
from diffusers import DiffusionPipeline
from safetensors import safe_open
from safetensors.torch import load
from torch import Tensor, nn

from render_server.looks.registry import OWN_LOOKS
from render_server.video_models.painter.adapter import Weights, merged
from render_server.video_models.painter.fused import FusedNetwork, can_fuse
from render_server.video_models.painter.network import PainterConfig, PainterNetwork, carry
from render_server.video_models.painter.pixels import carry_bytes, nothing_carried
from render_server.video_models.painter.processor import fastest_type
from shot_format.blobs import sha256
from shot_format.errors import FormatError, MissingError


class PainterPipeline(DiffusionPipeline):  # type: ignore[misc]
    """Carries the previous frame here, paints this one, rounds it to bytes."""

    def __init__(self, network: PainterNetwork) -> None:
        super().__init__()
        self.register_modules(network=network)
        self.fused = FusedNetwork(network) if can_fuse(network) else None

    @classmethod
    def from_folder(cls, folder: Path, device: str = "cpu") -> PainterPipeline:
        """Load a look's network from disk; nothing is downloaded."""
        return cls(load_network(folder, device))

    def change(self, weights: Weights) -> None:
        """Give the network other weights of the same shapes; the memory that they lie in stays."""
        network: PainterNetwork = self.network
        network.load_state_dict(weights)
        self.fused = FusedNetwork(network) if can_fuse(network) else None

    @torch.inference_mode()
    def __call__(self, guides: Tensor, motion: Tensor, visible: Tensor, previous: Tensor | None, since_cut: int, inks: Tensor) -> Tensor:
        """Paint one frame.

        guides: (1, C, H, W) bytes; motion: (1, 2, H, W) pixels back to the previous frame; visible: (1, 1, H, W) 1 where the surface was
        seen there; previous: (1, 3, H, W) bytes or None; inks: (1, 6). Returns (1, 3, H, W) bytes.
        """
        network: PainterNetwork = self.network
        if self.fused is not None and can_fuse(network):
            condition = network._condition(torch.tensor([float(since_cut)]), inks, network.style.dtype)
            return _paint_fused(self.fused, guides, motion, visible, previous, condition)
        device = next(network.parameters()).device
        height, width = guides.shape[-2:]
        if previous is None:
            carried, usable = torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width)
        else:
            carried, inside = carry(previous.float() / 255.0, motion)
            usable = inside * visible
        since = torch.full((1,), float(since_cut), device=device)
        frame, _ = network(guides.to(device) / 255.0, carried.to(device), usable.to(device), since, inks.to(device))
        pixels: Tensor = (frame.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu()
        return pixels


def _paint_fused(
    fused: FusedNetwork, guides: Tensor, motion: Tensor, visible: Tensor, previous: Tensor | None, condition: Tensor
) -> Tensor:
    drawn = _picture(guides)
    if previous is None:
        carried = nothing_carried(*drawn.shape[:2])
    else:
        carried = carry_bytes(_picture(previous), _picture(motion), _picture(visible)[..., 0])
    return torch.from_numpy(fused.paint(drawn, carried, condition)).permute(2, 0, 1)[None]


def _picture(tensor: Tensor) -> NDArray[Any]:
    """(1, C, H, W) as (H, W, C)."""
    return np.ascontiguousarray(tensor[0].permute(1, 2, 0).numpy())


def load_network(folder: Path, device: str = "cpu") -> PainterNetwork:
    """Build a look's network: its weights, or the base's with the look's changes; names and shapes must agree."""
    return build_network(*read_weights(folder), device)


def build_network(config: PainterConfig, weights: Weights, device: str) -> PainterNetwork:
    """A network of a shape with its weights. Raises FormatError ("look-weights-differ")."""
    network = PainterNetwork(config)
    wanted = network.state_dict()
    nothing = torch.empty(0)
    wrong = sorted(name for name in weights.keys() | wanted.keys() if weights.get(name, nothing).shape != wanted.get(name, nothing).shape)
    if wrong:
        raise FormatError("look-weights-differ", f"The look's weights do not fit its config.json ({wrong[0]}); install the look again.")
    network.load_state_dict(weights)
    return laid_out(network.eval().requires_grad_(False), device)


def laid_out(network: PainterNetwork, device: str) -> PainterNetwork:
    """The network on a device, of the type and in the order in memory that it is fastest in."""
    return nn.Module.to(network, device=device, dtype=fastest_type(device), memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def read_weights(folder: Path) -> tuple[PainterConfig, Weights]:
    """The shape and the weights of a look's network, in single precision."""
    parts = read_parts(folder)
    return parts.config, merged(parts.base, parts.adapter)


@dataclass(frozen=True)
class Parts:
    """What a look's network is put together from, in single precision. base_sha256: None where the weights are the look's own and whole."""

    config: PainterConfig
    base: Weights
    adapter: Weights
    base_sha256: str | None


def read_parts(folder: Path) -> Parts:
    """Read a look's network.

    weights.safetensors may be an adapter; then its metadata name the base, a folder beside the look or among our own looks, and its hash.
    """
    adapter, metadata = _read(folder)
    if "base" not in metadata:
        return Parts(_config(folder), adapter, {}, None)
    places = [root / metadata["base"] for root in (folder.parent, OWN_LOOKS)]
    home = next((place for place in places if (place / "weights.safetensors").is_file()), places[0])
    base = _whole(home / "weights.safetensors").read_bytes()
    if sha256(base) != metadata.get("base_sha256"):
        raise FormatError(
            "look-base-differs", f"The look was trained on another {metadata['base']} than the one that is here; install both again."
        )
    weights = {name: value.float() for name, value in load(base).items()}
    return Parts(_config(home), weights, adapter, metadata["base_sha256"])


def _whole(path: Path) -> Path:
    """The path of a file that is there."""
    if not path.is_file():
        raise MissingError("look-incomplete", f"The look lacks {path.parent.name}/{path.name}; install it again or choose another look.")
    return path


def _read(folder: Path) -> tuple[Weights, dict[str, str]]:
    with safe_open(_whole(folder / "weights.safetensors"), framework="pt") as file:
        return {name: file.get_tensor(name).float() for name in file.keys()}, file.metadata() or {}  # noqa: SIM118


def _config(folder: Path) -> PainterConfig:
    fields: dict[str, Any] = json.loads(_whole(folder / "config.json").read_text())
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return PainterConfig(**values)
