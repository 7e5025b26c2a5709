"""Folders to train in, on the worker's own disk: one a training, held while somebody works in it, and swept once nobody does.

What lies there is a copy or a cache; what must not be lost is on the server. A worker that goes on with a training finds the cache of the
one that died here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from render_server.art.locking import taken
from shot_format.errors import StorageError
from shot_format.files import storage_errors

_LOCK = "lock"
_MOST = 64  # workers of one machine that hold the same training: all but one of them have lost it and not yet noticed


def default_scratch() -> Path:
    """Where caches of this user go."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paintover" / "trainings"


@contextlib.contextmanager
def room_for(root: Path, training: str) -> Iterator[Path]:
    """Hold a training's folder while the block runs. What others left behind of other trainings is swept away. Raises StorageError."""
    with storage_errors(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(root, training)
    for number in range(_MOST):
        place = root / (training if number == 0 else f"{training}.{number}")
        with _held(place) as mine:
            if mine:
                yield place / "work"
                return
    raise StorageError("disk-refused", f"{root} is held by other workers; end them.")


def drop(room: Path) -> None:
    """Delete what lies in a training's folder: it has ended."""
    shutil.rmtree(room, ignore_errors=True)


@contextlib.contextmanager
def _held(place: Path) -> Iterator[bool]:
    """Hold a folder by its lock, which the system lifts when its holder dies; False: somebody else does."""
    with storage_errors(place):
        (place / "work").mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(place / _LOCK, "ab")  # noqa: SIM115 - closed below, whatever happens
    with file:
        yield taken(file.fileno())


def _sweep(root: Path, training: str) -> None:
    for place in root.iterdir():
        if place.name != training and place.is_dir():
            with _held(place) as mine:
                if mine:
                    shutil.rmtree(place, ignore_errors=True)
