"""Errors and codes as data grow: cells on tiny sets, tables of numbers made by hand."""

import numpy as np
import pytest

from compressclf.compressors import build_compressor
from compressclf.experiments.cells import Cell
from compressclf.experiments.data import read_set
from compressclf.experiments.protocols import growth
from compressclf.experiments.renderings import growth as growth_table
from compressclf.experiments.renderings import joint as joint_table
from compressclf.experiments.renderings import joint_matrix
from compressclf.experiments.renderings import scaling as scaling_table
from compressclf.experiments.renderings._laws import foretell
from compressclf.experiments.streams import join
from compressclf.experiments.view import View

from .conftest import N_TRAIN


@pytest.fixture
def measure(fill, store):
    """Return a function that fills one cell on the set `words` and returns its record."""

    def run(protocol, method, seed=0, **parameters):
        cell = Cell(protocol, "words", method, seed, parameters)
        progress, said = fill([cell])
        assert not progress.failed, said
        return store.load(protocol)[cell.key]

    return run


def stream(data, seed=0):
    docs = read_set(str(data / "words")).docs
    return join(docs, np.random.default_rng(seed).permutation(len(docs)))


# Measuring


def test_a_share_of_the_documents_grows_into_the_next(measure, data):
    docs = read_set(str(data / "words")).docs
    order = np.random.default_rng(1).permutation(N_TRAIN)
    for halvings in (0, 1, 2):
        record = measure("scaling", "word SVM", seed=1, halvings=halvings)
        assert record["n_train"] == N_TRAIN >> halvings
        assert record["train_bytes"] == sum(len(docs[row]) for row in order[: record["n_train"]])
    assert record["value"] == 1.0  # the words of the two classes have nothing in common
    assert record["settings"] == {"C": 1.0}


def test_one_class_cannot_be_learned(fill):
    cell = Cell("scaling", "words", "blocks", parameters={"halvings": 5})
    progress, said = fill([cell])
    assert progress.failed == [str(cell)]
    assert "1 documents are of one class: halve the data fewer times." in said[-1]


def test_each_beginning_is_half_of_the_next(measure, data, monkeypatch):
    monkeypatch.setattr(growth, "SMALLEST", 500)
    whole = stream(data, seed=2)
    record = measure("growth", "zlib", seed=2)
    assert record["sizes"] == [len(whole) // 2, len(whole)]
    zlib = build_compressor("zlib")
    assert record["bits"] == [zlib.codelength(whole[:size]) for size in record["sizes"]]
    assert record["value"] == pytest.approx(record["bits"][-1] / len(whole), abs=1e-5)
    assert (record["overhead_bits"], record["window"]) == (64, 32768)
    assert measure("growth", "zlib", limit_bytes=900)["sizes"] == [900]


def test_two_samples_apart_and_together(measure, data):
    whole, zlib = stream(data), build_compressor("zlib")
    record = measure("joint", "zlib", bytes=600, others="words")
    apart = [zlib.codelength(whole[:600]), zlib.codelength(whole[600:1200])]
    assert record["own_bits"] == apart[0]
    assert record["pairs"] == {"words": [apart[1], zlib.codelength(whole[:1200])]}
    assert record["value"] == zlib.codelength(whole[:1200]) - sum(apart) < 0
    assert measure("joint", "identity", bytes=600, others="words")["value"] == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bytes": 10**6, "others": "words"}, "2,000,000 are needed: use fewer bytes, or leave"),
        ({"bytes": 600, "others": "nowhere"}, "has no set nowhere: expected nowhere/train.csv.gz"),
    ],
)
def test_samples_that_cannot_be_had(fill, parameters, message):
    _, said = fill([Cell("joint", "words", "zlib", parameters=parameters)])
    assert message in said[-1]


def test_classes_known_and_unknown(measure, data):
    record = measure("compressibility", "identity", bytes=10**6)
    assert record["n_documents"] == record["label_bits"] == N_TRAIN  # half of them in each class
    assert record["n_bytes"] == record["n_characters"] == len(stream(data))
    assert record["bits"] == record["sorted_bits"] == record["split_bits"] == 8 * record["n_bytes"]
    record = measure("compressibility", "zlib", bytes=1000)
    assert 900 < record["n_bytes"] <= 1000
    zlib = build_compressor("zlib")
    assert record["bits"] == zlib.codelength(stream(data)[: record["n_bytes"]])
    assert record["split_bits"] > record["bits"] > 0


