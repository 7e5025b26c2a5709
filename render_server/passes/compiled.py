"""One way to compile the inner loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba: cached on disk, free of the interpreter lock, no reordering of floating-point operations."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a part of an inner loop into its callers.

    Give it numbers rather than arrays: numba counts references to each array handed over, which costs more than most such parts do.
    """
    return cast(Callable[P, R], numba.njit(nogil=True, fastmath=False, error_model="numpy", inline="always")(function))
