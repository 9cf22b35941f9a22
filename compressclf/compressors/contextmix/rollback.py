"""Exact undo of what the model has learned: a journal of the large tables.

Scoring a document changes the model. Every entry of the large tables is written to a journal before
it is overwritten, and the journal is read backwards afterwards. The small tables are copied and
restored as a whole. The time is proportional to the document, not to the tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf._lib.jit import kernels_of
from compressclf.compressors.contextmix.tables import N_CONTEXTS, Tables

__all__ = [
    "JOURNAL_BYTES",
    "Journal",
    "Small",
    "grown",
    "new_journal",
    "undo",
]

# Journal entries per coded byte: two slots per context (24 bytes each); two refinements per bit and
# one entry of `recent` (12 bytes each).
_SLOTS, _CELLS = 2 * N_CONTEXTS, 2 * 8 + 1
JOURNAL_BYTES = 24 * _SLOTS + 12 * _CELLS


class Journal(NamedTuple):
    """Overwritten values of the large tables, oldest first."""

    used: NDArray[np.int64]  # number of entries: slots, cells
    slot: NDArray[np.int64]
    slot_before: NDArray[np.uint64]
    cell: NDArray[np.int64]  # index into `refinements`, or the complement of one into `recent`
    cell_before: NDArray[np.int32]


class Small(NamedTuple):
    """A copy of the small tables."""

    maps: NDArray[np.uint32]
    weights: NDArray[np.int32]
    final_weights: NDArray[np.int32]
    trained: NDArray[np.uint8]
    registers: NDArray[np.uint64]

    @classmethod
    def copy_of(cls, tables: Tables) -> Small:
        """Return a copy of the small tables."""
        return cls(*(np.array(getattr(tables, name)) for name in cls._fields))


def new_journal(n_bytes: int) -> Journal:
    """Return an empty journal with room for coding `n_bytes`."""
    return Journal(
        np.zeros(2, np.int64),
        np.empty(n_bytes * _SLOTS, np.int64),
        np.empty((n_bytes * _SLOTS, 2), np.uint64),
        np.empty(n_bytes * _CELLS, np.int64),
        np.empty(n_bytes * _CELLS, np.int32),
    )


def grown(journal: Journal, n_bytes: int) -> Journal:
    """Return the journal, or a larger one, with room for coding `n_bytes` more."""
    n_slots, n_cells = journal.used.tolist()
    n_coded = -(-n_cells // _CELLS)
    if (n_coded + n_bytes) * _CELLS <= journal.cell.size:
        return journal
    larger = new_journal(max(n_coded + n_bytes, 2 * journal.cell.size // _CELLS))
    larger.used[:] = journal.used
    larger.slot[:n_slots] = journal.slot[:n_slots]
    larger.slot_before[:n_slots] = journal.slot_before[:n_slots]
    larger.cell[:n_cells] = journal.cell[:n_cells]
    larger.cell_before[:n_cells] = journal.cell_before[:n_cells]
    return larger


@kernels_of(Path(__file__).parent)
def undo(tables, journal, small, slots_kept, cells_kept):  # type: ignore[no-untyped-def]
    """Restore the small tables, and the large ones from all but the first journal entries."""
    slots, recent, refinements, maps, weights, final_weights, trained, _, registers = tables
    used, slot_log, slot_before, cell_log, cell_before = journal
    for entry in range(used[0] - 1, slots_kept - 1, -1):
        slots[2 * slot_log[entry]] = slot_before[entry, 0]
        slots[2 * slot_log[entry] + 1] = slot_before[entry, 1]
    for entry in range(used[1] - 1, cells_kept - 1, -1):
        cell = cell_log[entry]
        if cell < 0:
            recent[~cell] = cell_before[entry]
        else:
            refinements[cell] = np.uint16(cell_before[entry])
    used[0] = slots_kept
    used[1] = cells_kept
    maps[:] = small.maps
    weights[:] = small.weights
    final_weights[:] = small.final_weights
    trained[:] = small.trained
    registers[:] = small.registers
