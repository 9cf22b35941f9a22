"""The report of a run as one HTML file without network."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compressclf._lib.pages import fill
from compressclf._lib.printable import printable
from compressclf._version import __version__
from compressclf.datasets import name_label
from compressclf.documents.images import ImageCorpus
from compressclf.explain import TEMPLATES, explain, heat_maps, render_svg
from compressclf.explain.display import headline, number, shown
from compressclf.reports.html.charts import calibration_bins, calibration_svg, confusion_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from compressclf.classifiers import Predictions
    from compressclf.documents import Corpus
    from compressclf.reports.evaluation import Evaluation

__all__ = ["MOST_ROWS", "Report", "render_report"]

MOST_ROWS = 5000
"""Predictions in the table, at most."""
EXCERPT = 200  # characters of a document in the table
N_EXPLAINED = 6  # documents of each kind that are explained
LONGEST_EXPLAINED = 20_000  # bytes
LARGEST_EXPLAINED = 48  # pixels of a side
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Report:
    """What a report shows.

    Attributes
    ----------
    title, how : str
        The data in one line, and the method with its settings in another.
    facts : sequence of (str, str)
        Names and values of the lines of the report in text.
    classifier : object
        The fitted classifier, which explains documents.
    docs : Corpus
        The test documents.
    labels : ndarray of str, shape (n_docs,), or None
        Their labels.
    predictions : Predictions
        With the labels as str.
    evaluation : Evaluation or None
    leaked : ndarray of bool, shape (n_docs,), or None
        Which test documents also occur in the training data.
    settings, environment : mapping of str to object
        Parameters, and versions.
    card : str
        The model card, Markdown.
    """

    title: str
    how: str
    facts: Sequence[tuple[str, str]]
    classifier: Any
    docs: Corpus
    labels: NDArray[Any] | None
    predictions: Predictions
    evaluation: Evaluation | None = None
    leaked: NDArray[np.bool_] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, object] = field(default_factory=dict)
    card: str = ""

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The highest probability of each document, shape (n_docs,)."""
        highest: NDArray[np.float64] = self.predictions.probabilities.max(axis=1)
        return highest

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which predictions differ from the label, shape (n_docs,)."""
        if self.labels is None:
            return np.zeros(len(self.docs), np.bool_)
        return np.asarray(self.predictions.labels.astype(str) != self.labels.astype(str))


def render_report(report: Report) -> str:
    """Return a report as HTML.

    Parameters
    ----------
    report : Report
        What it shows.

    Returns
    -------
    str
        One page, which needs no other file. Its only script filters the table of predictions.
    """
    from markupsafe import Markup

    script = (_HERE / "filter.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    scores, wrong, confidence = report.evaluation, report.wrong, report.confidence
    bins = [] if report.labels is None else calibration_bins(~wrong, confidence)
    matrix = None
    if report.labels is not None:
        matrix = confusion_matrix(report.labels.astype(str), report.predictions.labels.astype(str))
    sure = np.argsort(-confidence, kind="stable")
    mistakes = [int(i) for i in sure if wrong[i]][:N_EXPLAINED]
    doubtful = [int(i) for i in sure[::-1] if int(i) not in mistakes][:N_EXPLAINED]
    n_rows = min(len(report.docs), MOST_ROWS)
    return fill(
        _HERE / "report.html",
        TEMPLATES,
        title=shown(report.title),
        how=shown(report.how),
        facts=[(shown(name), shown(fact)) for name, fact in report.facts],
        scores=scores,
        majority=None if scores is None else scores.majority_accuracy,
        matrix=matrix,
        confusions=[] if scores is None else scores.confusions,
        curve=Markup(calibration_svg(bins)) if bins else "",
        bins=[(f"{x:.3f}", f"{y:.3f}", n) for x, y, n in bins],
        mistakes=[_explained(report, i, "mistake") for i in mistakes],
        doubtful=[_explained(report, i, "doubtful") for i in doubtful],
        settings=[(shown(name), shown(value)) for name, value in report.settings.items()],
        environment=[(shown(name), shown(value)) for name, value in report.environment.items()],
        card=shown(report.card),
        rows=Markup(_as_data(_rows(report, n_rows))),
        n_rows=n_rows,
        n_docs=len(report.docs),
        has_labels=report.labels is not None,
        script=Markup(script),
        digest=digest,
        footer=f"compressclf {__version__}",
    )


def _rows(report: Report, n: int) -> list[list[Any]]:
    """Return position, text, label, prediction, probability and marks of the predictions."""
    labels, confidence = report.labels, report.confidence
    rows = []
    for i, predicted in enumerate(report.predictions.labels[:n].tolist()):
        marks = ["wrong"] if report.wrong[i] else []
        marks += ["tied"] if report.predictions.tied[i] else []
        marks += ["in training data"] if report.leaked is not None and report.leaked[i] else []
        rows.append(
            [
                i,
                _excerpt(report.docs, i),
                "" if labels is None else shown(labels[i]),
                shown(predicted),
                round(float(confidence[i]), 4),
                ", ".join(marks),
            ]
        )
    return rows


def _as_data(rows: list[list[Any]]) -> str:
    """Return JSON for a script element, which no text in it can end."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _excerpt(docs: Corpus, i: int) -> str:
    if isinstance(docs, ImageCorpus):
        height, width, _ = docs.shapes[i]
        return f"image of {width} x {height} pixels"
    document = docs[i]
    text = document[: 4 * EXCERPT].decode("utf-8", "ignore")
    text = printable(" ".join(text[:EXCERPT].split()))
    return text + (" …" if len(document) > len(text.encode()) + 8 else "")


def _true_class(report: Report, i: int) -> object:
    """Return the class that is the label of a document, None if no class is."""
    if report.labels is None:
        return None
    classes = report.classifier.classes_.tolist()
    return next((one for one in classes if name_label(one) == report.labels[i]), None)


def _explained(report: Report, i: int, kind: str) -> dict[str, Any]:
    """Return a document with its explanation, or the reason why there is none."""
    from markupsafe import Markup

    told: dict[str, Any] = {
        "key": f"{kind}-{i}",
        "index": i,
        "label": "" if report.labels is None else shown(report.labels[i]),
        "predicted": shown(report.predictions.labels[i]),
        "probability": f"{report.confidence[i]:.3f}",
        "excerpt": _excerpt(report.docs, i),
        "views": [],
        "words": [],
        "picture": "",
        "reason": "",
        "headline": "",
    }
    is_image = isinstance(report.docs, ImageCorpus)
    if is_image and max(report.docs.shapes[i][:2]) > LARGEST_EXPLAINED:  # type: ignore[attr-defined]
        return {**told, "reason": "Large images are explained by compressclf explain."}
    if not is_image and len(report.docs[i]) > LONGEST_EXPLAINED:
        return {**told, "reason": "Long documents are explained by compressclf explain."}
    try:
        why = explain(report.classifier, report.docs.take([i]), against=_true_class(report, i))
    except ValueError as error:
        return {**told, "reason": shown(error)}
    told["headline"] = headline(why)
    if not why.is_text:
        # several pictures in one page: each needs its own names
        picture = render_svg(why).replace("explain-", f"explain-{kind}-{i}-")
        return {**told, "picture": Markup(picture)}
    sides = [(why.winner.label, why.for_winner)]
    if why.runner_up is not None:
        sides.append((why.runner_up.label, why.for_runner_up))
    told["words"] = [
        (shown(label), [(number(one.bits), shown(one.text)) for one in words[:5]])
        for label, words in sides
        if words
    ]
    return {**told, "views": heat_maps(why)[:1]}
