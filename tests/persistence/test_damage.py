"""What is no model, is damaged or does harm is refused by name."""

import contextlib
import io
import json
import re
import warnings
import zipfile

import numpy as np
import pytest

from compressclf import CodelengthClassifier, load_model, save_model
from tests.saved_models import edit_config, members_of, seal, set_array, write_members
from tests.texts import labelled_texts

pytestmark = pytest.mark.usefixtures("byte_models")

TRAIN, LABELS = labelled_texts(40, seed=1)


@pytest.fixture
def counted(tmp_path):
    save_model(CodelengthClassifier("counted-bytes").fit(TRAIN, LABELS), tmp_path / "model")
    return tmp_path / "model"


def refusal(directory, **how):
    with pytest.raises(ValueError, match=f"^{re.escape(str(directory))}: ") as error:
        load_model(directory, **how)
    return str(error.value).removeprefix(f"{directory}: ")


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "nowhere")


def test_not_a_model(tmp_path, model):
    sentence = "not a model: a model is a directory with config.json and arrays.npz."
    assert refusal(tmp_path) == sentence
    (model / "config.json").unlink()
    assert refusal(model) == sentence
    (tmp_path / "file").write_text("{}")
    assert refusal(tmp_path / "file") == sentence


def test_a_missing_file(model):
    (model / "arrays.npz").unlink()
    assert refusal(model) == "arrays.npz is missing."


