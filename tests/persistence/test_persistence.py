"""What is saved comes back the same, and nothing is half-written."""

import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from compressclf import CodelengthClassifier, NCDClassifier, load_model, save_model
from compressclf.calibration import Calibration
from compressclf.compressors.base import ByteCompressor
from compressclf.models import MODELS
from compressclf.models.combination import Combination
from tests.class_models import Bytes
from tests.saved_models import edit_config
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.usefixtures("byte_models")

TRAIN, LABELS = labelled_texts(40, seed=1)
TEST, _ = labelled_texts(20, seed=2)
QUERIES = [text.encode() for text in TEST] + AWKWARD


def assert_same(one, other):
    for a, b in zip(one.predictions(QUERIES), other.predictions(QUERIES), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def back(classifier, directory):
    save_model(classifier, directory)
    return load_model(directory)


CLASSIFIERS = {
    "default": lambda: NCDClassifier(),
    "random ties": lambda: NCDClassifier(4, ties="random", random_state=3, compressor="lz77"),
    "bytes between": lambda: NCDClassifier(np.int64(2), separator=b"\xff\x00", metric="cdm"),
    "candidates": lambda: NCDClassifier(3, candidates="ngrams:share=0.5", subtract_overhead=True),
    "documents": lambda: CodelengthClassifier("bytes"),
    "online": lambda: CodelengthClassifier("online-bytes", prior="empirical", n_jobs=1),
    "arrays": lambda: CodelengthClassifier("counted-bytes", calibration=7),
    "window": lambda: CodelengthClassifier("counted-bytes", window=30, prior=[0.5, 0.3, 0.2]),
    "combined": lambda: CodelengthClassifier(["bytes", "counted-bytes:add=1"]),
    "combined by one spec": lambda: CodelengthClassifier("blocks+bytes"),
    "combined object": lambda: CodelengthClassifier(Combination((Bytes(1.0), Bytes(2.0)))),
    "blocks": lambda: CodelengthClassifier(),
    "one length": lambda: CodelengthClassifier("blocks:lengths=4"),
    "words alone": lambda: CodelengthClassifier("blocks:lengths=none,correct=1"),
    "zstd-dict": lambda: CodelengthClassifier("zstd-dict:level=3"),
    "object": lambda: CodelengthClassifier(Bytes(add=0.25), prior=np.array([1, 2, 3])),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_same_labels_and_probabilities(name, tmp_path):
    classifier = CLASSIFIERS[name]().fit(TRAIN, LABELS)
    loaded = back(classifier, tmp_path / "model")
    assert_same(classifier, loaded)
    again = back(loaded, tmp_path / "again")
    assert_same(classifier, again)
    for name in ("config.json", "arrays.npz"):
        assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("name", ["default", "documents", "arrays"])
def test_parameters_and_what_fit_found(name, tmp_path):
    classifier = CLASSIFIERS[name]().fit(TRAIN, LABELS)
    loaded = back(classifier, tmp_path / "model")
    assert loaded.get_params() == classifier.get_params()
    if isinstance(classifier, CodelengthClassifier):
        assert loaded.model_.model == classifier.model_.model
        assert loaded.calibration_ == classifier.calibration_
        np.testing.assert_array_equal(loaded.codelengths_, classifier.codelengths_)
        np.testing.assert_array_equal(loaded.class_count_, classifier.class_count_)


def test_a_model_saved_before_growth_and_lapse_came(tmp_path):
    classifier = CLASSIFIERS["blocks"]().fit(TRAIN, LABELS)
    save_model(classifier, tmp_path / "model")
    edit_config(
        tmp_path / "model",
        lambda c: [c["settings"].pop(name) for name in ("growth", "length", "lapse")],
    )
    loaded = load_model(tmp_path / "model")
    assert loaded.calibration_ == Calibration(classifier.temperature_)
    assert (loaded.predict(TEST) == classifier.predict(TEST)).all()


@pytest.mark.parametrize("model", ["bytes", "online-bytes", "counted-bytes"])
@pytest.mark.parametrize("window", [None, 30])
def test_learning_goes_on_where_it_stopped(model, window, tmp_path):
    classifier = CodelengthClassifier(model, window=window).fit(TRAIN[:25], LABELS[:25])
    loaded = back(classifier, tmp_path / "model")
    for one in (classifier, loaded):
        one.partial_fit(TRAIN[25:], LABELS[25:])
    assert_same(classifier, loaded)
    assert_same(classifier, back(classifier, tmp_path / "model"))


@pytest.mark.parametrize("window", [None, 30])
def test_a_combination_that_has_learnt_on_comes_back(window, tmp_path):
    """Its counts, not its documents: fitted to all of them at once it would weigh them anew."""
    model = [f"blocks:lengths={lengths},correct=none" for lengths in (4, "none")]
    classifier = CodelengthClassifier(model, window=window).fit(TRAIN[:25], LABELS[:25])
    classifier.partial_fit([text * 9 for text in TRAIN[25:]], LABELS[25:])
    loaded = back(classifier, tmp_path / "model")
    assert_same(classifier, loaded)
    for one in (classifier, loaded):
        one.partial_fit(TRAIN[:9], LABELS[:9])
    assert_same(classifier, loaded)
    assert (loaded.training_documents() is None) == (window is None)


def test_what_has_arrays_is_not_learnt_again(tmp_path, monkeypatch):
    classifier = CodelengthClassifier("blocks:correct=none+bytes").fit(TRAIN, LABELS)
    save_model(classifier, tmp_path / "model")
    monkeypatch.delattr("compressclf.models.blocks.Blocks.fit")
    assert_same(classifier, load_model(tmp_path / "model"))


def test_a_classifier_that_only_knows_its_classes(tmp_path):
    classifier = CodelengthClassifier("bytes").partial_fit([], [], classes=["a", "b"])
    assert_same(classifier, back(classifier, tmp_path / "model"))


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "ü", "\udcff"],
        [3, -1, 0],
        [True, False, True],
        [0.0, 1.0, -2.0],
        np.array([1, 200, 3], np.uint8),
        np.array(["a", "bb", "c"], object),
    ],
    ids=str,
)
def test_labels_keep_their_type(labels, tmp_path):
    classifier = NCDClassifier(1).fit(["one", "two", "three"], labels)
    loaded = back(classifier, tmp_path / "model")
    assert loaded.classes_.dtype == classifier.classes_.dtype
    assert loaded.classes_.tolist() == classifier.classes_.tolist()
    assert_same(classifier, loaded)


