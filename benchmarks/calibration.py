"""Calibration of probabilities by four rules: ``python -m benchmarks.calibration SOURCE...``.

Measures log loss (nats), expected calibration error and Brier score on test documents: means over
draws of a given number of training documents per class. Records are written to
``records/calibration.jsonl``; without SOURCE they are rendered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from cli._output import render_table
from compressclf import CodelengthClassifier
from compressclf.calibration import RANGE, fit_temperature, label_bits, probabilities
from compressclf.datasets import Split, load_dataset
from compressclf.models import get_model
from compressclf.reports.evaluation import brier_score, expected_calibration_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORDS = Path(__file__).parent / "records" / "calibration.jsonl"
RULES = {
    "likelihood": "one temperature, maximum likelihood",
    "prior": "one temperature, with a prior",
    "fitted": "temperature, growth, lapse",
    "hindsight": "one temperature, fitted to the test labels",
}
MANY = 50  # with this many documents per class, draws differ little


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--model", default="blocks", show_default=True)
@click.option(
    "--shots", default="2,5,50,0", show_default=True, help="Training documents per class; 0: all."
)
@click.option(
    "--draws",
    default=5,
    show_default=True,
    help="Draws of fewer than 50 documents per class; otherwise there are two.",
)
@click.option("--classes", help="Comma-separated labels; documents with other labels are left out.")
@click.option("--limit-test", type=int, help="Number of test documents per set.")
def main(
    sources: tuple[str, ...],
    model: str,
    shots: str,
    draws: int,
    classes: str | None,
    limit_test: int | None,
) -> None:
    """Score the probabilities of the test documents of SOURCES under four rules."""
    for source in sources:
        dataset = load_dataset(source)
        assert dataset.test is not None
        train, test = _only(dataset.train, classes), _only(dataset.test, classes)
        test = test.sample(limit_test, seed=0)
        for n in map(int, shots.split(",")):
            for draw in range(draws if 0 < n < MANY else 2 if n else 1):
                record = {
                    "set": dataset.name + (f" ({classes})" if classes else ""),
                    "model": model,
                    "shots": n,
                    "draw": draw,
                    **_scores(model, _drawn(train, n, 1000 * n + draw), test),
                }
                with RECORDS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
        click.echo(dataset.name, err=True)
    print(render([json.loads(line) for line in RECORDS.read_text().splitlines()]))


def render(records: list[dict[str, Any]]) -> str:
    """Return a Markdown table with one row per set and number of documents."""
    rows = []
    for key in dict.fromkeys((r["set"], r["model"], r["shots"]) for r in records):
        chosen = [r for r in records if (r["set"], r["model"], r["shots"]) == key]
        accuracy = np.mean([r["accuracy"] for r in chosen])
        row = {"set": key[0], "per class": key[2] or "all", "accuracy": f"{accuracy:.3f}"}
        for rule, name in RULES.items():
            scores = np.mean([r[rule] for r in chosen], axis=0)
            row[name] = " / ".join(f"{score:.3f}" for score in scores)
        row["worst log loss"] = f"{max(r['fitted'][0] for r in chosen):.2f}"
        rows.append(row)
    return render_table(rows, "md")


def _only(split: Split, classes: str | None) -> Split:
    if classes is None:
        return split
    return split.take(np.flatnonzero(np.isin(split.labels, classes.split(","))))


def _drawn(train: Split, n: int, seed: int) -> Split:
    """Return `n` documents per class, or all of a smaller class."""
    order = np.random.default_rng(seed).permutation(len(train.docs))
    if not n:
        return train.take(order)
    labels = np.asarray(train.labels)[order]
    return train.take(np.concatenate([order[labels == c][:n] for c in np.unique(labels)]))


def _scores(model: str, train: Split, test: Split) -> dict[str, Any]:
    classifier = CodelengthClassifier(model, n_jobs=1).fit(train.docs, train.labels)
    y, truth = (np.searchsorted(classifier.classes_, split.labels) for split in (train, test))
    _, held = get_model(model).fit_held_out(train.docs, y, len(classifier.classes_), n_jobs=1)
    known = ~np.isnan(held).any(axis=1)
    length = classifier.calibration_.length
    centre = classifier.model_.model.expected_temperature(length)
    bits = classifier.codelengths(test.docs)
    shares = {
        "likelihood": probabilities(bits, temperature=_best(held[known], y[known])),
        "prior": probabilities(bits, temperature=fit_temperature(held, y, centre=centre)),
        "fitted": classifier.predict_proba(test.docs),
        "hindsight": probabilities(bits, temperature=_best(bits, truth)),
    }
    scored = {rule: _score(one, truth) for rule, one in shares.items()}
    return {"accuracy": float((bits.argmin(axis=1) == truth).mean()), **scored}


def _best(bits: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss."""
    grid = np.geomspace(*RANGE, 400)
    return float(min(grid, key=lambda temperature: label_bits(bits, y, temperature=temperature)))


def _score(shares: NDArray[np.float64], y: NDArray[np.int64]) -> list[float]:
    own = np.maximum(shares[np.arange(len(y)), y], np.finfo(np.float64).tiny)
    error = expected_calibration_error(shares.argmax(axis=1) == y, shares.max(axis=1))
    brier = brier_score(y, shares, np.arange(shares.shape[1]))
    return [round(float(score), 5) for score in (-np.log(own).mean(), error, brier)]


if __name__ == "__main__":
    main()
