"""``python -m benchmarks.uses`` tells good from bad, and a small part of its table."""

import numpy as np
import pytest
from sklearn.utils import check_array

pytest.importorskip("datasets")
pytest.importorskip("pyarrow")

from benchmarks.uses import Case, cases, outcome

pytestmark = pytest.mark.slow
CASES = list(cases())
QUICK = [
    case
    for case in CASES
    if case.group in ("forms of documents", "labels") and case.name.endswith("neighbours")
] + [case for case in CASES if "zstd-dict" in case.name and "5 MB" not in case.name]


def fails(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "is_refused", "expected"),
    [
        (lambda: 1.0, False, "worked"),
        (lambda: 1.0, None, "worked"),
        (lambda: 1.0, True, "bad"),
        (lambda: {"a": [np.array([1.0, np.nan])]}, False, "bad"),
        (lambda: -np.inf, False, "worked"),
        (fails(ValueError("One sentence.")), True, "refused"),
        (fails(TypeError("One sentence.")), None, "refused"),
        (fails(ValueError("One sentence.")), False, "bad"),
        (fails(ValueError("Two\nlines")), True, "bad"),
        (lambda: check_array(["two", "lines"]), True, "refused"),  # scikit-learn's own words
        (fails(ValueError("")), True, "bad"),
        (fails(KeyError("a")), True, "bad"),
        (fails(TimeoutError()), None, "bad"),
    ],
)
def test_what_is_bad(run, is_refused, expected):
    assert outcome(Case("group", "name", run, is_refused))[0] == expected


def test_there_are_many_uses():
    named = {(case.group, case.name, case.is_refused) for case in CASES}
    assert len(named) == len(CASES) > 1000
    assert sum(case.group == "degenerate" for case in CASES) >= 40


@pytest.mark.parametrize("case", QUICK, ids=lambda case: f"{case.group}: {case.name}")
def test_uses(case):
    kind, said = outcome(case)
    assert kind != "bad", said
