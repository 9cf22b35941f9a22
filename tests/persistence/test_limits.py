"""What a stranger's model may not cost, and what loading one's own model may."""

import json
import os
import re
import sys

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from compressclf import CodelengthClassifier, NCDClassifier, load_model, save_model
from compressclf.documents.preprocessing import Resize
from compressclf.persistence.config import read_classes
from tests.saved_models import edit_config, set_array
from tests.texts import labelled_texts

TRAIN, LABELS = labelled_texts(12, seed=1)
HUGE = sys.float_info.max


@pytest.fixture
def knn(tmp_path):
    save_model(NCDClassifier(1).fit(TRAIN, LABELS), tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def blocks(tmp_path):
    save_model(CodelengthClassifier("blocks:correct=none").fit(TRAIN, LABELS), tmp_path / "model")
    return tmp_path / "model"


def refusal(directory, **how):
    with pytest.raises(ValueError, match=r"^[^\n]*\.$") as error:
        load_model(directory, **how)
    return str(error.value).removeprefix(f"{directory}: ")


def test_a_name_of_the_hub_is_not_followed(knn):
    pytest.importorskip("transformers")
    edit_config(knn, lambda c: c["parameters"].update(compressor="hf-lm:gpt2"))
    assert refusal(knn).endswith(
        "path=gpt2', which may be downloaded, and a file may not start downloads: load it with "
        "`trusted=True` if you trust it."
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("compressor", "contextmix:memory=4096", "takes 4,096 MiB of memory"),
        ("compressor", "bytelm:weights=/dev/zero", "weights are outside the working directory"),
        ("candidates", "ngrams:by=[contextmix:memory=4096]", "takes 4,096 MiB of memory"),
        ("separator", "x" * 5000, "The separator must have at most 4,096 bytes"),
        ("n_jobs", 0, "'n_jobs' parameter of NCDClassifier must be None or an int other than 0"),
    ],
)
def test_parameters_out_of_proportion(key, value, sentence, knn):
    edit_config(knn, lambda c: c["parameters"].update({key: value}))
    assert sentence in refusal(knn)


def test_threads_are_those_of_the_machine(knn):
    edit_config(knn, lambda c: c["parameters"].update(n_jobs=1000))
    assert load_model(knn).n_jobs == os.cpu_count()
    assert load_model(knn, trusted=True).n_jobs == 1000


@pytest.mark.parametrize(
    "edit",
    [
        lambda config: config["settings"].update(resize_in=[10_000, 10_000]),  # of older models
        lambda config: config["parameters"].update(preprocess="resize:width=10000,height=10000"),
        lambda config: config["settings"].update(preprocess="resize:width=10000,height=10000"),
        lambda config: config["settings"].update(preprocess="frame:width=10000,height=10000"),
        lambda config: config["settings"].update(preprocess="frame:most=10000"),
    ],
)
def test_images_are_not_brought_to_any_size(edit, tmp_path):
    images = np.zeros((4, 2, 2), np.uint8)
    save_model(NCDClassifier(1).fit(images, [0, 1, 0, 1]), tmp_path / "model")
    edit_config(tmp_path / "model", edit)
    assert refusal(tmp_path / "model").startswith(
        "the model needs images of 10,000 x 10,000 pixels, and the limit"
    )


def test_pipelines_do_not_bring_images_to_any_size(tmp_path):
    images = np.zeros((4, 2, 2), np.uint8)
    pipeline = make_pipeline(Resize(width=3, height=3), NCDClassifier(1))
    save_model(pipeline.fit(images, [0, 1, 0, 1]), tmp_path / "model")
    assert load_model(tmp_path / "model").predict(images).tolist() == [0, 0, 0, 0]
    config = tmp_path / "model" / "config.json"
    text = config.read_text()
    for spec, sentence in (
        ("width=20000", "'width' parameter of Resize must be an int in [1, 10000]"),
        (
            "width=10000,height=10000",
            "the model needs images of 10,000 x 10,000 pixels, and the",
        ),
    ):
        config.write_text(re.sub('(?<=resize:)[^"]*', spec, text))
        assert sentence in refusal(tmp_path / "model")


def test_mixers_of_many_classes(tmp_path, monkeypatch):
    model = CodelengthClassifier("contextmix:memory=1").fit(TRAIN, LABELS)
    save_model(model, tmp_path / "model")
    monkeypatch.setattr("compressclf.compressors.contextmix.memory.MOST_FROM_FILE", 2)
    assert "take 4 MiB of memory, and no file decides on more than 2" in refusal(tmp_path / "model")
    load_model(tmp_path / "model", trusted=True)