@pytest.mark.parametrize("weight", [None, "balanced", {"x": 2, "y": 0.5}])
def test_weights(weight, tmp_path):
    texts, labels = ["to be", "or not", "to be or", "be"], ["x", "y", "x", "x"]
    classifier = CodelengthClassifier("blocks", class_weight=weight, prior="empirical", n_jobs=1)
    classifier.fit(texts, labels, sample_weight=[1, 2, 3, 4])
    loaded = back(classifier, tmp_path / "model")
    assert loaded.get_params() == classifier.get_params()
    np.testing.assert_array_equal(loaded.class_prior_, classifier.class_prior_)
    assert_same(classifier, loaded)


def test_weights_of_labels_that_are_numbers(tmp_path):
    classifier = CodelengthClassifier("blocks", class_weight={0: 2, np.int64(7): np.float32(0.5)})
    loaded = back(classifier.fit(["to be", "or not"], [0, 7]), tmp_path / "model")
    assert loaded.class_weight == {0: 2, 7: 0.5}


def test_weights_of_documents_are_not_lost(tmp_path, monkeypatch):
    """A model without arrays is saved as its documents."""
    monkeypatch.setattr("compressclf.models.blocks.fitted.FittedBlocks.arrays", lambda _: None)
    classifier = CodelengthClassifier("blocks").fit(["a", "b"], ["x", "y"], sample_weight=[1, 2])
    with pytest.raises(ValueError, match="saved as its documents, and their weights cannot be"):
        save_model(classifier, tmp_path / "model")
    with pytest.raises(ValueError, match="would refit blocks without the weights that fit was"):
        classifier.partial_fit(["c"], ["x"])


def test_tables_of_numbers(tmp_path):
    table = np.random.default_rng(0).normal(size=(12, 3))
    classifier = NCDClassifier(1).fit(table, [0, 1] * 6)
    loaded = back(classifier, tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(table), classifier.predict(table))
    assert loaded.n_features_in_ == 3
    with pytest.raises(ValueError, match="expecting 3 features"):
        loaded.predict(table[:, :2])


def test_the_dtype_of_a_table_is_saved(tmp_path):
    table = np.arange(30, dtype=np.int32).reshape(3, 10) ** 2
    classifier = NCDClassifier(1).fit(table, [0, 1, 2])
    loaded = back(classifier, tmp_path / "model")
    assert loaded.predict(table.astype(float)).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="numbers of dtype float64 that int32"):
        loaded.predict(table / 2)
    edit_config(tmp_path / "model", lambda config: config["settings"].update(dtype_in="<O8"))
    with pytest.raises(ValueError, match=r"the setting 'dtype_in' cannot be '<O8'\."):
        load_model(tmp_path / "model")


