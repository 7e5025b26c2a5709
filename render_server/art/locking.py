"""One writer at a time: a lock on a file, which the system lifts when its holder dies."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from shot_format.files import storage_errors

_PAUSE = 0.02  # seconds between two tries


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the block runs; wait until it is free. Raises StorageError."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "ab")  # noqa: SIM115 - closed below, whatever happens
    with file:
        while not taken(file.fileno()):
            time.sleep(_PAUSE)
        yield  # closing the file lifts the lock


def taken(handle: int) -> bool:
    """Try once to take the lock of an open file; closing the file lifts it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
