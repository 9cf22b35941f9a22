"""How much memory mixers get: histories in proportion to the text, and no more than there is."""

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

# Bytes of bit histories for each byte of text, and the MiB of them that one mixer and all mixers
# together may take. More histories cost memory and hardly help.
HISTORY_BYTES = 64
MOST_MEMORY = 64
MOST_TOGETHER = 1024
WITH_OTHER_TABLES = 1.5


def sizes_for(n_bytes: NDArray[np.int64]) -> list[int]:
    """Return the MiB of bit histories of mixers that are to read texts of so many bytes.

    Examples
    --------
    >>> sizes_for(np.array([1000, 100_000, 10**9]))
    [1, 6, 64]
    """
    wanted = np.clip(n_bytes * HISTORY_BYTES / 2**20, 1, MOST_MEMORY)
    wanted *= min(1.0, MOST_TOGETHER / wanted.sum())
    return [max(1, int(size)) for size in wanted]


def check_together(sizes: Sequence[int]) -> None:
    """Refuse mixers of these sizes if the machine cannot hold them, or a file may not ask for them.

    Raises
    ------
    ValueError
        If they take too much memory.
    """
    needed, there = int(sum(sizes) * WITH_OTHER_TABLES), memory_of_machine()
    if is_from_file() and needed > MOST_FROM_FILE:
        raise NotFromFileError(
            f"{len(sizes):,} context mixers, which take {needed:,} MiB of memory, and no file "
            f"decides on more than {MOST_FROM_FILE:,}"
        )
    if there is not None and needed > there:
        raise ValueError(
            f"{len(sizes):,} context mixers, one for each class or part of one, take {needed:,} "
            f"MiB, and the machine has {there:,}: give contextmix a smaller 'memory', or train on "
            f"fewer classes."
        )


def memory_of_machine() -> int | None:
    """Return the MiB of memory, None where the system does not say."""
    try:
        return (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) >> 20
    except (AttributeError, ValueError, OSError):
        return None