class Home(ByteCompressor):
    name, version = "home", "1"

    def compress(self, data):
        return data


class Strange(NCDClassifier):
    pass


@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (
            NCDClassifier(1, compressor=Home()),
            "The 'compressor' parameter of NCDClassifier cannot be saved: "
            "<tests.persistence.test_persistence.Home object at ",
        ),
        (
            NCDClassifier(1, ties="random", random_state=np.random.RandomState(0)),
            "The 'random_state' parameter of NCDClassifier cannot be saved: RandomState(MT19937)",
        ),
        (
            Strange(1),
            "A Strange cannot be saved here, only NCDClassifier, CodelengthClassifier, "
            "ImageCodelengthClassifier, ZeroShotClassifier, CodelengthFeatures, or a Pipeline of ",
        ),
    ],
    ids=["compressor", "random state", "subclass"],
)
def test_what_cannot_be_saved(classifier, message, tmp_path):
    classifier.fit(TRAIN, LABELS)
    with pytest.raises(ValueError, match=re.escape(message)):
        save_model(classifier, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_a_spec_cannot_be_saved(tmp_path, monkeypatch):
    classifier = CodelengthClassifier(Bytes(add=2.0)).fit(TRAIN, LABELS)
    monkeypatch.delitem(MODELS._rows, "bytes")
    with pytest.raises(ValueError, match="The 'model' parameter of CodelengthClassifier cannot be"):
        save_model(classifier, tmp_path / "model")


def test_dates_are_no_labels(tmp_path):
    classifier = NCDClassifier(1).fit(["one", "two"], ["a", "b"])
    classifier.classes_ = np.array(["2020-01-01", "2021-01-01"], "datetime64[D]")
    with pytest.raises(ValueError, match=r"^Labels of type datetime64\[D\] cannot be saved"):
        save_model(classifier, tmp_path / "model")


def test_what_is_not_fitted_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(NCDClassifier(), tmp_path / "model")


def test_another_version_of_the_compressor_is_told(model):
    edit_config(model, lambda config: config["versions"].update(compressor="zlib 0.9"))
    with pytest.warns(
        UserWarning, match=r"^The model was saved with zlib 0\.9 and is used with gzip \(zlib"
    ):
        load_model(model)


# Where models are written


def test_an_older_model_is_replaced_and_nothing_else(tmp_path):
    first = NCDClassifier(1).fit(TRAIN, LABELS)
    second = CodelengthClassifier("bytes").fit(TRAIN, LABELS)
    (tmp_path / "model").mkdir()
    save_model(first, tmp_path / "model")
    save_model(second, tmp_path / "model")
    assert isinstance(load_model(tmp_path / "model"), CodelengthClassifier)
    edit_config(tmp_path / "model", lambda config: config.update(format_version=2))
    save_model(first, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model").stat().st_mode & 0o777 == (tmp_path.stat().st_mode | 0o55) & 0o755


@pytest.mark.parametrize(
    ("files", "target", "message"),
    [
        (["here/thesis.txt"], "here", "{} already exists and is not a model; remove it or choose"),
        (["here/config.json"], "here", "{} already exists and is not a model; remove it or choose"),
        (["here"], "here", "{} is a file; a model needs a directory of its own."),
        ([], "no/where", "there is no directory {}/no to write into."),
    ],
)
def test_what_is_no_model_is_left_alone(files, target, message, tmp_path):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    place = tmp_path if target == "no/where" else tmp_path / target
    with pytest.raises(ValueError, match=re.escape(message.format(place))):
        save_model(NCDClassifier(1).fit(TRAIN, LABELS), tmp_path / target)
    assert sorted(tmp_path.rglob("*")) == before


def test_notes_beside_a_model_are_not_deleted(model):
    (model / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds other files than a model \(notes\.txt\); move"):
        save_model(NCDClassifier(1).fit(TRAIN, LABELS), model)


@pytest.mark.parametrize("failing", ["numpy.savez", "os.replace"])
def test_nothing_half_written(failing, model, monkeypatch):
    before = sorted(model.parent.rglob("*"))
    calls = []

    def fail(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1 + (failing == "os.replace"):  # the second move puts the new one there
            raise OSError(28, "No space left on device")
        original(*arguments, **options)

    original = __import__("os").replace
    monkeypatch.setattr(failing, fail)
    with pytest.raises(OSError, match="No space left"):
        save_model(CodelengthClassifier("bytes").fit(TRAIN, LABELS), model)
    assert sorted(model.parent.rglob("*")) == before
    assert isinstance(load_model(model), NCDClassifier)
