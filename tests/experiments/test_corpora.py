"""Corpora as files, and the bits per byte of them: numbers that can be checked by hand."""

import gzip
import json

import pytest

from compressclf.experiments.cells import Cell
from compressclf.experiments.corpora import locate_corpus, read_corpus, units
from compressclf.experiments.data import locate
from compressclf.experiments.protocols import get_protocol
from compressclf.experiments.protocols.rates import _comes_back

TEXT = b"abcabcabc" * 500


@pytest.fixture
def corpora(data):
    """Return the data folder with corpora of each kind in it."""
    folder = data / "corpora" / "old"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plain.c").write_bytes(TEXT)
    (folder / "packed.txt.gz").write_bytes(gzip.compress(TEXT))
    rows = [{"lang": "en", "text": "Aé"}, {"name": "cow", "sequence": "ACGT"}]
    lines = "\n".join(json.dumps(row) for row in rows) + "\n"
    (folder / "table.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return data


def rates(name, method, **parameters):
    return Cell("rates", name, method, parameters=parameters)


@pytest.mark.parametrize("name", ["plain.c", "packed"])
def test_a_file_is_one_document_packed_or_not(corpora, name):
    assert read_corpus(locate(f"corpora/old/{name}", str(corpora))) == [TEXT]


def test_a_table_is_a_document_a_line(corpora):
    assert read_corpus(locate_corpus("corpora/old/table", str(corpora))) == [
        "Aé".encode(),
        b"ACGT",
    ]


def test_a_corpus_that_is_not_there_is_a_sentence(corpora, tmp_path):
    with pytest.raises(ValueError, match=r"has no corpus corpora/old/none: expected a file"):
        locate("corpora/old/none", str(corpora))
    with pytest.raises(ValueError, match=r"corpora/a is a file: give --data DIR"):
        locate("corpora/a", None)
    path = tmp_path / "bad.jsonl"
    path.write_text('{"title": "no text"}\n')
    with pytest.raises(ValueError, match=r"bad\.jsonl:1 is not a JSON object with a text"):
        read_corpus(str(path))


def test_units_cover_the_text_up_to_the_limit():
    docs = [b"ab", b"cde", b""]
    assert b"".join(units(docs, 3)) == b"ab\ncde\n"
    assert units(docs, "whole", 4) == [b"ab\nc"]
    assert units(docs, "documents", 4) == [b"ab"]
    assert units([], "whole") == units([b""], 7) == []


def test_bits_per_byte_are_those_of_the_pieces(corpora, fill, store):
    cells = [
        rates("corpora/old/plain.c", "identity", unit="whole", round_trip=True),
        rates("corpora/old/packed", "zlib", unit=1000, limit_bytes=2500),
        rates("corpora/old/table", "gzip", unit="documents"),
        rates("words", "lz77", unit="whole", round_trip=True),
    ]
    progress, _ = fill(cells)
    assert progress.failed == []
    identity, zlib, table, words = (store.load("rates")[cell.key] for cell in cells)
    assert (identity["value"], identity["bytes"], identity["units"]) == (8.0, 4500, 1)
    assert (identity["restored"], words["restored"]) == (True, None)
    assert set(identity["seconds"]) == {"warm_up", "code", "encode", "decode"}
    assert (zlib["units"], zlib["bytes"], zlib["overhead_bits"]) == (3, 2500, 64)
    assert zlib["value"] == round(zlib["bits"] / 2500, 5)
    # Two stored or fixed blocks of 3 and 4 bytes: 18 bytes of wrapper, 2 of block and end each.
    assert table["bits"] == 8 * (18 + 2 + 3 + 18 + 2 + 4)
    assert {one["model_bytes"] for one in (identity, zlib, table, words)} == {0}


def test_a_prior_saves_bits_and_is_accounted_for(corpora, fill, store):
    cells = [
        rates("corpora/old/plain.c", "contextmix:memory=1", unit=50, limit_bytes=200),
        rates(
            "corpora/old/plain.c",
            "contextmix:memory=1",
            unit=50,
            limit_bytes=200,
            prior="corpora/old/packed",
            prior_bytes=300,
        ),
        rates("corpora/old/plain.c", "gzip", unit="whole", prior="corpora/old/packed"),
        rates("corpora/old/plain.c", "brotli:quality=1", unit="whole"),
    ]
    progress, said = fill(cells)
    found = store.load("rates")
    bare, primed, brotli = (found[cells[index].key] for index in (0, 1, 3))
    assert primed["value"] < bare["value"] / 3
    assert (bare["model_bytes"], primed["model_bytes"], brotli["model_bytes"]) == (0, 300, 122_784)
    assert len(progress.failed) == 1
    assert any("gzip does not accept a prior; contextmix does." in line for line in said)


def test_what_does_not_come_back_is_said():
    class Broken:
        def decompress(self, stream):
            raise RuntimeError("corrupted")

    assert not _comes_back(Broken(), b"", b"a")


@pytest.mark.parametrize("unit", [None, 0, "page"])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(ValueError, match=r"'unit' of the protocol rates is 'whole'"):
        get_protocol("rates").check(rates("r8", "gzip", unit=unit))
    with pytest.raises(ValueError, match=r"Unknown compressor 'gzpi'.*did you mean 'gzip'"):
        get_protocol("rates").check(rates("r8", "gzpi", unit="whole"))
