"""The script of the page, run by Node.js: the same numbers as in Python."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import compressclf.export
from compressclf import CodelengthClassifier, Corpus
from compressclf.export import live_page
from tests.export.test_page import facts_of
from tests.export.texts import TEXTS, large, taught

NODE = shutil.which("node")
CORE = Path(compressclf.export.__file__).parent / "live" / "core.js"
HARNESS = """
const { facts, data, docs } = JSON.parse(require("fs").readFileSync(0));
require("vm").runInThisContext(require("fs").readFileSync(process.argv[1], "utf8"));
inflate(data).then((bytes) => {
  const model = unpack(facts, bytes);
  console.log(JSON.stringify(docs.map((text) => {
    const reading = read(model, Buffer.from(text, "base64"));
    const spread = model.labels.map((_, c) => Array.from(bitsOfBytes(model, reading, c)));
    return [Array.from(reading.codelengths), reading.probabilities, reading.winner, spread];
  })));
});
"""
pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


def run(page, docs):
    """Return codelengths, probabilities, labels and bits of bytes as the script computes them."""
    given = {
        "facts": facts_of(page.html),
        "data": re.search(rb'id="data">(.*?)<', page.html)[1].decode(),
        "docs": [base64.b64encode(doc).decode() for doc in docs],
    }
    done = subprocess.run(
        [NODE, "-e", HARNESS, str(CORE)],
        input=json.dumps(given), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    bits, shares, winners, spread = zip(*json.loads(done.stdout), strict=True)
    return np.array(bits), np.array(shares), np.array(winners), spread


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"prior": "empirical", "calibration": 2.0},
        {"prior": [0.5, 0.0, 0.5]},
        {"model": "blocks:lengths=1+2+8,damping=0.5,correct=none"},
        {"model": "blocks:lengths=none,words=1"},
        {"model": "blocks:words=0,damping=0"},
    ],
    ids=str,
)
def test_the_script_equals_python(parameters):
    classifier, docs = taught(**parameters), Corpus.from_documents(TEXTS)
    page = live_page(classifier)
    bits, shares, winners, spread = run(page, docs)
    np.testing.assert_allclose(bits, page.codelengths(docs), atol=1e-9)
    np.testing.assert_allclose(bits, classifier.codelengths(docs), atol=1e-3)
    predicted = classifier.predictions(docs)
    np.testing.assert_allclose(shares, predicted.probabilities, atol=1e-4)
    assert classifier.classes_[winners].tolist() == predicted.labels.tolist()
    for doc, own in zip(docs, spread, strict=True):
        expected = classifier.explain_bits(doc).T
        np.testing.assert_allclose(np.reshape(own, expected.shape), expected, atol=1e-3)


def test_the_script_equals_python_without_some_features():
    classifier, docs = large()
    docs = Corpus.from_documents([*docs[::8], "abba " * 20, ""])
    page = live_page(classifier, docs, size=300_000)
    bits, _, winners, _ = run(page, docs)
    np.testing.assert_allclose(bits, page.codelengths(docs), atol=1e-6)
    scores = classifier.scores(bits, docs.lengths)
    assert winners.tolist() == classifier.winners(scores)[0].tolist()


def test_many_labels():
    texts = [f"word{i} word{i + 1} of label {i}" for i in range(40)]
    classifier = CodelengthClassifier("blocks", n_jobs=1).fit(texts * 2, list(range(40)) * 2)
    docs = Corpus.from_documents(texts)
    bits, _, winners, _ = run(live_page(classifier), docs)
    np.testing.assert_allclose(bits, classifier.codelengths(docs), atol=1e-3)
    assert winners.tolist() == classifier.predict(docs).tolist()
