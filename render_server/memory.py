"""The process's memory: keeps what a frame's tensors need for the next frame's, and says how much is held."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_KEEP = 2**31 - 1
SPINNING, SPINS = "GOMP_SPINCOUNT", "3000"
_LARGEST = 32 * 1024 * 1024  # glibc takes no more


def ready_for_torch() -> None:
    """What a process that paints or trains does before it loads torch, which reads it then.

    Guides are drawn beside the network, and its threads must not spin where those could work: with a core short that made the network ten
    times slower. To sleep at once costs a training half of its speed, since its steps are small; so they spin for some microseconds.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault(SPINNING, SPINS)
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Have the C library keep large blocks instead of giving them back to the system after each frame.

    Fetching them again, page by page, took up to a third of the painter's time. Does nothing where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEEP)
        mallopt(_MMAP_THRESHOLD, _LARGEST)


def resident_mb() -> float | None:
    """How many megabytes of memory the process holds now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
