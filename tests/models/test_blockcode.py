"""Block codes: the arithmetic of the code, leaving out, and which counts predict."""

import itertools
import math
import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus
from compressclf.models import get_model
from compressclf.models.blockcode import SIDES, BlockCode, FittedBlockCode
from tests.texts import AWKWARD, labelled_texts

TEXTS, LABELS = labelled_texts(60, seed=1)
DOCS = Corpus.from_documents(TEXTS)
CLASSES, Y = np.unique(LABELS, return_inverse=True)
NEW = Corpus.from_documents([*labelled_texts(12, seed=2)[0], *AWKWARD])
TRUTH = np.searchsorted(CLASSES, labelled_texts(12, seed=2)[1])


def fitted(by, docs=DOCS, y=Y, n_classes=3, n_jobs=1, **lengths):
    return BlockCode(by=by, **lengths).fit(docs, np.asarray(y), n_classes, n_jobs=n_jobs)


def probability(block, by, c, counts):
    """What the module says, word for word."""
    pooled = sum(counts, Counter())
    n, n_all = counts[c][block], pooled[block]
    total, total_all = sum(counts[c].values()), sum(pooled.values())
    n_known = len(pooled) + 1
    escape = 1.0 if n_all else 256.0 ** -len(block)
    if by == "own":
        return escape * (n + 0.1) / (total + 0.1 * n_known)
    if by == "rest":
        return escape * (n_all - n + 0.3) / (total_all - total + 0.3 * n_known)
    q = escape * (n_all + 0.1) / (total_all + 0.1 * n_known)
    return (n + 10 * total_all * q) / (total + 10 * total_all)


def oracle(text, by, c, docs, y, n_classes, lengths):
    """The bits of a text: every length, every phase, every block."""
    bits = []
    for j in lengths:
        counts = [Counter() for _ in range(n_classes)]
        for doc, label in zip(docs, y, strict=True):
            doc = b" " + doc + b" "
            counts[label].update(doc[i : i + j] for i in range(len(doc) - j + 1))
        framed = b" " + text + b" "
        last = len(framed) - 1
        for phase in range(j):
            left = set(range(len(framed)))
            cost = 0.0
            for i in range(phase, len(framed) - j + 1, j):
                cost -= math.log2(probability(framed[i : i + j], by, c, counts))
                left -= set(range(i, i + j))
            bits.append((1 / j, cost + 8 * len(left - {0, last})))
    return sum(share * cost for share, cost in bits) / len(lengths)


@pytest.mark.parametrize("by", SIDES)
def test_bits_are_those_of_the_oracle(by):
    docs, y = DOCS[:12], Y[:12]
    model = fitted(by, docs, y, shortest=3, longest=5)
    texts = Corpus.from_documents([b"", b"a", b"ab", b"abc", b"\x00\xff" * 4, NEW[0][:60]])
    bits = model.codelengths(texts)
    sign = -1 if by == "rest" else 1
    for row, text in zip(bits, texts, strict=True):
        expected = [sign * oracle(text, by, c, docs, y, 3, [3, 4, 5]) for c in range(3)]
        assert row == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("by", SIDES)
def test_the_probabilities_of_all_blocks_sum_to_one(by):
    """Known blocks one by one, the unknown ones by one of them."""
    docs, y = DOCS[:9], Y[:9]
    model = fitted(by, docs, y, shortest=3, longest=3)
    known = {b" " + doc + b" " for doc in docs}
    known = {doc[i : i + 3] for doc in known for i in range(len(doc) - 2)}
    inner = sorted(block for block in known if b" " not in block)
    # A document of three bytes has the blocks " ab", "abc" and "bc "; what "abc" alone costs is
    # the difference to what the other two cost in the oracle.
    counts = [Counter() for _ in range(3)]
    for doc, label in zip(docs, y, strict=True):
        counts[label].update((b" " + doc + b" ")[i : i + 3] for i in range(len(doc)))
    bits = abs(model.codelengths(Corpus.from_documents([inner[0]])))[0]
    for c in range(3):
        share = sum(probability(block, by, c, counts) for block in known)
        unknown = probability(b"\x00\x01\x02", by, c, counts)
        assert share + unknown * (256**3) == pytest.approx(1.0, abs=1e-9)
        edges = [b" " + inner[0][:2], inner[0][1:] + b" "]
        cost = sum(-math.log2(probability(b, by, c, counts)) for b in [*edges, inner[0]])
        assert bits[c] == pytest.approx((cost + 8 * 2) / 3, rel=1e-12)


