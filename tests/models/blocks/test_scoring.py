import numpy as np
import pytest

from compressclf.models.blocks.features import N_KINDS, WORD, features_of
from compressclf.models.blocks.rowbits import Correction
from compressclf.models.blocks.scoring import score, sum_of
from compressclf.models.blocks.slots import slots_of
from tests.models.blocks.corpora import corpus

NO_BLOCKS = np.array([], np.int64)
ROOTS = np.sqrt(np.arange(256)).astype(np.float32)


def sparse(rows, n_rows):
    """Bits by row and class."""
    sizes = [sum(row == r for row, _ in rows) for r in range(n_rows)]
    return Correction(
        np.cumsum([0, *sizes]),
        np.array([c for _, c in rows], np.int32),
        np.array(list(rows.values()), np.float32),
    )


COUNTED = {(0, 0): 1.0, (0, 2): 2.0, (1, 1): 4.0}
CORRECTED = {(0, 1): 8.0, (0, 2): -0.5, (2, 3): 16.0}


@pytest.mark.parametrize("n_classes", [4, 40])
def test_sums_by_hand(n_classes):
    bits = sum_of(sparse(COUNTED, 3), sparse(CORRECTED, 3), n_classes)
    assert isinstance(bits, Correction) == (n_classes == 40)
    dense = bits if n_classes == 4 else bits.dense(np.arange(3), n_classes)
    expected = np.zeros((3, n_classes))
    expected[:, :4] = [[1, 8, 1.5, 0], [0, 4, 0, 0], [0, 0, 0, 16]]
    assert dense.tolist() == expected.tolist()


@pytest.mark.parametrize("n_classes", [4, 40])
def test_scores_by_hand(n_classes):
    """Tea twice counts the root of two; cake is not known, the mass of words is 1 + the root."""
    hashes, kinds = np.empty(3, np.uint64), np.empty(3, np.int8)
    tea_milk = np.frombuffer(b"tea milk rum", np.uint8)
    features_of(tea_milk, 0, 12, NO_BLOCKS, 1, hashes, kinds, np.empty((0, 2), np.int64))
    bits = sum_of(sparse(COUNTED, 3), sparse(CORRECTED, 3), n_classes)
    base = np.zeros((N_KINDS, n_classes))
    base[WORD, 3] = 32.0
    docs = corpus([b"tea milk tea cake", b"cake", b"rum", b""])
    scores = score(docs, NO_BLOCKS, 1, slots_of(hashes, 3), bits, ROOTS, base)
    root = np.sqrt(2.0)
    expected = [[root, 8 * root + 4, 1.5 * root, 32 * (1 + root)], [0] * 4, [0, 0, 0, 48], [0] * 4]
    assert scores[:, :4] == pytest.approx(np.array(expected), rel=1e-6)
    assert not scores[:, 4:].any()
