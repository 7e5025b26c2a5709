"""Checkpoints of a training: weights, their mean, the optimiser's state and the frames it remembers, in one safetensors file, written whole
or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Progress:
    """How far a training has come. notes: whatever else it has to remember, as JSON."""

    step: int = 0
    seconds: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(
    path: Path, weights: Weights, mean: Weights, optimiser: torch.optim.Optimizer, memories: Weights, progress: Progress
) -> None:
    """Write everything that the training needs to go on as if it had never stopped."""
    tensors = {f"weight/{name}": value for name, value in weights.items()}
    tensors |= {f"mean/{name}": value for name, value in mean.items()}
    tensors |= {f"memory/{name}": value for name, value in memories.items()}
    for name, weight in weights.items():
        tensors |= {f"optimiser/{key}/{name}": value for key, value in optimiser.state.get(weight, {}).items()}
    whole = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    replace_file(path, whole, {"progress": json.dumps(asdict(progress))})


def load_checkpoint(path: Path, weights: Weights, mean: Weights, optimiser: torch.optim.Optimizer, memories: Weights) -> Progress:
    """Read a checkpoint into the weights, the mean, the optimiser and the memories."""
    with safe_open(path, framework="pt") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        progress = Progress(**json.loads(file.metadata()["progress"]))
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(found[f"weight/{name}"])
            mean[name].copy_(found[f"mean/{name}"])
    for name, weight in weights.items():
        keys = {key: found[f"optimiser/{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq") if f"optimiser/{key}/{name}" in found}
        if keys:
            optimiser.state[weight] = {key: _laid_out_as(weight, value) for key, value in keys.items()}
    device = next(iter(weights.values())).device
    memories.update({name.removeprefix("memory/"): value.to(device) for name, value in found.items() if name.startswith("memory/")})
    return progress


def _laid_out_as(weight: Tensor, value: Tensor) -> Tensor:
    """The optimiser is fast where its state lies in memory as the weight does."""
    return torch.empty_like(weight).copy_(value) if value.shape == weight.shape and value.ndim else value.to(weight.device)


def replace_file(path: Path, tensors: Weights, metadata: dict[str, str]) -> None:
    """Write a safetensors file beside path and move it into place; the same content gives the same bytes."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(_in_order(save(tensors, metadata)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _in_order(whole: bytes) -> bytes:
    """A safetensors file with its metadata sorted: they come in another order every time."""
    length = int.from_bytes(whole[:8], "little")
    head = json.loads(whole[8 : 8 + length])
    head = {"__metadata__": dict(sorted(head.pop("__metadata__", {}).items())), **head}
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + whole[8 + length :]
