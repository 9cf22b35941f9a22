"""scikit-learn's own checks of estimators as tests."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

__all__ = ["with_checks"]


def with_checks(*estimators, failing=None):
    """Return a decorator that runs a test for each estimator and check.

    Before scikit-learn 1.8 its decorator holds a generator, which pytest 9.2 refuses.
    """
    mark = parametrize_with_checks(
        list(estimators), expected_failed_checks=lambda _: dict(failing or {})
    )
    names, cases = mark.args
    return pytest.mark.parametrize(names, list(cases), **mark.kwargs)
