"""One way to compile the inner loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba: cached on disk, free of the interpreter lock, no reordering of floating-point operations."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, fastmath=False)(function))
