"""Memory between blocks: kept for the next block instead of given back to the system each time."""

from __future__ import annotations

import sys
from contextlib import suppress

_TRIM, _MMAP, _ARENAS = -1, -3, -8
"""Numbers of glibc's `mallopt`: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX."""
_KEPT_BYTES = 64 * 2**20
_LARGEST_KEPT_BYTES = 16 * 2**20


def keep_freed_memory() -> None:
    """Tell the C library to reuse what blocks leave behind; does nothing where it is not glibc.

    Arrays of a block come and go thousands of times; by default each of them is asked from the
    system and cleared page by page, a tenth of the time that `measure` takes.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENAS, 1)
        mallopt(_TRIM, _KEPT_BYTES)
        mallopt(_MMAP, _LARGEST_KEPT_BYTES)
