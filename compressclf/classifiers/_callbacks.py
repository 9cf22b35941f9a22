"""scikit-learn's callbacks, such as a progress bar: they are called around ``fit``.

Callbacks exist since scikit-learn 1.9. With older versions estimators have no ``set_callbacks``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands for scikit-learn's class of this name in versions that lack it."""

    with_callbacks = None

__all__ = ["CallbackSupportMixin", "calls_back"]

Fit = TypeVar("Fit", bound=Callable[..., Any])


def calls_back(fit: Fit) -> Fit:
    """Call an estimator's callbacks before and after `fit`."""
    if with_callbacks is None:
        return fit

    @with_callbacks  # type: ignore[untyped-decorator]
    @functools.wraps(fit)
    def run(self: Any, X: object, y: object, *args: Any, **named: Any) -> Any:
        context = self._init_callback_context()
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        fitted = fit(self, X, y, *args, **named)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return fitted

    return cast(Fit, run)
