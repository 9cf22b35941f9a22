"""The trained baselines: what they learn, and that the same seed gives the same classifier."""

import numpy as np
import pytest

from compressclf._lib.optional import MissingExtraError
from compressclf.experiments.data import read_set
from compressclf.experiments.methods import METHODS, get_method
from compressclf.experiments.methods import _torch as networks
from compressclf.experiments.methods.fasttext import _ids
from compressclf.experiments.methods.images import side_and_colours
from compressclf.experiments.methods.textnets import TextCNN, _words

pytestmark = pytest.mark.slow

IMAGES = [name for name in METHODS if name.startswith("image ")]
NETWORKS = ("text CNN", "byte GRU")


@pytest.fixture(scope="module")
def texts():
    data = read_set("sample:bbc-news", limit_train=200, limit_test=100)
    return data, [doc[:600] for doc in data.docs], [doc[:600] for doc in data.test_docs]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = (images * 15).astype(np.uint8).reshape(-1, 8, 8)
    path = tmp_path_factory.mktemp("images") / "digits.npz"
    arrays = {"x_train": images[:900], "y_train": labels[:900]}
    np.savez(path, **arrays, x_test=images[900:1200], y_test=labels[900:1200])
    return read_set(str(path))


def test_ngrams_are_words_pairs_and_characters_without_case():
    def buckets(text):
        data = np.frombuffer(text.encode(), np.uint8)
        out = np.empty(4 * len(data) + 4, np.int64)
        return out[: _ids(data, 0, len(data), np.uint64(2**20 - 1), out)].tolist()

    assert len(buckets("ab")) == 1 + 1  # the word, two characters
    assert len(buckets("ab cd")) == 2 + 1 + 4 + 3 + 2  # of which one pair of words
    assert buckets("AB ")[0] == buckets("ab!")[0]
    assert len(buckets("天气")) == 1 + 1  # characters, not bytes
    assert len(set(buckets("ab cd"))) == 12
    assert buckets("") == []


def test_fasttext_style_learns_and_its_seed_fixes_it(texts):
    data, docs, test_docs = texts
    method = get_method("fastText-style")
    choice = method.tune(docs, data.labels, seed=0)
    assert set(choice.settings) == {"rate"}
    assert choice.evidence["settings"] == 3
    fitted = [method.build(choice.settings, 1, seed).fit(docs, data.labels) for seed in (0, 0, 1)]
    first, again, other = [one.predict(test_docs) for one in fitted]
    assert np.mean(first == data.test_labels) > 0.75
    assert np.array_equal(fitted[0].vectors_, fitted[1].vectors_)
    assert np.array_equal(first, again)
    assert not np.array_equal(fitted[0].vectors_, fitted[2].vectors_)
    assert np.mean(other == data.test_labels) > 0.75
    assert method.model_bytes(fitted[0]) == (2**20 + 5) * 16 * 4


def test_words_are_words_or_chinese_characters():
    assert _words("Don't 停电 x1".encode()) == ["don", "t", "停", "电", "x1"]


@pytest.fixture(scope="module")
def few():
    """Return texts of words that only one of two classes has."""
    words = (["cat", "dog", "horse", "sheep"], ["saw", "axe", "hammer", "drill"])
    generator = np.random.default_rng(0)
    labels = np.arange(160) % 2
    docs = [" ".join(generator.choice(words[label], 4)).encode() for label in labels]
    return docs[:100], labels[:100], docs[100:], labels[100:]


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_and_their_seed_fixes_them(name, few):
    pytest.importorskip("torch")
    docs, labels, test_docs, test_labels = few
    method = get_method(name)
    assert method.tune(docs, labels, 0) == ({}, {})
    first, again, other = [method.build({}, 1, seed).fit(docs, labels) for seed in (0, 0, 1)]
    assert np.mean(first.predict(test_docs) == test_labels) > 0.9
    weights = [
        np.concatenate([one.detach().numpy().ravel() for one in fitted.module_.parameters()])
        for fitted in (first, again, other)
    ]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    assert method.learned(first)["epoch"].endswith("of 40")
    assert method.model_bytes(first) == weights[0].nbytes


