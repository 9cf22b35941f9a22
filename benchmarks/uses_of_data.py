"""Uses for `benchmarks.uses`: forms of documents and labels, degenerate data."""

from __future__ import annotations

import datetime
import decimal
import enum
import random
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from compressclf import CodelengthClassifier, CodelengthFeatures, Corpus, NCDClassifier

Table = dict[str, Callable[[], object]]
WORDS = {
    "a": "wind sail boat storm harbour tide anchor mast deck crew".split(),
    "b": "pawn rook king queen castle check board knight move mate".split(),
    "c": "stock bond share price market trade yield fund bank loan".split(),
}
MODELS = ("blocks", "zstd-dict", "ppmd")


def texts(n: int, seed: int, classes: str = "abc") -> tuple[list[str], list[str]]:
    """Return texts of 10 words and their labels, equally many per class."""
    rng = random.Random(seed)
    y = [classes[i % len(classes)] for i in range(n)]
    return [" ".join(rng.choices(WORDS[label], k=10)) for label in y], y


TEXTS, Y = texts(36, seed=1)
NEW, TRUTH = texts(12, seed=2)


class Colour(enum.Enum):
    """Labels that are neither texts nor numbers."""

    RED = 1
    BLUE = 2


def model(name: str = "blocks", **parameters: Any) -> CodelengthClassifier:
    """Return a classifier with one model per class."""
    return CodelengthClassifier(name, **{"n_jobs": 1} | parameters)


def neighbours(n: int = 1, **parameters: Any) -> NCDClassifier:
    """Return nearest neighbours."""
    return NCDClassifier(n, **{"n_jobs": 1} | parameters)


def features() -> CodelengthFeatures:
    """Return codelengths as features."""
    return CodelengthFeatures(n_jobs=1)


MAKERS: dict[str, Callable[[], Any]] = {name: partial(model, name) for name in MODELS} | {
    "neighbours": neighbours,
    "features": features,
}


def asked(estimator: Any, X: Any, y: Any, new: Callable[[], Any], *, is_long: bool = False) -> Any:
    """Fit, and return all predictions for new documents, and probabilities of long ones."""
    estimator.fit(X, y)
    if hasattr(estimator, "transform"):
        return estimator.transform(new())
    shares = estimator.predict_proba(new())
    if is_long:
        return shares
    logs = estimator.predict_log_proba(new())
    labels = estimator.predict(new())
    assert shares.shape == (len(labels), len(estimator.classes_))
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(np.exp(logs), shares)
    assert set(labels) <= set(estimator.classes_)
    if len(labels):
        assert 0 <= estimator.score(new(), labels) <= 1
    return shares


def _hub(rows: list[str]) -> Any:
    import datasets

    return datasets.Dataset.from_dict({"text": rows})


