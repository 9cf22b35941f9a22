from dataclasses import dataclass

import numpy as np
import pytest

from compressclf import CodelengthClassifier, Corpus
from compressclf.calibration import fit_temperature, label_bits, mean_length
from compressclf.models import ClassModel, FittedModel, get_model
from compressclf.models._weights import fit_weights
from compressclf.models.combination import Combination
from compressclf.models.primed.presets import ZstdDict
from tests.texts import labelled_texts


@dataclass(frozen=True)
class Letters(ClassModel):
    """Bits per byte by its frequency in the class, times a factor, plus noise from the text."""

    factor: float = 1.0
    noise: float = 0.0
    missing: int = 0

    name = "letters"
    is_code = True
    incremental = True

    @property
    def temperature_centre(self):
        return 20.0 * self.factor

    def fit(self, docs, y, n_classes, *, n_jobs=None):
        return FittedLetters(self, docs, y, n_classes)

    def fit_held_out(self, docs, y, n_classes, *, weights=None, n_jobs=None):
        if not self.missing:
            return super().fit_held_out(docs, y, n_classes, n_jobs=n_jobs)
        fitted = self.fit(docs, y, n_classes)
        bits = fitted.codelengths(docs)
        bits[: self.missing] = np.nan
        return fitted, bits


class FittedLetters(FittedModel):
    def __init__(self, model, docs, y, n_classes):
        self.model, self.n_classes = model, n_classes
        self.counts = np.full((n_classes, 256), 0.5)
        self.update(docs, y)

    def update(self, docs, y, sign=1):
        for doc, label in zip(docs, y, strict=True):
            self.counts[label] += sign * np.bincount(np.frombuffer(doc, np.uint8), minlength=256)

    def forget(self, docs, y):
        self.update(docs, y, -1)

    def explain_bits(self, doc):
        shares = -np.log2(self.counts / self.counts.sum(axis=1, keepdims=True))
        return self.model.factor * shares[:, np.frombuffer(doc, np.uint8)].T

    def codelengths(self, docs, *, n_jobs=None):
        rows = np.array([self.explain_bits(doc).sum(axis=0) for doc in docs])
        seeds = [sum(doc) for doc in docs]
        noise = [np.random.default_rng(seed).normal(size=self.n_classes) for seed in seeds]
        return rows.reshape(-1, self.n_classes) + self.model.noise * np.reshape(noise, rows.shape)


def training_data(n=120, seed=0):
    texts, labels = labelled_texts(n, seed=seed)
    return Corpus.from_documents(texts), np.unique(labels, return_inverse=True)[1].astype(np.int64)


def test_codelengths_are_the_weighted_sum():
    docs, y = training_data()
    fitted = Combination((Letters(), Letters(factor=7.0, noise=20.0))).fit(docs, y, 3)
    new = training_data(20, seed=1)[0]
    by_hand = sum(
        weight * member.codelengths(new) / scale.temperatures(new.lengths)[:, None]
        for weight, member, scale in zip(fitted.weights, fitted.members, fitted.scales, strict=True)
    )
    assert fitted.codelengths(new) == pytest.approx(by_hand)
    assert fitted.weights.sum() == pytest.approx(1)
    assert (fitted.weights >= 0).all()


def test_scale_of_a_member_does_not_matter():
    docs, y = training_data()
    new = training_data(20, seed=1)[0]
    one, two = (
        Combination((Letters(), ZstdDict(shards=1))).fit(docs, y, 3),
        Combination((Letters(factor=100.0), ZstdDict(shards=1))).fit(docs, y, 3),
    )
    assert two.temperatures[0] == pytest.approx(100 * one.temperatures[0], rel=1e-2)
    assert two.codelengths(new) == pytest.approx(one.codelengths(new), rel=1e-2)


def test_the_temperature_of_a_combination_is_about_one():
    docs, y = training_data()
    model = Combination((Letters(), ZstdDict(shards=1)))
    assert model.expected_temperature(10) == model.expected_temperature(10_000) == 1
    bits = model.fit_held_out(docs, y, 3)[1]
    assert 0.2 < fit_temperature(bits, y, centre=1.0) < 5


def test_a_model_twice_is_the_model_at_its_temperature():
    docs, y = training_data()
    fitted = Combination((Letters(), Letters())).fit(docs, y, 3)
    alone = Letters().fit(docs, y, 3).codelengths(docs)
    scale = fitted.scales[0].temperatures(docs.lengths)
    assert fitted.codelengths(docs) == pytest.approx(alone / scale[:, None])