def test_a_truncated_file(model):
    data = (model / "arrays.npz").read_bytes()
    (model / "arrays.npz").write_bytes(data[:-10])
    assert (
        refusal(model)
        == f"arrays.npz is cut off: {len(data) - 10:,} of {len(data):,} bytes are there."
    )
    config = (model / "config.json").read_bytes()
    for length in (0, 1, len(config) // 2, len(config) - 3):
        (model / "config.json").write_bytes(config[:length])
        assert refusal(model) == "config.json is damaged or cut off: it is not valid JSON."


def test_a_changed_byte(model):
    data = bytearray((model / "arrays.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (model / "arrays.npz").write_bytes(data)
    assert refusal(model) == "arrays.npz is damaged: its SHA-256 is not the one in config.json."


CONFIGS = {
    "kind": (
        lambda c: c.update(kind="ncd-nn"),
        "Unknown kind of model 'ncd-nn': choose from ncd-knn, codelength, image-codelength, "
        "zero-shot, features; did you mean 'ncd-knn'?",
    ),
    "newer": (
        lambda c: c.update(format_version=2),
        "the model has format version 2, and this compressclf reads up to 1: pip install --upgrade "
        "compressclf",
    ),
    "no version": (
        lambda c: c.update(format_version="1"),
        "config.json has the format version '1', not a number >= 1.",
    ),
    "other format": (
        lambda c: c.update(format="skops"),
        "not a model: config.json does not say 'compressclf-model'.",
    ),
    "no parameters": (
        lambda c: c.update(parameters=[]),
        "config.json: 'parameters' is missing or not a dict.",
    ),
    "unknown parameter": (
        lambda c: c["parameters"].update(compresor="gzip"),
        "Unknown parameter 'compresor': choose from n_neighbors, compressor, metric, weights, "
        "ties, order, separator, symmetrize, subtract_overhead, layout, preprocess, candidates, "
        "n_jobs, random_state; did you mean 'compressor'?",
    ),
    "parameter of another type": (
        lambda c: c["parameters"].update(metric=["ncd"]),
        "config.json: the parameter 'metric' cannot be ['ncd'].",
    ),
    "no bytes": (
        lambda c: c["parameters"].update(separator={"bytes": "xy"}),
        "config.json: the parameter 'separator' cannot be None.",
    ),
    "parameter out of range": (
        lambda c: c["parameters"].update(n_neighbors=-1),
        "The 'n_neighbors' parameter of NCDClassifier must be an int >= 1. Got -1 instead.",
    ),
    "more neighbours than documents": (
        lambda c: c["parameters"].update(n_neighbors=4),
        "Expected n_neighbors <= n_samples, but n_neighbors = 4, n_samples = 3: take fewer "
        "neighbours or more training documents.",
    ),
    "a million threads": (
        lambda c: c["parameters"].update(n_jobs=10**6),
        "config.json: the parameter 'n_jobs' cannot be 1000000.",
    ),
    "seed": (
        lambda c: c["settings"].update(seed=2**31),
        "config.json: the setting 'seed' cannot be 2147483648.",
    ),
    "path": (
        lambda c: c["files"].update({"../arrays.npz": c["files"].pop("arrays.npz")}),
        "config.json names the unknown file '../arrays.npz'.",
    ),
    "no files": (lambda c: c.update(files={}), "config.json does not name arrays.npz."),
    "no length": (
        lambda c: c["files"].update({"arrays.npz": 7}),
        "config.json does not say how long arrays.npz is.",
    ),
    "class names of another type": (
        lambda c: c["classes"].update(names=["a", 1]),
        "the class names are not all of type str.",
    ),
    "class names twice": (
        lambda c: c["classes"].update(names=["a", "a"]),
        "the class names are not distinct, sorted and of type str.",
    ),
    "class names out of range": (
        lambda c: c["classes"].update(names=[1, 300], dtype="int8"),
        "the class names are not distinct, sorted and of type int8.",
    ),
    "class names of no type": (
        lambda c: c["classes"].update(dtype="datetime64"),
        "the class names are not a list of a known type.",
    ),
    "fewer classes than labels": (
        lambda c: c["classes"].update(names=["a"]),
        "the array 'y' has classes outside [0, 1).",
    ),
    "array not in the archive": (
        lambda c: c["arrays"].update(more={"dtype": "<i8", "shape": [1]}),
        "arrays.npz and config.json do not name the same arrays: 'more.npy'.",
    ),
    "array not in the config": (
        lambda c: c["arrays"].pop("rank"),
        "arrays.npz and config.json do not name the same arrays: 'rank.npy'.",
    ),
    "other shape": (
        lambda c: c["arrays"]["y"].update(shape=[4]),
        "arrays.npz: 'y.npy' has dtype int64 and shape (3,), and config.json says int64 and (4,).",
    ),
    "a shape of terabytes": (
        lambda c: c["arrays"]["y"].update(shape=[2**40]),
        "arrays.npz has 1,082 bytes, and the arrays in config.json take 8,796,093,022,280.",
    ),
    "negative shape": (
        lambda c: c["arrays"]["y"].update(shape=[-3]),
        "config.json has no valid dtype and shape for 'y.npy'.",
    ),
    "objects": (
        lambda c: c["arrays"]["y"].update(dtype="|O"),
        "config.json has no valid dtype and shape for 'y.npy'.",
    ),
    "no such dtype": (
        lambda c: c["arrays"]["y"].update(dtype="<f7"),
        "config.json has no valid dtype and shape for 'y.npy'.",
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_is_wrong(name, model):
    change, sentence = CONFIGS[name]
    edit_config(model, change)
    assert refusal(model) == sentence


def test_a_config_that_exhausts_the_reader(model, monkeypatch):
    (model / "config.json").write_text("[" * 200_000)
    assert refusal(model) == "config.json is damaged or cut off: it is not valid JSON."
    monkeypatch.setattr("compressclf.persistence.directory.LARGEST_CONFIG", 1000)
    assert refusal(model) == "config.json is larger than 1,000 bytes."


ARRAYS = {
    "offsets backwards": (
        {"offsets": np.array([0, 9, 5, 16])},
        "the array 'offsets' does not rise from 0 to the end of the documents.",
    ),
    "offsets negative": (
        {"offsets": np.array([-5, 5, 11, 16])},
        "the array 'offsets' does not rise from 0 to the end of the documents.",
    ),
    "offsets beyond": (
        {"offsets": np.array([0, 5, 11, 17])},
        "the array 'offsets' does not rise from 0 to the end of the documents.",
    ),
    "offsets that wrap around": (
        {"offsets": np.array([0, 2**63 - 1, -2, 16])},
        "the array 'offsets' does not rise from 0 to the end of the documents.",
    ),
    "offsets of other length": (
        {"offsets": np.array([0, 16])},
        "the array 'offsets' has dtype int64 and shape (2,); expected int64 and (4).",
    ),
    "class negative": ({"y": np.array([0, -1, 0])}, "the array 'y' has classes outside [0, 2)."),
    "class beyond": ({"y": np.array([0, 2, 0])}, "the array 'y' has classes outside [0, 2)."),
    "classes as floats": (
        {"y": np.zeros(3)},
        "the array 'y' has dtype float64 and shape (3,); expected int64 and (any).",
    ),
    "rank": (
        {"rank": np.array([0, 0, 2**62])},
        "the array 'rank' is not an order of the documents.",
    ),
    "no rank": ({"rank": None}, "the array 'rank' is missing."),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_are_wrong(name, model):
    changed, sentence = ARRAYS[name]
    set_array(model, **changed)
    assert refusal(model) == sentence


def test_archives_that_are_made_to_harm(model):
    good = members_of(model)
    write_members(model, good)
    load_model(model)

    write_members(model, good, zipfile.ZIP_DEFLATED)
    assert refusal(model) == "arrays.npz: 'buffer.npy' is compressed or encrypted."

    write_members(model, [*good, ("../evil.npy", good[0][1])])
    assert refusal(model) == (
        "arrays.npz and config.json do not name the same arrays: '../evil.npy'."
    )

    with pytest.warns(UserWarning, match="Duplicate name"):
        write_members(model, [*good, good[0]])
    assert refusal(model) == (
        "arrays.npz and config.json do not name the same arrays: a member is there twice."
    )

    write_members(model, [(name, data + b"more") for name, data in good])
    assert refusal(model) == "arrays.npz: 'buffer.npy' is not as long as its shape says."

    write_members(model, [(name, b"no array") for name, _ in good])
    assert refusal(model) == "arrays.npz: the header of 'buffer.npy' cannot be read."

    write_members(model, [(name, data.replace(b"(", b"[", 1)) for name, data in good])
    assert refusal(model) == "arrays.npz: the header of 'buffer.npy' cannot be read."

    (model / "arrays.npz").write_bytes(b"no archive".ljust(200))
    seal(model)
    assert refusal(model) == "arrays.npz is not a readable archive (File is not a zip file)."


def test_a_bomb_is_not_unpacked(model):
    write_members(model, members_of(model))
    data = bytearray((model / "arrays.npz").read_bytes())
    entry = data.index(b"PK\x01\x02")  # the directory's first row: sizes at 20 and 24
    data[entry + 20 : entry + 28] = (2**31).to_bytes(4, "little") * 2
    (model / "arrays.npz").write_bytes(data)
    seal(model)
    assert refusal(model) == "arrays.npz declares more bytes than it has."


def test_objects_are_never_unpickled(model):
    stream = io.BytesIO()
    np.save(stream, np.array([None], object), allow_pickle=True)
    write_members(
        model, [(n, stream.getvalue() if n == "y.npy" else d) for n, d in members_of(model)]
    )
    assert refusal(model) == (
        "arrays.npz: 'y.npy' has dtype object and shape (1,), and config.json says int64 and (3,)."
    )


LEARNT = {
    "model": (
        lambda c: c["settings"].update(model="counted-bites"),
        "Unknown model 'counted-bites': choose from",
    ),
    "no model": (
        lambda c: c["settings"].pop("model"),
        "config.json: None is not the spec of a model.",
    ),
    "temperature": (
        lambda c: c["settings"].update(temperature=-1.0),
        "config.json: the setting 'temperature' cannot be -1.0.",
    ),
    "temperature of NaN": (
        lambda c: c["settings"].update(temperature=float("nan")),
        "config.json has a number that is not finite.",
    ),
    "growth": (
        lambda c: c["settings"].update(growth=2.5),
        "config.json: the setting 'growth' cannot be 2.5.",
    ),
    "growth of text": (
        lambda c: c["settings"].update(growth="0.5"),
        "config.json: the setting 'growth' cannot be '0.5'.",
    ),
    "length": (
        lambda c: c["settings"].update(length=0.0),
        "config.json: the setting 'length' cannot be 0.0.",
    ),
    "endless length": (
        lambda c: c["settings"].update(length=float("inf")),
        "config.json has a number that is not finite.",
    ),
    "lapse": (
        lambda c: c["settings"].update(lapse=-0.1),
        "config.json: the setting 'lapse' cannot be -0.1.",
    ),
    "lapse of NaN": (
        lambda c: c["settings"].update(lapse=float("nan")),
        "config.json has a number that is not finite.",
    ),
    "no documents": (
        lambda c: c["settings"].update(from_arrays=False),
        "the arrays of counted-bytes are missing.",
    ),
    "window without documents": (
        lambda c: c["parameters"].update(window=3),
        "the documents that partial_fit needs are missing.",
    ),
    "prior": (
        lambda c: c["parameters"].update(prior=[1, 2]),
        "The 'prior' parameter of CodelengthClassifier must have one number for each of the 3",
    ),
    "prior of nonsense": (
        lambda c: c["parameters"].update(prior=[{}, None, 1]),
        "The 'prior' parameter of CodelengthClassifier must be numbers >= 0 and not all 0.",
    ),
    "class weights without labels": (
        lambda c: c["parameters"].update(class_weight={"weights": [1]}),
        "config.json: the parameter 'class_weight' cannot be {'weights': [1]}.",
    ),
    "class weights of lists": (
        lambda c: c["parameters"].update(class_weight={"labels": [[]], "weights": [1]}),
        "config.json: the parameter 'class_weight' cannot be {'labels': [[]], 'weights': [1]}.",
    ),
    "class weights of text": (
        lambda c: c["parameters"].update(class_weight={"labels": ["x"], "weights": ["y"]}),
        "The 'class_weight' parameter of CodelengthClassifier must give each label a number >= 0.",
    ),
    "no threads": (
        lambda c: c["parameters"].update(n_jobs=0),
        "The 'n_jobs' parameter of CodelengthClassifier must be None or an int other than 0.",
    ),
    "another model": (
        lambda c: c["settings"].update(model="bytes"),
        "the arrays of bytes do not fit it: bytes cannot be restored from arrays.",
    ),
}


@pytest.mark.parametrize("name", LEARNT)
def test_settings_that_are_wrong(name, counted):
    change, sentence = LEARNT[name]
    edit_config(counted, change)
    assert refusal(counted).startswith(sentence)


def test_learnt_arrays_that_are_wrong(counted):
    set_array(counted, **{"model.counts": -np.ones((3, 256), np.int64)})
    assert refusal(counted) == ("the arrays of counted-bytes do not fit it: counts are not counts.")
    set_array(counted, **{"model.counts": None})
    assert refusal(counted) == "the arrays of counted-bytes do not fit it: 'counts'"
    set_array(counted, class_count=np.array([1, -1, 2]))
    assert refusal(counted) == "the array 'class_count' has negative numbers."


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"temperatures": np.array([1.0, np.nan])},
            "the array 'temperatures' must hold numbers in [1e-30, 1e30].",
        ),
        (
            {"weights": np.array([2.0, -1.0])},
            "the array 'weights' must hold numbers >= 0 with a sum of 1.",
        ),
        (
            {"weights": np.ones(3)},
            "the array 'weights' must hold one float64 per model.",
        ),
    ],
)
def test_combinations_that_are_wrong(changed, sentence, tmp_path):
    save_model(CodelengthClassifier("bytes+bytes:add=1").fit(TRAIN, LABELS), tmp_path / "model")
    set_array(tmp_path / "model", **changed)
    assert refusal(tmp_path / "model") == sentence


def test_work_that_no_saved_model_asks_for(tmp_path):
    """A model that is saved as arrays is not learnt again, however its spec was changed."""
    save_model(CodelengthClassifier("bytes").fit(TRAIN, LABELS), tmp_path / "model")
    edit_config(tmp_path / "model", lambda c: c["settings"].update(model="blocks:correct=1000"))
    assert refusal(tmp_path / "model") == "the arrays of blocks are missing."
    specs = ["bytes", "blocks:correct=1000"]
    edit_config(tmp_path / "model", lambda c: c["settings"].update(model=specs))
    assert refusal(tmp_path / "model") == "the arrays of blocks are missing."
    flags = {"members_from_arrays": [False]}
    edit_config(tmp_path / "model", lambda c: c["settings"].update(flags))
    assert refusal(tmp_path / "model") == "config.json does not say which models have arrays."


def test_memory_that_the_machine_has_not(tmp_path, monkeypatch):
    save_model(CodelengthClassifier("bytes").fit(TRAIN, LABELS), tmp_path / "model")
    monkeypatch.setattr(
        "compressclf.compressors.contextmix.memory.memory_of_machine", lambda: 2**14
    )
    edit_config(tmp_path / "model", lambda c: c["settings"].update(model="contextmix:memory=4096"))
    assert refusal(tmp_path / "model", trusted=True) == (
        "3 context mixers, one per class or part of it, take 18,432 MiB, and the machine has "
        "16,384: give contextmix a smaller 'memory', or fit to fewer classes."
    )


def test_counts_that_do_not_count(tmp_path):
    save_model(CodelengthClassifier("bytes").fit(TRAIN, LABELS), tmp_path / "model")
    set_array(tmp_path / "model", class_count=np.array([1, 1, 1]))
    assert refusal(tmp_path / "model") == "the array 'class_count' does not count the documents."


def leaves(value, path=()):
    """Yield the place of everything in a JSON value."""
    if path:
        yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))


@pytest.mark.parametrize("which", ["model", "counted"])
def test_whatever_a_config_says_one_sentence_is_the_worst(which, request):
    directory = request.getfixturevalue(which)
    before = (directory / "config.json").read_text()
    for path in leaves(json.loads(before)):
        for odd in (None, True, -1, 2**70, 0.5, "", "x", [], [[]], [None], {}, {"bytes": "00"}):
            config = json.loads(before)
            place = config
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = odd
            (directory / "config.json").write_text(json.dumps(config))
            with warnings.catch_warnings(), contextlib.suppress(ValueError):
                warnings.simplefilter("ignore")
                load_model(directory)
