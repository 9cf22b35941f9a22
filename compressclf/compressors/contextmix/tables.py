"""The tables of the model, their sizes and initial values.

All large tables begin with zeros, so that a new model takes only the memory that it writes to.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compressclf.compressors.contextmix.histories import HISTORIES

__all__ = ["Tables", "copied", "new_tables"]

# Contexts: the last 1, 2, 3, 4, 5 and 7 bytes; the letters of the current word; these and the
# previous word.
N_ORDERS = 6
N_CONTEXTS = 8

# Rows of `Tables.maps`: one per context (by bit history), the match model (by length) and order 0
# (by the known bits of the byte).
MATCH_ROW = N_CONTEXTS
ORDER0_ROW = N_CONTEXTS + 1
N_MAPS = N_CONTEXTS + 2

# Inputs of the mixers: two per context and for the match model, order 0, a constant.
N_INPUTS = 2 * (N_CONTEXTS + 1) + 2

MATCH_LEAST = 5
MATCH_MOST = 63

# First weight set of each mixer, and what selects one of its sets.
BY_CONFIDENCE = 0  # length of the match, number of known orders: 5 x 7
BY_PARTIAL_BYTE = 35  # the known bits of the byte: 256
BY_LAST_BYTE = BY_PARTIAL_BYTE + 256  # the last byte: 256
BY_CLASSES = BY_LAST_BYTE + 256  # classes of the last two bytes: 8 x 8
N_WEIGHT_SETS = BY_CLASSES + 64
N_MIXERS = 4
# A second opinion, if there is one: an input, and a mixer whose set is selected by the confidence
# of the opinion and the number of known orders: 16 x 8.
N_OPINION_INPUTS = 1
N_OPINION_MIXERS = 1
N_OPINION_SETS = 128
N_FINAL_SETS = 5  # by the length of the match

# Refinement of a probability: 33 points of log-odds from -8 to 8 per context.
REFINE_STEPS = 33

SLOT_BYTES = 16  # a check byte and the 15 bit histories of half a byte
SLOTS_PER_MATCH = 4
SLOTS_PER_REFINEMENT = 16

POSITION, LAST8, WORD, PREVIOUS_WORD, MATCH_AT, MATCH_LENGTH, N_REGISTERS = range(7)


class Tables(NamedTuple):
    """The state of a model."""

    slots: NDArray[np.uint64]  # bit histories, two numbers per slot
    recent: NDArray[np.int32]  # latest position of each hash of the last bytes
    refinements: NDArray[np.uint16]  # by two contexts: refined minus plain probability
    maps: NDArray[np.uint32]  # adaptive probabilities: 22 bits, and 10 bits of count
    weights: NDArray[np.int32]  # of the mixers, in 1/65536
    final_weights: NDArray[np.int32]  # of the mixer of mixers
    trained: NDArray[np.uint8]  # number of updates of each weight set, at most 255
    text: NDArray[np.uint8]  # all bytes so far, and unused room
    registers: NDArray[np.uint64]


def new_tables(memory: int, *, opinion: bool = False) -> Tables:
    """Return the tables of a new model, see `ContextMixer`.

    Parameters
    ----------
    memory : int
        MiB of bit histories.
    opinion : bool, default=False
        Whether another model's opinion of each bit is mixed in.
    """
    n_slots = (1 << 20) // SLOT_BYTES << (memory.bit_length() - 1)
    n_sets = N_WEIGHT_SETS + N_OPINION_SETS * opinion
    n_mixers = N_MIXERS + N_OPINION_MIXERS * opinion
    weights = np.zeros((n_sets, N_INPUTS + N_OPINION_INPUTS * opinion), np.int32)
    weights[:, 0 : 2 * N_CONTEXTS : 2] = round((0.12 if opinion else 0.15) * 65536)
    weights[:, 2 * N_CONTEXTS] = round(0.3 * 65536)
    weights[:, N_INPUTS:] = round(0.45 * 65536)
    return Tables(
        slots=_aligned(2 * n_slots),
        recent=np.zeros(n_slots // SLOTS_PER_MATCH, np.int32),
        refinements=np.zeros(2 * (n_slots // SLOTS_PER_REFINEMENT) * REFINE_STEPS, np.uint16),
        maps=_first_maps(),
        weights=weights,
        final_weights=np.full((N_FINAL_SETS, n_mixers), 65536 // n_mixers, np.int32),
        trained=np.zeros(n_sets + N_FINAL_SETS, np.uint8),
        text=np.zeros(0, np.uint8),
        registers=np.zeros(N_REGISTERS, np.uint64),
    )


def copied(tables: Tables) -> Tables:
    """Return a copy of the tables."""
    slots = _aligned(tables.slots.size)
    slots[:] = tables.slots
    return Tables._make([slots, *map(np.array, tables[1:])])


def _aligned(size: int) -> NDArray[np.uint64]:
    """Return zeros aligned to a cache line, which holds the four slots that are read together."""
    numbers = np.zeros(size + 8, np.uint64)
    start = -numbers.ctypes.data % 64 // 8
    return numbers[start : start + size]


def _first_maps() -> NDArray[np.uint32]:
    """Return the initial probabilities (n1 + a) / (n0 + n1 + 2a); long contexts have smaller a."""
    prior_counts = (0.4, 0.25, 0.15, 0.1, 0.08, 0.05, 0.15, 0.15)
    probabilities = np.full((N_MAPS, 256), 0.5)
    for row, a in zip(probabilities, prior_counts, strict=False):
        row[: len(HISTORIES)] = [(n1 + a) / (n0 + n1 + 2 * a) for n0, n1, _ in HISTORIES]
    lengths = np.arange(MATCH_MOST + 1)
    probabilities[MATCH_ROW, : MATCH_MOST + 1] = 1 - 0.5 / (lengths + 1)
    counts = np.full((N_MAPS, 1), 6)
    counts[ORDER0_ROW] = 0
    scaled = np.floor(probabilities * (2**22 - 1)).astype(np.uint32)
    maps: NDArray[np.uint32] = scaled << np.uint32(10) | counts.astype(np.uint32)
    return maps


# Points of the refinement, as probabilities in 1/65536.
PLAIN = np.array(
    [round(65536 / (1 + math.exp(-(j - REFINE_STEPS // 2) / 2))) for j in range(REFINE_STEPS)],
    dtype=np.int64,
)


def _byte_classes() -> NDArray[np.uint8]:
    classes = np.full(256, 7, dtype=np.uint8)
    classes[:32] = 0
    classes[ord(" ")] = 1
    classes[128:] = 2
    classes[ord("0") : ord("9") + 1] = 3
    classes[ord("a") : ord("z") + 1] = 4
    classes[ord("A") : ord("Z") + 1] = 5
    classes[list(b".,;:!?")] = 6
    return classes


BYTE_CLASSES = _byte_classes()
