"""Codes of the byte model: they come back, they are as long as promised, on any path."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compressclf._lib.executor import in_threads
from compressclf.coding import symbols
from compressclf.compressors import build_compressor
from compressclf.compressors.bytelm import kernels
from compressclf.compressors.bytelm.model import ByteModel
from compressclf.documents import Corpus
from tests.compressors.bytelm.models import small_model, small_weights
from tests.compressors.bytelm.oracle import Oracle

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0).integers(0, 256, 3000, dtype=np.uint8).tobytes()
DOCUMENTS = {
    "empty": b"",
    "one byte": b"a",
    "all byte values": bytes(range(256)),
    "no UTF-8": b"caf\xe9 \xff\xfe \xc3(" * 5,
    "random": RANDOM,
    "beyond a chunk": b"to be, or not to be: " * 400,
}
every_document = pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)


@every_document
def test_round_trip_and_length(data):
    model = small_model(hidden=64, layers=2)
    code = model.encode(data)
    assert model.decode(code, len(data)) == data
    bits = model.bits(Corpus.from_documents([data]))[0]
    assert 8 * len(code) <= bits * 1.001 + 16
    assert 8 * len(code) >= bits * 0.999 - 16


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_come_back(data):
    model = small_model(spread=5.0)
    assert model.decode(model.encode(data), len(data)) == data


@every_document
def test_the_bundled_model_writes_files(data):
    compressor = build_compressor("bytelm")
    assert compressor.decompress(compressor.compress(data)) == data


def test_the_code_is_that_of_the_frequencies():
    weights = small_weights(layers=2)
    oracle, text = Oracle(weights), b"as plain as it can be"
    tables = [oracle.read(token) for token in [256, *text[:-1]]]
    code = symbols.encode(np.array(tables, np.uint32), list(text))
    assert ByteModel(weights).encode(text) == code


def test_codes_of_two_threads_and_batches_decode_alone_in_another_process(tmp_path):
    """The codes of 64 documents at once, by two threads, are read one by one elsewhere."""
    path = tmp_path / "weights"
    path.write_bytes(small_weights(hidden=64, seed=3).to_bytes())
    compressor = build_compressor(f"bytelm:weights={path}")
    docs = Corpus.from_documents([RANDOM[i : 4 * i] + b"some text" * i for i in range(64)])
    halves = in_threads(compressor.codelengths, [docs[:32], docs[32:]], 2)
    codes = in_threads(compressor.encode, list(docs), 2)
    bits = compressor.codelengths(docs)
    assert np.concatenate(halves).tolist() == bits.tolist()
    for doc, code in zip(docs, codes, strict=True):
        (tmp_path / f"{len(doc)}.code").write_bytes(code)
    program = (
        "import sys, hashlib, pathlib\n"
        "from compressclf.compressors import build_compressor\n"
        f"codec = build_compressor({compressor.spec!r})\n"
        f"for size in {docs.lengths.tolist()}:\n"
        f"    code = pathlib.Path({str(tmp_path)!r}, f'{{size}}.code').read_bytes()\n"
        "    data = codec.decode(code, size)\n"
        "    print(hashlib.sha256(data).hexdigest(), codec.codelength(data).hex())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    expected = [
        f"{hashlib.sha256(doc).hexdigest()} {cost.hex()}"
        for doc, cost in zip(docs, bits.tolist(), strict=True)
    ]
    assert done.stdout.split("\n")[:-1] == expected


def test_a_code_cut_short_and_one_that_promises_too_much_are_refused():
    model = small_model()
    code = model.encode(RANDOM)
    with pytest.raises(ValueError, match="The code ends before the data does"):
        model.decode(code[: len(code) // 2], len(RANDOM))
    with pytest.raises(ValueError, match="The code is too short for this many bytes"):
        model.decode(code, 1 << 60)


def test_the_cheapest_byte_is_not_cheaper_than_the_limit_assumes():
    shares = np.zeros(256, np.int64)
    scores = np.full(256, -(2**24), np.int32)
    scores[7] = 2**24
    kernels._frequencies(scores, small_model().arrays[4][1], shares)
    bits = 24 - np.log2(shares[7])
    assert 8 / bits < 22_803
    code = ByteModel(small_weights()).encode(b"")
    assert code == b""


def test_progress_is_told():
    model, seen = small_model(), []
    code = model.encode(b"a" * 9000, progress=seen.append)
    assert seen == [4096, 8192, 9000]
    seen.clear()
    model.decode(code, 9000, progress=seen.append)
    assert seen == [4096, 8192, 9000]
