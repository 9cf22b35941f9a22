"""Uses for `benchmarks.uses`: images, and every parameter of every estimator with odd values."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from benchmarks.uses_of_data import TEXTS, Table, Y, asked, features, model, neighbours
from benchmarks.uses_of_sklearn import right, true
from compressclf import ImageCodelengthClassifier
from compressclf.documents.preprocessing import Centre, Deskew, Quantise

STRANGE: list[Any] = [None, True, 0, -1, 3, 1.5, 10**400, float("nan"), float("inf"), "nope", ""]
STRANGE += ["x:y=1", "a\nb", b"x", [], [3], ["x"], {}, {"a": 1}, object(), int, np.ones(2), pd.NA]


def images(n: int, seed: int) -> tuple[Any, list[str]]:
    """Return images of horizontal or vertical bars, of 12 by 12 pixels."""
    rng = np.random.default_rng(seed)
    stack = np.zeros((n, 12, 12), np.uint8)
    for i in range(n):
        at = rng.integers(2, 8)
        stack[i, at : at + 3] = 200
        stack[i] = stack[i] if i % 2 else stack[i].T
    return stack, ["-" if i % 2 else "|" for i in range(n)]


IMAGES, BARS = images(24, seed=1)
OTHERS, TRUE_BARS = images(8, seed=2)
drawn = partial(ImageCodelengthClassifier, n_jobs=1)
seen = partial(right, X=IMAGES, y=BARS, new=OTHERS, truth=TRUE_BARS)
PICTURES: Table = {
    "all that it says": lambda: asked(drawn(), IMAGES, BARS, lambda: OTHERS),
    "list of arrays": lambda: seen(drawn(), X=list(IMAGES)),
    "colours": lambda: seen(
        drawn(), X=np.repeat(IMAGES[..., None], 3, 3), new=np.repeat(OTHERS[..., None], 3, 3)
    ),
    "pixel-tree": lambda: seen(drawn("pixel-tree")),
    "CodelengthClassifier": lambda: seen(model("auto")),
    "neighbours": lambda: seen(neighbours()),
    "preprocess": lambda: seen(drawn(preprocess="deskew+centre")),
    "preprocess auto": lambda: seen(drawn(preprocess="auto")),
    "Pipeline": lambda: seen(make_pipeline(Deskew(), Centre(), Quantise(4), drawn())),
    "GridSearchCV": lambda: seen(
        GridSearchCV(drawn(), {"preprocess": [None, "centre"]}, cv=2, error_score="raise")
    ),
    "GridSearchCV of a pipeline": lambda: seen(
        GridSearchCV(make_pipeline(Quantise(), drawn()), {"quantise__levels": [2, 4]}, cv=2)
    ),
    "cross_val_score": lambda: cross_val_score(drawn(), IMAGES, BARS, cv=3, error_score="raise"),
    "VotingClassifier": lambda: seen(
        VotingClassifier([("i", drawn()), ("n", neighbours())], voting="soft")
    ),
    "features": lambda: seen(
        make_pipeline(features().set_params(model="auto"), LogisticRegression())
    ),
    "HTML of Deskew": lambda: true(Deskew()._repr_html_()),
    "pickle of Quantise": lambda: pickle.loads(pickle.dumps(Quantise().fit(IMAGES))).transform(
        OTHERS
    ),
    "clone of Centre": lambda: clone(Centre()).fit_transform(IMAGES),
    "all black": lambda: asked(drawn(), IMAGES * 0, BARS, lambda: OTHERS * 0),
    "one pixel": lambda: asked(drawn(), IMAGES[:, :1, :1], BARS, lambda: OTHERS[:, :1, :1]),
    "one class": lambda: asked(drawn(), IMAGES, ["-"] * 24, lambda: OTHERS),
    "no new image": lambda: asked(drawn(), IMAGES, BARS, lambda: OTHERS[:0]),
}
BAD_PICTURES: Table = {
    "floats": lambda: drawn().fit(IMAGES / 255, BARS),
    "texts": lambda: drawn().fit(TEXTS, Y),
    "flat rows": lambda: drawn().fit(IMAGES.reshape(24, -1), BARS),
    "unknown preprocess": lambda: drawn(preprocess="nope").fit(IMAGES, BARS),
    "Quantise of 0 levels": lambda: Quantise(0).fit(IMAGES),
    "texts to Deskew": lambda: Deskew().fit(TEXTS),
    "no image": lambda: drawn().fit(IMAGES[:0], []),
}


def _strange(make: Callable[[], Any], key: str, value: Any) -> object:
    estimator = make().set_params(**{key: value})
    is_of_texts = make in (model, neighbours, features)
    X, y = (TEXTS[:9], Y[:9]) if is_of_texts else (IMAGES[:8], BARS[:8])
    if hasattr(estimator, "transform"):
        return estimator.fit_transform(X, y)
    return asked(estimator, X, y, lambda: X)


def tables() -> dict[tuple[str, bool | None], Table]:
    """Return uses by name, in groups, which say whether they must be refused (None: either)."""
    makers: list[Callable[[], Any]] = [model, neighbours, features, drawn, Deskew, Centre, Quantise]
    return {
        ("images", False): PICTURES,
        ("images", True): BAD_PICTURES,
        ("parameters", None): {
            f"{type(make()).__name__}({key}={repr(value)[:40]})": partial(
                _strange, make, key, value
            )
            for make in makers
            for key in make().get_params(deep=False)
            for value in STRANGE
        },
    }
