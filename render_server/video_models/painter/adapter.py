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


def changes(base: Weights, adapter: Weights) -> Weights:
    """What the adapter adds to the base's weights, as far as it changes them."""
    out: Weights = {}
    for name, weight in base.items():
        if name in adapter:
            out[name] = adapter[name]
        elif f"{name}.up" in adapter:
            out[name] = (adapter[f"{name}.up"] @ adapter[f"{name}.down"]).view(weight.shape)
    return out


def merged(base: Weights, adapter: Weights) -> Weights:
    """The base's weights with the adapter's changes."""
    return base | {name: base[name] + change for name, change in changes(base, adapter).items()}


def blended(base: Weights, first: Weights, second: Weights, weight: float) -> Weights:
    """The base's weights with two adapters' changes, the second's by its weight; at 0 and 1 exactly what merged gives of one alone."""
    out = dict(base)
    for name in first.keys() | second.keys():
        parts = [share * part[name] for share, part in ((1.0 - weight, first), (weight, second)) if share and name in part]
        if parts:
            out[name] = base[name] + sum(parts[1:], parts[0])
    return out
