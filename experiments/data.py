"""Data sets by name: where they are, and their documents as bytes and class indices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf.datasets import SAMPLES, Dataset, hold_out, load_dataset

from .corpora import is_corpus, locate_corpus, read_corpus

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HUB", "TEST_SEED", "TextSet", "locate", "read_documents", "read_set", "rows_drawn"]

TEST_SEED = 0
TEST_SIZE = 0.2
HUB = {  # name here: name on the hub, as `load_dataset` takes it after "hf:"
    "20news": "SetFit/20_newsgroups",
    "ag_news": "fancyzhx/ag_news",
    "clinc150": "clinc/clinc_oos/plus",
    "dbpedia": "fancyzhx/dbpedia_14",
}
HUB_COLUMNS = {  # where they are not called text and label
    "SetFit/20_newsgroups": ("text", "label_text"),
    "clinc/clinc_oos/plus": ("text", "intent"),
    "fancyzhx/dbpedia_14": ("content", "label"),
}


@dataclass(frozen=True)
class TextSet:
    """Training and test documents with class indices (-1: a class without training documents)."""

    name: str
    docs: list[bytes]
    labels: NDArray[np.int64]
    test_docs: list[bytes]
    test_labels: NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def n_classes(self) -> int:
        """Return the number of classes of the training documents."""
        return len(self.classes)

    def limit_test(self, limit: int | None) -> TextSet:
        """Return the set with at most `limit` test documents."""
        rows = rows_drawn(len(self.test_docs), limit)
        test_docs = [self.test_docs[row] for row in rows]
        return TextSet(
            self.name, self.docs, self.labels, test_docs, self.test_labels[rows], self.classes
        )

    def fingerprint(self) -> str:
        """Return a hash of the rows, twelve hexadecimal digits."""
        digest = hashlib.sha256()
        for docs, labels in ((self.docs, self.labels), (self.test_docs, self.test_labels)):
            lengths = np.array([len(doc) for doc in docs], np.int64)
            for part in (lengths.tobytes(), labels.tobytes(), *docs):
                digest.update(part)
        return digest.hexdigest()[:12]


def locate(name: str, data: str | None) -> str:
    """Return the source of the set `name`, as `load_dataset` takes it, or the file of a corpus.

    Parameters
    ----------
    name : str
        A set of `SAMPLES` always comes from its package. For a name that begins with
        ``corpora/``, see `locate_corpus`.
    data : str, optional
        A folder with one sub-directory per set, or ``hf``.

    Raises
    ------
    ValueError
        If the set cannot be found; the message says what to do.

    Examples
    --------
    >>> locate("bbc-news", None), locate("ag_news", "hf")
    ('sample:bbc-news', 'hf:fancyzhx/ag_news')
    """
    if name in SAMPLES:
        return f"sample:{name}"
    if is_corpus(name):
        return locate_corpus(name, data)
    if data in (None, "sample"):
        raise ValueError(
            f"{name} is not a sample set: give --data DIR, a folder with {name}/train.csv.gz and "
            f"{name}/test.csv.gz, or --data hf; --quick and the study quick need neither."
        )
    assert data is not None
    if data == "hf":
        if name not in HUB:
            raise ValueError(
                f"{name} has no name on the hub here (known: {', '.join(HUB)}): give --data DIR, "
                f"or add a line to HUB in experiments/data.py."
            )
        return f"hf:{HUB[name]}"
    for place in (Path(data, name), Path(data, f"{name}.npz")):
        if place.exists():
            return str(place)
    raise ValueError(
        f"{data} has no set {name}: expected {name}/train.csv.gz and {name}/test.csv.gz, or "
        f"{name}.npz."
    )


def read_set(source: str, limit_train: int | None = None, limit_test: int | None = None) -> TextSet:
    """Read a source; a fifth is held out for testing if it has no test part.

    Parameters
    ----------
    source : str
        What `locate` returns.
    limit_train, limit_test : int, optional
        Draw this many rows, always the same ones.
    """
    dataset = _load(source)
    train, test = dataset.train, dataset.test
    if test is None:
        train, test = hold_out(train, TEST_SIZE, seed=TEST_SEED)
    if test.labels is None:
        raise ValueError(f"{source}: the test part has no labels.")
    train = train.take(rows_drawn(len(train.docs), limit_train))
    test = test.take(rows_drawn(len(test.docs), limit_test))
    assert train.labels is not None
    assert test.labels is not None
    classes, labels = np.unique(train.labels, return_inverse=True)
    index: dict[Any, int] = {label: position for position, label in enumerate(classes.tolist())}
    return TextSet(
        dataset.name,
        list(train.docs),
        labels.astype(np.int64),
        list(test.docs),
        np.array([index.get(label, -1) for label in test.labels.tolist()]),
        tuple(classes.tolist()),
    )


def read_documents(name: str, source: str, limit: int | None = None) -> list[bytes]:
    """Read a corpus, or the training documents of a set, at most `limit` of them."""
    if not is_corpus(name):
        return read_set(source, limit).docs
    docs = read_corpus(source)
    return [docs[row] for row in rows_drawn(len(docs), limit)]


def rows_drawn(n: int, limit: int | None) -> NDArray[np.int64]:
    """Return the rows that a limit leaves of a part of `n` documents."""
    if limit is None or limit >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(TEST_SEED).permutation(n)[:limit])


@lru_cache(maxsize=1)
def _load(source: str) -> Dataset:
    """Read a source; cached for the cells that one process measures on it."""
    text, label = HUB_COLUMNS.get(source.removeprefix("hf:"), ("text", "label"))
    return load_dataset(source, text_column=text, label_column=label)
