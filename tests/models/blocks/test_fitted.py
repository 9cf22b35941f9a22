import functools
import pickle
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf import Corpus
from compressclf._lib.jit import dispatcher_of, read_only
from compressclf.models.blocks import Blocks, scoring, table
from compressclf.models.blocks.features import WORD
from tests.models.blocks.corpora import awkward, corpus, topics
from tests.models.blocks.reference import Oracle
from tests.texts import AWKWARD

COUNTS = Blocks("3+4", words=2, damping=0.5, shorten=0.5, add=0.3, own=0.3, correct=None)
MIXED = replace(COUNTS, correct=0.3)
NEW = [*topics(9, seed=5)[0], b"", b"a", b"unseen letters: qqq", b"abc" * 300]


@pytest.fixture(scope="module")
def fitted():
    docs, y, n_classes = topics(20)
    return MIXED.fit(corpus(docs), y, n_classes, n_jobs=1)


@pytest.mark.parametrize("own", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("data", [topics, awkward])
def test_codelengths_are_minus_the_oracles_evidence(data, own):
    docs, y, n_classes = data()
    model = Blocks("1+5", damping=0.7, shorten=0.4, add=0.2, own=own, correct=None)
    oracle = Oracle(
        docs, y, n_classes, lengths=(1, 5), words=2, damping=0.7, shorten=0.4, add=0.2, own=own
    )
    bits = model.fit(corpus(docs), y, n_classes, n_jobs=1).codelengths(corpus(NEW))
    expected = -np.array([oracle.evidence(doc) for doc in NEW])
    assert bits == pytest.approx(expected, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("first", ["а", "ก"], ids=["Cyrillic", "Thai"])  # two bytes, three bytes
def test_a_text_in_the_letters_of_another_script_has_the_same_codelengths(first):
    docs, y, n_classes = topics(20)
    letters = {ord("a") + i: chr(ord(first) + i) for i in range(26)}
    there = [doc.decode().translate(letters).encode() for doc in docs]
    model = replace(COUNTS, words=0, shorten=0)
    one, other = (model.fit(corpus(texts), y, n_classes, n_jobs=1) for texts in (docs, there))
    bits = one.codelengths(corpus(docs))
    assert other.codelengths(corpus(there)) == pytest.approx(bits, rel=1e-4, abs=1e-3)


def test_held_out_is_refitting_without_each_document():
    docs, y, n_classes = topics(20)
    _, held = COUNTS.fit_held_out(corpus(docs), y, n_classes, n_jobs=1)
    oracle = Oracle(docs, y, n_classes, lengths=(3, 4), words=2, add=0.3, own=0.3)
    expected = -np.array(oracle.held_out())
    assert held == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_only_a_sample_of_many_documents_is_held_out(monkeypatch):
    monkeypatch.setattr("compressclf.models.blocks.model.CALIBRATION_DOCUMENTS", 7)
    docs, y, n_classes = topics(20)
    held = COUNTS.fit_held_out(corpus(docs), y, n_classes, n_jobs=1)[1]
    assert (~np.isnan(held).any(axis=1)).sum() == 7


@pytest.mark.parametrize("n_jobs", [2, -1, None])
def test_threads_do_not_change_a_bit(n_jobs):
    docs, y, n_classes = topics(40)
    (one, held), (more, others) = (
        Blocks().fit_held_out(corpus(docs), y, n_classes, n_jobs=jobs) for jobs in (1, n_jobs)
    )
    assert one.model == more.model
    bits = one.codelengths(corpus(NEW), n_jobs=1)
    assert np.array_equal(more.codelengths(corpus(NEW), n_jobs=n_jobs), bits)
    assert np.array_equal(held, others)
    for name, array in one.arrays().items():
        assert np.array_equal(more.arrays()[name], array)


@pytest.mark.parametrize("doc", [*NEW[:3], *AWKWARD[1:], b"Tea  tea"], ids=lambda doc: len(doc))
@pytest.mark.parametrize("changed", [False, True])
def test_explained_bytes_add_up(fitted, doc, changed):
    if changed:
        fitted = pickle.loads(pickle.dumps(fitted))
        fitted.update(corpus([doc]), np.array([3]))
    total = fitted.codelengths(corpus([doc]))[0]
    shares = fitted.explain_bits(doc)
    assert shares.shape == (len(doc), fitted.n_classes)
    assert shares.sum(axis=0) == pytest.approx(total, rel=1e-5, abs=1e-5)


@given(
    st.lists(st.sampled_from([b"tea", b"milk", b"rum", b"  ", b"T", b"\xe8\x8c\xb6"]), max_size=30)
)
@settings(deadline=None, max_examples=60)
def test_explained_bytes_of_any_document_add_up(tokens):
    doc = b" ".join(tokens)
    fitted = _corrected()
    shares = fitted.explain_parts(doc)
    assert list(shares) == ["counted", "corrected"]
    total = sum(part.sum(axis=0) for part in shares.values())
    terms = sum(np.abs(part).sum(axis=0) for part in shares.values())  # they cancel, in float32
    error = np.abs(total - fitted.codelengths(corpus([doc]))[0])
    assert (error <= 1e-6 * terms + 1e-12).all()


@functools.cache
def _corrected():
    docs = [
        b"tea milk",
        b"milk tea tea",
        b"rum",
        b"rum tea rum",
        b"\xe8\x8c\xb6 milk",
        b"T rum",
    ] * 4
    return Blocks("2+3").fit(corpus(docs), np.array([0, 0, 1, 1, 2, 2] * 4), 3, n_jobs=1)


def test_counted_and_corrected_bits_add_up(fitted):
    parts = fitted.explain_parts(NEW[0])
    assert list(parts) == ["counted", "corrected"]
    assert parts["corrected"].any()
    assert sum(parts.values()) == pytest.approx(fitted.explain_bits(NEW[0]), rel=1e-12)
    docs, y, n_classes = topics(20)
    counts = COUNTS.fit(corpus(docs), y, n_classes, n_jobs=1)
    assert np.array_equal(counts.explain_bits(NEW[0]), parts["counted"])
    assert not counts.explain_parts(NEW[0])["corrected"].any()


def test_a_word_is_explained_by_its_bytes():
    words = Blocks("none", words=1, damping=1, shorten=0, add=1, own=0, correct=None)
    fitted = words.fit(corpus([b"tea tea milk", b"tea"]), np.array([0, 1]), 2)
    shares = fitted.explain_bits(b"no milk!")
    assert shares[:3].tolist() == [[0, 0]] * 3
    assert shares[3:7] == pytest.approx(np.tile(shares[3], (4, 1)))
    assert shares[7] == pytest.approx([0, 0], abs=1e-12)
    assert 4 * shares[3] == pytest.approx(fitted.codelengths(corpus([b"milk"]))[0])
    assert fitted.explain_bits(b"").shape == (0, 2)


def test_explaining_changes_nothing(fitted):
    fitted = pickle.loads(pickle.dumps(fitted))
    fitted.update(corpus([b"one more document"]), np.array([3]))
    before = fitted.codelengths(corpus(NEW))
    fitted.explain_bits(NEW[0])
    assert fitted.codelengths(corpus(NEW)) == pytest.approx(before, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("own", [0.0, 0.4])
@pytest.mark.parametrize("changed", [False, True], ids=["fitted", "updated"])
@pytest.mark.parametrize("data", [topics, awkward, lambda: ([], np.zeros(0, np.int64), 2)])
@pytest.mark.parametrize("correct", [None, 0.3])
def test_restored_to_the_last_bit(data, changed, own, correct):
    docs, y, n_classes = data()
    model = Blocks("2+4", damping=0.5, shorten=0.5, add=1.0, own=own, correct=correct)
    fitted = model.fit(corpus(docs), y, n_classes, n_jobs=1)
    if changed:
        fitted.update(corpus(NEW), np.arange(len(NEW)) % n_classes)
        if correct is None:
            fitted.forget(corpus(docs[:4]), y[:4])
    arrays = {name: array.copy() for name, array in fitted.arrays().items()}
    again = fitted.model.restore(arrays, n_classes)
    assert np.array_equal(again.codelengths(corpus(NEW)), fitted.codelengths(corpus(NEW)))
    for name, array in again.arrays().items():
        assert array.dtype == arrays[name].dtype
        assert np.array_equal(array, arrays[name])
    for model in (fitted, again):
        model.update(corpus([b"and more"]), np.array([0]))
    assert np.array_equal(again.codelengths(corpus(NEW)), fitted.codelengths(corpus(NEW)))


def changed(name, change):
    def damage(arrays):
        arrays[name] = change(arrays[name])

    damage.__name__ = name
    return damage


def put(position, value):
    def change(array):
        array = array.copy()
        array[position] = value
        return array

    return change


DAMAGES = {
    f"{name}: {what}": (name, change)
    for name, changes in {
        "row_hashes": {
            "one less": lambda a: a[:-1],
            "one more": lambda a: np.append(a, a[:1]),
            "type": lambda a: a.view(np.int64),
            "none": lambda a: a[:0],
        },
        "kinds": {
            "unknown": put(0, 5),
            "negative": put(0, -1),
            "beyond": put(0, 11),
            "one less": lambda a: a[:-1],
            "type": lambda a: a.astype(np.int64),
        },
        "n_classes_of_row": {
            "negative": put(0, -1),
            "none": put(0, 0),
            "more than there are": put(0, 9),
            "one less": lambda a: a[:-1],
            "huge": put(0, 2**62),
        },
        "classes": {
            "negative": put(0, -1),
            "beyond": put(0, 4),
            "one more": lambda a: np.append(a, np.int32(0)),
            "type": lambda a: a.astype(np.int64),
        },
        "values": {
            "negative": put(0, -1),
            "zero": put(0, 0),
            "not a number": put(0, np.nan),
            "infinite": put(0, np.inf),
            "overflowing": put(slice(None), 3e38),
            "type": lambda a: a.astype(np.float64),
        },
        "n_corrections_of_row": {
            "negative": put(0, -1),
            "more than there are": put(0, 9),
            "one less": lambda a: a[:-1],
            "huge": put(0, 2**62),
            "type": lambda a: a.astype(np.int32),
        },
        "corrected_classes": {
            "negative": put(0, -1),
            "beyond": put(0, 4),
            "one more": lambda a: np.append(a, np.int32(0)),
            "type": lambda a: a.astype(np.int64),
        },
        "corrections": {
            "not a number": put(0, np.nan),
            "infinite": put(0, -np.inf),
            "overflowing": put(slice(None), 3e38),
            "one less": lambda a: a[:-1],
            "type": lambda a: a.astype(np.float64),
        },
        "reference": {
            "not a number": put(0, np.nan),
            "infinite": put(0, np.inf),
            "negative": put(0, -256.0),
            "zero": put(0, 0.0),
            "two": lambda a: np.append(a, a),
            "none": lambda a: a[:0],
            "no shape": lambda a: a[0],
        },
    }.items()
    for what, change in changes.items()
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_arrays_are_refused(fitted, damage):
    arrays = dict(fitted.arrays())
    name, change = DAMAGES[damage]
    arrays[name] = change(arrays[name])
    with pytest.raises(ValueError, match=r"The array '\w+' cannot belong to a fitted model"):
        fitted.model.restore(arrays, fitted.n_classes)


def test_the_damaged_array_is_named(fitted):
    for name in fitted.arrays():
        arrays = {**fitted.arrays(), name: np.array(["text"])}
        sentence = f"The array '{name}' cannot belong to a fitted model of blocks."
        with pytest.raises(ValueError, match=sentence):
            fitted.model.restore(arrays, fitted.n_classes)
        del arrays[name]
        with pytest.raises(ValueError, match=sentence):
            fitted.model.restore(arrays, fitted.n_classes)


def test_models_that_count_blocks_of_bytes_are_refused(fitted):
    """Their hashes had another name."""
    arrays = dict(fitted.arrays())
    arrays["hashes"] = arrays.pop("row_hashes")
    with pytest.raises(ValueError, match="the model counts blocks of bytes, as older versions"):
        fitted.model.restore(arrays, fitted.n_classes)


def test_kinds_must_be_those_of_the_settings(fitted):
    arrays = fitted.arrays()
    assert WORD in arrays["kinds"]
    for other in (Blocks("3"), Blocks("3+4", words=1), Blocks("3+4", words=0), Blocks("4+6")):
        with pytest.raises(ValueError, match="The array 'kinds' cannot belong"):
            other.restore(arrays, fitted.n_classes)


@pytest.mark.parametrize(("n_classes", "centre"), [(1, 16.5), (2, 33.0), (4, 22.0)])
def test_two_classes_are_expected_to_differ_twice_as_much(n_classes, centre):
    docs, y = [b"tea", b"milk", b"rum", b"gin"], np.arange(4) % n_classes
    corrected, counts = (
        Blocks(correct=cost).fit(corpus(docs), y, n_classes, n_jobs=1) for cost in (0.5, None)
    )
    assert corrected.expected_temperature(1000) == pytest.approx(centre)
    assert counts.expected_temperature(1000) == 20


def test_a_correction_cannot_forget():
    docs, y, n_classes = topics(20)
    fitted = Blocks(lengths=4).fit(corpus(docs), y, n_classes, n_jobs=1)
    fitted.update(corpus(docs[:1]), y[:1])
    with pytest.raises(ValueError, match="but not from its correction: use blocks:correct=none"):
        fitted.forget(corpus(docs[:1]), y[:1])


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes minutes as plain Python")
def test_a_megabyte():
    rng = np.random.default_rng(0)
    big = rng.integers(97, 107, 2**20, dtype=np.uint8).tobytes()
    fitted = MIXED.fit(corpus([big, b"tea and milk"]), np.array([0, 1]), 2)
    bits = fitted.codelengths(corpus([big, b"tea and milk"]))
    fitted.update(corpus([big]), np.array([0]))
    shares = fitted.explain_bits(big[: 2**16])
    assert bits.argmin(axis=1).tolist() == [0, 1]
    assert shares.shape == (2**16, 2)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_arrays_that_cannot_be_written_to_need_no_other_kernels(fitted):
    docs = corpus(NEW)
    frozen = Corpus(read_only(docs.buffer), read_only(docs.offsets))
    bits = fitted.codelengths(docs)
    compiled = [len(dispatcher_of(kernel).signatures) for kernel in (scoring._score, table._read)]
    assert np.array_equal(fitted.codelengths(frozen), bits)
    MIXED.fit(frozen, np.arange(len(NEW)) % 3, 3, n_jobs=1)
    again = [len(dispatcher_of(kernel).signatures) for kernel in (scoring._score, table._read)]
    assert again == compiled
