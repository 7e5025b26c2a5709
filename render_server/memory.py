"""Keeps the memory that a frame's tensors need for the next frame's."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_KEEP = 2**31 - 1
_LARGEST = 32 * 1024 * 1024  # glibc takes no more


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
