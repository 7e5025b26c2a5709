"""Checkpoints of a training: weights, their mean and the optimiser's state, in one safetensors file, written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Progress:
    """How far a training has come."""

    step: int = 0
    seconds: float = 0.0


def save_checkpoint(path: Path, network: nn.Module, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Write everything that the training needs to go on as if it had never stopped."""
    tensors = {f"weight/{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"mean/{name}": value for name, value in mean.items()}
    for name, parameter in network.named_parameters():
        tensors |= {f"optimiser/{key}/{name}": value for key, value in optimiser.state.get(parameter, {}).items()}
    replace_file(
        path, {name: value.detach().clone().contiguous() for name, value in tensors.items()}, {"progress": json.dumps(asdict(progress))}
    )


def load_checkpoint(path: Path, network: nn.Module, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> Progress:
    """Read a checkpoint into the network, the mean and the optimiser."""
    with safe_open(path, framework="pt") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        progress = Progress(**json.loads(file.metadata()["progress"]))
    network.load_state_dict({name: found[f"weight/{name}"] for name in network.state_dict()})
    for name, value in mean.items():
        value.copy_(found[f"mean/{name}"])
    for name, parameter in network.named_parameters():
        keys = {key: found[f"optimiser/{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq") if f"optimiser/{key}/{name}" in found}
        if keys:
            optimiser.state[parameter] = {key: _laid_out_as(parameter, value) for key, value in keys.items()}
    return progress


def _laid_out_as(parameter: Tensor, value: Tensor) -> Tensor:
    """The optimiser is fast where its state lies in memory as the parameter does."""
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape and value.ndim else value


def replace_file(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file beside path and move it into place."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    save_file(tensors, part, metadata)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