FORMS: dict[str, Callable[[list[str]], Any]] = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "generator": lambda rows: (row for row in rows),
    "dict values": lambda rows: dict(enumerate(rows)).values(),
    "object array": lambda rows: np.array(rows, dtype=object),
    "str array": np.array,
    "bytes": lambda rows: [row.encode() for row in rows],
    "bytearray": lambda rows: [bytearray(row.encode()) for row in rows],
    "bytes array": lambda rows: np.array([row.encode() for row in rows]),
    "object array (n, 1)": lambda rows: np.array(rows, dtype=object)[:, None],
    "lists of one": lambda rows: [[row] for row in rows],
    "Series of object": lambda rows: pd.Series(rows, dtype=object, index=range(5, 5 + len(rows))),
    "Series of string": lambda rows: pd.Series(rows, dtype="string"),
    "Series of Arrow": lambda rows: pd.Series(rows, dtype=pd.ArrowDtype(pa.string())),
    "Series of category": lambda rows: pd.Series(rows, dtype="category"),
    "Categorical": pd.Categorical,
    "Index": pd.Index,
    "frame, one column": lambda rows: pd.DataFrame({"text": rows}),
    "Arrow array": pa.array,
    "Arrow dictionary": lambda rows: pa.array(rows).dictionary_encode(),
    "Arrow binary": lambda rows: pa.array([row.encode() for row in rows]),
    "Arrow chunks": lambda rows: pa.chunked_array([rows[:3], rows[3:]]),
    "Arrow table": lambda rows: pa.table({"text": rows}),
    "Hugging Face column": lambda rows: _hub(rows)["text"],
    "Corpus": Corpus.from_documents,
}
BAD_FORMS: dict[str, Callable[[list[str]], Any]] = {
    "one str": lambda rows: rows[0],
    "dict": lambda rows: {"text": rows},
    "set": set,
    "numbers": lambda rows: list(range(len(rows))),
    "None": lambda rows: None,
    "a missing document": lambda rows: [None, *rows[1:]],
    "a NaN in a Series": lambda rows: pd.Series([np.nan, *rows[1:]]),
    "a null of Arrow": lambda rows: pa.array([None, *rows[1:]]),
    "two columns": lambda rows: pd.DataFrame({"text": rows, "more": rows}),
    "Arrow table of two": lambda rows: pa.table({"text": rows, "more": rows}),
    "Hugging Face data set": _hub,
    "lists of two": lambda rows: [[row, row] for row in rows],
    "text and numbers": lambda rows: [1, *rows[1:]],
    "a document too few": lambda rows: rows[1:],
}
THREE = {"a": 0, "b": 1, "c": 2}
CODES = [THREE[label] for label in Y]
NAMES = [["x", "y", "z"][code] for code in CODES]
TWO = [code == 0 for code in CODES]
LABELS: dict[str, Any] = {
    "str": Y,
    "tuple": tuple(Y),
    "str array": np.array(Y),
    "object array": np.array(Y, dtype=object),
    "int": CODES,
    "negative int": [code - 1 for code in CODES],
    "big int": [10**15 + code for code in CODES],
    "uint8 array": np.array(CODES, np.uint8),
    "bool": TWO,
    "bool array": np.array(TWO),
    "whole floats": [float(code) for code in CODES],
    "Series of object": pd.Series(Y, dtype=object),
    "Series of string": pd.Series(Y, dtype="string"),
    "Series of category": pd.Series(Y, dtype="category"),
    "Series of Int64": pd.Series(CODES, dtype="Int64"),
    "Categorical": pd.Categorical(Y),
    "Index": pd.Index(Y),
    "Arrow array": pa.array(Y),
    "Arrow chunks": pa.chunked_array([Y]),
    "column (n, 1)": np.array(Y)[:, None],
    "the text nan": ["nan" if label == "a" else label for label in Y],
    "empty text": ["" if label == "a" else label for label in Y],
    "emoji and newlines": ["\U0001f600\n" if label == "a" else label for label in Y],
}
BAD_LABELS: dict[str, Any] = {
    "mixed": [1, *Y[1:]],
    "None": [None, *Y[1:]],
    "NaN": [float("nan"), *Y[1:]],
    "NaN among numbers": [float("nan"), *CODES[1:]],
    "pd.NA": [pd.NA, *Y[1:]],
    "pd.NaT": [pd.NaT, *Y[1:]],
    "missing in a Series": pd.Series([None, *Y[1:]]),
    "missing in Int64": pd.Series([pd.NA, *CODES[1:]], dtype="Int64"),
    "missing in Arrow": pa.array([None, *Y[1:]]),
    "missing category": pd.Categorical([None, *Y[1:]]),
    "masked": np.ma.masked_equal(CODES, 0),
    "Decimal NaN": [decimal.Decimal("nan"), *CODES[1:]],
    "fractions": [code + 0.5 for code in CODES],
    "infinite": [float("inf"), *CODES[1:]],
    "several outputs": np.stack([CODES, CODES], axis=1),
    "lists": [[label, label] for label in Y],
    "ragged": [[label] * (1 + i % 2) for i, label in enumerate(Y)],
    "dict": dict(enumerate(Y)),
    "too few": Y[1:],
    "None at all": None,
    "a number": 3,
    "no label": [],
    "Enum": [Colour(1 + code % 2) for code in CODES],
    "dates": [datetime.date(2020, 1, 1 + code) for code in CODES],
}


def _same(make: Callable[[], Any], form: Callable[[list[str]], Any]) -> object:
    found = asked(make(), form(TEXTS), Y, lambda: form(NEW))
    assert np.array_equal(found, asked(make(), TEXTS, Y, lambda: NEW))
    return found


def _labelled(make: Callable[[], Any], y: Any) -> object:
    estimator = make()
    found = asked(estimator, TEXTS, y, lambda: NEW)
    labels = estimator.classes_[found.argmax(axis=1)].tolist()
    assert labels == np.asarray(y).reshape(-1).tolist()[: len(NEW)]  # classes alternate
    return found


