import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressclf.compressors.causal.windows import Window, windows


@given(
    n_given=st.integers(0, 50),
    n_coded=st.integers(0, 50),
    size=st.integers(2, 20),
    stride=st.integers(1, 19),
)
def test_every_token_is_coded_once_and_no_window_is_too_long(n_given, n_coded, size, stride):
    stride = min(stride, size - 1)
    found = windows(n_given, n_coded, size=size, stride=stride)
    places = list(itertools.chain.from_iterable(range(w.code, w.end) for w in found))
    assert places == list(range(n_given, n_given + n_coded))
    for window in found:
        assert window.begin <= window.code < window.end <= window.begin + size
        assert window.code - window.begin >= min(window.code, size - stride)


@pytest.mark.parametrize(
    ("n_given", "n_coded", "expected"),
    [
        (0, 0, []),
        (0, 6, [Window(0, 0, 6)]),
        (3, 3, [Window(0, 3, 6)]),
        (4, 3, [Window(0, 4, 6), Window(2, 6, 7)]),
        (100, 2, [Window(96, 100, 102)]),
    ],
)
def test_by_hand(n_given, n_coded, expected):
    assert windows(n_given, n_coded, size=6, stride=2) == expected
