"""A child process that ends when its parent does, whatever happens to the parent.

The parent holds the other end of the child's standard input and never writes: when the parent is gone, however it went, the system closes
the pipe and the child reads its end. That works everywhere. On Linux the kernel is asked as well, for a child too busy to read.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def when_parent_ends(act: Callable[[], None]) -> None:
    """Call this, on a thread of its own, once standard input has ended."""
    threading.Thread(target=_watch, args=(act,), name="lifeline", daemon=True).start()


def die_with_parent() -> None:
    """Leave at once when the parent ends.

    The kernel counts the thread that started this process as its parent: it must live as long as the process may.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    when_parent_ends(lambda: os._exit(0))


def _watch(act: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    act()