def _degenerate() -> dict[str, tuple[Any, Any, Any]]:
    """Return training documents, labels and new documents."""
    long = " ".join(random.Random(3).choices(WORDS["a"] + WORDS["b"], k=900_000))
    two, y = texts(12, seed=4, classes="ab")
    return {
        "all documents empty": ([""] * 6, list("ababab"), ["", "sail"]),
        "one empty document": (["", *two], ["a", *y], ["", "sail"]),
        "all identical": (["the same"] * 6, list("ababab"), ["the same", "x"]),
        "duplicates with two labels": (two * 2, y + y[::-1], two),
        "one class": (two, ["a"] * 12, ["sail", ""]),
        "one document": (["sail"], ["a"], ["sail", ""]),
        "one document a class": (["sail", "rook"], ["a", "b"], ["sail boat", ""]),
        "no new document": (two, y, []),
        "one byte each": (list("abcdef"), list("xyxyxy"), ["a", "z"]),
        "5 MB learnt": ([long, *two], ["a", *y], ["sail"]),
        "5 MB asked": (two, y, [long]),
        "one long run": (["a" * 100_000, "b" * 100_000], ["a", "b"], ["a" * 1000, "b"]),
        "300 classes x 2": (
            [f"{i * 7919} {WORDS['a'][i % 10]}" for i in range(600)],
            [i % 300 for i in range(600)],
            ["7919 sail"],
        ),
        "NUL bytes": ([b"\0" * n for n in range(1, 9)], list("abababab"), [b"\0", b""]),
        "not UTF-8": ([bytes([255 - i] * 5) for i in range(8)], list("aaaabbbb"), [b"\xff\xfe"]),
        "lone surrogates": ([f"\ud800{word}" for word in two], y, ["\udfff", "\udc80"]),
        "one class of 11, one of 1": (two, ["a"] * 11 + ["b"], ["sail"]),
        "only spaces": ([" " * n for n in range(8)], list("abababab"), [" ", "  "]),
        "long labels": (two, [label * 5000 for label in y], ["sail"]),
    }


def _weighted(weights: Any, **parameters: Any) -> object:
    return model(**parameters).fit(TEXTS, Y, sample_weight=weights).predict_proba(NEW)


EXTREMES: Table = {
    "k = n": lambda: asked(neighbours(len(TEXTS)), TEXTS, Y, lambda: NEW),
    "prior 1e-300": lambda: asked(model(prior=[1e-300, 1, 1]), TEXTS, Y, lambda: NEW),
    "prior 1e300": lambda: asked(model(prior=[1e300, 1e300, 1]), TEXTS, Y, lambda: NEW),
    "prior 0": lambda: model(prior=[0, 1, 1]).fit(TEXTS, Y).predict_proba(NEW),
    "calibration 1e-300": lambda: model(calibration=1e-300).fit(TEXTS, Y).predict_proba(NEW),
    "calibration 1e300": lambda: asked(model(calibration=1e300), TEXTS, Y, lambda: NEW),
    "some weights 0": lambda: _weighted([0, 0, 0] + [1] * 33),
    "a class of weight 0": lambda: _weighted([label != "a" for label in Y]),
    "weights of 1e-300": lambda: _weighted([1e-300] * 36),
    "weights of 1e300": lambda: _weighted([1e300] * 35 + [1]),
    "window 1": lambda: asked(model(window=1), TEXTS, Y, lambda: NEW),
}
BAD_EXTREMES: Table = {
    "k > n": lambda: asked(neighbours(99), TEXTS, Y, lambda: NEW),
    "weights all 0": lambda: _weighted([0] * 36),
    "a negative weight": lambda: _weighted([-1] + [1] * 35),
    "a NaN weight": lambda: _weighted([float("nan")] + [1] * 35),
    "weights too few": lambda: _weighted([1] * 35),
    "weights of text": lambda: _weighted(["x"] * 36),
}


def tables() -> dict[tuple[str, bool | None], Table]:
    """Return uses by name, by group and by whether they must be refused."""
    short = {name: MAKERS[name] for name in ("blocks", "neighbours", "features")}
    few = {name: MAKERS[name] for name in ("blocks", "neighbours")}
    return {
        ("forms of documents", False): {
            f"{form}, {name}": partial(_same, make, FORMS[form])
            for form in FORMS
            for name, make in short.items()
        },
        ("forms of documents", True): {
            f"{form}, {name}": partial(lambda make, form: make().fit(form(TEXTS), Y), make, form_of)
            for form, form_of in BAD_FORMS.items()
            for name, make in few.items()
        },
        ("labels", False): {
            f"{kind}, {name}": partial(_labelled, make, y)
            for kind, y in LABELS.items()
            for name, make in few.items()
        },
        ("labels", True): {
            f"{kind}, {name}": partial(lambda make, y: make().fit(TEXTS, y), make, y)
            for kind, y in BAD_LABELS.items()
            for name, make in few.items()
        },
        ("degenerate", False): {
            f"{kind}, {name}": partial(
                lambda make, kind, X, y, new: asked(
                    make(), X, y, lambda: new, is_long=kind.startswith("5 MB")
                ),
                make,
                kind,
                *data,
            )
            for kind, data in _degenerate().items()
            for name, make in MAKERS.items()
        }
        | EXTREMES,
        ("degenerate", True): {
            f"{kind}, {name}": partial(lambda make, X, y: make().fit(X, y), make, *data)
            for kind, data in {"none": ([], []), "no label": (TEXTS, [])}.items()
            for name, make in MAKERS.items()
        }
        | BAD_EXTREMES,
    }
