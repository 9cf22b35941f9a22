"""Draw the pictures of the pages: ``python -m docs.figures`` writes each SVG beside its page.

Every number is computed here from texts that are part of the documentation or of a sample set.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from compressclf import CodelengthClassifier, NCDClassifier
from compressclf.calibration import probabilities
from compressclf.compressors import build_compressor
from compressclf.datasets import hold_out, load_dataset
from compressclf.documents import Corpus
from compressclf.explain import explain, render_svg
from compressclf.reports.html.charts import calibration_bins
from docs.drawing import BOTTOM, Chart

__all__ = ["FIGURES"]

HERE = Path(__file__).parent
NEW_MESSAGE = "The motor broke again after two days"
SENTENCE = "Nobody answers my questions, and the pump still leaks."
FOOTBALL = (
    "The striker scored twice in the second half and the home team won the match. "
    "The goalkeeper saved a penalty in the last minute of the game."
)
MORE_FOOTBALL = (
    "The goalkeeper saved a penalty and the striker scored in the last minute. "
    "The home team won the game after a goal in the second half of the match."
)
BANKING = (
    "Shares of the bank fell after it had cut its forecast of annual profit. "
    "Interest rates rose again, and investors sold bonds of smaller lenders."
)
LETTERS = "abc"


def messages() -> tuple[list[str], list[str]]:
    """Return texts and labels of the file that the page Start makes."""
    page = (HERE / "index.md").read_text(encoding="utf-8")
    found = re.search(r"messages\.csv <<'END'\n(.*?)END\n", page, flags=re.DOTALL)
    assert found is not None
    rows = list(csv.DictReader(io.StringIO(found[1])))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@cache
def bbc() -> tuple[Corpus, Any, Corpus, Any]:
    """Return documents and labels of the BBC sample, a fifth of which is held out."""
    train, test = hold_out(load_dataset("sample:bbc-news").train, 0.2, 0)
    return train.docs, np.asarray(train.labels), test.docs, np.asarray(test.labels)


def some_of_each(labels: Any, n: int) -> Any:
    """Return `n` rows of each class."""
    rng = np.random.default_rng(0)
    rows = [
        rng.choice(np.flatnonzero(labels == one), n, replace=False) for one in np.unique(labels)
    ]
    return np.sort(np.concatenate(rows))


def surprise() -> str:
    """Draw the bits of each character of a sentence."""
    bits = build_compressor("bytelm").primed(b"").byte_bits(SENTENCE.encode())
    n = len(SENTENCE)
    chart = Chart(
        "How surprising each character is",
        f"Bits of each character of: {SENTENCE} Beginnings of words take many bits, ends few.",
        (0, n),
        (0, 16),
        230,
    )
    chart.axes("", "bits of each character", y_ticks=[0, 5, 10, 15])
    step = chart.across(1) - chart.across(0)
    for i, (character, value) in enumerate(zip(SENTENCE, bits, strict=True)):
        chart.bar(chart.across(i + 0.5), step - 1.5, min(float(value), 16))
        chart.text(chart.across(i + 0.5), 230 - BOTTOM + 17, character, "middle", "mono")
    chart.text(240, 224, f"{bits.sum():.0f} bits in all, {8 * n} bits as it is stored", "middle")
    return chart.svg()


def ncd_bars() -> str:
    """Draw the bits of two texts apart and together, for a pair of alike texts and another pair."""
    compressor = build_compressor("lz77")
    pairs = [("two on football", MORE_FOOTBALL), ("football and banking", BANKING)]
    chart = Chart(
        "Two texts together need fewer bits if they are alike",
        "For each pair: the bits of both texts apart, and of both in one text.",
        (0, 2),
        (0, 1500),
    )
    chart.axes("", "bits", y_ticks=[0, 500, 1000, 1500])
    chart.legend("C(x)", "a")
    chart.legend("C(y)", "c")
    chart.legend("C(xy)", "b")
    for i, (name, other) in enumerate(pairs):
        x, y, both = (compressor.codelength(t) for t in (FOOTBALL, other, f"{FOOTBALL} {other}"))
        ncd = (both - min(x, y)) / max(x, y)
        middle = chart.across(i + 0.5)
        chart.bar(middle - 34, 54, x, "a")
        chart.bar(middle - 34, 54, x + y, "c", base=x)
        chart.bar(middle + 34, 54, both, "b")
        chart.text(middle, 270 - BOTTOM + 17, name, "middle")
        chart.text(middle, 270 - BOTTOM + 35, f"NCD {ncd:.2f}", "middle")
    return chart.svg()


def classes() -> str:
    """Draw the bits of a message under each class, character by character."""
    texts, labels = messages()
    classifier = CodelengthClassifier("contextmix", calibration=1.0).fit(texts, labels)
    bits = np.cumsum(classifier.explain_bits(NEW_MESSAGE), axis=0)
    chart = Chart(
        "Three models read a message",
        f"Sum of the bits of: {NEW_MESSAGE}. The complaints need the fewest bits at the end.",
        (0, len(NEW_MESSAGE)),
        (0, 10 * np.ceil(bits.max() / 10)),
        300,
    )
    chart.axes("", "bits so far", y_ticks=np.arange(0, bits.max(), 40).tolist())
    for kind, name, row in zip(LETTERS, classifier.classes_, bits.T, strict=True):
        chart.legend(f"{name} {row[-1]:.0f}", kind)
        chart.curve(range(len(row) + 1), [0, *row], kind)
    for i, character in enumerate(NEW_MESSAGE):
        chart.text(chart.across(i + 0.5), 300 - BOTTOM + 17, character, "middle", "mono")
    return chart.svg()


def reading() -> str:
    """Draw the bits per byte of a compressor that knows nothing and of one that knows English."""
    texts, _ = messages()
    text = "\n".join(texts)
    size = 100
    chart = Chart(
        "What is known before the first byte",
        "Bits per byte along a text. The compressor that knows English needs few bits from the "
        "beginning; the other one learns from the text.",
        (0, size * (len(text) // size)),
        (0, 8),
    )
    chart.axes("bytes of the text", "bits per byte", [0, 200, 400, 600, 800], [0, 2, 4, 6, 8])
    for kind, spec, name in (
        ("b", "contextmix", "knows nothing before"),
        ("a", "bytelm", "knows English before"),
    ):
        bits = build_compressor(spec).primed(b"").byte_bits(text.encode())
        n = len(bits) // size
        means = bits[: n * size].reshape(n, size).mean(axis=1)
        chart.legend(name, kind)
        chart.curve((np.arange(n) + 0.5) * size, means, kind, dots=True)
    return chart.svg()


def temperature() -> str:
    """Draw accuracy over confidence with bits as they are, and divided by a temperature."""
    docs, labels, new, truth = bbc()
    rows = some_of_each(labels, 5)
    few = Corpus.from_documents([docs[int(row)] for row in rows])
    classifier = CodelengthClassifier().fit(few, labels[rows])
    bits = classifier.codelengths(new)
    right = classifier.classes_[bits.argmin(axis=1)] == truth
    chart = Chart(
        "Bits as they are, and divided by a temperature",
        "Accuracy over confidence. Undivided bits give a confidence near 1 to nearly all "
        "documents; divided by the fitted temperature, confidence and accuracy agree.",
        (0.2, 1.0),
        (0.0, 1.0),
        300,
    )
    ticks = [0.2, 0.4, 0.6, 0.8, 1.0]
    chart.axes("confidence", "accuracy", ticks, [0, *ticks])
    chart.line(*(chart.across(0.2), chart.up(0.2), chart.across(1), chart.up(1)), "axis dashed")
    for kind, name, shares in (
        ("b", "bits as they are", probabilities(bits, temperature=1.0)),
        ("a", "divided by the temperature", classifier.predict_proba(new)),
    ):
        bins = [one for one in calibration_bins(right, shares.max(axis=1)) if one[2] >= 5]
        chart.legend(name, kind)
        chart.curve([one[0] for one in bins], [one[1] for one in bins], kind, dots=True)
    return chart.svg()


def ties() -> str:
    """Draw the share of documents whose label the tie rule decides, by number of neighbours."""
    docs, labels, new, _ = bbc()
    rows = some_of_each(labels, 40)
    train = [docs[int(row)][:300] for row in rows]
    test = [new[i][:300] for i in range(150)]
    ks = [1, 2, 3, 4, 5, 6]
    chart = Chart(
        "How often the tie rule decides",
        "Share of the documents whose label is decided by the tie rule, for one to six "
        "neighbours. An even number of neighbours ties often; whole bytes tie more often than "
        "fractions of bits.",
        (0.5, 6.5),
        (0, 1.0),
    )
    chart.axes("neighbours that vote", "decided by the tie rule", ks, [0, 0.5, 1.0], percent=True)
    for shift, kind, spec in ((-15, "b", "gzip"), (15, "a", "lz77")):
        chart.legend(f"{spec}, {'whole bytes' if spec == 'gzip' else 'fractions of bits'}", kind)
        for k in ks:
            classifier = NCDClassifier(k, compressor=spec).fit(train, labels[rows])
            share = float(np.mean(classifier.predictions(test).tied))
            chart.bar(chart.across(k) + shift, 26, share, kind)
    return chart.svg()


def leaks() -> str:
    """Draw the accuracy on random labels with copies of test documents in the training data."""
    docs, _, new, _ = bbc()
    rng = np.random.default_rng(0)
    train = [docs[i][:200] for i in range(200)]
    test = [new[i][:200] for i in range(200)]
    train_labels, test_labels = rng.integers(0, 5, (2, 200))
    shares = [0.0, 0.1, 0.2, 0.3, 0.4]
    accuracies = []
    for share in shares:
        n = round(share * len(test))
        classifier = NCDClassifier(1, compressor="lz77")
        classifier.fit(train + test[:n], np.concatenate([train_labels, test_labels[:n]]))
        accuracies.append(classifier.score(test, test_labels))
    chart = Chart(
        "Accuracy where there is nothing to learn",
        "Labels are random, so that one of five is right by chance. Copies of test documents "
        "among the training documents raise the accuracy all the same.",
        (0, 0.4),
        (0, 0.6),
    )
    chart.axes(
        "share of the test documents that also occur in the training data",
        "accuracy on random labels",
        shares,
        [0, 0.2, 0.4, 0.6],
    )
    chart.line(*(chart.across(0), chart.up(0.2), chart.across(0.4), chart.up(0.2)), "axis dashed")
    chart.curve(shares, accuracies, "b", dots=True)
    chart.text(chart.across(0.4), chart.up(0.2) - 6, "guessing", "end")
    return chart.svg()


def why() -> str:
    """Explain the beginning of a held-out BBC article by the default model."""
    docs, labels, new, truth = bbc()
    classifier = CodelengthClassifier().fit(docs, labels)
    article = new[int(np.flatnonzero(truth == "tech")[ARTICLE])].decode("utf-8")
    beginning = " ".join(article.split("\n\n")[1:2])
    return render_svg(explain(classifier, beginning))


ARTICLE = 3
FIGURES: dict[str, Callable[[], str]] = {
    "how-it-works/surprise.svg": surprise,
    "how-it-works/ncd.svg": ncd_bars,
    "how-it-works/classes.svg": classes,
    "how-it-works/reading.svg": reading,
    "how-it-works/temperature.svg": temperature,
    "how-it-works/ties.svg": ties,
    "how-it-works/leaks.svg": leaks,
    "how-to/why.svg": why,
}


if __name__ == "__main__":
    for name, draw in FIGURES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")
