"""The Gaussian code of embeddings, with an encoder that needs no network."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from compressclf import CodelengthClassifier, Corpus, load_model, save_model
from compressclf._lib.foreign import NotFromFileError, from_a_file
from compressclf.calibration import fit_temperature, label_bits
from compressclf.models import cross_codelengths, embedding, get_model
from compressclf.models.gauss import Pooled
from tests import registered  # noqa: F401 (registers the encoder)
from tests.encoders import tiny
from tests.encoders.letters import Letters
from tests.texts import labelled_texts

SPEC = "embedding:letters"


def training_data(n=60, seed=0):
    texts, labels = labelled_texts(n, seed=seed)
    return Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)


def test_bits_are_those_of_the_code_of_the_vectors():
    docs, y = training_data()
    fitted = get_model(f"{SPEC},even=300").fit(docs, y, 3)
    vectors = Letters().vectors(docs)
    expected = Pooled.of(vectors, y, 3).codes(300.0).bits(vectors)
    assert np.array_equal(fitted.codelengths(docs), expected)
    assert fitted.model.spec == "embedding:model=letters,even=300.0,pooled=none"
    assert not fitted.model.is_code


def test_vectors_are_stretched_along_the_spread_of_words():
    docs, y = training_data()
    encoder = Letters(stretches=True)
    fitted = get_model("embedding:[letters:stretches=true],even=300").fit(docs, y, 3)
    matrix = 0.7 * np.eye(48) + 0.3 * encoder.spread()
    root = sqrtm(matrix).real
    vectors = (encoder.vectors(docs) @ root).astype(np.float32)
    expected = Pooled.of(vectors, y, 3).codes(300.0).bits(vectors)
    assert fitted.codelengths(docs) == pytest.approx(expected, rel=1e-5)
    assert fitted.arrays()["stretch"] == pytest.approx(root, abs=1e-5)


def test_held_out_bits_are_those_of_a_fit_without_the_document():
    docs, y = training_data()
    fitted, held = get_model(f"{SPEC},even=300").fit_held_out(docs, y, 3)
    one_by_one = cross_codelengths(fitted.model, docs, y, 3, n_folds=len(docs))
    assert held == pytest.approx(one_by_one, rel=0.02)  # the mean variance differs a little


def test_the_ridge_is_chosen_by_leave_one_out(monkeypatch):
    docs, y = training_data()
    losses = {}
    for even in embedding.EVEN:
        bits = get_model(f"{SPEC},even={even}").fit_held_out(docs, y, 3)[1]
        temperature = fit_temperature(bits, y, centre=11.0)
        loss = len(y) * np.log(2) * label_bits(bits, y, temperature=temperature)
        losses[even] = loss + np.log(even / 1000) ** 2 / 2
    fitted = get_model(SPEC).fit(docs, y, 3)
    assert fitted.model.even == min(losses, key=losses.get)
    assert fitted.how_chosen("even", get_model(SPEC)) == "chosen on held-out documents"
    monkeypatch.setattr(embedding, "EVEN", (7.0,))
    assert get_model(SPEC).fit(docs, y, 3).model.even == 7.0


def test_only_a_sample_of_many_documents_is_held_out(monkeypatch):
    monkeypatch.setattr(embedding, "MOST_HELD", 20)
    docs, y = training_data()
    held = get_model(SPEC).fit_held_out(docs, y, 3)[1]
    assert (~np.isnan(held)).all(axis=1).sum() == 20


def test_a_document_alone_in_its_class_and_an_empty_class():
    docs, y = training_data(20)
    rows = np.flatnonzero(y < 2)[:8]
    lonely = np.where(np.arange(8) == 3, 2, y[rows])
    fitted, held = get_model(SPEC).fit_held_out(docs.take(rows), lonely, 4)
    assert np.isnan(held).all(axis=1).tolist() == [row == 3 for row in range(8)]
    assert np.isfinite(fitted.codelengths(docs)).all()


def test_no_documents_and_one():
    docs, y = training_data(3)
    for n in (0, 1):
        fitted, held = get_model(SPEC).fit_held_out(docs[:n], y[:n], 2)
        assert held.shape == (n, 2)
        assert np.isnan(held).all()
        assert np.isfinite(fitted.codelengths(docs)).all()


def test_classes_of_many_documents_may_have_their_own_covariance(monkeypatch):
    """Two classes with the same mean differ only in how their letters vary together."""
    rng = np.random.default_rng(0)
    texts = [
        "".join(rng.choice(["ab", "cd"] if label else ["a", "b", "c", "d"], 20).tolist())
        for label in (0, 1)
        for _ in range(300)
    ]
    docs, y = Corpus.from_documents(texts), np.repeat([0, 1], 300)
    fitted, held = get_model(SPEC).fit_held_out(docs, y, 2)
    assert fitted.model.pooled in embedding.POOLED
    assert fitted.arrays()["factors"].shape == (2, 48, 48)
    assert (~np.isnan(held)).all(axis=1).sum() == 120
    given = get_model(f"{SPEC},pooled=10").fit(docs[:40], y[:40], 2)
    assert given.model.pooled == 10
    monkeypatch.setattr(embedding, "MOST_NUMBERS", 100)
    assert get_model(SPEC).fit(docs, y, 2).model.pooled is None
    assert get_model(f"{SPEC},pooled=none").fit(docs, y, 2).model.pooled is None


@pytest.mark.parametrize("spec", [SPEC, f"{SPEC},pooled=10", "embedding:[letters:stretches=true]"])
def test_a_saved_model_gives_the_same_bits(spec, tmp_path):
    texts, labels = labelled_texts(40)
    classifier = CodelengthClassifier(spec, n_jobs=1).fit(texts, labels)
    save_model(classifier, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert np.array_equal(again.codelengths(texts), classifier.codelengths(texts))
    assert np.array_equal(again.predict_proba(texts), classifier.predict_proba(texts))


@pytest.mark.parametrize("spec", [SPEC, f"{SPEC},pooled=10", "embedding:[letters:stretches=true]"])
def test_arrays_of_a_stranger_are_checked(spec):
    docs, y = training_data()
    fitted = get_model(spec).fit(docs, y, 3)
    arrays, model = fitted.arrays(), fitted.model
    assert np.array_equal(model.restore(arrays, 3).codelengths(docs), fitted.codelengths(docs))
    for name in arrays:
        with pytest.raises(ValueError, match=f"^The array '{name}' cannot belong to a fitted"):
            model.restore({key: value for key, value in arrays.items() if key != name}, 3)
    wrong = {
        "means": arrays["means"][:, :-1],
        "factors": np.full_like(arrays["factors"], np.inf),
        "constants": arrays["constants"][:2],
        "scales": np.ones(2),
        "stretch": np.ones((2, 2), np.float32),
    }
    for name, array in wrong.items():
        with pytest.raises(ValueError, match=f"^The array '{name}' cannot belong to a fitted"):
            model.restore(arrays | {name: array}, 3)


def test_another_encoder_is_refused():
    docs, y = training_data()
    arrays = get_model(SPEC).fit(docs, y, 3).arrays()
    with pytest.raises(ValueError, match=r"^letters:seed=1 has other weights than when the model"):
        get_model("embedding:[letters:seed=1]").restore(arrays, 3)


def test_a_file_names_neither_the_hub_nor_a_device(tmp_path):
    folder = tiny.save(tmp_path)
    with from_a_file(tmp_path):
        assert get_model(f"embedding:[hf:{folder}]").model == f"hf:{folder}"
        with pytest.raises(NotFromFileError, match="may be downloaded"):
            get_model("embedding:hf:someone/tiny")
        with pytest.raises(NotFromFileError, match="sets a device"):
            get_model(f"embedding:[hf:{folder},device=cpu]")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("embedding:leters", "Unknown encoder 'leters': choose from"),
        ("embedding:letters,even=0", "The 'even' parameter of embedding must be 'auto' or a num"),
        ("embedding:letters,pooled=yes", "The 'pooled' parameter of embedding must be 'auto', No"),
    ],
)
def test_bad_parameters(spec, message):
    with pytest.raises(ValueError, match=message):
        get_model(spec)


def test_few_documents_with_blocks():
    """A model that knows nothing does not spoil the sum."""
    texts, labels = labelled_texts(15, seed=3)
    new, answers = labelled_texts(100, seed=4)
    both = CodelengthClassifier(f"blocks+{SPEC}", n_jobs=1).fit(texts, labels)
    alone = [CodelengthClassifier(m, n_jobs=1).fit(texts, labels) for m in ("blocks", SPEC)]
    assert both.score(new, answers) >= max(one.score(new, answers) for one in alone) - 0.02
    assert both.model_.weights.sum() == pytest.approx(1)
