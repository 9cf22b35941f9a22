"""Check that a change of the code leaves all answers unchanged: two versions, the same rows.

::

    python -m benchmarks.same_answers ask DATA before.npz       # in the old checkout
    python -m benchmarks.same_answers ask DATA after.npz        # in the new one
    python -m benchmarks.same_answers compare before.npz after.npz

DATA is a folder of data sets, texts and images. Every model is fitted to 1,000 training rows and
predicts 1,000 test rows (a hundred, where a model is slow); labels, probabilities and bits are
saved. ``compare`` prints one line for each model and data set; its exit code is 1 if any answer
differs.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import click
import numpy as np

from compressclf import CodelengthClassifier, ImageCodelengthClassifier, NCDClassifier
from compressclf.datasets import Split, hold_out, load_dataset

TRAIN, TEST, FEW = 1000, 1000, 100
TEXTS = ("r8", "ag_news", "clinc150", "thucnews_titles")
IMAGES = ("digits", "mnist.npz")
TEXT_MODELS = {
    "blocks": TEST,
    "blocks:correct=none": TEST,
    "blocks+zstd-dict": TEST,
    "contextmix": TEST,
    "contextmix:against=rest": FEW,
    "zstd-dict": TEST,
    "zstd-dict:shards=4,pool=mean": TEST,
    "ppmd": FEW,
    "lm:budget=2000": FEW,
    "lm:compressor=gzip,budget=1000,calibrate=none": FEW,
    "lm:compressor=[ppmd:order=4],budget=1000,draws=2,calibrate=mean": FEW,
    "lm:compressor=bytelm,budget=200": 5,
}
IMAGE_MODELS: dict[str, dict[str, Any]] = {
    "motion": {},
    "motion, deskewed": {"model": "motion", "preprocess": "deskew"},
    "transform": {},
    "patches": {},
    "pixel-tree": {},
    "pixel-tree, quantised": {"model": "pixel-tree:bits=2", "preprocess": "quantise:levels=4"},
}
NEIGHBOURS: dict[str, dict[str, Any]] = {
    "gzip": {"n_neighbors": 3},
    "zstd, sum": {"compressor": "zstd", "metric": "cdm"},
}
PIXELS: dict[str, dict[str, Any]] = {"gzip": {"n_neighbors": 3}}


def _parts(data: Path, name: str) -> tuple[Split, Split]:
    """Return a sample of the training rows and one of the test rows."""
    if name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        images = (digits.images * (255 / 16)).round().astype(np.uint8)
        half = np.arange(len(images)) % 2 == 0
        from compressclf import Corpus

        labels = digits.target.astype(str)
        return (
            Split(Corpus.from_documents(images[half]), labels[half]),
            Split(Corpus.from_documents(images[~half]), labels[~half]),
        )
    both = load_dataset(str(data / name))
    train, test = both.train, both.test
    if test is None:
        train, test = hold_out(train, 0.3, 0)
    return train.sample(TRAIN, 0), test.sample(TEST, 0)


def _classifiers(*, images: bool) -> dict[str, tuple[Any, int]]:
    """Return the classifiers by name, each with the number of test rows to predict."""
    asked: dict[str, tuple[Any, int]] = {}
    if images:
        for name, given in IMAGE_MODELS.items():
            asked[name] = ImageCodelengthClassifier(**({"model": name} | given)), TEST
    else:
        for name, n_rows in TEXT_MODELS.items():
            asked[name] = CodelengthClassifier(name), n_rows
    for name, given in (PIXELS if images else NEIGHBOURS).items():
        asked[f"NCD, {name}"] = NCDClassifier(**given), FEW
    return asked


@click.group()
def main() -> None:
    """Save answers, or compare them."""


@main.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("place", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--only", default="", help="Part of the name of a data set or a model.")
def ask(data: Path, place: Path, only: str) -> None:
    """Fit every model to a sample of each data set in DATA and save its answers in PLACE."""
    warnings.simplefilter("ignore")
    kept: dict[str, Any] = {}
    for name in (*TEXTS, *IMAGES):
        train, test = _parts(data, name)
        for model, (classifier, n_rows) in _classifiers(images=name in IMAGES).items():
            key = f"{name} | {model}"
            if only not in key:
                continue
            print(key, file=sys.stderr, flush=True)
            rows = test.docs[:n_rows]
            try:
                classifier.fit(train.docs, train.labels)
                kept[f"{key} | labels"] = classifier.predict(rows).astype(str)
                kept[f"{key} | probabilities"] = classifier.predict_proba(rows)
                if hasattr(classifier, "codelengths"):
                    kept[f"{key} | bits"] = classifier.codelengths(rows)
            except (ValueError, TypeError) as error:
                kept[f"{key} | error"] = np.array(str(error))
        np.savez_compressed(place, **kept)


@main.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False))
@click.argument("after", type=click.Path(exists=True, dir_okay=False))
def compare(before: str, after: str) -> None:
    """Print where the answers in AFTER differ from those in BEFORE."""
    old, new = np.load(before), np.load(after)
    n_different = 0
    for key in old.files:
        if key not in new.files:
            print(f"{key}: gone")
            n_different += 1
            continue
        a, b = old[key], new[key]
        if a.dtype.kind == "U" or b.dtype.kind == "U":
            same = a.shape == b.shape and bool((a == b).all())
            told = "" if same else f"{a}, now {b}" if a.ndim == 0 else f"{(a != b).sum()} differ"
        else:
            same = a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
            told = "" if same else f"differ by at most {np.nanmax(np.abs(a - b)):.3g}"
        n_different += not same
        print(f"{key}: {'the same' if same else told}")
    print(f"{len(old.files)} answers, {n_different} of them differ")
    sys.exit(n_different > 0)


if __name__ == "__main__":
    main()
