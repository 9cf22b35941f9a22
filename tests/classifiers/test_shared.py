"""One fitted classifier, asked by several threads at once and mapped from a file.

``python -m benchmarks.shared_classifiers`` does the same for longer.
"""

import functools
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import numba
import numpy as np
import pytest

from compressclf import CodelengthClassifier, ImageCodelengthClassifier, NCDClassifier
from compressclf._lib.jit import dispatcher_of
from compressclf._lib.optional import MissingExtraError
from tests.compressors.bytelm.models import small_spec
from tests.registered import CODECS, IMAGE_MODELS, QUICK, TEXT_MODELS
from tests.texts import labelled_texts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(numba.config.DISABLE_JIT, reason="takes minutes as plain Python"),
]

LIVE = "blocks, more learnt"
CLASSIFIERS = [
    *TEXT_MODELS,
    LIVE,
    "blocks+contextmix",
    *(f"lm:compressor={name}" for name in ("gzip", "lz77", "bytelm", "zstd")),
]
NEIGHBORS = [*(f"NCD {name}" for name in [*QUICK, *CODECS]), "NCD candidates"]
NAMES = [*CLASSIFIERS, *IMAGE_MODELS, *NEIGHBORS]
every_classifier = pytest.mark.parametrize("name", NAMES)


def images(n, seed=0):
    """Noisy images of two classes: a bright row or a bright column."""
    rng = np.random.default_rng(seed)
    made, y = rng.integers(0, 60, (n, 9, 8), dtype=np.uint8), np.arange(n) % 2
    made[y == 0, 4] += 150
    made[y == 1, :, 3] += 150
    return made, y


def built(name):
    """A classifier that takes no more than a second."""
    if name in IMAGE_MODELS:
        return ImageCodelengthClassifier(name, n_jobs=1)
    if name == "NCD candidates":
        return NCDClassifier(2, candidates="ngrams", n_jobs=1)
    if name.startswith("NCD"):
        return NCDClassifier(2, compressor=quick(name.split()[1]), n_jobs=1)
    if name.startswith("lm:compressor="):
        name = f"lm:shots=3,compressor=[{quick(name.partition('=')[2])}]"
    return CodelengthClassifier(name.split(",")[0] if name == LIVE else name, n_jobs=1)


def quick(compressor):
    return {"bytelm": small_spec(), "contextmix": "contextmix:memory=1"}.get(compressor, compressor)


@functools.cache
def fitted(name):
    """A fitted classifier and documents to ask it about."""
    train, queries = labelled_texts(30), [" ".join(labelled_texts(4, seed=s)[0]) for s in (1, 2)]
    if name in IMAGE_MODELS or name.removeprefix("NCD ") in CODECS:
        train, queries = images(30), images(6, seed=1)[0]
    try:
        classifier = built(name).fit(*train)
    except MissingExtraError as error:
        pytest.skip(str(error))
    if name == LIVE:
        classifier.partial_fit(train[0][:5], train[1][:5])
    return classifier, queries


def differing(name, n_threads=4, n_calls=8):
    """How many of several calls at once differ from a call alone."""
    classifier, queries = fitted(name)
    alone = classifier.predict_proba(queries)
    begin = threading.Barrier(n_threads)

    def ask(_):
        begin.wait()
        return classifier.predict_proba(queries)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(n_threads) as pool:
            found = list(pool.map(ask, range(n_calls)))
    finally:
        sys.setswitchinterval(before)
    return sum(not np.array_equal(one, alone) for one in found)


@every_classifier
def test_threads_get_the_same_bits(name):
    assert differing(name) == 0


def kernels():
    """The number of types that each kernel is compiled for."""
    return {
        kernel: len(dispatcher_of(kernel).signatures)
        for name, module in list(sys.modules.items())
        if name.startswith("compressclf.")
        for kernel in list(vars(module).values())
        if callable(kernel) and hasattr(kernel, "_numba_type_")
    }


@every_classifier
def test_a_memory_map_gives_the_same_bits_without_compiling(name, tmp_path):
    classifier, queries = fitted(name)
    bits = classifier.predict_proba(queries)
    joblib.dump(classifier, tmp_path / "classifier")
    file = (tmp_path / "classifier").read_bytes()
    before = kernels()
    for mode in ("r", "r+", "c"):
        mapped = joblib.load(tmp_path / "classifier", mmap_mode=mode)
        assert np.array_equal(mapped.predict_proba(queries), bits)
        assert np.array_equal(mapped.predict_proba(queries), bits)
    assert kernels() == before
    assert (tmp_path / "classifier").read_bytes() == file


@pytest.mark.parametrize("name", ["blocks", LIVE, "blocks:correct=none", "zstd-dict"])
def test_a_memory_map_can_learn_more(name, tmp_path):
    classifier, queries = fitted(name)
    joblib.dump(classifier, tmp_path / "classifier")
    mapped = joblib.load(tmp_path / "classifier", mmap_mode="r")
    plain = pickle.loads(pickle.dumps(classifier))
    for one in (mapped, plain):
        one.partial_fit(queries, np.resize(classifier.classes_, len(queries)))
    assert np.array_equal(mapped.predict_proba(queries), plain.predict_proba(queries))


def test_learning_and_saving_do_not_disturb_who_asks():
    """Every answer is that of before or after, and no answer mixes both."""
    texts, labels = labelled_texts(60)
    queries = labelled_texts(8, seed=3)[0]
    classifier = CodelengthClassifier("blocks", calibration=1.0, prior="uniform", n_jobs=1)
    classifier.fit(texts, labels)
    classifier.partial_fit(texts[:5], labels[:5])
    states = [classifier.codelengths(queries)]
    found, done = [], threading.Event()

    def ask():
        while not done.is_set():
            found.append(classifier.codelengths(queries))

    asking = threading.Thread(target=ask)
    asking.start()
    for i in range(5):
        classifier.partial_fit(texts[5 * i : 5 * i + 5], labels[5 * i : 5 * i + 5])
        states.append(classifier.codelengths(queries))
        classifier.model_.arrays()
        states.append(classifier.codelengths(queries))
    done.set()
    asking.join()
    assert found
    assert all(any(np.array_equal(one, state) for state in states) for one in found)