@pytest.mark.parametrize("by", SIDES)
def test_no_more_documents_have_short_codes_than_krafts_inequality_allows(by):
    """All documents of two bytes: their codes of lengths 3 and 4 in all phases, in the mean."""
    model = fitted(by, shortest=3, longest=4)
    pairs = np.array(list(itertools.product(range(256), repeat=2)), dtype=np.uint8)
    bits = abs(model.codelengths(Corpus.from_documents(pairs)))
    assert (np.exp2(-bits).sum(axis=0) <= 1.0).all()
    assert (bits > 0).all()


@pytest.mark.parametrize("by", SIDES)
def test_leaving_out_is_learning_all_but_one(by):
    docs, y = DOCS[:15], Y[:15]
    docs = Corpus.from_documents([*docs, docs[3], b"only here: 12345", b""])
    y = np.append(y, [y[3], 2, 1])
    left_out = fitted(by, docs, y).held_out()
    for i in range(len(y)):
        rest = np.delete(np.arange(len(y)), i)
        without = fitted(by, docs.take(rest), y[rest]).codelengths(docs[i : i + 1])[0]
        assert left_out[i] == pytest.approx(without, rel=1e-12)


@pytest.mark.parametrize("by", SIDES)
def test_bytes_add_up_to_documents(by):
    model = fitted(by)
    for doc, bits in zip(NEW, model.codelengths(NEW), strict=True):
        costs = model.explain_bits(doc)
        assert costs.shape == (len(doc), 3)
        assert costs.sum(axis=0) == pytest.approx(bits, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("by", [*SIDES, "auto"])
def test_it_learns_whatever_the_threads(by):
    model = fitted(by)
    bits = model.codelengths(NEW)
    assert (bits[:12].argmin(axis=1) == TRUTH).all()
    threaded = fitted(by, n_jobs=3)
    assert threaded.model == model.model
    assert threaded.codelengths(NEW, n_jobs=3).tolist() == bits.tolist()
    assert model.codelengths(NEW[4:]).tolist() == bits[4:].tolist()


def test_the_side_with_the_most_training_documents_right_is_chosen():
    model = fitted("auto")
    right = {}
    for by in SIDES:
        twin = FittedBlockCode(replace(model.model, by=by), model._counts, model._training, 1)
        right[by] = int((twin.held_out().argmin(axis=1) == Y).sum())
    assert right[model.model.by] == max(right.values())
    assert get_model(model.model.spec).by == model.model.by


@pytest.mark.parametrize("by", [*SIDES, "auto"])
def test_classes_without_documents_and_no_documents_at_all(by):
    some = fitted(by, n_classes=5)
    assert np.isfinite(some.codelengths(NEW)).all()
    empty = fitted(by, DOCS[:0], Y[:0], 2)
    bits = empty.codelengths(NEW)
    assert bits[:, 0].tolist() == bits[:, 1].tolist()
    assert empty.held_out().shape == (0, 2)
    assert some.codelengths(NEW[:0]).shape == (0, 5)
    assert some.codelengths(Corpus.from_documents([b""])).tolist() == [[0.0] * 5]


def test_it_is_a_code_unless_it_is_by_the_rest():
    assert [get_model(f"blockcode:by={by}").is_code for by in SIDES] == [True, True, False]
    assert get_model("blockcode").spec == "blockcode:shortest=4,longest=8,by=auto"


def test_it_survives_pickling():
    model = fitted("shared")
    twin = pickle.loads(pickle.dumps(model))
    assert twin.codelengths(NEW).tolist() == model.codelengths(NEW).tolist()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("blockcode:shortest=2", r"The 'shortest' parameter of blockcode must be an int in \[3, 8"),
        ("blockcode:shortest=5,longest=4", r"'longest' parameter of blockcode .* in \[5, 8\]"),
        ("blockcode:by=all", "The 'by' parameter of blockcode must be one of auto, own, shared"),
    ],
)
def test_parameters_are_checked(spec, message):
    with pytest.raises(ValueError, match=message):
        get_model(spec)


def test_in_the_classifier():
    classifier = CodelengthClassifier("blockcode", n_jobs=1).fit(TEXTS, LABELS)
    assert classifier.score(list(NEW[:12]), CLASSES[TRUTH]) == 1.0
    assert 0.01 < classifier.temperature_ < 100