def test_the_budget_bounds_what_is_read(few):
    pytest.importorskip("torch")
    docs, labels, *_ = few

    class Small(TextCNN):
        budget = 1

    assert Small(1, 0).fit(docs, labels).epochs_ == 4


def test_few_documents_are_all_learnt_from():
    pytest.importorskip("torch")
    docs, labels = [b"cat cat cat", b"saw saw saw"] * 4, np.array([3, 7] * 4)
    fitted = TextCNN(1, 0).fit(docs, labels)
    assert fitted.predict([b"a saw", b"", b"saw cat saw saw"]).shape == (3,)
    assert set(fitted.classes_) == {3, 7}
    assert fitted.best_epoch_ == fitted.epochs_


def test_without_torch_the_sentence_says_what_to_install(monkeypatch):
    def missing(module, *, extra):
        raise MissingExtraError(f"{module!r} is not installed: pip install 'compressclf[{extra}]'")

    monkeypatch.setattr(networks, "optional_import", missing)
    with pytest.raises(MissingExtraError, match=r"pip install 'compressclf\[neural\]'"):
        TextCNN(1, 0).fit([b"a"], np.array([0]))


@pytest.mark.parametrize("name", IMAGES)
def test_image_methods_read_digits(name, digits):
    if name == "image CNN":
        pytest.importorskip("torch")
    method = get_method(name)
    assert method.reads == "images"
    settings = method.tune(digits.docs, digits.labels, seed=0).settings
    classifier = method.build(settings, 1, 0).fit(digits.docs, digits.labels)
    accuracy = np.mean(classifier.predict(digits.test_docs) == digits.test_labels)
    assert accuracy > (0.93 if "SVM" not in name or "RBF" in name else 0.88)
    assert method.model_bytes(classifier) > 1000


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("gzip kNN, joint", 0.6),
        ("transform", 0.9),
        ("patches", 0.9),
        ("transform + patches", 0.9),
        ("pixel-tree", 0.8),
        ("motion", 0.92),
        ("motion, deskewed", 0.88),
    ],
)
def test_own_methods_read_digits(name, least, digits):
    method = get_method(name)
    assert method.reads == "images"
    docs, labels = digits.docs, digits.labels
    classifier = method.build(method.defaults(), 1, 0).fit(docs, labels)
    predicted = classifier.predict(digits.test_docs[:100])
    assert np.mean(predicted == digits.test_labels[:100]) > least
    assert method.model_bytes(classifier) > 1000
    if name.startswith("motion,"):
        assert "deskew=True" in method.learned(classifier)["spec"]


def test_images_that_no_image_method_can_read_are_told():
    with pytest.raises(ValueError, match=r"needs square images. Got 50 bytes"):
        side_and_colours(50)
    method = get_method("image LR")
    with pytest.raises(ValueError, match="need images of one size"):
        method.build(method.defaults(), 1, 0).fit([b"ab", b"abc"], np.array([0, 1]))


def test_a_transformer_without_weights_says_so(monkeypatch, few):
    pytest.importorskip("torch")
    monkeypatch.delenv("COMPRESSCLF_WEIGHTS", raising=False)
    with pytest.raises(ValueError, match="set COMPRESSCLF_WEIGHTS to a local folder"):
        get_method("transformer").build({}, 1, 0).fit(*few[:2])


@pytest.mark.filterwarnings("ignore")  # of a library that warns as it likes
def test_a_transformer_learns_from_weights_at_hand(monkeypatch, tmp_path):
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog", "saw", "axe"]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n")
    transformers.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    monkeypatch.setenv("COMPRESSCLF_WEIGHTS", str(tmp_path))
    method = get_method("transformer")
    classifier = method.build({}, 1, 0)
    classifier.rate, classifier.epochs = 1e-2, 10
    docs, labels = [b"cat dog cat", b"saw axe saw"] * 12, np.array([0, 1] * 12)
    fitted = classifier.fit(docs, labels)
    assert fitted.predict([b"dog cat", b"axe axe"]).tolist() == [0, 1]
    assert method.model_bytes(fitted) > 1000
