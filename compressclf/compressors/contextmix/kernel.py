"""The model as one kernel: it scores, encodes and decodes along the same path.

The decoder must predict exactly what the encoder predicted. All arithmetic that leads to a
probability is on integers, and `code_bytes` is the only function that predicts.

`code_bytes` is long because numba counts references: passing an array to a function with a loop
costs atomic increments at every call, which took half of the time. So arrays stay in it, and the
functions that it calls take numbers.
"""

# numba types the kernels.
# mypy: disallow-untyped-defs=False, check-untyped-defs=False

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from compressclf import coding
from compressclf._lib.jit import kernels_of
from compressclf.coding.rangecoder import decode_bit, encode_bit
from compressclf.compressors.contextmix.histories import NEXT
from compressclf.compressors.contextmix.logistic import SQUASH, SQUASH_LIMIT, STRETCH
from compressclf.compressors.contextmix.rollback import undo
from compressclf.compressors.contextmix.tables import (
    BY_CLASSES,
    BY_CONFIDENCE,
    BY_LAST_BYTE,
    BY_PARTIAL_BYTE,
    BYTE_CLASSES,
    LAST8,
    MATCH_AT,
    MATCH_LEAST,
    MATCH_LENGTH,
    MATCH_MOST,
    MATCH_ROW,
    N_CONTEXTS,
    N_FINAL_SETS,
    N_INPUTS,
    N_MIXERS,
    N_OPINION_INPUTS,
    N_OPINION_MIXERS,
    N_ORDERS,
    N_WEIGHT_SETS,
    ORDER0_ROW,
    PLAIN,
    POSITION,
    PREVIOUS_WORD,
    REFINE_STEPS,
    WORD,
)

__all__ = ["DECODE", "ENCODE", "SCORE", "code_and_undo", "code_bytes"]

kernel = kernels_of(Path(__file__).parent, Path(coding.__file__).parent)

SCORE, ENCODE, DECODE = 0, 1, 2

u64 = np.uint64
PRECISION = u64(16)
# Odd multipliers with about as many ones as zeros.
MIX_A, MIX_B, MIX_C = u64(0x9E3779B97F4A7C15), u64(0xD6E8FEB86659FD93), u64(0xBF58476D1CE4E5B9)

# The bits of a byte are rounded to multiples of 2**-20. Then sums of less than 2**33 bits are exact
# in any order, and so is the chain rule C(x|y) = C(yx) - C(y).
UNITS = 2.0**20

# Step of an adaptive probability, by its count, in 1/65536.
STEP = np.array([65536 / (n + 1.4) for n in range(256)]).astype(np.int64)
MAP_LIMIT, ORDER0_LIMIT = 255, 30

# Learning rates by the number of updates of a weight set, in 1/65536.
RATE = np.array([65536 * (0.002 + 0.1 / (1 + n / 16)) for n in range(256)]).astype(np.int64)
FINAL_RATE = np.array([65536 * (0.0005 + 0.005 / (1 + n / 8)) for n in range(256)]).astype(np.int64)


@kernel
def squash(log_odds):
    """Return the probability of log-odds within the limit, in 1/65536."""
    return np.int64(SQUASH[log_odds + SQUASH_LIMIT])


@kernel
def clip(log_odds):
    """Return the nearest log-odds within the limit of `squash`."""
    return min(max(log_odds, -SQUASH_LIMIT), SQUASH_LIMIT)


@kernel
def adapted(entry, bit, limit):
    """Return an adaptive probability (22 bits, and 10 bits of count) after `bit`."""
    count = np.int64(entry & np.uint32(1023))
    ones = np.int64(entry >> np.uint32(10))
    ones += ((bit * 4194303 - ones) * STEP[count]) >> 16
    return np.uint32(ones << 10 | min(count + 1, limit))


@kernel
def scrambled(number):
    """Return a hash of a 64-bit number."""
    number ^= number >> u64(32)
    number *= MIX_C
    return number ^ number >> u64(29)