@pytest.mark.parametrize("protocol", ["growth", "joint", "compressibility"])
def test_their_methods_are_compressors(protocol):
    from compressclf.experiments.protocols import get_protocol

    with pytest.raises(ValueError, match=r"Unknown compressor 'gzp'.* did you mean 'gzip'"):
        get_protocol(protocol).check(Cell(protocol, "words", "gzp"))


# Telling


def view(records):
    return View(records, {}, [Cell.of(record) for record in records])


def curve(method, errors, seed=0):
    """Return records of 50, 100, 200 … documents of ten bytes."""
    return [
        {
            **Cell("scaling", "words", method, seed, {"halvings": halvings}).fields(),
            "n_train": 50 << step,
            "train_bytes": 500 << step,
            "value": 1 - error,
        }
        for step, (halvings, error) in enumerate(zip(range(len(errors))[::-1], errors, strict=True))
    ]


def test_a_law_that_holds_and_one_that_breaks():
    records = [
        *curve("holds", [0.8, 0.4, 0.2, 0.1]),
        *curve("breaks", [0.8, 0.4, 0.2, 0.2]),
        *curve("perfect", [0.5, 0.0, 0.0, 0.0]),
    ]
    text = scaling_table.render(view(records))
    assert "| words holds | 3 | 1.00 [1.00, 1.00] | 0.100 [0.100, 0.100] | 0.100 | 1.00 |" in text
    assert "| words breaks | 3 | 1.00 [1.00, 1.00] | 0.100 [0.100, 0.100] | 0.200 | 2.00 |" in text
    assert "perfect" not in text
    assert "of 2. The error at the largest size is above" in text


def test_a_law_of_the_last_sizes():
    records = curve("bends", [0.9, 0.85, 0.8, 0.4, 0.2, 0.1])
    assert "| words bends | 3 | 1.00 " in scaling_table.render(view(records), last=3)
    assert "| words bends | 5 | 0.5" in scaling_table.render(view(records))
    few = [record for record in records if record["n_train"] <= 100]
    assert scaling_table.render(view(few)) == "Too few sizes for a law."


def test_draws_of_one_size_are_one_size():
    # Alone the first two would make a slope of 10.
    found = foretell([100, 101, 200, 400], [0.4, 0.36, 0.2, 0.1], [1, 1, 2, 4], None)
    assert found.n_sizes == 2
    assert 0.8 < found.law.b.low <= found.law.b.high < 1.1


def test_growth_of_a_code():
    sizes = [8000, 16000, 32000, 64000]
    cell = Cell("growth", "words", "gzip").fields()
    record = {**cell, "sizes": [4000, *sizes], "bits": [10**6, *(100 * n**0.8 for n in sizes)]}
    text = growth_table.render(view([record]))
    first, last = 100 * 8000**-0.2, 100 * 64000**-0.2
    half = 100 * (64000**0.8 - 32000**0.8) / 32000
    row = f"| words gzip | 64 | {first:.3f} | {last:.3f} | {half:.3f} | 0.800 [0.800, 0.800] |"
    assert row in text


def joint(name, own, pairs, n_bytes=100):
    cell = Cell("joint", name, "zlib", parameters={"bytes": n_bytes, "others": " ".join(pairs)})
    return {
        **cell.fields(),
        "own_bits": own,
        "pairs": pairs,
        "overhead_bits": 64.0,
        "window": 150,
    }


def test_pairs_by_how_alike_they_are():
    records = [
        joint("a", 400, {"a": [400, 700], "b": [600, 1010], "c": [300, 650]}),
        joint("b", 600, {"a": [400, 950], "b": [600, 1000], "c": [300, 900]}),
        joint("c", 300, {"a": [400, 680], "b": [600, 850], "c": [300, 500]}),
    ]
    text = joint_table.render(view(records), languages={"x": ["a", "c"], "y": ["b"]})
    place = "| zlib, 0.1 kB (beyond), "
    # (-100 - 200 - 100) / (800 + 1200 + 600)
    row = "same set | 3 | -133 | -200 … -100 | -15.38% | 3 | 3 | 64 |"
    assert place + row in text
    assert place + "same language | 2 | -35 | -50 … -20 | -5.00% | 2 | 0 | 64 |" in text
    # -90 / 3800
    assert place + "other language | 4 | -22 | -50 … 10 | -2.37% | 3 | 0 | 64 |" in text
    # |1010 - 950| / 1010
    assert "Largest |C(XY) − C(YX)| / C(XY): zlib 0.1 kB 5.94%." in text
    text = joint_matrix.render(view(records), bytes=100)
    assert "| a | -100 (-12.5%) | 10 (1.0%) | -50 (-7.1%) |" in text
