"""What the processor multiplies fast."""

from __future__ import annotations

import torch


def fastest_type(device: str) -> torch.dtype:
    """bfloat16 where the processor multiplies it natively, else float32; always the same on one machine."""
    if device != "cpu":
        return torch.bfloat16
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def mixed(device: str) -> torch.autocast:
    """Inside, convolutions and products are of the fastest type."""
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16, enabled=fastest_type(kind) == torch.bfloat16)
