"""What holds for every compressor; the tests run over the registry."""

import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf.compressors import ByteCompressor, build_compressor
from compressclf.documents import Corpus
from tests.compressors.bytelm.models import small_spec
from tests.registered import QUICK
from tests.texts import AWKWARD, labelled_texts

pytestmark = pytest.mark.slow

LONG_TEXT = " ".join(labelled_texts(60)[0]).encode()
SPECS = {name: small_spec() if name == "bytelm" else name for name in QUICK}
SPECS["contextmix with bytelm"] = f"contextmix:memory=1,model=[{small_spec()}]"
COMPRESSORS_BY_NAME = {name: build_compressor(spec) for name, spec in SPECS.items()}
every_compressor = pytest.mark.parametrize(
    "compressor", [*COMPRESSORS_BY_NAME.values()], ids=[*COMPRESSORS_BY_NAME]
)
lossless = {name: each for name, each in COMPRESSORS_BY_NAME.items() if each.lossless}
every_lossless = pytest.mark.parametrize("compressor", [*lossless.values()], ids=[*lossless])

# Bytes of the empty document. A change here is a change of every short text's distances.
OVERHEAD_BYTES = {
    "gzip": 20,
    "zlib": 8,
    "deflate": 2,
    "lz77": 0,
    "bz2": 14,
    "xz": 32,
    "lzma": 10,
    "zstd": 9,
    "brotli": 1,
    "ppmd": 5,
    "lz4": 11,
    "identity": 0,
    "contextmix": 0,
    "bytelm": 0,
}


def bits_of_the_code(compressor, data):
    """What is written of `data`, in bits: a byte compressor's codelength, to the bit.

    The codelength of a model is fractional: its code may take 16 bits more for the coder's last
    bytes, and 0.1 % for its rounding. The header of its files is no part of it.
    """
    if isinstance(compressor, ByteCompressor):
        return 8.0 * len(compressor.compress(data))
    return pytest.approx(8.0 * len(compressor.encode(data)), rel=1e-3, abs=16)


@every_lossless
@given(data=st.binary(max_size=500) | st.text(max_size=200).map(str.encode))
@settings(max_examples=50, deadline=None)
def test_round_trip(compressor, data):
    assert compressor.decompress(compressor.compress(data)) == data


@every_lossless
def test_round_trip_of_awkward_documents(compressor):
    rng = random.Random(0)
    noise = rng.randbytes(160_000)
    for data in [*AWKWARD, LONG_TEXT * 40, noise]:
        assert compressor.decompress(compressor.compress(data)) == data


@every_lossless
def test_codelengths_are_the_bits_of_the_code(compressor):
    docs = Corpus.from_documents([*AWKWARD, LONG_TEXT])
    lengths = compressor.codelengths(docs)
    assert lengths.dtype == np.float64
    assert lengths.tolist() == [bits_of_the_code(compressor, doc) for doc in docs]
    assert compressor.codelength(LONG_TEXT) == lengths[-1]


@every_lossless
@pytest.mark.parametrize("separator", [b"", b" ", b"\n\n"])
def test_joint_codelengths_code_prefix_separator_document(compressor, separator):
    prefixes = Corpus.from_documents(AWKWARD[:6])
    docs = Corpus.from_documents([*AWKWARD[3:], LONG_TEXT[:700]])
    joint = compressor.joint_codelengths(prefixes, compressor.prepare(docs), separator=separator)
    together = [prefix + separator + doc for prefix in prefixes for doc in docs]
    assert joint.ravel().tolist() == [bits_of_the_code(compressor, text) for text in together]
    assert joint.ravel().tolist() == list(map(compressor.codelength, together))


@every_compressor
@pytest.mark.parametrize("separator", [b"", b" "])
def test_joint_codelengths_are_codelengths_of_the_joint(compressor, separator):
    prefixes = Corpus.from_documents(AWKWARD[:6])
    docs = Corpus.from_documents([*AWKWARD[3:], LONG_TEXT[:700]] * 6)  # enough for any engine
    joint = compressor.joint_codelengths(prefixes, compressor.prepare(docs), separator=separator)
    for prefix, row in zip(prefixes, joint, strict=True):
        whole = Corpus.from_documents([prefix + separator + doc for doc in docs])
        assert row == pytest.approx(compressor.codelengths(whole), rel=1e-12)
    assert (joint >= 0).all()
    assert (compressor.codelengths(docs) >= 0).all()


@every_compressor
def test_conditional_codelengths_are_joint_minus_single(compressor):
    docs, given = Corpus.from_documents(["abcabc", "xyz"]), Corpus.from_documents(["abc", "", "q"])
    conditional = compressor.conditional_codelengths(docs, given, separator=b" ")
    assert conditional.shape == (2, 3)
    assert conditional[0, 1] == compressor.codelength(b" abcabc") - compressor.codelength(b"")


@every_compressor
def test_equal_texts_together_take_less_than_twice(compressor):
    if compressor.name in ("identity", "bytelm"):
        pytest.skip("the control does not compress; untrained weights do not either")
    docs = Corpus.from_documents([LONG_TEXT[:1500]])
    joint = compressor.joint_codelengths(docs, docs)[0, 0]
    assert joint < 1.6 * compressor.codelengths(docs)[0]


@every_compressor
def test_threads_agree_with_one_another(compressor):
    docs = Corpus.from_documents(labelled_texts(40, seed=3)[0])
    prepared = compressor.prepare(docs)
    alone = compressor.joint_codelengths(docs, prepared, separator=b" ")
    with ThreadPoolExecutor(4) as pool:
        rows = list(
            pool.map(
                lambda i: compressor.joint_codelengths(docs[i : i + 1], prepared, separator=b" "),
                range(len(docs)),
            )
        )
    assert np.array_equal(np.concatenate(rows), alone)
    assert np.array_equal(
        compressor.joint_codelengths(docs, prepared[7:20], separator=b" "), alone[:, 7:20]
    )


@every_compressor
def test_facts(compressor):
    assert compressor.overhead_bits == 8.0 * OVERHEAD_BYTES[compressor.name]
    assert compressor.version
    assert pickle.loads(pickle.dumps(compressor)) == compressor
    assert compressor.window is None or compressor.window >= 0


@pytest.mark.parametrize("name", ["gzip", "zlib", "deflate", "lz4"])
def test_nothing_is_found_beyond_the_window(name):
    compressor = build_compressor(name)
    rng = random.Random(5)
    text = rng.randbytes(1000)
    near = text + rng.randbytes(compressor.window - 2000) + text
    far = text + rng.randbytes(compressor.window + 1000) + text
    saved_near = len(near) - len(compressor.compress(near))
    saved_far = len(far) - len(compressor.compress(far))
    assert saved_near > 600
    assert saved_far < 100