@pytest.mark.parametrize("prior", [[10**400, 1, 1], [HUGE, HUGE, 1.0], [1, float("inf"), 1]])
def test_priors_that_are_no_numbers(prior, blocks):
    edit_config(blocks, lambda c: c["parameters"].update(prior=prior))
    assert refusal(blocks)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([*(f"{i:06}" for i in range(999)), "z" * 30_000], "the longest of 30,000 characters"),
        ([f"{i:06}" for i in range(100_001)], "there are 100,001 class names"),
        ([*(f"{i:06}" for i in range(9_999)), "z" * 4_000], "take too much memory: shorten the"),
    ],
)
def test_class_names_are_bounded_before_there_is_an_array(names, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_classes({"dtype": "str", "names": names})


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    labels = [label * 2000 for label in LABELS]
    with pytest.raises(ValueError, match="cannot be saved: there are 3 class names, the longest"):
        save_model(NCDClassifier(1).fit(TRAIN, labels), tmp_path / "model")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"a": NaN', "config.json has a number that is not finite."),
        ('"a": [-Infinity]', "config.json has a number that is not finite."),
        ('"a": 1e999', "config.json has a number that is not finite."),
        ('"a": 123456789012345678901', "config.json has a number of more than 64 bits."),
        ('"a": ' + "9" * 5000, "config.json has a number of more than 64 bits."),
        ('"a": [' + "[]," * 1_000_000 + "[]]", "config.json opens more than 1,000,000 brackets."),
        ('"a": {"b": 1, "b": 2}', "config.json has a key twice."),
    ],
)
def test_json_that_no_config_is(text, sentence, knn):
    (knn / "config.json").write_text(f'{{"format": "compressclf-model", {text}}}')
    assert refusal(knn) == sentence


def test_what_a_config_repeats_in_a_message_is_cut(knn):
    edit_config(knn, lambda config: config.update(format_version=["x\n"] * 10**5))
    found = refusal(knn)
    assert len(found) < 1000
    assert "config.json has the format version ['x" in found
    assert found.isprintable()


def test_arrays_have_the_size_that_is_told(knn):
    size = (knn / "arrays.npz").stat().st_size
    os.truncate(knn / "arrays.npz", 1 << 36)  # sparse: it must not be read
    assert refusal(knn) == f"arrays.npz has 68,719,476,736 bytes, and config.json says {size:,}."
    edit_config(knn, lambda c: c["files"]["arrays.npz"].update(bytes=1 << 36))
    assert refusal(knn).startswith("the model needs 68,719,476,736 bytes of arrays, and the limit")
    assert refusal(knn, trusted=True).startswith(
        "arrays.npz has 68,719,476,736 bytes, and the arra"
    )


@pytest.mark.parametrize(
    ("model", "arrays", "sentence"),
    [
        (
            "blocks+blocks:words=1",
            {"model.weights": [HUGE, HUGE]},
            "'weights' must hold numbers >= 0",
        ),
        (
            "blocks+blocks:words=1",
            {"model.temperatures": [1.0, 1e-320]},
            "'temperatures' must hold numbers",
        ),
        (
            "lm:compressor=[contextmix:memory=1]",
            {"model.excess": [HUGE] * 3},
            "The array 'excess' cannot belong",
        ),
    ],
)
def test_numbers_that_would_make_others_nan(model, arrays, sentence, tmp_path):
    save_model(CodelengthClassifier(model).fit(TRAIN, LABELS), tmp_path / "model")
    set_array(tmp_path / "model", **{name: np.array(a) for name, a in arrays.items()})
    assert sentence in refusal(tmp_path / "model")


def test_versions_are_named_with_their_library(knn):
    assert json.loads((knn / "config.json").read_text())["versions"]["compressor"].startswith(
        "gzip (zlib"
    )
    edit_config(knn, lambda c: c["parameters"].update(compressor="lz77"))
    with pytest.warns(
        UserWarning, match=r"saved with gzip \(zlib\S* .*\) and is used with lz77 \(1\)"
    ):
        load_model(knn)


def test_an_extra_that_is_missing_is_a_value_error(knn, monkeypatch):
    from compressclf._lib.optional import MissingExtraError

    def missing(*args, **kwargs):
        raise MissingExtraError("'gguf' is not installed: pip install 'compressclf[smollm2]'")

    monkeypatch.setattr("compressclf.distances.measure.build_compressor", missing)
    assert refusal(knn) == "'gguf' is not installed: pip install 'compressclf[smollm2]'."
