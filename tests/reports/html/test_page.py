"""The report as a page: what it shows, that hostile texts do nothing, and that it filters."""

import json
import re

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, NCDClassifier
from compressclf.classifiers import Predictions
from compressclf.reports.evaluation import evaluate
from compressclf.reports.html import MOST_ROWS, Report, render_report
from tests.browser import needs_chromium, opened
from tests.devtools import browser, filtered
from tests.hostile_texts import HOSTILE
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(60, seed=0)


def report(texts=TEXTS[:40], labels=LABELS[:40], classifier=None, **more):
    classifier = classifier or CodelengthClassifier(calibration=3.0).fit(TEXTS[40:], LABELS[40:])
    docs = Corpus.from_documents(list(texts))
    predictions = classifier.predictions(docs)
    labels = None if labels is None else np.array(labels)
    evaluation = None
    if labels is not None:
        evaluation = evaluate(
            labels,
            predictions.labels,
            probabilities=predictions.probabilities,
            classes=classifier.classes_,
            majority=LABELS[0],
        )
    facts = {"title": "drinks.csv: texts", "how": "codelength: blocks", "facts": [("ties", "0 %")]}
    return Report(
        **{**facts, **more}, classifier=classifier, docs=docs, labels=labels,
        predictions=predictions, evaluation=evaluation,
    )  # fmt: skip


def data_of(page):
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)[1])


def test_what_it_shows():
    told = report(settings={"model": "auto"}, environment={"numpy": "2"}, card="# Model card")
    page, scores = render_report(told), told.evaluation
    assert f'<p class="headline">{scores.accuracy:.4f} ' in page
    assert f"{scores.accuracy_ci95[0]:.4f} to {scores.accuracy_ci95[1]:.4f}, 40 documents" in page
    assert (
        f"<b>{LABELS[0]}</b>, the largest training class, has {scores.majority_accuracy:.4f}"
        in page
    )
    for heading in ("Confusions", "Calibration", "Classes", "Most confident mistakes"):
        assert f">{heading}</h2>" in page
    assert "<pre># Model card</pre>" in page
    assert ">numpy</td><td>2</td>" in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|src=", page)
    cells = re.findall(r'<td class="[wr]\d">(\d+)</td>', page)
    assert sum(map(int, cells)) == 40


def test_all_predictions_are_rows():
    told = report()
    rows = data_of(render_report(told))
    assert [row[0] for row in rows] == list(range(40))
    assert [row[2] for row in rows] == LABELS[:40]
    assert [row[3] for row in rows] == told.predictions.labels.tolist()
    assert [row[4] for row in rows] == pytest.approx(told.confidence, abs=1e-4)
    assert [row[5] == "wrong" for row in rows] == told.wrong.tolist()
    assert rows[0][1].removesuffix(" …") in TEXTS[0]


def test_mistakes_are_explained_the_surest_first():
    labels = ["chess" if i % 4 == 0 else label for i, label in enumerate(LABELS[:40])]
    told = report(labels=labels)
    page = render_report(told)
    shown = [int(i) for i in re.findall(r"<summary>Document (\d+): predicted <b>\w+</b>", page)]
    mistakes, doubtful = shown[:6], shown[6:]
    assert all(told.wrong[i] for i in mistakes)
    expected = np.sort(told.confidence[told.wrong])[::-1][:6]
    assert told.confidence[mistakes] == pytest.approx(expected)
    assert told.confidence[doubtful].tolist() == sorted(told.confidence[doubtful].tolist())
    assert page.count('<div class="heat"') == 12
    first = mistakes[0]
    predicted = told.predictions.labels[first]
    assert f'<label for="mistake-{first}-1">{predicted} or {labels[first]}</label>' in page


def test_without_labels():
    page = render_report(report(labels=None))
    assert 'class="headline"' not in page
    assert 'id="wrong"' not in page
    assert "Least sure</h2>" in page


def test_documents_that_cannot_be_explained():
    classifier = NCDClassifier(3, compressor="zstd").fit(TEXTS[40:], LABELS[40:])
    page = render_report(report(classifier=classifier))
    assert "Copied passages are those of DEFLATE, and the compressor is zstd" in page
    page = render_report(report([*TEXTS[:3], "tea " * 6000], None))
    assert "Long documents are explained by compressclf explain." in page


def test_images():
    images = np.zeros((12, 6, 7), np.uint8)
    images[::2, 2], images[1::2, :, 3] = 200, 190
    classifier = CodelengthClassifier("motion", calibration=1.0, n_jobs=1)
    classifier.fit(images, ["-", "|"] * 6)
    docs = Corpus.from_documents(images[:4])
    labels = np.array(["-", "|"] * 2)
    told = Report("a", "b", [], classifier, docs, labels, classifier.predictions(docs))
    page = render_report(told)
    assert "image of 7 x 6 pixels" in page
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))


def hostile():
    texts = [f"{text} {word}" for text in HOSTILE for word in ("tea", "rum")]
    labels = [f"{HOSTILE[0]}{'tr'[i % 2]}" for i in range(len(texts))]
    classifier = CodelengthClassifier(calibration=3.0).fit(texts, labels)
    all_of_it = "\n".join(HOSTILE)
    return report(
        texts, labels[::-1], classifier, title=all_of_it, how=all_of_it, card=all_of_it,
        facts=[(all_of_it, all_of_it)], settings={all_of_it: all_of_it},
        environment={all_of_it: all_of_it},
    )  # fmt: skip


def test_hostile_texts_are_text():
    page = render_report(hostile())
    assert len(re.findall("<script", page)) == 2
    assert not re.search(r"<(img|iframe|base|input autofocus|body onload|details open)", page)
    assert len(data_of(page)) == 2 * len(HOSTILE)


@needs_chromium
def test_hostile_texts_do_nothing_in_a_browser(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(render_report(hostile()), errors="backslashreplace")
    document, console = opened(page)
    assert console == []
    assert "broken</title>" not in document
    assert document.count('<tr><td class="n">') >= 2 * len(HOSTILE)
    assert f"{2 * len(HOSTILE)} of {2 * len(HOSTILE)} documents</p>" in document


@needs_chromium
def test_five_thousand_predictions_are_filtered(tmp_path):
    rng = np.random.default_rng(0)
    n = MOST_ROWS + 10
    words = np.array(" ".join(TEXTS).split())
    texts = [" ".join(rng.choice(words, 40)) for _ in range(n)]
    labels = rng.choice(["a", "b"], n)
    classifier = CodelengthClassifier(calibration=1.0).fit(texts[:50], labels[:50])
    shares = rng.dirichlet([1, 1], n)
    predictions = Predictions(rng.choice(["a", "b"], n), shares, np.zeros(n, bool))
    docs = Corpus.from_documents(texts)
    page = render_report(Report("a", "b", [], classifier, docs, labels, predictions))
    assert "The first 5,000 of 5,010 documents." in page
    (tmp_path / "report.html").write_text(page)
    with browser(tmp_path / "profile") as chromium:
        chromium.open(tmp_path / "report.html")
        found = chromium.evaluate(filtered("onion b"))["found"]
        assert chromium.messages == []
    expected = sum("onion b" in text[:200] for text in texts[:MOST_ROWS])
    assert found.startswith(f"{expected:,} of 5,000")
