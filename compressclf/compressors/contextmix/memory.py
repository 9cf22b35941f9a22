"""Memory of mixers: in proportion to the text, and no more than the machine has."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compressclf._lib.foreign import MOST_TOGETHER as MOST_FROM_FILE
from compressclf._lib.foreign import NotFromFileError, is_from_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_together", "memory_of_machine", "sizes_for"]

# Bytes of bit histories per byte of text, and the largest MiB of them per mixer and for all mixers
# together. More take memory and hardly help.
HISTORY_BYTES = 64
MOST_MEMORY = 64
MOST_TOGETHER = 1024
WITH_OTHER_TABLES = 1.5


def sizes_for(n_bytes: NDArray[np.int64]) -> list[int]:
    """Return the MiB of bit histories of each mixer for texts of these sizes in bytes.

    Examples
    --------
    >>> sizes_for(np.array([1000, 100_000, 10**9]))
    [1, 6, 64]
    """
    wanted = np.clip(n_bytes * HISTORY_BYTES / 2**20, 1, MOST_MEMORY)
    wanted *= min(1.0, MOST_TOGETHER / wanted.sum())
    return [max(1, int(size)) for size in wanted]


def check_together(sizes: Sequence[int]) -> None:
    """Raise ValueError if mixers of these sizes take too much memory for the machine or a file."""
    needed, available = int(sum(sizes) * WITH_OTHER_TABLES), memory_of_machine()
    if is_from_file() and needed > MOST_FROM_FILE:
        raise NotFromFileError(
            f"{len(sizes):,} context mixers, which take {needed:,} MiB of memory, and no file "
            f"decides on more than {MOST_FROM_FILE:,}"
        )
    if available is not None and needed > available:
        raise ValueError(
            f"{len(sizes):,} context mixers, one per class or part of it, take {needed:,} MiB, and "
            f"the machine has {available:,}: give contextmix a smaller 'memory', or fit to fewer "
            f"classes."
        )


def memory_of_machine() -> int | None:
    """Return the MiB of memory, None if it is unknown."""
    try:
        return (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) >> 20
    except (AttributeError, ValueError, OSError):
        return None
