"""What a look adds to the base network: small weights whole, large ones as a product of two thin matrices (LoRA).

It is merged when a look is loaded, so it costs nothing while painting.

An adapter is a dict: NAME is added to the weight NAME; NAME.up (out, rank) times NAME.down (rank, the rest) is added too, in
the weight's shape.
"""

from __future__ import annotations

import torch
from torch import Tensor

RANK = 8
WHOLE = 40_000  # weights of up to so many numbers are changed whole

Weights = dict[str, Tensor]


def new_adapter(base: Weights, seed: int, rank: int = RANK) -> Weights:
    """An adapter that changes nothing yet."""
    generator = torch.Generator().manual_seed(seed)
    adapter: Weights = {}
    for name, weight in base.items():
        if weight.numel() <= WHOLE:
            adapter[name] = torch.zeros_like(weight)
            continue
        out, rest = weight.shape[0], weight[0].numel()
        adapter[f"{name}.up"] = torch.zeros(out, rank)
        adapter[f"{name}.down"] = torch.randn(rank, rest, generator=generator) / rest**0.5
    return adapter


def merged(base: Weights, adapter: Weights) -> Weights:
    """The base's weights with the adapter's changes."""
    out = dict(base)
    for name, weight in base.items():
        if name in adapter:
            out[name] = weight + adapter[name]
        elif f"{name}.up" in adapter:
            out[name] = weight + (adapter[f"{name}.up"] @ adapter[f"{name}.down"]).view(weight.shape)
    return out
