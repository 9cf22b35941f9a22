"""When the DEFLATE engine speaks for zlib, and what happens when it may not."""

import subprocess
import sys
import zlib

import numpy as np
import pytest

from compressclf import NCDClassifier
from compressclf.compressors import build_compressor, deflate, gzip
from compressclf.compressors.gzip import ENGINE_FROM_DOCS, Gzip
from compressclf.documents import Corpus
from tests.texts import labelled_texts

pytestmark = pytest.mark.slow

DOCS = Corpus.from_documents(labelled_texts(ENGINE_FROM_DOCS)[0])


def test_few_documents_are_not_worth_the_engine():
    assert type(Gzip().prepare(DOCS[1:])) is Corpus
    assert Gzip().prepare(DOCS) == DOCS


@pytest.mark.parametrize("level", [1, 6, 9])
def test_both_ways_give_the_same_lengths(level):
    compressor = Gzip(level)
    with_engine = compressor.joint_codelengths(DOCS, compressor.prepare(DOCS), separator=b" ")
    with_zlib = compressor.joint_codelengths(DOCS, DOCS, separator=b" ")
    assert with_engine.tolist() == with_zlib.tolist()


def test_another_zlib_is_asked_itself(monkeypatch):
    monkeypatch.setattr(deflate, "self_check", lambda level: False)
    monkeypatch.setattr(gzip, "_agreement", {})
    with pytest.warns(RuntimeWarning, match="differs from the DEFLATE engine at level 9"):
        prepared = Gzip().prepare(DOCS)
    assert type(prepared) is Corpus
    assert Gzip().engine == ""
    assert type(Gzip().prepare(DOCS)) is Corpus  # and warned only once


def test_a_few_pairs_need_no_compilation():
    code = (
        "import sys; from compressclf import ncd, NCDClassifier; ncd('a', 'b');"
        "print('compressclf.compressors.deflate' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("spec", ["gzip:level=1", "zlib", "deflate", "gzip"])
@pytest.mark.parametrize("copies_agree", [True, False])
def test_a_long_prefix_is_coded_once(spec, copies_agree, monkeypatch):
    """To the byte what the standard library writes, whether or not its coder can be copied."""
    monkeypatch.setattr(gzip, "_copies_agree", lambda level: copies_agree)
    monkeypatch.setattr(gzip, "LONGEST_PREFIX", 30_000)
    compressor = build_compressor(spec)
    rng = np.random.default_rng(0)
    long = rng.integers(97, 123, 40_000, dtype=np.uint8).tobytes()
    prefixes = Corpus.from_documents([long, b"tea", b"", long[:20_000]])
    docs = Corpus.from_documents([b"", b"rum", long[-9000:], rng.bytes(3000)] * 9)
    expected = [[8.0 * len(compressor.compress(p + b" " + doc)) for doc in docs] for p in prefixes]
    for given in (docs, compressor.prepare(docs)):
        joint = compressor.joint_codelengths(prefixes, given, separator=b" ")
        assert joint.tolist() == expected


def test_a_query_much_longer_than_all_else_is_coded_twice(monkeypatch):
    coded = []

    class Coder:
        def __init__(self, coder):
            self.coder = coder

        def compress(self, data):
            coded.append(len(data))
            return self.coder.compress(data)

        def __getattr__(self, name):
            return getattr(self.coder, name)

    real = zlib.compressobj
    monkeypatch.setattr(gzip.zlib, "compressobj", lambda level: Coder(real(level)))
    classifier = NCDClassifier(1, n_jobs=2).fit([f"tea {i}" for i in range(40)], [0, 1] * 20)
    classifier.predict([b"tea and milk " * 300_000])
    assert [n for n in coded if n > 2**20] == [13 * 300_000 + 1]
