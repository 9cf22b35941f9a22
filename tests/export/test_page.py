import base64
import hashlib
import json
import re

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus, ImageCodelengthClassifier, NCDClassifier
from compressclf.export import check_exports, live_page
from tests.export.texts import TEXTS, large, taught
from tests.hostile_texts import HOSTILE


def facts_of(page):
    found = re.search(rb'<script type="application/json" id="facts">(.*?)</script>', page, re.S)
    return json.loads(found[1])


@pytest.mark.parametrize("model", ["blocks", "blocks:correct=none", "blocks:lengths=none,words=1"])
def test_a_small_model_loses_nothing(model):
    classifier = taught(model=model)
    docs = Corpus.from_documents(TEXTS)
    page = live_page(classifier, docs)
    assert page.loss.equal_labels == 1
    assert page.loss.n_docs == len(TEXTS)
    assert page.loss.largest_bits < 1e-3
    np.testing.assert_allclose(page.codelengths(docs), classifier.codelengths(docs), atol=1e-3)
    assert page.kept.startswith(f"The page has all {page.n_features:,} features")


def test_the_page_states_what_it_has_and_what_it_lost():
    page = live_page(taught(), Corpus.from_documents(TEXTS))
    facts = facts_of(page.html)
    assert facts["kept"] == page.kept
    assert facts["loss"] == str(page.loss)
    assert "100 % of the labels are those of the classifier" in facts["loss"]
    assert facts["labels"] == ["business", "sport", "weather"]
    assert facts["training"] == [4, 4, 3]


def test_without_documents_the_loss_is_not_measured():
    page = live_page(taught())
    assert page.loss is None
    assert facts_of(page.html)["loss"] == "The loss was not measured."


def test_documents_in_the_classifier_measure_the_loss():
    assert live_page(taught(model="blocks:correct=none", window=50)).loss.n_docs == 11


def test_a_model_that_was_updated_is_exported_as_it_is():
    classifier = taught().partial_fit(["a late penalty"], ["sport"])
    docs = Corpus.from_documents(TEXTS)
    page = live_page(classifier, docs)
    np.testing.assert_allclose(page.codelengths(docs), classifier.codelengths(docs), atol=1e-3)
    assert facts_of(page.html)["training"] == [4, 5, 3]


def test_a_page_has_at_most_the_size_and_leaves_out_rare_features():
    classifier, docs = large()
    exact, small = live_page(classifier, docs := Corpus.from_documents(docs)), None
    small = live_page(classifier, docs, size=300_000)
    assert 250_000 < len(small.html) <= 300_000 < len(exact.html) <= 5_000_000
    assert len(small.packed.keys) < len(exact.packed.keys)
    assert small.packed.level == 5
    assert small.loss.equal_labels >= 0.95
    assert exact.loss.largest_bits < small.loss.largest_bits
    assert small.kept.startswith(f"The page has {len(small.packed.keys):,} of {exact.n_features:,}")


def test_a_page_needs_some_bytes():
    message = "A page takes at least 100,000 bytes. Got a size of 99,999."
    with pytest.raises(ValueError, match=re.escape(message)):
        live_page(taught(), size=99_999)


def test_bits_that_no_fit_gives_are_refused():
    classifier = taught()
    arrays = classifier.model_.arrays()
    arrays["corrections"] = np.full_like(arrays["corrections"], 1e20)
    classifier.model_ = classifier.model_.model.restore(arrays, 3)
    with pytest.raises(ValueError, match=r"^the bits of a feature are too large for a page: fit"):
        live_page(classifier)


TAKES = "export takes classifiers of texts with the class model blocks alone"


@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (NCDClassifier(1), "save a model of --method codelength --model blocks."),
        (
            CodelengthClassifier("zstd-dict", calibration=1.0),
            "and this one has zstd-dict: save a model of --model blocks.",
        ),
        (
            CodelengthClassifier(["blocks", "zstd-dict"], calibration=1.0),
            "and this one has combination: save a model of --model blocks.",
        ),
    ],
)  # fmt: skip
def test_other_models_are_refused(classifier, message):
    with pytest.raises(ValueError, match=re.escape(TAKES)) as error:
        check_exports(classifier.fit(["one", "two"] * 3, ["a", "b"] * 3))
    assert str(error.value).endswith(message)


def test_other_documents_are_refused():
    images, y = np.zeros((4, 3, 3), np.uint8), [0, 1, 0, 1]
    table = CodelengthClassifier("blocks", calibration=1.0).fit(images.reshape(4, 9), y)
    with pytest.raises(ValueError, match=r"alone, and this one classifies tables of numbers\.$"):
        check_exports(table)
    pictures = CodelengthClassifier("blocks", calibration=1.0).fit(images, y)
    with pytest.raises(ValueError, match=r"alone, and this one classifies images\.$"):
        check_exports(pictures)
    motion = ImageCodelengthClassifier("motion", calibration=1.0).fit(images, y)
    with pytest.raises(ValueError, match=re.escape(TAKES)):
        check_exports(motion)


def test_labels_are_never_markup():
    labels = [HOSTILE[1], HOSTILE[4], HOSTILE[14]]
    page = live_page(taught(labels)).html
    assert b"broken" in page
    assert page.count(b"</script>") == 3
    assert b"<img" not in page
    assert facts_of(page)["labels"] == sorted(labels)


def test_the_policy_allows_the_script_and_the_style_of_the_page_alone():
    page = live_page(taught()).html.decode()
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1]
    script, style = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.S)[::-1]
    for name, text in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "http" not in script + style
