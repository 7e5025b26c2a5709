"""Work on a picture in bands of rows, on a few threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

THREADS = min(2, os.cpu_count() or 1)
ROWS_PER_BAND = 64


def each_band(height: int, work: Callable[[int, int], None], threads: int) -> None:
    """Call work(first_row, last_row) for every band, last_row excluded; work must write to its own rows only."""
    starts = range(0, height, ROWS_PER_BAND)
    ends = [min(start + ROWS_PER_BAND, height) for start in starts]
    if threads == 1:
        for start, end in zip(starts, ends, strict=True):
            work(start, end)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, starts, ends))
