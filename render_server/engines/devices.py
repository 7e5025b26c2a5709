"""Counts this machine's GPUs without loading a GPU library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

_PATIENCE = 20.0  # seconds; the tool can be slow on a machine that has just woken up


def worker_devices(workers: int | None, environment: Mapping[str, str] = os.environ) -> list[str | None]:
    """Give each worker its device: a value for CUDA_VISIBLE_DEVICES, or None for the CPU.

    workers: how many, shared out among the GPUs; None means one a GPU, or one where there is none.
    """
    devices: list[str | None] = list(cuda_devices(environment)) or [None]
    count = len(devices) if workers is None else workers
    return [devices[index % len(devices)] for index in range(count)]


def cuda_devices(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Name the GPUs that may be used: what CUDA_VISIBLE_DEVICES allows, else all that nvidia-smi lists."""
    allowed = environment.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return [name for name in (part.strip() for part in allowed.split(",")) if name and name != "-1"]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    try:
        listed = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=_PATIENCE)  # noqa: S603 - a tool of the system
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"^GPU (\d+):", listed.stdout, re.MULTILINE)
