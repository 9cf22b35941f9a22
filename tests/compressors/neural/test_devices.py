import numpy as np
import pytest

from compressclf.compressors.neural.causal import HfLm
from compressclf.compressors.neural.causal.devices import conditional_codelengths, tiles
from compressclf.documents import Corpus
from tests.compressors.neural import tiny


def test_tiles_hold_every_given_one_once():
    given = Corpus.from_documents([b"a" * n for n in np.random.default_rng(0).integers(0, 99, 70)])
    found = tiles(given, 2)
    assert np.concatenate(found).tolist() == list(range(70))
    assert 10 <= len(found) <= 16
    assert max(given.lengths[part].sum() for part in found) < 4 * given.nbytes / 16
    assert tiles(given[:0], 2) == []


def test_two_processes_find_what_one_does(folders):
    docs = Corpus.from_documents(tiny.TEXTS[:3])
    given = Corpus.from_documents([*tiny.TEXTS[3:6], ""])
    compressor = HfLm(folders["llama"])
    found = conditional_codelengths(
        compressor, docs, given, separator=b"\n", devices=["cpu", "cpu"]
    )
    expected = compressor.conditional_codelengths(docs, given, separator=b"\n")
    assert found == pytest.approx(expected, rel=1e-5)


def test_no_device_is_refused(folders):
    docs = Corpus.from_documents(["a"])
    with pytest.raises(ValueError, match="Name at least one device"):
        conditional_codelengths(HfLm(folders["llama"]), docs, docs, devices=[])
