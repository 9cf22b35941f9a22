import zlib

import numpy as np
import pytest

from compressclf.export.packing import importance, key_bits, pack, packed_bytes
from compressclf.models.blocks.fitted import Evidence
from compressclf.models.blocks.rowbits import Correction
from compressclf.models.blocks.settings import Settings
from compressclf.models.blocks.state import Weighting

WORD, PAIR = 9, 10


def evidence(bits, hashes=(3 << 32, 1 << 32, 2 << 32), kinds=(PAIR, WORD, PAIR)):
    settings = Settings((), 2, Weighting(1.0, 0.5, 1.0, 0.0), corrected=False)
    base = np.zeros((11, 2))
    base[PAIR] = [-1.0, -0.5]
    pool = np.array([4.0, 2.0, 1.0], np.float32)
    return Evidence(
        settings, np.array(hashes, np.uint64), np.array(kinds, np.int8), pool, bits, base
    )


DENSE = np.array([[1.3, 0.0], [0.01, -2.0], [0.0, 0.5]], np.float32)
SPARSE = Correction(
    np.array([0, 1, 3, 4]), np.array([0, 0, 1, 1], np.int32),
    np.array([1.3, 0.01, -2.0, 0.5], np.float32),
)  # fmt: skip


@pytest.mark.parametrize("bits", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_features_are_sorted_and_their_bits_rounded(bits):
    packed = pack(evidence(bits), 5)
    assert packed.kinds.tolist() == [WORD, PAIR, PAIR]
    assert packed.keys.tolist() == [1, 2, 3]
    assert packed.starts.tolist() == [0, 1, 2, 3]  # 0.01 is rounded to 0
    assert packed.classes.tolist() == [1, 1, 0]
    assert packed.values.tolist() == [-64, 16, 42]


@pytest.mark.parametrize("bits", [DENSE, SPARSE], ids=["dense", "sparse"])
def test_importance_is_the_squared_range_times_the_count(bits):
    # with the base: 0.3 and -0.5; 0.01 and -2; -1 and 0
    np.testing.assert_allclose(importance(evidence(bits)), [4 * 0.64, 2 * 4.0401, 1.0], 1e-5)


def test_of_equal_keys_the_first_is_kept():
    one = pack(evidence(DENSE, hashes=(7 << 32, 7 << 32, (7 << 32) + 1)), 5)
    assert one.kinds.tolist() == [WORD, PAIR]
    assert one.values.tolist() == [-64, 42]
    finest = pack(evidence(DENSE, hashes=(7 << 32, 7 << 32, (7 << 32) + (1 << 20))), 20)
    assert finest.kinds.tolist() == [WORD, PAIR, PAIR]  # more bits of the hash


def test_the_bytes_are_those_that_the_docstring_states():
    layout, data = packed_bytes(pack(evidence(DENSE), 5))
    assert (layout.key_bits, layout.sections) == (32, [(WORD, 1), (PAIR, 2)])
    assert (layout.n_values, layout.value_bytes) == (3, 1)
    keys = [1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]
    masks, values = [0b10, 0b10, 0b01], [127, 30, 82]
    assert list(zlib.decompress(data)) == [*keys, *masks, *values]


def test_some_features_can_be_left_out():
    packed = pack(evidence(DENSE), 5, np.array([1, 2]))
    assert packed.keys.tolist() == [1, 2]


def test_finer_levels_keep_more_of_the_hash():
    assert [key_bits(level) for level in (5, 6, 7, 16, 20)] == [32, 32, 34, 52, 52]
