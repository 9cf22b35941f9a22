"""Baselines on sentence vectors, with tiny encoders made here, and vectors on disk."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from compressclf.encoders import base, get_encoder
from compressclf.experiments.cells import Cell
from compressclf.experiments.methods import METHODS, compression, get_method
from compressclf.experiments.protocols import get_protocol
from compressclf.experiments.vectors import FOLDER, Store, documents_of, vectors_of
from tests.texts import labelled_texts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Return the spec of a tiny encoder that knows the words of `texts`."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.encoders import tiny

    return f"hf:{tiny.save(tmp_path_factory.mktemp('encoder'), normalize=True)}"


@pytest.fixture(scope="module")
def texts():
    texts, topics = labelled_texts(60)
    docs, labels = [text.encode() for text in texts], np.unique(topics, return_inverse=True)[1]
    return docs[:40], labels[:40], docs[40:], labels[40:]


@pytest.fixture
def cache(monkeypatch):
    monkeypatch.setattr(base, "_CACHE", base._Cache(base.MOST_BYTES))


def test_logistic_regression_reads_vectors(encoder, texts, cache):
    from compressclf.experiments.methods.pretrained import regression

    docs, labels, test_docs, _ = texts
    method = regression(encoder)
    method.prepare(docs, 1)
    choice = method.tune(docs, labels, 0)
    assert set(choice.settings) == {"C"}
    fitted = method.build(choice.settings, 1, 0).fit(docs, labels)
    known, unknown = (vectors_of(encoder, some) for some in (docs, test_docs))
    same = LogisticRegression(**choice.settings, max_iter=300).fit(known, labels)
    assert fitted.predict(test_docs).tolist() == same.predict(unknown).tolist()
    assert method.learned(fitted) == {"encoder": encoder}


def test_static_vectors_are_rows_of_the_first_layer(encoder):
    from compressclf.experiments.methods.pretrained import StaticVectors

    loaded = get_encoder(encoder).loaded
    docs = [b"onion onion", b"knight", b"", b"unknown"]
    found = StaticVectors(encoder).fit_transform(docs)
    ids = loaded.tokenizer.convert_tokens_to_ids(["onion", "knight", "[UNK]", "[UNK]"])
    rows = loaded.model.get_input_embeddings().weight.detach().numpy()[ids]
    np.testing.assert_allclose(found, rows / np.linalg.norm(rows, axis=1)[:, None], rtol=1e-5)


def test_pairs_tune_an_encoder_and_the_seed_fixes_it(encoder, texts, monkeypatch):
    monkeypatch.setenv("COMPRESSCLF_WEIGHTS", encoder.removeprefix("hf:"))
    method = get_method("SetFit MiniLM")
    docs, labels, test_docs, test_labels = texts
    assert method.tune(docs, labels, 0) == ({}, {})

    def fitted(seed):
        classifier = method.build({}, 1, seed)
        classifier.rate, classifier.steps = 3e-3, 80
        return classifier.fit(docs, labels)

    before = get_encoder(encoder).encode(["onion"])
    first, again, other = map(fitted, (0, 0, 1))
    assert np.mean(first.predict(test_docs) == test_labels) > 0.6
    assert np.array_equal(first.predict(test_docs), again.predict(test_docs))
    weights = [next(iter(one._model.parameters())).numpy() for one in (first, again, other)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    assert np.array_equal(get_encoder(encoder).encode(["onion"]), before)  # it keeps its own
    assert method.learned(first) == {"steps": 80}


def test_a_document_without_a_partner_is_its_own():
    from compressclf.experiments.methods.setfit import partners

    found = partners(np.array([0, 0, 0, 1]), np.arange(4), np.random.default_rng(0))
    assert found[3] == 3
    assert all(one != row and one < 3 for row, one in enumerate(found[:3]))


def test_vectors_on_disk_are_not_computed_again(encoder, texts, cache, tmp_path, monkeypatch):
    docs = texts[0]
    store = Store(tmp_path, get_encoder(encoder))
    assert store.missing([*docs, *docs]) == docs
    store.save(docs[:10])
    store.save(docs[10:20])
    again = Store(tmp_path, get_encoder(encoder))
    assert again.missing(docs) == docs[20:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hf-0001.npz", "hf-0002.npz"]

    monkeypatch.setenv(FOLDER, str(tmp_path))
    kind, asked = type(get_encoder(encoder)), []
    encode = kind.encode

    def noted(self, some, **options):
        asked.extend(some)
        return encode(self, some, **options)

    monkeypatch.setattr(kind, "encode", noted)
    found = vectors_of(encoder, docs)
    whole = [doc.decode() for doc in docs]
    assert asked == whole[20:]
    np.testing.assert_allclose(found, get_encoder(encoder).encode(whole), rtol=1e-5, atol=1e-6)


def test_vectors_of_another_encoder_are_refused(encoder, texts, tmp_path):
    from tests.encoders import tiny

    Store(tmp_path, get_encoder(encoder)).save(texts[0][:2])
    other = get_encoder(f"hf:{tiny.save(tmp_path / 'other', seed=1)}")
    with pytest.raises(ValueError, match=r"hf-0001\.npz has vectors of another encoder than hf:"):
        Store(tmp_path, other)


def test_the_documents_of_a_cell_are_those_drawn_and_the_test_documents(data):
    cells = [Cell("few-shot", "words", "MiniLM LR", seed, {"shots": 2}) for seed in (0, 1)]
    found = documents_of(cells, str(data))
    assert len(found) == len(set(found))
    assert 20 + 4 <= len(found) <= 20 + 8


def test_a_method_reads_the_names_of_the_classes_without_documents(fill, store, monkeypatch):
    by_names = compression.NamedModel("lm:compressor=contextmix,recipe=channel")
    monkeypatch.setitem(compression.METHODS, "smollm2 channel", by_names)
    cells = [Cell("few-shot", "words", "smollm2 channel", 0, {"shots": shots}) for shots in (0, 5)]
    progress, said = fill(cells)
    assert progress.done == 2, said
    none, five = store.load("few-shot").values()
    assert (none["n_train"], five["n_train"]) == (0, 10)
    assert none["n_test"] == 20  # a compressor does not know what animals are
    assert five["value"] > 0.8


def test_names_become_class_indices():
    method = compression.NamedModel("lm:compressor=contextmix,recipe=channel")
    method = method.named(("sailing", "cooking"))
    classifier = method.build(method.defaults(), 1, 0).fit([], np.empty(0, np.int64))
    found = classifier.predict([b"cooking oil and cooking salt", b"sailing boats"])
    assert found.tolist() == [1, 0]


def test_words_per_character(fill, store):
    cell = Cell("encoding", "words", "words")
    progress, said = fill([cell])
    assert progress.done == 1, said
    [record] = store.load("encoding").values()
    # Two words and a number with a decimal point per document, of which 50 are drawn.
    assert record["n_tokens"] == 50 * 4
    assert record["value"] == round(200 / record["n_characters"], 5)


def test_an_encoder_counts_its_tokens(encoder, fill, store):
    progress, said = fill([Cell("encoding", "words", encoder)])
    assert progress.done == 1, said
    [record] = store.load("encoding").values()
    assert record["n_tokens"] == 50 * 3  # words between spaces
    assert record["seconds"]["encode"] >= 0
    assert record["n_timed"] == 10


def test_an_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match=r"Unknown encoder 'minilmm': .* did you mean 'minilm'\?"):
        get_protocol("encoding").check(Cell("encoding", "r8", "minilmm"))


@pytest.mark.parametrize("name", [name for name, file in METHODS.items() if file == "pretrained"])
def test_methods_name_their_encoder(name):
    method = get_method(name)
    expected = {"static LR": None}.get(name, "e5" if "e5" in name.lower() else "minilm")
    assert getattr(method, "encoder", None) == expected