@kernel
def match_bucket(length):
    """Return a number from 0 for no match to 4 for a long match."""
    return 0 if length == 0 else 1 if length < 8 else 2 if length < 16 else 3 if length < 32 else 4


@kernel
def code_bytes(tables, journal, keep, mode, data, start, stop, coder, stream, costs, opinion):
    """Code ``data[start:stop]`` and learn it; return its bits.

    ``tables.text`` needs room for the bytes. If `keep`, the journal gets the overwritten values and
    needs room for them. `coder` and `stream` are state and bytes of the range coder; DECODE does
    not read `data` but appends to ``tables.text``. `costs` gets the bits of each byte. `opinion`,
    uint16 or None, has another model's probability of a 1 in 1/65536 for each bit of each byte, or,
    for DECODE, after any first bits of the byte (`bytelm.reader.Reader`).
    """
    if opinion is None:  # a constant for the compiler, which makes two kernels
        n_inputs, n_mixers = N_INPUTS, N_MIXERS
    else:
        n_inputs, n_mixers = N_INPUTS + N_OPINION_INPUTS, N_MIXERS + N_OPINION_MIXERS
    _, recent, refinements, maps, weights, final_weights, trained, text, registers = tables
    slots = tables.slots
    states = slots.view(np.uint8)
    used, slot_log, slot_before, cell_log, cell_before = journal
    total = 0.0
    inputs = np.zeros(n_inputs, np.int32)
    hashes = np.zeros(N_CONTEXTS, np.uint64)
    first = np.zeros(N_CONTEXTS, np.int64)  # of the slot's bytes
    history = np.zeros(N_CONTEXTS, np.int64)
    sets = np.zeros(n_mixers, np.int64)
    outputs = np.zeros(n_mixers, np.int64)
    refined_at = np.zeros(2, np.int64)

    position = np.int64(registers[POSITION])
    last8 = registers[LAST8]
    word = registers[WORD]
    previous_word = registers[PREVIOUS_WORD]
    match_at = np.int64(registers[MATCH_AT])
    match_length = np.int64(registers[MATCH_LENGTH])
    bucket_mask = u64(slots.size // 2 - 4)
    recent_mask = u64(recent.size - 1)
    n_refined = refinements.size // (2 * REFINE_STEPS)
    refined_mask = u64(n_refined - 1)

    for i in range(start, stop):
        # The contexts of this byte.
        last, before_last = np.int64(last8 & u64(255)), np.int64(last8 >> u64(8) & u64(255))
        for c in range(N_ORDERS):
            n_bits = u64(8 * (c + 1) if c < 5 else 56)
            context = last8 & ((u64(1) << n_bits) - u64(1))
            hashes[c] = scrambled((context + u64(c + 1) * MIX_B) * MIX_A)
        hashes[N_ORDERS] = scrambled((word + u64(77)) * MIX_B)
        hashes[N_ORDERS + 1] = scrambled((word * MIX_A + previous_word + u64(99)) * MIX_C)

        # The match: the latest occurrence of the last bytes, and the byte after it.
        ending = last8 & ((u64(1) << u64(8 * MATCH_LEAST)) - u64(1))
        place = np.int64((ending * MIX_A) >> u64(32) & recent_mask)
        if match_length == 0:
            match_at = np.int64(recent[place])
            while (
                match_length < min(MATCH_MOST, match_at)
                and text[match_at - match_length - 1] == text[position - match_length - 1]
            ):
                match_length += 1
            if match_length < MATCH_LEAST:
                match_length = 0
        if keep:
            cell_log[used[1]] = ~place
            cell_before[used[1]] = recent[place]
            used[1] += 1
        recent[place] = position
        expected_byte = np.int64(text[match_at]) | 256 if match_length else np.int64(0)

        value = np.int64(0) if mode == DECODE else np.int64(data[i])
        partial = np.int64(1)  # a 1 and the known bits of the byte
        node = np.int64(1)  # a 1 and the known bits of the half byte
        likelihood = 1.0
        for b in range(7, -1, -1):
            if b == 7 or b == 3:
                # The slot of each context: the one with its check byte, else the least used.
                for c in range(N_CONTEXTS):
                    mixed = scrambled((hashes[c] + u64(partial)) * MIX_A)
                    check = np.uint8(mixed >> u64(56)) | np.uint8(1)
                    bucket = np.int64(mixed & bucket_mask)
                    slot = bucket
                    least = 257
                    for candidate in range(bucket, bucket + 4):
                        if states[16 * candidate] == check:
                            slot = candidate
                            least = -1
                            break
                        worth = np.int64(states[16 * candidate + 1]) + (states[16 * candidate] > 0)
                        if worth < least:
                            slot = candidate
                            least = worth
                    if keep:
                        slot_log[used[0]] = slot
                        slot_before[used[0], 0] = slots[2 * slot]
                        slot_before[used[0], 1] = slots[2 * slot + 1]
                        used[0] += 1
                    if least >= 0:
                        slots[2 * slot] = 0
                        slots[2 * slot + 1] = 0
                        states[16 * slot] = check
                    first[c] = 16 * slot
                node = np.int64(1)

            # The prediction of each context: log-odds, and the probability as a confidence.
            n_seen = 0
            for c in range(N_CONTEXTS):
                state = np.int64(states[first[c] + node])
                history[c] = state
                if state == 0:
                    inputs[2 * c] = 0
                    inputs[2 * c + 1] = 0
                else:
                    ones = np.int64(maps[c, state] >> np.uint32(10))
                    inputs[2 * c] = STRETCH[ones >> 10]
                    inputs[2 * c + 1] = np.int32((ones - 2097152) >> 12)
                    n_seen += c < N_ORDERS
            length = match_length if expected_byte >> (b + 1) == partial else np.int64(0)
            expected_bit = expected_byte >> b & 1
            if length:
                sign = np.int32(2 * expected_bit - 1)
                ones = np.int64(maps[MATCH_ROW, length] >> np.uint32(10))
                inputs[2 * N_CONTEXTS] = sign * STRETCH[ones >> 10]
                inputs[2 * N_CONTEXTS + 1] = sign * np.int32((ones - 2097152) >> 12)
            else:
                inputs[2 * N_CONTEXTS] = 0
                inputs[2 * N_CONTEXTS + 1] = 0
            inputs[2 * N_CONTEXTS + 2] = STRETCH[maps[ORDER0_ROW, partial] >> np.uint32(20)]
            inputs[2 * N_CONTEXTS + 3] = 128

            # The mixers, and a mixer of their outputs.
            final_set = match_bucket(length)
            sets[0] = BY_CONFIDENCE + final_set * 7 + n_seen
            sets[1] = BY_PARTIAL_BYTE + partial
            sets[2] = BY_LAST_BYTE + last
            classes = 8 * np.int64(BYTE_CLASSES[last]) + np.int64(BYTE_CLASSES[before_last])
            sets[3] = BY_CLASSES + classes
            if opinion is not None:
                column = partial if mode == DECODE else np.int64(7 - b)
                stretched = STRETCH[opinion[i - start, column] >> 4]
                inputs[N_INPUTS] = stretched
                sets[N_MIXERS] = N_WEIGHT_SETS + (min(abs(stretched), 2047) >> 7) * 8 + n_seen
            mixed_total = np.int64(0)
            for k in range(n_mixers):
                dot = np.int64(0)
                for q in range(n_inputs):
                    dot += np.int64(inputs[q]) * np.int64(weights[sets[k], q])
                outputs[k] = clip(dot >> 16)
                mixed_total += outputs[k] * np.int64(final_weights[final_set, k])
            log_odds = clip(mixed_total >> 16)
            plain = squash(log_odds)

            # Refined by the outcomes of this prediction after the same one and two bytes.
            at = min(max(log_odds, -2047), 2047) + 2048
            low, share = at >> 7, at & 127
            refined_at[0] = np.int64(u64(last << 8 | partial) & refined_mask)
            mixed = u64(last << 16 | before_last << 8 | partial) * MIX_A >> u64(40)
            refined_at[1] = n_refined + np.int64(mixed & refined_mask)
            ones = np.int64(0)
            for k in range(2):
                cell = refined_at[k] * REFINE_STEPS + low
                below = (PLAIN[low] + np.int64(refinements[cell])) & 65535
                above = (PLAIN[low + 1] + np.int64(refinements[cell + 1])) & 65535
                ones += (below * (128 - share) + above * share) >> 7
                refined_at[k] = cell
            ones = min(max((ones + 1) >> 1, 1), 65535)

            if mode == DECODE:
                bit = decode_bit(coder, stream, u64(ones), PRECISION)
            else:
                bit = value >> b & 1
                if mode == ENCODE:
                    encode_bit(coder, stream, bit, u64(ones), PRECISION)
            likelihood *= ones if bit else 65536 - ones

            # Learn the bit.
            target = 65535 * bit
            final_row = trained.size - N_FINAL_SETS + final_set
            step = (target - plain) * FINAL_RATE[trained[final_row]]
            for k in range(n_mixers):
                final_weights[final_set, k] += np.int32((outputs[k] * step + 8388608) >> 24)
                row = sets[k]
                error = (target - squash(outputs[k])) * RATE[trained[row]]
                for q in range(n_inputs):
                    weights[row, q] += np.int32((np.int64(inputs[q]) * error + 8388608) >> 24)
                trained[row] = min(np.int64(trained[row]) + 1, 255)
            trained[final_row] = min(np.int64(trained[final_row]) + 1, 255)
            nearer = 1 if share >= 64 else 0
            for k in range(2):
                cell = refined_at[k] + nearer
                if keep:
                    cell_log[used[1]] = cell
                    cell_before[used[1]] = refinements[cell]
                    used[1] += 1
                now = (PLAIN[low + nearer] + np.int64(refinements[cell])) & 65535
                refinements[cell] += np.uint16((target - now) >> 6)
            maps[ORDER0_ROW, partial] = adapted(maps[ORDER0_ROW, partial], bit, ORDER0_LIMIT)
            if length:
                came_true = np.int64(bit == expected_bit)
                maps[MATCH_ROW, length] = adapted(maps[MATCH_ROW, length], came_true, MAP_LIMIT)
            for c in range(N_CONTEXTS):
                state = history[c]
                if state:
                    maps[c, state] = adapted(maps[c, state], bit, MAP_LIMIT)
                states[first[c] + node] = NEXT[state, bit]
            partial = partial << 1 | bit
            node = node << 1 | bit

        value = partial & 255
        bits = math.floor((128.0 - math.log2(likelihood)) * UNITS + 0.5) / UNITS
        costs[i - start] = bits
        total += bits

        text[position] = value
        position += 1
        last8 = last8 << u64(8) | u64(value)
        if match_length and expected_byte & 255 == value:
            match_length = min(match_length + 1, MATCH_MOST)
            match_at += 1
        else:
            match_length = np.int64(0)
        lower = value | 32 if 65 <= value <= 90 else value
        if 97 <= lower <= 122 or value >= 128:
            word = (word + u64(lower) + u64(1)) * MIX_A
        elif word != 0:
            previous_word = word
            word = u64(0)

    registers[POSITION] = u64(position)
    registers[LAST8] = last8
    registers[WORD] = word
    registers[PREVIOUS_WORD] = previous_word
    registers[MATCH_AT] = u64(match_at)
    registers[MATCH_LENGTH] = u64(match_length)
    return total


@kernel
def code_and_undo(tables, journal, small, data, coder, stream, costs, opinion):
    """Return the bits of `data` without changing the tables; `small` copies the small tables."""
    slots_kept, cells_kept = journal.used[0], journal.used[1]
    bits = code_bytes(
        tables, journal, True, SCORE, data, 0, data.size, coder, stream, costs, opinion
    )
    undo(tables, journal, small, slots_kept, cells_kept)
    return bits
