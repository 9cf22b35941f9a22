import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.distances import FORMULAS, pairwise_distances


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # worked out by hand for C(x) = 100, C(y) = 64, C(xy) = 120 bits
        ("ncd", (120 - 64) / 100),
        ("cdm", 120 / 164),
        ("clm", 1 - (100 + 64 - 120) / 120),
        ("cosine", 1 - 44 / 80),
        ("conditional", 56),
    ],
)
def test_by_hand(metric, expected):
    assert FORMULAS[metric](100, 64, 120) == pytest.approx(expected, rel=1e-15)


def test_equal_documents_of_an_ideal_compressor():
    """C(xx) = C(x): distance 0, ½ for cdm. (npc_gzip, for want of brackets, has clm −.9.)"""
    values = {name: float(formula(50, 50, 50)) for name, formula in FORMULAS.items()}
    assert values == {"ncd": 0.0, "cdm": 0.5, "clm": 0.0, "cosine": 0.0, "conditional": 0.0}


@pytest.mark.parametrize("metric", FORMULAS)
@pytest.mark.parametrize("separator", [b"", b" ", b"\n\n"])
@pytest.mark.parametrize(
    ("compressor", "subtracted"), [("identity", False), ("identity", True), ("gzip", True)]
)
def test_two_empty_documents_without_overhead(metric, separator, compressor, subtracted):
    distances = pairwise_distances(
        ["", "tea"],
        metric=metric,
        separator=separator,
        compressor=compressor,
        subtract_overhead=subtracted,
        n_jobs=1,
    )
    assert distances[0, 0] == 0.0
    assert np.isfinite(distances).all()


def test_a_divisor_of_nothing_is_the_distance_of_unrelated_documents():
    values = {name: float(formula(0, 8, 16)) for name, formula in FORMULAS.items()}
    assert values == {"ncd": 2.0, "cdm": 2.0, "clm": 1.5, "cosine": 1.0, "conditional": 8.0}


@given(*[st.integers(0, 9).map(float)] * 3)
def test_codelengths_never_give_nan_or_infinity(cx, cy, cxy):
    assert all(np.isfinite(formula(cx, cy, cxy)) for formula in FORMULAS.values())


def test_formulas_broadcast():
    cx, cy = np.array([[100.0], [50.0]]), np.array([[64.0, 80.0, 20.0]])
    for formula in FORMULAS.values():
        matrix = formula(cx, cy, np.full((2, 3), 120.0))
        assert matrix.shape == (2, 3)
        assert matrix[1, 2] == formula(50, 20, 120)
