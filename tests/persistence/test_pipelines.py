"""Codelengths as features, and pipelines of the toolkit's own steps, on disk."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from compressclf import CodelengthClassifier, CodelengthFeatures, ImageCodelengthClassifier
from compressclf.cli import cli
from compressclf.documents.preprocessing import Centre, Quantise
from compressclf.persistence import load_model, save_model
from compressclf.reports.model_card import write_card
from tests.class_models import Bytes
from tests.saved_models import edit_config, set_array
from tests.texts import labelled_texts

TEXTS, LABELS = labelled_texts(30)
NEW = labelled_texts(6, seed=1)[0]
IMAGES = np.random.default_rng(0).integers(0, 200, (12, 9, 7), dtype=np.uint8)
OTHERS = np.random.default_rng(1).integers(0, 256, (8, 9, 7), dtype=np.uint8)


@pytest.mark.parametrize(
    "model",
    ["blocks", "zstd-dict", ["blocks:correct=none", "zstd-dict"], "blocks:correct=none+zstd-dict"],
)
def test_features_are_the_same_bits(model, tmp_path):
    features = CodelengthFeatures(model, scale="length", n_jobs=1).fit(TEXTS, LABELS)
    save_model(features, tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    assert loaded.transform(NEW).tolist() == features.transform(NEW).tolist()
    assert loaded.get_feature_names_out().tolist() == features.get_feature_names_out().tolist()
    assert loaded.get_params() == features.get_params()
    save_model(loaded, tmp_path / "again")
    for file in ("arrays.npz", "config.json"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "m" / file).read_bytes()
    write_card(features, tmp_path / "m")
    card = (tmp_path / "m" / "README.md").read_text()
    assert "CodelengthFeatures" in card
    write_card(loaded, tmp_path / "m")
    assert (tmp_path / "m" / "README.md").read_text() == card


def test_pipelines_of_images_are_the_same_bits(tmp_path):
    pipeline = Pipeline(
        [
            ("middle", Centre(n_jobs=1)),
            ("few", Quantise(levels=8)),
            ("model", ImageCodelengthClassifier("motion", n_jobs=1)),
        ]
    ).fit(IMAGES, [0, 1] * 6)
    save_model(pipeline, tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    assert loaded.predict_proba(OTHERS).tolist() == pipeline.predict_proba(OTHERS).tolist()
    assert list(loaded.named_steps) == ["middle", "few", "model"]
    assert loaded.get_params()["few__top"] == "auto"
    assert loaded.named_steps["few"].top_ == int(IMAGES.max())
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    assert config["kind"] == "pipeline+image-codelength"  # refused by who knows no pipelines


def test_a_pipeline_of_one_step(tmp_path):
    save_model(make_pipeline(CodelengthFeatures(n_jobs=1)).fit(TEXTS, LABELS), tmp_path / "m")
    assert load_model(tmp_path / "m").transform(NEW).shape == (6, 3)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(CodelengthFeatures("zstd-dict", n_jobs=1), LogisticRegression()),
        make_pipeline(StandardScaler(), CodelengthClassifier("zstd-dict", n_jobs=1)),
        make_pipeline("passthrough", CodelengthClassifier("zstd-dict", n_jobs=1)),
    ],
    ids=["head", "features and head", "scaler", "nothing"],
)
def test_other_estimators_are_refused_with_a_remedy(estimator, tmp_path):
    X = np.random.default_rng(0).normal(size=(10, 3))
    estimator.fit(X, [0, 1] * 5)
    with pytest.raises(ValueError, match=r"cannot be saved here, only .* skops, or pickle if"):
        save_model(estimator, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_what_is_not_fitted_cannot_be_saved(tmp_path):
    classifier = ImageCodelengthClassifier(Bytes(), n_jobs=1).fit(IMAGES, [0, 1] * 6)
    for estimator in (CodelengthFeatures(), Pipeline([("a", Quantise()), ("b", classifier)])):
        with pytest.raises(NotFittedError):
            save_model(estimator, tmp_path / "m")


@pytest.fixture
def saved(tmp_path):
    pipeline = make_pipeline(Centre(), ImageCodelengthClassifier("motion", n_jobs=1))
    save_model(pipeline.fit(IMAGES, [0, 1] * 6), tmp_path / "pipeline")
    save_model(CodelengthFeatures("zstd-dict", n_jobs=1).fit(TEXTS, LABELS), tmp_path / "features")
    return tmp_path


@pytest.mark.parametrize(
    "pipeline",
    [
        None,
        [],
        {},
        {"steps": 3, "last": "a"},
        {"steps": [["a", "gzip", {}]], "last": "b"},
        {"steps": [["a", "centre", {"nothing": 1}]], "last": "b"},
        {"steps": [["a", "quantise", {"top": 10**9}]], "last": "b"},
        {"steps": [["a", "centre", {}]], "last": "a"},
        {"steps": [["a__b", "centre", {}]], "last": "c"},
        {"steps": [["a", ["centre"], {}]], "last": "c"},
    ],
)
def test_damaged_pipelines_are_refused(saved, pipeline):
    edit_config(
        saved / "pipeline", lambda config: config["settings"].update({"pipeline": pipeline})
    )
    with pytest.raises(ValueError, match="the setting 'pipeline' cannot be read"):
        load_model(saved / "pipeline")


@pytest.mark.parametrize("models", [None, [], {}, [3], [{}], [{"model": "nope"}]])
def test_damaged_features_are_refused(saved, models):
    edit_config(saved / "features", lambda config: config["settings"].update({"models": models}))
    with pytest.raises(ValueError, match=r"features: "):
        load_model(saved / "features")


def test_features_without_their_documents_are_refused(saved):
    set_array(saved / "features", y=None, buffer=None, offsets=None)
    with pytest.raises(ValueError, match="the documents to fit zstd-dict to are missing"):
        load_model(saved / "features")


@pytest.mark.parametrize("kind", ["pipeline", "features"])
def test_the_command_line_says_what_they_are_for(saved, kind):
    result = CliRunner().invoke(cli, ["predict", str(saved / kind), "-"], input="a text")
    assert result.exit_code == 1
    assert "for Python: load it with compressclf.persistence.load_model." in result.output
