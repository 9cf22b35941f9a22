"""When the DEFLATE engine speaks for zlib, and what happens when it may not."""

import subprocess
import sys

import pytest

from compressclf.compressors import deflate, gzip
from compressclf.compressors.gzip import ENGINE_FROM_DOCS, Gzip
from compressclf.documents import Corpus
from tests.texts import labelled_texts

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
    with pytest.warns(RuntimeWarning, match="chooses otherwise than the DEFLATE engine at level 9"):
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
