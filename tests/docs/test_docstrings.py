"""Docstrings for the site."""

import pytest

pytest.importorskip("griffe")

from docs.docstrings import TOGETHER, divided


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Bits.\n\ndocs, y\n    As in `fit`.",
            "Bits.\n\ndocs\n    As in `fit`.\ny\n    As in `fit`.",
        ),
        (
            "a, b, c\n    A number.\nd : int\n",
            "a\n    A number.\nb\n    A number.\nc\n    A number.\nd : int\n",
        ),
        ("a : int\n    One, two\n", "a : int\n    One, two\n"),
        ("one, two and three\n    four\n", "one, two and three\n    four\n"),
    ],
)
def test_parameters_with_one_description_are_divided(before, after):
    assert TOGETHER.sub(divided, before) == after
