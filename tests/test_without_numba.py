"""Where numba is not installed, as in a browser, plain Python computes the same numbers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from compressclf import NCDClassifier, build_compressor, ncd, pairwise_distances, save_model
from compressclf._lib.jit import compiles
from compressclf.coding import reference, symbols
from tests.texts import labelled_texts

CODE = """
import json, sys
sys.modules["numba"] = None
from tests.test_without_numba import computed
json.dump(computed(sys.argv[1]), sys.stdout)
"""
SAME_LENGTHS = ("gzip", "zlib", "deflate", "bz2", "lzma")
SLOW = {"lz77": 300, "contextmix": 300, "bytelm": 24}  # bytes that take less than a second


def computed(folder):
    """Return everything that the two ways must agree on."""
    documents, labels = labelled_texts(36)  # enough for the DEFLATE engine
    distances = {
        name: pairwise_distances(documents[:4], documents, compressor=name).ravel().tolist()
        for name in SAME_LENGTHS
    }
    text = " ".join(documents).encode()
    tables = symbols.integer_frequencies(np.random.default_rng(0).random((50, 27)))
    message = np.random.default_rng(1).integers(0, 27, 50)
    code = symbols.encode(tables, message)
    classifier = NCDClassifier(3).fit(documents[:20], labels[:20])
    save_model(classifier, folder)
    return {
        "distances": distances,
        "ncd": ncd(documents[0], documents[1]),
        "slow": {
            name: build_compressor(name).codelength(text[:size]) for name, size in SLOW.items()
        },
        "code": code.hex(),
        "decoded": symbols.decode(tables, code).tolist(),
        "reference": reference.encode([(0, 2, 2), (3, 1, 2), (2, 1, 2)] * 20).hex(),
        "labels": classifier.predict(documents[20:]).tolist(),
    }


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(folder / "saved")],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return json.loads(run.stdout), run.stderr, folder / "saved"


@pytest.fixture(scope="module")
def with_numba(tmp_path_factory):
    return computed(tmp_path_factory.mktemp("model") / "saved")


@pytest.mark.skipif(not compiles(), reason="nothing is compiled")
def test_all_numbers_are_the_same(without, with_numba):
    assert without[0] == with_numba


def test_a_slow_model_says_so_once(without):
    assert without[1].splitlines() == [
        "numba is not installed, so this runs as plain Python: the same result, but some hundred "
        "times slower; give it short texts."
    ]


def test_a_saved_model_names_the_libraries_that_there_are(without):
    files = list(without[2].glob("*.json"))
    versions = next(v for f in files if (v := json.loads(f.read_text()).get("versions")))
    assert "numpy" in versions
    assert "numba" not in versions