def test_weights_are_those_of_the_shortest_labels():
    """Against every point of a grid."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 300)
    truth = np.ones((300, 3))
    truth[np.arange(300), y] = 0.0
    scaled = np.stack([2 * truth + rng.normal(0, s, (300, 3)) for s in (1.0, 2.0, 3.0)])
    weights = fit_weights(scaled, y, prior=0)

    def cost(candidate):
        bits = np.tensordot(candidate, scaled, axes=1)
        return label_bits(bits, y, temperature=fit_temperature(bits, y))

    best = cost(weights)
    grid = [np.array([a, b, 20 - a - b]) / 20 for a in range(21) for b in range(21 - a)]
    assert min(map(cost, grid)) >= best - 1e-6
    assert weights[0] > weights[1] > weights[2]


def test_an_ignorant_model_gets_no_weight():
    rng = np.random.default_rng(1)
    y = np.arange(200) % 2
    truth = np.where(np.arange(2) == y[:, None], 0.0, 3.0)
    informed, misled = truth + rng.normal(0, 2, (200, 2)), -truth + rng.normal(0, 2, (200, 2))
    assert fit_weights(np.stack([informed, misled, misled]), y)[0] >= 0.5
    assert fit_weights(np.stack([informed, rng.normal(0, 2, (200, 2))]), y)[0] > 0.9
    assert fit_weights(np.zeros((2, 9, 2)), y[:9]).tolist() == [0.5, 0.5]
    assert fit_weights(np.zeros((2, 0, 2)), y[:0]).tolist() == [0.5, 0.5]


def test_few_documents_leave_the_weights_near_what_each_model_knows():
    rng = np.random.default_rng(2)
    y = np.arange(400) % 2
    truth = np.where(np.arange(2) == y[:, None], 0.0, 3.0)
    scaled = np.stack([truth + rng.normal(0, 1, (400, 2)), truth + rng.normal(0, 3, (400, 2))])
    gains = np.array([1 - label_bits(one, y) for one in scaled])
    assert fit_weights(scaled, y, prior=1e6) == pytest.approx(gains / gains.sum(), abs=1e-3)
    free = fit_weights(scaled, y, prior=0)
    assert fit_weights(scaled, y) == pytest.approx(free, abs=0.05)
    few = [fit_weights(scaled[:, :8], y[:8], prior=prior)[0] for prior in (0, 1e3, 1e6)]
    assert abs(few[2] - few[1]) < abs(few[2] - few[0])


@dataclass(frozen=True)
class LettersLeftOut(Letters):
    """The same, as if it left out one document at a time."""

    leaves_one_out = True


def test_with_few_documents_one_of_each_class_is_held_out(monkeypatch):
    docs, y = training_data()
    order = np.argsort(y, kind="stable")
    rows = np.concatenate([order[y[order] == c][:n] for c, n in enumerate((5, 5, 3))])
    seen = []
    fit = Letters.fit

    def noted(self, docs, y, n_classes, **given):
        seen.append(np.bincount(y, minlength=n_classes).tolist())
        return fit(self, docs, y, n_classes, **given)

    monkeypatch.setattr(Letters, "fit", noted)
    model = Combination((LettersLeftOut(), LettersLeftOut(factor=2.0)))
    fitted, held = model.fit_held_out(docs.take(rows), y[rows], 3)
    assert sum(counts == [5, 5, 3] for counts in seen) == 2
    rest = [counts for counts in seen if counts != [5, 5, 3]]
    assert len(rest) == 10
    assert all(4 in counts and min(counts) >= 2 for counts in rest)
    assert not np.isnan(held).any()
    assert held != pytest.approx(fitted.codelengths(docs.take(rows)))


def test_one_document_per_class_gives_equal_weights():
    docs, y = training_data()
    rows = np.unique(y, return_index=True)[1]
    model = Combination((LettersLeftOut(), LettersLeftOut(factor=2.0)))
    fitted, held = model.fit_held_out(docs.take(rows), y[rows], 3)
    assert np.isnan(held).all()
    assert fitted.weights.tolist() == [0.5, 0.5]
    length = mean_length(docs.take(rows).lengths)
    expected = [member.expected_temperature(length) for member in fitted.members]
    assert fitted.temperatures == pytest.approx(expected, rel=1e-4)


def test_temperatures_grow_with_the_length_unless_all_are_equal():
    docs, y = training_data()
    fitted = Combination((Letters(), ZstdDict(shards=1))).fit(docs, y, 3)
    assert all(scale.growth > 0 and scale.lapse == 0 for scale in fitted.scales)
    cut = Corpus.from_documents([doc[:20].ljust(20) for doc in docs])
    fitted = Combination((Letters(), ZstdDict(shards=1))).fit(cut, y, 3)
    assert [scale.growth for scale in fitted.scales] == [0, 0]


def test_a_model_saved_before_growths_is_restored():
    docs, y = training_data()
    fitted = get_model("blocks:lengths=4+blocks:lengths=none,words=1").fit(docs, y, 3)
    arrays = fitted.arrays()
    old = {name: array for name, array in arrays.items() if name not in ("growths", "lengths")}
    again = fitted.model.restore(old, 3)
    assert [scale.growth for scale in again.scales] == [0, 0]
    bits = sum(
        weight * member.codelengths(docs) / temperature
        for weight, member, temperature in zip(
            fitted.weights, fitted.members, fitted.temperatures, strict=True
        )
    )
    assert again.codelengths(docs) == pytest.approx(bits)


def test_rows_that_a_member_left_out():
    docs, y = training_data()
    fitted = Combination((Letters(missing=30), Letters(missing=50)))
    fitted, held = fitted.fit_held_out(docs, y, 3)
    assert np.isnan(held).all(axis=1).nonzero()[0].tolist() == list(range(50))
    assert held[50:] == pytest.approx(fitted.codelengths(docs)[50:])


def test_held_out_is_that_of_the_members():
    docs, y = training_data()
    fitted, held = Combination((Letters(), ZstdDict())).fit_held_out(docs, y, 3)
    learnt = fitted.codelengths(docs)
    own = np.arange(len(y)), y
    assert not np.isnan(held).any()
    assert (held.mean(axis=1) - held[own]).mean() < (learnt.mean(axis=1) - learnt[own]).mean()


def test_explained_bytes_add_up():
    docs, y = training_data()
    fitted = Combination((Letters(), Letters(factor=3.0))).fit(docs, y, 3)
    shares = fitted.explain_bits(docs[0])
    assert shares.sum(axis=0) == pytest.approx(fitted.codelengths(docs[:1])[0])
    with pytest.raises(NotImplementedError, match="zstd-dict has no bits"):
        Combination((Letters(), ZstdDict())).fit(docs, y, 3).explain_bits(docs[0])


def test_update_and_forget():
    docs, y = training_data()
    fitted = Combination((Letters(), Letters(factor=3.0))).fit(docs[:80], y[:80], 3)
    assert fitted.model.incremental
    before = fitted.codelengths(docs)
    fitted.update(docs[80:], y[80:])
    assert not np.allclose(fitted.codelengths(docs), before)
    fitted.forget(docs[80:], y[80:])
    assert fitted.codelengths(docs) == pytest.approx(before)
    fixed = Combination((Letters(), ZstdDict())).fit(docs, y, 3)
    assert not fixed.model.incremental
    with pytest.raises(NotImplementedError, match="combination cannot add documents"):
        fixed.update(docs, y)
    with pytest.raises(NotImplementedError, match="combination cannot remove documents"):
        fixed.forget(docs, y)


def test_specs():
    model = get_model("zstd-dict:level=9 + zstd-dict:shards=2,budget=1000")
    assert model == Combination((ZstdDict(level=9), ZstdDict(shards=2, budget=1000)))
    assert get_model(model.spec) == model
    assert not model.is_code
    assert not model.discriminative
    with pytest.raises(ValueError, match="Unknown model 'zstd-dcit'"):
        get_model("zstd-dict+zstd-dcit")
    with pytest.raises(ValueError, match="Unknown model ''"):
        get_model("zstd-dict+")


def test_bad_members():
    with pytest.raises(ValueError, match="must hold at least two models"):
        Combination((ZstdDict(),))
    with pytest.raises(ValueError, match="must be a tuple of ClassModel"):
        Combination(("zstd-dict", "zstd-dict"))


def test_classifier_takes_a_sequence_or_a_spec():
    texts, labels = labelled_texts(150)
    specs = ["zstd-dict:shards=1,level=3", "zstd-dict:shards=1"]
    by_list = CodelengthClassifier(specs, n_jobs=1).fit(texts[:100], labels[:100])
    by_spec = CodelengthClassifier("+".join(specs), n_jobs=1).fit(texts[:100], labels[:100])
    assert np.array_equal(by_list.codelengths(texts), by_spec.codelengths(texts))
    assert by_list.score(texts[100:], labels[100:]) >= 0.9
    alone = CodelengthClassifier(["zstd-dict"], n_jobs=1).fit(texts[:100], labels[:100])
    assert alone.model_.model == ZstdDict()


@pytest.mark.parametrize("n_rows", [3, 40])
def test_models_whose_samples_hardly_meet_are_cross_coded(n_rows, monkeypatch):
    docs, y = training_data()
    half = len(docs) // 2

    def fit_held_out(self, docs, y, n_classes, *, weights=None, n_jobs=None):
        fitted = self.fit(docs, y, n_classes)
        bits = fitted.codelengths(docs)  # the first half for one model, the second for the other
        bits[slice(half, None) if self.factor == 1 else slice(half - n_rows)] = np.nan
        return fitted, bits

    monkeypatch.setattr(Letters, "fit_held_out", fit_held_out)
    held = Combination((Letters(), Letters(factor=2.0))).fit_held_out(docs, y, 3)[1]
    cross_coded = n_rows == 3
    assert np.isnan(held).any() == (not cross_coded)


def test_arrays_are_those_of_all_members():
    docs, y = training_data()
    model = get_model("blocks:lengths=4+blocks:lengths=none,words=1")
    fitted = model.fit(docs[:80], y[:80], 3)
    fitted.update(docs[80:], y[80:])
    arrays = fitted.arrays()
    again = fitted.model.restore(arrays, 3)
    assert np.array_equal(again.codelengths(docs), fitted.codelengths(docs))
    for wrong in (
        {"weights": np.ones(3)},
        {"temperatures": np.array([1.0, 0.0])},
        {"growths": np.array([1.0, 3.0])},
        {"lengths": np.array([1.0, np.nan])},
        {"1_kinds": y},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(wrong)).removeprefix('1_')}'"):
            fitted.model.restore(arrays | wrong, 3)
    assert Combination((Letters(), Letters())).fit(docs, y, 3).arrays() is None
