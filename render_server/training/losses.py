"""What the network is graded on. Pictures are (B, 3, H, W), sRGB 0..1; masks (B, 1, H, W)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

ENERGY = 8  # pixels of the windows in which detail is compared as a whole


def picture_loss(painted: Tensor, target: Tensor) -> Tensor:
    """Colour, edges and detail at three scales."""
    loss = (painted - target).abs().mean() + 0.7 * gradient_loss(painted, target)
    for scale in (1, 2, 4):
        loss = loss + 0.5 * (detail(painted, scale) - detail(target, scale)).abs().mean()
    return loss + 1.5 * energy_loss(painted, target)


def energy_loss(painted: Tensor, target: Tensor) -> Tensor:
    """How much less or more detail there is around each place, wherever exactly it lies: what mean differences alone would blur away."""
    loss = torch.zeros((), device=painted.device)
    for scale in (1, 2):
        one, other = (F.avg_pool2d(detail(picture, scale).abs(), ENERGY // scale) for picture in (painted, target))
        loss = loss + (one - other).abs().mean()
    return loss


def gradient_loss(painted: Tensor, target: Tensor) -> Tensor:
    """Mean difference of the pictures' slopes."""
    error = painted - target
    across = (error[..., :, 1:] - error[..., :, :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return across + down


def detail(picture: Tensor, scale: int) -> Tensor:
    """One band of the Laplacian pyramid: what is lost when halving the picture at this scale."""
    at = F.avg_pool2d(picture, scale) if scale > 1 else picture
    at = at[..., : at.shape[-2] // 2 * 2, : at.shape[-1] // 2 * 2]
    return at - F.interpolate(F.avg_pool2d(at, 2), scale_factor=2.0, mode="bilinear", align_corners=False)


def steadiness_loss(painted: Tensor, carried: Tensor, target: Tensor, carried_target: Tensor, usable: Tensor) -> Tensor:
    """How differently from the target the picture changes where the same surface is seen in both frames."""
    change = (painted - carried) - (target - carried_target)
    return (change.abs() * usable).sum() / (3 * usable.sum() + 1.0)


def sharpness(picture: Tensor) -> float:
    """The mean slope of a picture."""
    across = (picture[..., :, 1:] - picture[..., :, :-1]).abs().mean()
    down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().mean()
    return float(across + down)


def is_sound(loss: Tensor) -> bool:
    """False where training has run away."""
    return bool(torch.isfinite(loss))
