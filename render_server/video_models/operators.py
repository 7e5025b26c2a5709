"""Lets torchvision import beside a torch that was built for the CPU alone.

torchvision's wheels bring operators built against CUDA. Beside a CPU torch they do not load, and everything that imports torchvision on its
way (diffusers, peft) fails. Declaring the two operators' signatures beforehand is enough: nothing here ever calls them.
Import this module before diffusers.
"""

from __future__ import annotations

import torch

SIGNATURES = ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor", "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def declare_missing_operators() -> torch.library.Library | None:
    """Declare torchvision's operators where torch is for the CPU; the result must stay alive."""
    if torch.version.cuda is not None:
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")
    for signature in SIGNATURES:
        library.define(signature)
    return library


LIBRARY = declare_missing_operators()
