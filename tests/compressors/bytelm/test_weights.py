"""Files of weights: what is wrong with one is said, and nothing is computed with it."""

import contextlib
import hashlib
import os

import numpy as np
import pytest

from compressclf.compressors import build_compressor
from compressclf.compressors.bytelm.compressor import BUNDLED
from compressclf.compressors.bytelm.training.network import random_parameters
from compressclf.compressors.bytelm.training.quantise import quantise
from compressclf.compressors.bytelm.weights import MOST_BYTES, Weights
from compressclf.compressors.tensors import pack_tensors
from tests.compressors.bytelm.models import small_weights

GOOD = small_weights(layers=2)
FACTS = {"format": "compressclf bytelm", "version": "1"}


def changed(**arrays):
    tensors = {**GOOD.tensors, **arrays}
    return {name: value for name, value in tensors.items() if value is not None}


def test_weights_come_back_with_their_facts():
    weights = Weights(GOOD.tensors, {"made": "by hand"})
    file = weights.to_bytes()
    back, digest = Weights.from_bytes(file, name="file")
    assert back.facts == {"made": "by hand"}
    assert all((back.tensors[name] == weights.tensors[name]).all() for name in weights.tensors)
    assert (back.hidden, back.layers) == (32, 2)
    assert back.multiplications == 3 * 96 * 32 + 256 * 32
    assert digest == hashlib.sha256(file).hexdigest()


wide = np.int32


@pytest.mark.parametrize(
    ("tensors", "complaint"),
    [
        (changed(head=None), "'head' is missing or unknown"),
        (changed(extra=np.zeros(1, np.int8)), "'extra' is missing or unknown"),
        (changed(input=np.zeros((257, 30), np.int16)), "'input' must have 3 times a multiple"),
        (changed(input=np.zeros(257, np.int16)), "'input' must have 3 times a multiple"),
        ({"input": GOOD.tensors["input"]}, "there must be 1 to 16 layers, not 0"),
        (changed(head_bias=np.zeros(256, np.int64)), "'head_bias' must be int32 of shape"),
        (changed(head=np.zeros((256, 64), np.int8)), "'head' must be int8 of shape"),
        (changed(head=np.full((256, 32), -128, np.int8)), "outside \\[-127, 127\\]"),
        (changed(head_scale=np.full(256, -1, wide)), "outside \\[0, 67108863\\]"),
        (changed(head_bias=np.full(256, 1 << 30, wide)), "outside"),
        (changed(input=np.full((257, 96), -32768, np.int16)), "outside"),
    ],
)
def test_arrays_that_are_no_model_are_refused(tensors, complaint):
    with pytest.raises(ValueError, match=complaint):
        Weights(tensors)
    file = pack_tensors(tensors, FACTS)
    with pytest.raises(ValueError, match=f"^some file does not hold weights.*{complaint}"):
        Weights.from_bytes(file, name="some file")


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({}, "its format is None"),
        ({**FACTS, "version": "2"}, "its format version is '2', this version of compressclf"),
    ],
)
def test_files_of_another_kind_are_refused(facts, complaint):
    with pytest.raises(ValueError, match=complaint):
        Weights.from_bytes(pack_tensors(GOOD.tensors, facts), name="file")


def test_a_file_that_is_missing_or_none(tmp_path):
    with pytest.raises(ValueError, match=r"there is no such file .* that compressclf train-lm"):
        build_compressor(f"bytelm:weights={tmp_path / 'none'}").codelength(b"a")
    (tmp_path / "text").write_bytes(b"to be, or not to be")
    with pytest.raises(ValueError, match=r"text does not hold weights .* compressclf train-lm"):
        build_compressor(f"bytelm:weights={tmp_path / 'text'}").codelength(b"a")
    with pytest.raises(ValueError, match="The 'weights' parameter of bytelm must be the path"):
        build_compressor("bytelm:weights=3")


def test_a_file_that_may_never_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/zero"):
        with pytest.raises(
            ValueError, match=r"is not a regular file; the 'weights' parameter of bytel"
        ):
            build_compressor(f"bytelm:weights={path}").codelength(b"a")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ValueError, match="bytes, but the largest byte model has 1"):
        build_compressor(f"bytelm:weights={tmp_path / 'large'}").codelength(b"a")


def test_every_cut_and_many_changes_of_a_file_are_refused_or_read(tmp_path):
    file = small_weights().to_bytes()
    for size in range(0, len(file), 997):
        with pytest.raises(ValueError, match="not a complete safetensors file"):
            Weights.from_bytes(file[:size], name="file")
    rng = np.random.default_rng(0)
    for _ in range(200):
        broken = bytearray(file)
        broken[rng.integers(0, 1400)] ^= 1 << rng.integers(0, 8)
        with contextlib.suppress(ValueError):  # nothing else, and no crash
            Weights.from_bytes(bytes(broken), name="file")


def test_weights_that_do_not_fit_are_refused():
    parameters = random_parameters(32, 1)
    parameters["head.weight"][0, 0] = np.nan
    with pytest.raises(ValueError, match="infinities or NaN"):
        quantise(parameters)
    parameters["head.weight"][0, 0] = 1e9
    with pytest.raises(ValueError, match="too large for the integer model"):
        quantise(parameters)


def test_a_matrix_of_zeros_is_quantised():
    parameters = random_parameters(32, 1)
    parameters["head.weight"][:] = 0
    assert not quantise(parameters).tensors["head"].any()


def test_the_bundled_weights_and_their_card():
    compressor = build_compressor("bytelm")
    card = (BUNDLED.parent / "README.md").read_text()
    assert compressor.digest in card
    assert compressor.model_bytes == BUNDLED.stat().st_size <= 10_000_000
    assert compressor.runtime == ""
    assert compressor.spec == "bytelm"
