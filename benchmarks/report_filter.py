"""Time in which a report filters its predictions: ``python -m benchmarks.report_filter``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import numpy as np

from compressclf import CodelengthClassifier
from compressclf.classifiers import Predictions
from compressclf.datasets import load_dataset
from compressclf.reports.html import MOST_ROWS, Report, render_report
from tests.devtools import browser, filtered

QUERIES = ("s", "sh", "sha", "shares", "", "the bank")


@click.command()
def main() -> None:
    """Print the time from a query to the new layout of the page, of 5,000 predictions."""
    data = load_dataset("sample:bbc-news").train
    classifier = CodelengthClassifier().fit(data.docs, data.labels)
    rows = np.resize(np.arange(len(data.docs)), MOST_ROWS)
    predictions = classifier.predictions(data.docs)
    many = Predictions(*(np.asarray(column)[rows] for column in predictions))
    labels = np.asarray(data.labels)[rows]
    report = Report("BBC", "blocks", [], classifier, data.docs.take(rows), labels, many)
    with tempfile.TemporaryDirectory() as folder, browser(folder) as chromium:
        path = Path(folder) / "report.html"
        path.write_text(render_report(report))
        chromium.open(path)
        for query in QUERIES:
            answer = chromium.evaluate(filtered(query))
            click.echo(f"{query!r:12} {answer['ms']:6.1f} ms   {answer['found']}")


if __name__ == "__main__":
    main()
